/**
 * Kraken's two budgets, as far as windows can say them. Questions: a counter of 15 that falls by one every three seconds (tier Starter; higher tiers have more).
 * Orders: a counter for each pair in the matching engine, of 60 that falls by one a second; here one for all pairs, which is stricter. The venue adds
 * to a cancel by the age of its order (8 below 5 s, then 6, 5, 4, 2, 1, 0 from 300 s on) and to an amend likewise (3, 2, 1, 0 from 15 s on); ages are not known here, so both
 * cost a number in between: a cancel must not wait for what it may not cost. What is spent beyond that the venue refuses (`EOrder:Rate limit exceeded`), and
 * nothing is lost. Source: Kraken, "Spot trading limits" and "REST rate limits".
 */
import { US_PER_SECOND } from '#core';
import type { EntryCost, LimitRule } from '../../entry/index.ts';

const QUESTIONS = 'kraken-questions';
const ENGINE = 'kraken-engine';
const CANCEL_COST = 2;
const AMEND_COST = 2;

/** The budgets of the lowest tier. */
export const LIMITS: readonly LimitRule[] = [
  { name: QUESTIONS, amount: 15, windowUs: 45 * US_PER_SECOND },
  { name: ENGINE, amount: 60, windowUs: 60 * US_PER_SECOND },
];

/** Cost of a question. */
export const QUESTION: readonly EntryCost[] = [{ limit: QUESTIONS, amount: 1 }];
/** Cost of a question about trades that are over. */
export const HISTORY: readonly EntryCost[] = [{ limit: QUESTIONS, amount: 2 }];
/** Cost of a cancel of unknown age. */
export const CANCEL: readonly EntryCost[] = [{ limit: ENGINE, amount: CANCEL_COST }];
/** Cost of an amend of unknown age. */
export const AMEND: readonly EntryCost[] = [{ limit: ENGINE, amount: AMEND_COST }];

/** Returns the cost of new orders. */
export function addCosts(orders: number): readonly EntryCost[] {
  return [{ limit: ENGINE, amount: orders }];
}
