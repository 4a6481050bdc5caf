/**
 * What the market did after the fills of replays (M104 to M106): one recorded book is followed once for any number of replays of the same events. What it is
 * not: a part of the replays; it watches and changes no fill.
 */
import { assert, type EpochUs } from '#core';
import { Markouts } from '../adverse/index.ts';
import { REPLAY_EVENT, type ReplayChunk } from './fill-replay.ts';
import { ReplayBook } from './replay-book.ts';
import type { ReplayOrder } from './replay-order.ts';

interface SeenFill {
  readonly order: ReplayOrder;
  readonly tsUs: EpochUs;
  readonly isMaker: boolean;
}

/** The fills of one replay. */
export class StudiedReplay {
  readonly markouts = new Markouts();
  #fills: SeenFill[] = [];
  #at = 0;

  /** Takes a fill, as the replay tells it. */
  readonly onFill = (order: ReplayOrder, isMaker: boolean): void => {
    this.#fills.push({ order, tsUs: order.exchUs, isMaker });
  };

  /** Looks at what happened before `nowUs`, at whose beginning the mid price is `midTicks`. */
  onTime(nowUs: EpochUs, midTicks: number): void {
    this.#take(nowUs, midTicks);
    this.markouts.onTime(nowUs, midTicks);
  }

  /** Takes the fills after the last event of `lastUs`; what they were followed by is not known. */
  onEnd(lastUs: EpochUs, midTicks: number): void {
    this.#take(Number.POSITIVE_INFINITY, midTicks);
    this.markouts.onTime(lastUs + 1, midTicks);
  }

  #take(nowUs: EpochUs, midTicks: number): void {
    for (; this.#at < this.#fills.length; this.#at++) {
      const fill = this.#fills[this.#at];
      assert(fill !== undefined, 'a fill that was seen is known');
      const { isMaker, order, tsUs } = fill;
      // A maker is filled by an event of its moment, a taker comes after all of them (M50).
      if (isMaker ? tsUs > nowUs : tsUs >= nowUs) break;
      const side = order.plan.side === 1 ? 'buy' : 'sell';
      const { joinedLots } = order;
      this.markouts.onFill({ side, isMaker, tsUs, midTicks, joinedLots, joinedOrders: Number.NaN });
    }
    if (this.#at === this.#fills.length) {
      this.#fills = [];
      this.#at = 0;
    }
  }
}

/** Follows the events that replays have played. */
export class ReplayStudy {
  readonly #replays: StudiedReplay[] = [];
  readonly #book = new ReplayBook();
  #lastUs: EpochUs = Number.NEGATIVE_INFINITY;

  /** Returns the ear of one more replay. */
  add(): StudiedReplay {
    const replay = new StudiedReplay();
    this.#replays.push(replay);
    return replay;
  }

  /** Takes a chunk after all replays have played it. */
  follow({ count, exchUs, kind, priceTicks, qtyLots }: ReplayChunk): void {
    for (let i = 0; i < count; i++) {
      const tsUs = exchUs[i]!;
      if (tsUs > this.#lastUs) {
        const midTicks = this.#midTicks();
        for (const replay of this.#replays) replay.onTime(tsUs, midTicks);
        this.#lastUs = tsUs;
      }
      const what = kind[i]!;
      if (what === REPLAY_EVENT.bid) this.#book.setBid(priceTicks[i]!, qtyLots[i]!);
      else if (what === REPLAY_EVENT.ask) this.#book.setAsk(priceTicks[i]!, qtyLots[i]!);
      else for (const replay of this.#replays) replay.markouts.onPrint(qtyLots[i]!);
    }
  }

  /** Ends the study after the replays have finished: what the market did after the last event is not known. */
  finish(): void {
    const midTicks = this.#midTicks();
    for (const replay of this.#replays) replay.onEnd(this.#lastUs, midTicks);
  }

  /** Middle of the recorded book; `NaN` where a side is empty. */
  #midTicks(): number {
    const midTicks = (this.#book.bestBidTicks + this.#book.bestAskTicks) / 2;
    return Number.isFinite(midTicks) ? midTicks : Number.NaN;
  }
}
