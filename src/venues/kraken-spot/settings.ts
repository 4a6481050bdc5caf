/** What may be chosen of Kraken spot, and what Kraken allows. */
import { assert, US_PER_MINUTE } from '#core';

/** Book depths that Kraken offers. */
export const BOOK_DEPTHS = [10, 25, 100, 500, 1000] as const;
/** Level 3 depths that Kraken offers, in price levels, with what one symbol counts against the 200 a second that a client may subscribe. */
export const ORDERS_DEPTH_COSTS = { 10: 5, 100: 25, 1000: 100 } as const;

/**
 * 100 levels a side: more than the ten that the checksum covers, because impact and imbalance look deeper than ten; not 1,000, because each level
 * below the tenth can be wrong without a sign until the next snapshot (`RESYNC_EVERY_US`).
 */
const BOOK_DEPTH_DEFAULT = 100;
/** Ten price levels: the checksum of level 3 covers all of them, so that no loss stays unseen. */
const ORDERS_DEPTH_DEFAULT = 10;

/**
 * The longest time for which a book can be wrong without a sign: Kraken numbers nothing, so that a lost message shows in the checksum of the next one at
 * the earliest, and, where it touched levels below the tenth alone, not before these come up. Each book is asked for anew that often.
 */
export const RESYNC_EVERY_US = 5 * US_PER_MINUTE;

/** Choices; what is left out has the default. */
export interface KrakenSpotSettings {
  /** Levels of a book on each side, one of `BOOK_DEPTHS`. */
  readonly bookDepth: number;
  /** Price levels of an order book (level 3), one of `ORDERS_DEPTH_COSTS`. */
  readonly ordersDepth: keyof typeof ORDERS_DEPTH_COSTS;
  /** Returns a token of GetWebSocketsToken for a connection that opens now; `null` = there is none, and no level 3 either. */
  readonly ordersToken: (() => string) | null;
}

/** Completes the choices. */
export function krakenSpotSettings(chosen: Partial<KrakenSpotSettings>): KrakenSpotSettings {
  const settings = {
    bookDepth: BOOK_DEPTH_DEFAULT,
    ordersDepth: ORDERS_DEPTH_DEFAULT,
    ordersToken: null,
    ...chosen,
  } as const;
  assert(
    (BOOK_DEPTHS as readonly number[]).includes(settings.bookDepth),
    `the book depth is one of ${BOOK_DEPTHS.join(', ')}, was ${settings.bookDepth}`,
  );
  assert(settings.ordersDepth in ORDERS_DEPTH_COSTS, 'the level 3 depth is one of 10, 100, 1000');
  return settings;
}
