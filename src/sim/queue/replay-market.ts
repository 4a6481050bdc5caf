/**
 * What a replay of an order schedule asks of its exchange, and the port that both exchanges carry out: the one without a footprint (`replay-exchange.ts`) and the one
 * in which own orders use the market up (`consuming-exchange.ts`). What it is not: time; the replay orders events and requests.
 */
import type { EpochUs } from '#core';
import type { ReplayOrder } from './replay-order.ts';

/** An exchange in which planned orders meet a recorded market. */
export interface ReplayMarket {
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
