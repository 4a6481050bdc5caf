/** Lines up columns for a terminal. */

/** A cell; numbers are set to the right, `null` shows as `-`. */
export type Cell = string | number | bigint | null;

/** Returns the lines of a table with a header. */
export function textTable(header: readonly string[], rows: readonly (readonly Cell[])[]): readonly string[] {
  const shown = rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const isRight = header.map((_, i) =>
    rows.every((row) => typeof row[i] !== 'string' || /^-?[\d.]+%?$/.test(String(row[i]))),
  );
  const widths = header.map((name, i) => Math.max(name.length, ...shown.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isRight[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(header), ...shown.map(line)];
}
