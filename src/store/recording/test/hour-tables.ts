/** Recorded hours, losses and candles as tables in memory, for tests of what is made of them. */
import type { FeedHour, LedgerEntry, VenueId } from '#domain';
import { type HistoryTable, HOUR, LEDGER, type RowChunk } from '#store/history';

/** Of which symbol. */
export interface Names {
  readonly venue: VenueId;
  readonly symbol: string;
}

/** Returns hours of one symbol as the table of `feed-hours`. */
export function hoursTable(names: Names, hours: readonly FeedHour[]): HistoryTable {
  const columns = Array.from({ length: Object.keys(HOUR).length }, () => new Float64Array(hours.length));
  for (const [row, hour] of hours.entries()) {
    for (const [name, ix] of Object.entries(HOUR)) {
      const column = columns[ix];
      if (column !== undefined)
        column[row] = name === 'ts' ? hour.hourUs : Number(hour[name as keyof FeedHour]);
    }
  }
  return tableOf(names, 'feed-hours', columns, [hours.map(({ stream }) => stream)]);
}

/** Returns losses of one symbol as the table of its ledger. */
export function ledgerTable(names: Names, losses: readonly LedgerEntry[]): HistoryTable {
  const column = (pick: (loss: LedgerEntry) => number): Float64Array => Float64Array.from(losses, pick);
  const columns: Float64Array[] = [];
  columns[LEDGER.toTs] = column(({ toUs }) => toUs);
  columns[LEDGER.fromTs] = column(({ fromUs }) => fromUs);
  columns[LEDGER.lostFromId] = column(({ lostFromId }) => lostFromId);
  columns[LEDGER.lostToId] = column(({ lostToId }) => lostToId);
  const texts = [
    losses.map(({ stream }) => stream),
    losses.map(({ cause }) => cause),
    losses.map(({ detail }) => detail),
  ];
  return tableOf(names, 'ledger', columns, texts);
}

/** Returns a table of candles: `bars` of them from `startUs` on, of a price that goes up and down. */
export function candlesTable(
  names: Names,
  { bars, barUs, startUs }: { readonly bars: number; readonly barUs: number; readonly startUs: number },
): HistoryTable {
  const column = (at: (bar: number) => number): Float64Array =>
    Float64Array.from({ length: bars }, (_, bar) => at(bar));
  const price = (bar: number): number => 10_000 + Math.round(500 * Math.sin(bar / 37)) + ((bar * 7_919) % 23);
  const columns = [
    column((bar) => startUs + bar * barUs),
    column(price),
    column((bar) => price(bar) + 30),
    column((bar) => price(bar) - 30),
    column((bar) => price(bar) + 5),
    column((bar) => 10 + (bar % 7)),
  ];
  const table = tableOf(names, 'candles', columns, []);
  const id = { ...table.id, timeframeUs: barUs };
  return { ...table, id, priceDecimals: 2, fromUs: startUs, toUs: startUs + bars * barUs };
}

function tableOf(
  names: Names,
  kind: 'candles' | 'feed-hours' | 'ledger',
  columns: readonly Float64Array[],
  texts: readonly (readonly string[])[],
): HistoryTable {
  const rowCount = columns[0]?.length ?? 0;
  const priceDecimals = kind === 'candles' ? 2 : 0;
  const blobs = texts.map((words) => words.map((word) => Buffer.from(word)));
  const chunk: RowChunk = {
    ...{ kind, rowCount, priceDecimals, qtyDecimals: 0, columns },
    ...(blobs.length === 0 ? {} : { blobs }),
  };
  return {
    ...{ id: { ...names, kind, timeframeUs: null }, priceDecimals, qtyDecimals: 0, fromUs: 0, toUs: 9e15 },
    ...{ recordCount: rowCount, source: 'memory' },
    async *read() {
      yield chunk;
    },
  };
}
