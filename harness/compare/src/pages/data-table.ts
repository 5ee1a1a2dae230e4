import { Footnotes } from "./statistics.ts";

/** A table for the page and for the report. */
export interface DataTable {
  title: string;
  /** The first column names the row. */
  head: string[];
  rows: string[][];
  /** Footnotes, and what applies to the whole table. */
  notes: string[];
  /** Whether the columns after the first hold numbers. */
  numeric: boolean;
}

/** Builds a table whose footnotes are collected while its rows are made. */
export function buildTable(
  title: string,
  head: string[],
  makeRows: (footnotes: Footnotes) => string[][],
  { numeric = true, notes = [] as string[] } = {},
): DataTable {
  const footnotes = new Footnotes();
  const rows = makeRows(footnotes);
  const reasons = footnotes.reasons.map((reason, index) => `[${index + 1}] ${reason}`);
  return { title, head, rows, notes: [...notes, ...reasons], numeric };
}
