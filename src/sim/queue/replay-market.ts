/**
 * What a replay of an order schedule asks of its exchange, and the port that both exchanges carry out: the one without a footprint (`replay-exchange.ts`) and the one
 * in which own orders use the market up (`consuming-exchange.ts`). What it is not: time; the replay orders events and requests.
 */
import { assert, type EpochUs } from '#core';
import { REPLAY_EVENT, type ReplayChunk } from './replay-chunk.ts';
import type { ReplayOrder } from './replay-order.ts';

/** An exchange in which planned orders meet a recorded market. */
export interface ReplayMarket {
  /** Time of the last event played; minus infinity before the first. */
  lastUs: EpochUs;
  /** Plays the events [from, count) of a chunk up to `untilUs`; returns the index of the first later one, `count` when there is none. */
  play(chunk: ReplayChunk, from: number, untilUs: EpochUs): number;
  /** Takes the new quantity of a bid level; 0 = none. */
  onBid(tsUs: EpochUs, priceTicks: number, lots: number): void;
  /** Takes the new quantity of an ask level; 0 = none. */
  onAsk(tsUs: EpochUs, priceTicks: number, lots: number): void;
  /** Takes a trade; `takerSide` 1 = the taker bought. */
  onTrade(tsUs: EpochUs, takerSide: 1 | -1, priceTicks: number, lots: number): void;
  /** Takes an order that arrives. */
  onSubmit(tsUs: EpochUs, order: ReplayOrder): void;
  /** Takes a cancel that arrives; returns false when the order is not open. */
  onCancel(tsUs: EpochUs, order: ReplayOrder): boolean;
  saveState(): unknown;
  loadState(state: unknown, orders: readonly ReplayOrder[]): void;
}

/** Plays the event of a chunk at an index, which has its time at or after that of the one before. */
export function playEvent(market: ReplayMarket, chunk: ReplayChunk, at: number): void {
  const { exchUs, kind, priceTicks, qtyLots } = chunk;
  const tsUs = exchUs[at]!;
  if (at > 0) assertInOrder(exchUs[at - 1]!, tsUs);
  const what = kind[at]!;
  if (what === REPLAY_EVENT.bid) market.onBid(tsUs, priceTicks[at]!, qtyLots[at]!);
  else if (what === REPLAY_EVENT.ask) market.onAsk(tsUs, priceTicks[at]!, qtyLots[at]!);
  else market.onTrade(tsUs, what === REPLAY_EVENT.boughtTrade ? 1 : -1, priceTicks[at]!, qtyLots[at]!);
}

/** Holds that a replay plays its events in the order of the exchange. */
export function assertInOrder(lastUs: EpochUs, tsUs: EpochUs): void {
  assert(tsUs >= lastUs, 'events of a replay are in the order of the exchange');
}
