/** `// #region name`, and the same after `#` and in `<!-- -->` and `/* *\/`. */
const marker = /^\s*(?:\/\/|#|--|<!--|\/\*)\s*#(region|endregion)(?:\s+([\w-]+))?\s*(?:-->|\*\/)?\s*$/;

/**
 * The lines of a region, without markers and without the indentation that they have in common.
 *
 * @throws Error that lists the regions that there are, if this one is missing, is there twice or does not end
 */
export function regionOf(source: string, name: string): string {
  const lines = source.split(/\r?\n/);
  const marks = lines.flatMap((line, index) => {
    const [, kind, region] = line.match(marker) ?? [];
    return kind ? [{ kind, region, index }] : [];
  });
  const starts = marks.filter(({ kind, region }) => kind === "region" && region === name);
  const [start] = starts;
  if (!start) {
    const others = marks.flatMap(({ kind, region }) => (kind === "region" && region ? [region] : []));
    throw new Error(`there is no region ${name}; there is ${others.join(", ") || "none"}`);
  }
  if (starts.length > 1) throw new Error(`the region ${name} is there ${starts.length} times`);
  const end = marks.find(({ kind, region, index }) => kind === "endregion" && region === name && index > start.index);
  if (!end) throw new Error(`the region ${name} has no line with #endregion ${name}`);
  const region = dedented(lines.slice(start.index + 1, end.index).filter((line) => !marker.test(line)));
  if (region === "") throw new Error(`the region ${name} is empty`);
  return region;
}

/** A whole file, as it is but for the markers of its regions and empty lines at both ends. */
export const withoutMarkers = (source: string): string =>
  source
    .split(/\r?\n/)
    .filter((line) => !marker.test(line))
    .join("\n")
    .replace(/^\n+|\s+$/g, "");

function dedented(lines: string[]): string {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const common = Math.min(...indents);
  return lines
    .map((line) => line.slice(common))
    .join("\n")
    .replace(/^\n+|\s+$/g, "");
}
