/** What both sides are compared by: open orders, single orders and the account, asked for as promises. A question that the venue does not answer is an error. */
import { XylenError } from '#core';
import type { VenueAccount, VenueOrder } from '#domain';
import type { Timers } from '#net';
import type { EntryAdapter, EntryCall, EntryInstrument, EntryOrderRef } from '../entry/index.ts';
import type { EntrySender } from './entry-sender.ts';
import { atomsAgainst, venueOrderOf, venuePositionOf } from './venue-records.ts';

/** What the questions need. */
export interface AccountQuestionsParts {
  readonly adapter: EntryAdapter;
  readonly sender: EntrySender;
  readonly timers: Timers;
  readonly instruments: readonly EntryInstrument[];
  readonly account: { readonly currency: string; readonly atomDecimals: number };
}

/** Asks a venue about an account. */
export class AccountQuestions {
  readonly #parts: AccountQuestionsParts;

  constructor(parts: AccountQuestionsParts) {
    this.#parts = parts;
  }

  /** Returns all open orders. @throws XY_VENUE_FAILED */
  async openOrders(): Promise<readonly VenueOrder[]> {
    const { adapter, instruments } = this.#parts;
    const pages = await Promise.all(adapter.openOrders(instruments).map((call) => this.#ask(call)));
    return pages.flat().map(venueOrderOf);
  }

  /** Returns an order in whatever state, `null` when the venue does not know it. @throws XY_VENUE_FAILED */
  async order(ref: EntryOrderRef): Promise<VenueOrder | null> {
    const record = await this.#ask(this.#parts.adapter.order(ref));
    return record === null ? null : venueOrderOf(record);
  }

  /** Returns money and positions. @throws XY_VENUE_FAILED */
  async account(): Promise<VenueAccount> {
    const { account, adapter, instruments, sender, timers } = this.#parts;
    const balances = await this.#ask(adapter.balances());
    const call = adapter.positions(instruments);
    const positions = call === null ? [] : await this.#ask(call);
    const cash = balances.find(({ total }) => total.asset === account.currency);
    return {
      tsVenueUs: timers.nowUs() + sender.clock.offsetUs,
      cashAtoms: cash === undefined ? 0n : atomsAgainst(cash.total, account.atomDecimals, false),
      positions: positions.map(venuePositionOf),
      ...(call === null ? { isSpot: true } : {}),
    };
  }

  #ask<T>(call: EntryCall<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#parts.sender.send(call, (outcome) => {
        if (outcome.kind === 'good') resolve(outcome.value);
        else reject(new XylenError('XY_VENUE_FAILED', `${call.name}: ${outcome.message}`));
      });
    });
  }
}
