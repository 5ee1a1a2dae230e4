import type { Footnotes } from "./statistics.ts";

/** A Markdown table; a cell's own line ends and bars are escaped, columns but the first are aligned to the right on demand. */
export function formatMarkdownTable(head: string[], rows: string[][], align: "left" | "right" = "left"): string {
  const line = (cells: string[]) => `| ${cells.map(escapeCell).join(" | ")} |`;
  const rule = head.map((_, index) => (align === "right" && index > 0 ? "---:" : "---"));
  return [line(head), `|${rule.join("|")}|`, ...rows.map(line)].join("\n");
}

const escapeCell = (cell: string) => cell.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");

/** The footnotes below a table, as a paragraph; nothing if there are none. */
export const formatMarkdownFootnotes = ({ reasons }: Footnotes): string[] =>
  reasons.length > 0 ? [reasons.map((reason, index) => `[${index + 1}] ${reason}`).join("<br>\n")] : [];

/** With its first letter as a capital. */
export const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
