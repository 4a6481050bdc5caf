/** What a person should know of the data that came in: gaps, feeds that are not to be trusted. */
import { formatIso } from '#core';
import type { CandleEvent, FeedStateEvent } from '#domain';
import type { Desk } from './desk.ts';
import type { InstrumentState } from './instrument-state.ts';

/** Counts bars that are missing before a candle: a gap is part of a result. It is told where it is longer than a decision bar. */
export function noteGap(
  desk: Desk,
  state: InstrumentState,
  { candle, barsMissing }: { readonly candle: CandleEvent; readonly barsMissing: number },
  {
    sourceTimeframeUs,
    timeframesUs,
  }: { readonly sourceTimeframeUs: number; readonly timeframesUs: readonly number[] },
): void {
  state.barsMissing += barsMissing;
  if (barsMissing * sourceTimeframeUs < (timeframesUs[0] ?? sourceTimeframeUs)) return;
  const { symbol } = state.instrument;
  const until = formatIso(candle.openTsUs);
  const message = `${barsMissing} bars of ${symbol} are missing before ${until}`;
  desk.systemEvent('data_gap', 'warning', message, { symbol, barsMissing, until });
}

/** Takes that a feed stopped or began to be right again, and tells of it. */
export function noteFeedState(desk: Desk, state: InstrumentState, { isUsable }: FeedStateEvent): void {
  if (state.isFeedUsable === isUsable) return;
  state.isFeedUsable = isUsable;
  const { symbol } = state.instrument;
  if (isUsable) desk.systemEvent('feed_usable', 'info', `the feed of ${symbol} is right again`, { symbol });
  else desk.systemEvent('feed_stale', 'warning', `the feed of ${symbol} is not to be trusted`, { symbol });
}
