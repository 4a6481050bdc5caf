/** What recorded events look like as rows, worked out apart from the code that makes them; and what an archive really holds. */
import type { FeedEvent } from '#domain';
import { dataSetKey, KIND_BLOBS, scaleChunk } from '#store/history';
import { archiveTables } from '#store/parquet';
import type { RecordedInstrument } from '../record-form.ts';

/** Rows as text, by data set, in order. */
export type RowTexts = Map<string, string[]>;

/** Returns all rows of an archive as read, each as one text: numbers, then texts. */
export async function archivedRows(dataDir: string): Promise<RowTexts> {
  const found: RowTexts = new Map();
  for (const table of await archiveTables(dataDir)) {
    const rows: string[] = [];
    for await (const chunk of table.read(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      const scaled = scaleChunk(chunk, table);
      for (let row = 0; row < scaled.rowCount; row++) {
        const numbers = scaled.columns.map((column) => column[row]);
        const texts = KIND_BLOBS[table.id.kind].map((_, ix) =>
          Buffer.from(scaled.blobs?.[ix]?.[row] ?? []).toString('latin1'),
        );
        rows.push([...numbers, ...texts].join(' '));
      }
    }
    found.set(dataSetKey(table.id), rows);
  }
  return found;
}

/** Returns the rows that events should make, by data set, in order of time; bars and settlements of one moment once, the last. */
export function expectedRows(
  events: Iterable<FeedEvent>,
  instruments: readonly RecordedInstrument[],
): RowTexts {
  const rows = new Map<string, { readonly at: number; readonly text: string }[]>();
  for (const event of events) {
    const instrument = instruments[event.instrumentIx];
    if (instrument === undefined) continue;
    const [kind, at, texts, timeframe = ''] = rowsOf(event);
    const key = `${instrument.venue}|${instrument.symbol}|${kind}|${timeframe}`;
    const list = rows.get(key) ?? [];
    if (kind === 'candles' || kind === 'funding')
      list.splice(0, list.length, ...list.filter((row) => row.at !== at));
    for (const text of texts) list.push({ at, text });
    rows.set(key, list);
  }
  return new Map(
    [...rows].map(([key, list]) => [key, list.sort((a, b) => a.at - b.at).map(({ text }) => text)]),
  );
}

type Rows = readonly [kind: string, at: number, texts: readonly string[], timeframe?: number];

function rowsOf(event: FeedEvent): Rows {
  const { tsLocalUs, tsVenueUs } = event;
  const row = (kind: string, ...values: readonly (number | string)[]): Rows => [
    kind,
    tsLocalUs,
    [[tsLocalUs, tsVenueUs, ...values].join(' ')],
  ];
  const sign = (side: 'buy' | 'sell'): number => (side === 'buy' ? 1 : -1);
  switch (event.kind) {
    case 'trade':
      return row('trades', event.tradeId, event.priceTicks, event.qtyLots, sign(event.takerSide));
    case 'quote':
      return row('quotes', event.updateId, event.bidTicks, event.bidLots, event.askTicks, event.askLots);
    case 'mark-price':
      return row('mark-price', event.markE8, event.indexE8);
    case 'funding-rate':
      return row('funding-rate', event.rateE12, event.nextFundingUs);
    case 'open-interest':
      return row('open-interest', event.openInterestLots);
    case 'liquidation':
      return row('liquidations', sign(event.side), event.priceTicks, event.qtyLots);
    case 'book-order': {
      const action = { add: 1, modify: 2, delete: 3 }[event.action];
      return row('orders', action, sign(event.side), event.priceTicks, event.qtyLots, event.orderId);
    }
    case 'funding':
      return ['funding', tsVenueUs, [`${tsVenueUs} ${event.rateE12}`]];
    case 'candle': {
      const { closeTicks, highTicks, lowTicks, openTicks, openTsUs, timeframeUs, volumeLots } = event;
      const text = [openTsUs, openTicks, highTicks, lowTicks, closeTicks, volumeLots].join(' ');
      return ['candles', openTsUs, [text], timeframeUs];
    }
    case 'book':
      return ['book', tsLocalUs, bookRows(event)];
  }
}

function bookRows(event: Extract<FeedEvent, { kind: 'book' }>): string[] {
  const ids = [event.firstUpdateId, event.lastUpdateId, event.previousUpdateId, event.isSnapshot ? 1 : 0];
  const head = [event.tsLocalUs, event.tsVenueUs, ...ids].join(' ');
  const levels: string[] = [];
  for (const [pairs, side] of [
    [event.bids, 1],
    [event.asks, -1],
  ] as const) {
    for (let i = 0; i < pairs.length; i += 2)
      levels.push(`${head} ${levels.length} ${side} ${pairs[i]} ${pairs[i + 1]}`);
  }
  return levels.length === 0 ? [`${head} 0 0 0 0`] : levels;
}
