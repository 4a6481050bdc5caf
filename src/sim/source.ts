/** The source of market events: where a simulated market comes from, recorded or made up. */
import { assert, type Checkpointable, type EpochUs } from '#core';
import type { InstrumentIx, MarketEvent } from '#domain';

/** One stream of a source, known before the first event: it decides how an instrument is matched. */
export interface SourceFeed {
  readonly instrumentIx: InstrumentIx;
  readonly kind: MarketEvent['kind'];
  /** Bar length of candles; `null` for the others. */
  readonly timeframeUs: number | null;
}

/**
 * Market events in the order in which the venue learns of them (`learnedUs` never decreases). `next` answers at once where it can and by
 * a promise where it must read; `undefined` = exhausted, for ever. Not called again before a promise has settled. State = position.
 */
export interface MarketSource extends Checkpointable {
  readonly feeds: readonly SourceFeed[];
  next(): MarketEvent | undefined | Promise<MarketEvent | undefined>;
}

/** Nothing is learned before `untilUs`, which lies after the limit that was asked for. */
export interface Quiet {
  readonly kind: 'quiet';
  readonly untilUs: EpochUs;
}

/**
 * A source whose events come as time passes outside: asked with the moment up to which the asker wants to know, it may answer that nothing
 * happens until then. Else as a `MarketSource`, which is one that never says so.
 */
export interface PacedSource extends Checkpointable {
  readonly feeds: readonly SourceFeed[];
  next(limitUs: EpochUs): MarketEvent | Quiet | undefined | Promise<MarketEvent | Quiet | undefined>;
}

/** Returns the moment at which the venue itself knows an event: a candle that is matched against begins to unfold at its open. */
export function learnedUs(event: MarketEvent): EpochUs {
  return event.kind === 'candle' && event.isSummary !== true ? event.openTsUs : event.tsVenueUs;
}

/** How an instrument is matched: the finest data that its source delivers. */
export type DataLevel = 'candles' | 'trades' | 'book' | 'l3';

/** What the simulator knows of one instrument's data. */
export interface DataCard {
  readonly level: DataLevel;
  /** The bar length that is matched against, the shortest one on offer; `null` unless level is `candles`. */
  readonly timeframeUs: number | null;
  readonly hasTrades: boolean;
  readonly hasMark: boolean;
  readonly hasFunding: boolean;
}

/** Returns the data card of an instrument; `null` when no feed lets its orders be matched. */
export function dataCardOf(feeds: readonly SourceFeed[], instrumentIx: InstrumentIx): DataCard | null {
  const own = feeds.filter((feed) => feed.instrumentIx === instrumentIx);
  const has = (kind: MarketEvent['kind']): boolean => own.some((feed) => feed.kind === kind);
  const level = levelOf(has);
  if (level === null) return null;
  const frames = own.flatMap((feed) => (feed.kind === 'candle' ? [feed.timeframeUs] : []));
  for (const timeframeUs of frames) {
    assert(timeframeUs !== null && timeframeUs > 0, 'a feed of candles states its bar length');
  }
  return {
    level,
    timeframeUs: level === 'candles' ? Math.min(...frames.map(Number)) : null,
    hasTrades: has('trade'),
    hasMark: has('mark'),
    hasFunding: has('funding'),
  };
}

/** The finest level on offer: order by order, by levels, prints, bars. */
function levelOf(has: (kind: MarketEvent['kind']) => boolean): DataLevel | null {
  if (has('book-order')) return 'l3';
  if (has('book')) return 'book';
  if (has('trade')) return 'trades';
  return has('candle') ? 'candles' : null;
}
