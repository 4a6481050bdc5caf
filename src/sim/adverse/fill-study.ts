/**
 * The fills of a simulated venue and what followed each of them, by instrument (M104 to M106). What it is not: measured on candles; they tell no prices within
 * their bar.
 */
import { assert, type Checkpointable, type EpochUs } from '#core';
import type { FillEvent, MarketEvent } from '#domain';
import { type MarkoutRow, Markouts } from './markouts.ts';

/** What a study asks of the market of an instrument. */
export interface StudiedMarket {
  /** Returns the middle of the recorded book, where none is recorded the last price; `NaN` before the first one. */
  midTicks(nowUs: EpochUs): number;
}

/** Where an order stood when it joined its queue. */
export interface JoinedPlace {
  readonly joinedLots: number;
  readonly joinedOrders: number;
}

/** Follows the markets of a venue around its fills. */
export class FillStudy implements Checkpointable {
  readonly #markets: readonly (StudiedMarket | null)[];
  readonly #markouts: readonly (Markouts | null)[];
  /** The middle of the book before the market event that is at work. */
  #midBeforeTicks = Number.NaN;

  /** `null` in `markets` = not studied. */
  constructor(markets: readonly (StudiedMarket | null)[]) {
    this.#markets = markets;
    this.#markouts = markets.map((market) => (market === null ? null : new Markouts()));
  }

  /** Looks at a market as it was before an event: what follows earlier fills, and, with own orders there, where makers stand that it may fill. */
  beforeEvent(event: MarketEvent, nowUs: EpochUs, hasOrders: boolean): void {
    const ix = event.instrumentIx;
    const markouts = this.#markouts[ix] ?? null;
    const market = this.#markets[ix] ?? null;
    if (markouts === null || market === null) return;
    if (event.kind === 'trade') markouts.onPrint(event.qtyLots);
    if (markouts.nextDueUs < nowUs) markouts.onTime(nowUs, market.midTicks(nowUs));
    if (hasOrders) this.#midBeforeTicks = market.midTicks(nowUs);
  }

  /** Takes a fill at the moment at which it happens. */
  onFill({ instrumentIx, liquidity, side, tsVenueUs: tsUs }: FillEvent, place: JoinedPlace): void {
    const markouts = this.#markouts[instrumentIx] ?? null;
    if (markouts === null) return;
    const isMaker = liquidity === 'maker';
    const midTicks = isMaker
      ? this.#midBeforeTicks
      : (this.#markets[instrumentIx]?.midTicks(tsUs) ?? Number.NaN);
    const { joinedLots, joinedOrders } = place;
    markouts.onFill({ side, isMaker, tsUs, midTicks, joinedLots, joinedOrders });
  }

  /** Returns what was measured, over all instruments. */
  rows(): readonly MarkoutRow[] {
    const all = new Markouts();
    for (const markouts of this.#markouts) if (markouts !== null) all.add(markouts);
    return all.rows();
  }

  saveState(): unknown {
    return this.#markouts.map((markouts) => markouts?.saveState() ?? null);
  }

  loadState(state: unknown): void {
    const saved = state as readonly unknown[];
    assert(saved.length === this.#markouts.length, 'a saved study has the same instruments');
    for (const [ix, one] of saved.entries()) if (one !== null) this.#markouts[ix]?.loadState(one);
  }
}
