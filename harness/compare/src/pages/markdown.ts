import type { DataTable } from "./data-table.ts";

/** A table as Markdown, with its title before it and its notes after it. */
export function formatDataTable({ title, head, rows, notes, numeric }: DataTable): string {
  const table = formatMarkdownTable(head, rows, numeric ? "right" : "left");
  return [`**${capitalize(title)}**`, table, ...(notes.length > 0 ? [notes.join("<br>\n")] : [])].join("\n\n");
}

/** A Markdown table. What would end a cell is escaped; all columns but the first are aligned to that side. */
export function formatMarkdownTable(head: string[], rows: string[][], align: "left" | "right"): string {
  const line = (cells: string[]) => `| ${cells.map(escapeCell).join(" | ")} |`;
  const rule = head.map((_, index) => (align === "right" && index > 0 ? "---:" : "---"));
  return [line(head), `|${rule.join("|")}|`, ...rows.map(line)].join("\n");
}

const escapeCell = (cell: string) => cell.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");

/** With its first letter as a capital. */
export const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Breaks a text into lines of at most that many characters, between words. */
export const wrap = (text: string, width: number) =>
  text.replace(new RegExp(`(.{1,${width}})( |$)`, "g"), "$1\n").trimEnd();
