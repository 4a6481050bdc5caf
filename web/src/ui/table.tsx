/** Tables with few, rich columns: a cell has a first line and a quiet second one, so that the same table fits a desk and a phone. */
import type { ReactNode } from 'react';

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Left out on a phone. */
  readonly isWide?: boolean;
}

const EDGES = '[&_td:first-child]:pl-4 [&_td:last-child]:pr-4 [&_th:first-child]:pl-4 [&_th:last-child]:pr-4';

/** A table with its head. */
export function Table({
  caption,
  children,
  columns,
  isInner = false,
}: {
  readonly caption: string;
  /** True inside a detail: no space at the sides, a head that scrolls away. */
  readonly isInner?: boolean;
  readonly columns: readonly Column[];
  readonly children: ReactNode;
}) {
  return (
    <table className={`w-full border-collapse text-left ${isInner ? '' : EDGES}`}>
      <caption className="sr-only">{caption}</caption>
      <thead className={isInner ? '' : 'sticky top-0 z-10 bg-panel'}>
        <tr className="border-b border-line text-2xs uppercase tracking-wide text-faint">
          {columns.map((column) => (
            <th
              key={column.title}
              scope="col"
              className={`px-2 py-2 font-medium first:pl-0 last:pr-0 ${place(column)}`}
            >
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

interface CellProps {
  readonly column?: Omit<Column, 'title'>;
  /** The quiet second line. */
  readonly more?: ReactNode;
  readonly children: ReactNode;
}

/** A cell with up to two lines. */
export function Cell({ children, column = {}, more }: CellProps) {
  return (
    <td className={`px-2 py-2 align-top first:pl-0 last:pr-0 ${place(column)}`}>
      <div>{children}</div>
      {more !== undefined && <div className="text-xs text-muted">{more}</div>}
    </td>
  );
}

function place({ isNumber, isWide }: Omit<Column, 'title'>): string {
  return `${isNumber === true ? 'text-right' : ''} ${isWide === true ? 'max-md:hidden' : ''}`;
}
