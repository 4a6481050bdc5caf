/** What the endpoints of accounts work with, and what an account does by itself as time passes. */
import { assert, type EpochUs } from '#core';
import type { AlgoDesk } from './algo-desk.ts';
import type { ApiCall, ApiEndpoint } from './front-desk.ts';
import type { MarketBoard } from './market-board.ts';
import { isOpen } from './order-record.ts';
import type { TradingAccount } from './trading-account.ts';

/** One account with its services. */
export interface AccountDesk {
  readonly account: TradingAccount;
  readonly algos: AlgoDesk;
  /** When the orders of an instrument are cancelled unless the client says otherwise. */
  readonly countdowns: Map<number, EpochUs>;
}

/** What the endpoints of accounts work with. */
export interface AccountContext {
  readonly board: MarketBoard;
  readonly desks: readonly AccountDesk[];
}

/** Returns the desk of whoever asks. */
export function deskOf(context: AccountContext, call: ApiCall): AccountDesk {
  const desk = context.desks[call.accountIx];
  assert(desk !== undefined, `a signed request has an account, was ${call.accountIx}`);
  return desk;
}

/**
 * Does what is due at a moment: countdowns that have run down, orders that were good until now. Conditional orders stay, unless a countdown
 * `stripsAlgos`.
 */
export function actDue(
  { account, algos, countdowns }: AccountDesk,
  nowUs: EpochUs,
  stripsAlgos: boolean,
): void {
  for (const [instrumentIx, dueUs] of [...countdowns]) {
    if (dueUs > nowUs) continue;
    countdowns.delete(instrumentIx);
    cancelOpen(account, instrumentIx, nowUs);
    if (stripsAlgos) for (const record of algos.open(instrumentIx)) algos.cancel(record, nowUs);
  }
  algos.expire(nowUs);
  for (const record of account.orders.goodTill(nowUs)) account.cancel(record, nowUs, 'EXPIRED');
}

/** Cancels the open orders of an instrument. */
export function cancelOpen(account: TradingAccount, instrumentIx: number, nowUs: EpochUs): void {
  for (const record of account.orders.open(instrumentIx)) if (isOpen(record)) account.cancel(record, nowUs);
}

/** Returns a signed endpoint. */
export function signed(
  at: string,
  weight: number | ApiEndpoint['weight'],
  answer: ApiEndpoint['answer'],
  orders: ApiEndpoint['orders'] = null,
): ApiEndpoint {
  const weigh = typeof weight === 'number' ? () => weight : weight;
  return { at, security: 'signed', weight: weigh, orders, answer };
}
