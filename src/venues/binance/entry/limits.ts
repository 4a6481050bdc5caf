/** Budgets of Binance USD-M as the venue publishes them: request weight of an address, new orders of an account. Demo and test hosts allow more. */
import { US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { HttpAnswer } from '#net';
import type { EntryCost, LimitRule, LimitUsage } from '../../entry/index.ts';

const WEIGHT = 'weight-1m';
const ORDERS_10S = 'orders-10s';
const ORDERS_1M = 'orders-1m';

/** Shared by USD-M and coin-margined futures since 2026-06-30; the order counters belong to the account. */
export const USDM_LIMITS: readonly LimitRule[] = [
  { name: WEIGHT, amount: 2_400, windowUs: US_PER_MINUTE },
  { name: ORDERS_10S, amount: 300, windowUs: 10 * US_PER_SECOND },
  { name: ORDERS_1M, amount: 1_200, windowUs: US_PER_MINUTE },
];

const HEADERS: readonly (readonly [header: string, limit: string])[] = [
  ['x-mbx-used-weight-1m', WEIGHT],
  ['x-mbx-order-count-10s', ORDERS_10S],
  ['x-mbx-order-count-1m', ORDERS_1M],
];

/** What an order, an amendment, or a conditional order costs: no weight, one on both counters. */
export const ORDER_COSTS: readonly EntryCost[] = [
  { limit: ORDERS_10S, amount: 1 },
  { limit: ORDERS_1M, amount: 1 },
];

/** What a batch costs, however many orders it has. */
export const BATCH_COSTS: readonly EntryCost[] = [
  { limit: WEIGHT, amount: 5 },
  { limit: ORDERS_10S, amount: 5 },
  { limit: ORDERS_1M, amount: 1 },
];

/** Returns the cost of a request that is no order. */
export function weightOf(amount: number): readonly EntryCost[] {
  return [{ limit: WEIGHT, amount }];
}

/** Returns what an answer's headers say was spent; what is absent or no count is left out. */
export function usageOf(answer: HttpAnswer): readonly LimitUsage[] {
  return HEADERS.flatMap(([header, name]) => {
    const text = answer.headers[header];
    return text !== undefined && /^\d{1,9}$/.test(text) ? [{ name, used: Number(text) }] : [];
  });
}
