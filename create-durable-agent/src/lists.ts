/** Longest line of a file, in characters; the width that the sources are formatted for. */
const LINE_WIDTH = 120;

/** A list in TypeScript, on one line where it fits, else with one line for each entry. */
export function wrapped(opening: string, entries: string[], closing: string): string {
  const line = `${opening}${entries.join(", ")}${closing}`;
  if (line.length <= LINE_WIDTH) return line;
  return `${opening.trimEnd()}\n${entries.map((entry) => `  ${entry},\n`).join("")}${closing.trimStart()}`;
}
