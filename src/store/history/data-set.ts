/** Names of data sets: venue, symbol, kind and, for bars, the timeframe. One data set is one folder of the archive. */
import { assert, formatDurationUs, US_PER_DAY, US_PER_SECOND, XylenError } from '#core';
import type { VenueId } from '#domain';
import type { HistoryKind } from '../history-port.ts';

/** Identity of a data set; `timeframeUs` is set for candles and mark, `null` for the others. */
export interface DataSetId {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly kind: HistoryKind;
  readonly timeframeUs: number | null;
}

/** Stands for the symbol of data that belong to a venue as a whole: the raw frames of its sockets. No symbol starts so. */
export const VENUE_WIDE = '_venue';

/** Returns the bar length of a data set of bars. */
export function timeframeOf(id: DataSetId): number {
  assert(id.timeframeUs !== null, `${id.kind} have a timeframe`);
  return id.timeframeUs;
}

/** True for the kinds that have a bar length. */
export function isBarKind(kind: HistoryKind): boolean {
  return kind === 'candles' || kind === 'mark';
}

/** Returns a data set's name as people read it: `binance-usdm BTCUSDT candles 5m`. */
export function describeDataSet(id: DataSetId): string {
  const timeframe = id.timeframeUs === null ? '' : ` ${formatDurationUs(id.timeframeUs)}`;
  return `${id.venue} ${id.symbol} ${id.kind}${timeframe}`;
}

/** Returns a text that orders and identifies data sets. */
export function dataSetKey(id: DataSetId): string {
  return `${id.venue}|${id.symbol}|${id.kind}|${id.timeframeUs ?? ''}`;
}

/** True for bar lengths the archive takes: whole seconds that divide a day, so that bars lie on a grid from midnight UTC. */
export function isTimeframe(us: number): boolean {
  return Number.isSafeInteger(us) && us >= US_PER_SECOND && us <= US_PER_DAY && US_PER_DAY % us === 0;
}

/** Returns `symbol` when it can name an instrument. @throws XY_USAGE otherwise. */
export function checkSymbol(symbol: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/.test(symbol)) {
    throw new XylenError(
      'XY_USAGE',
      `a symbol has 1 to 64 letters, digits, '.', '_', ':', '/' or '-' and starts with a letter or digit, was '${symbol}'`,
      { fields: { symbol } },
    );
  }
  return symbol;
}
