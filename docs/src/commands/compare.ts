/** What differs from run to run, and what stands for it; for what else does, a page has `…`. */
const masks: [what: RegExp, becomes: string][] = [
  // Restate's ids; a page may shorten them.
  [/\b(inv|dp|sub|prom|sign|awk|snap)_(?:\d\w*…?|…)/g, "$1_<id>"],
  // Hashes have digits and letters; a number is none, nor is a word.
  [/\b(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,64}\b/g, "<hash>"],
  // The default ports say something, and stay; see asPrinted() for those that a run has instead.
  [/\b(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(?!(?:8080|9070|9080|4010)\b)\d+/g, "$1:<port>"],
  [/\b(pid\W{1,3}|process (?:id )?)\d{2,}\b/gi, "$1<process>"],
  [/\b\d+(?:[.,]\d+)?\s?(?:ns|µs|ms|s|secs?|seconds?|min|mins|minutes?|h|hours?)\b/g, "<duration>"],
];

/** Puts the same in place of all that differs from run to run: ids, hashes, ports, process ids, durations. */
const masked = (text: string) => masks.reduce((result, [what, becomes]) => result.replace(what, becomes), text);

/** What npm says before and beside what it runs, and run.mjs when it installs. */
const besideThePoint = [
  /^\n?> (?:\S+@\S+ )?\S+(?: \/.*)?\n> .*\n\n?/gm,
  /^npm (?:notice|warn|WARN).*\n?/gm,
  /^(?:Installing, once|Bringing the installation up to date)[\s\S]*?(?:^Installed in .*\n\n?|^(?=Installing failed)|(?![\s\S]))/gm,
];

/** The text of an output: what a reader of a terminal sees, without what npm adds. */
export function readable(output: string): string {
  const text = output
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are written with it
    .replace(/\u001b\[[\d;?]*[A-Za-z]/g, "")
    .replace(/\r+\n/g, "\n")
    // What a progress line showed last.
    .replace(/^.*\r/gm, "");
  return besideThePoint.reduce((result, what) => result.replace(what, ""), text);
}

/** What stands for any lines, and within a line for any text. */
const ANYTHING = "…";

interface Line {
  shown: string;
  compared: string;
}

function linesOf(text: string): Line[] {
  const lines = readable(text)
    .replace(/[ \t]+$/gm, "")
    .replace(/^\n+|\n+$/g, "");
  if (lines === "") return [];
  // Columns are as wide as what is in them, such as a time.
  const compared = (line: string) => masked(line).replace(/(\S) {2,}(?=\S)/g, "$1  ");
  return lines.split("\n").map((line) => ({ shown: line, compared: compared(line) }));
}

/** How what follows can be brought together: how many lines differ, and what is shown. */
interface Way {
  differing: number;
  line?: string | undefined;
  rest?: Way;
}

/**
 * Compares what a page says that commands print with what they did print: the edit distance, with `…` as long as it has to be.
 *
 * @returns undefined if it is the same, or else the difference, line by line: `-` stands in the page, `+` was printed
 */
export function difference(expected: string, actual: string): string | undefined {
  const [page, printed] = [linesOf(expected), linesOf(actual)];
  const ways = Array.from({ length: page.length + 1 }, (): Way[] => []);
  for (let i = page.length; i >= 0; i--) {
    for (let j = printed.length; j >= 0; j--) {
      const [line, other] = [page[i], printed[j]];
      const [next, afterLine, afterOther] = [ways[i + 1]?.[j + 1], ways[i + 1]?.[j], ways[i]?.[j + 1]];
      const found: Way[] = i === page.length && j === printed.length ? [{ differing: 0 }] : [];
      const take = (rest: Way, differs: number, shown?: string) =>
        found.push({ differing: rest.differing + differs, line: shown, rest });
      const isAnything = line?.compared === ANYTHING;
      if (line && other && next && !isAnything && fits(line, other)) take(next, 0, `  ${other.shown}`);
      if (line && afterLine) take(afterLine, isAnything ? 0 : 1, isAnything ? `  ${ANYTHING}` : `- ${line.shown}`);
      if (other && afterOther) take(afterOther, isAnything ? 0 : 1, isAnything ? undefined : `+ ${other.shown}`);
      (ways[i] as Way[])[j] = found.reduce((best, way) => (way.differing < best.differing ? way : best));
    }
  }
  const best = ways[0]?.[0];
  const lines: string[] = [];
  for (let way = best; way; way = way.rest) if (way.line !== undefined) lines.push(way.line);
  return best?.differing ? lines.join("\n") : undefined;
}

function fits({ compared: expected }: Line, { compared: actual }: Line): boolean {
  return expected.includes(ANYTHING) ? new RegExp(`^${patternOf(expected)}$`).test(actual) : expected === actual;
}

/** Whether a text occurs in an output, in one line; `…` stands for any text. Spaces are as many as columns take. */
export const contains = (output: string, text: string): boolean =>
  new RegExp(patternOf(text).replace(/ {2,}/g, " {2,}")).test(output);

const patternOf = (text: string) =>
  text
    .split(ANYTHING)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join(".*");
