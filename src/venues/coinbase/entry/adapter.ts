/** Order entry at Coinbase Advanced Trade: the port put together from its parts. */
import { US_PER_MS } from '#core';
import type {
  BalanceRecord,
  EntryAdapter,
  EntryAmend,
  EntryCall,
  EntryFillsRange,
  EntryHosts,
  EntryInstrument,
  EntryJudge,
  EntryKeys,
  EntryOrder,
  EntryOrderRef,
  FillsPage,
  KeyRights,
  LimitUsage,
  OpenEntry,
  OrderRecord,
  PlacedRecord,
  PositionRecord,
  PrivatePlan,
} from '../../entry/index.ts';
import { CoinbasePrivateDialogue } from './dialogue.ts';
import { LIMITS } from './limits.ts';
import { amendCall, cancelAllCalls, cancelCall, placeCall } from './order-calls.ts';
import { unsupportedForm } from './order-form.ts';
import { CoinbaseQuestions } from './question-calls.ts';
import { type SignedCalls, signedCalls, VENUE } from './signed-calls.ts';
import { Products } from './sizes.ts';
import { judgeOf } from './verdict.ts';

class CoinbaseEntry implements EntryAdapter {
  readonly venue = VENUE;
  readonly limits = LIMITS;
  /** Orders are placed one by one. */
  readonly placeBatchMax = 1;
  readonly judge: EntryJudge;
  readonly stream: PrivatePlan;
  readonly #calls: SignedCalls;
  readonly #questions: CoinbaseQuestions;

  constructor(hosts: EntryHosts, keys: EntryKeys, instruments: readonly EntryInstrument[]) {
    const { calls, signer } = signedCalls(hosts, keys);
    this.#calls = calls;
    this.#questions = new CoinbaseQuestions(calls, new Products(instruments));
    this.judge = judgeOf([keys.apiKey, keys.secret]);
    this.stream = {
      ticket: null,
      url: () => hosts.stream,
      keepAlive: null,
      lifeUs: null,
      open: (traded) => new CoinbasePrivateDialogue(new Products(traded), signer),
    };
  }

  /** No header of a budget is documented for this interface. */
  usage(): readonly LimitUsage[] {
    return [];
  }

  serverTime(): EntryCall<number> {
    return this.#calls.serverTime((reply) => reply.at('epochMillis').integer() * US_PER_MS);
  }

  unsupported(order: EntryOrder): string | null {
    const reason = unsupportedForm(order);
    return reason === null ? null : `${VENUE} does not take ${reason}`;
  }

  place(order: EntryOrder): EntryCall<PlacedRecord> {
    return placeCall(this.#calls, order);
  }

  placeBatch(): null {
    return null;
  }

  amend(amend: EntryAmend): EntryCall<PlacedRecord> | null {
    return amendCall(this.#calls, amend);
  }

  cancel(order: EntryOrderRef): EntryCall<void> {
    return cancelCall(this.#calls, order);
  }

  /** Cancels of the orders of the product in the latest answers to `openOrders`: list them first, and again afterwards. The venue ends orders by their ids alone. */
  cancelAll(instrument: EntryInstrument): readonly EntryCall<void>[] {
    return cancelAllCalls(this.#calls, this.#questions.listed(instrument));
  }

  deadMan(): null {
    return null;
  }

  openOrders(instruments: readonly EntryInstrument[]): readonly EntryCall<readonly OrderRecord[]>[] {
    return this.#questions.openOrders(instruments);
  }

  order(order: EntryOrderRef): EntryCall<OrderRecord | null> {
    return this.#questions.order(order);
  }

  fills(range: EntryFillsRange): EntryCall<FillsPage> {
    return this.#questions.fills(range);
  }

  balances(): EntryCall<readonly BalanceRecord[]> {
    return this.#questions.balances();
  }

  positions(instruments: readonly EntryInstrument[]): EntryCall<readonly PositionRecord[]> | null {
    return this.#questions.positions(instruments);
  }

  /** Leverage is a member of each order there; none is sent. */
  setLeverage(): null {
    return null;
  }

  setMarginMode(): null {
    return null;
  }

  setPositionMode(): null {
    return null;
  }

  keyRights(): EntryCall<KeyRights> {
    return this.#questions.keyRights();
  }
}

/**
 * Opens order entry at Coinbase: `hosts.rest` is `https://api.coinbase.com`, `hosts.stream` `wss://advanced-trade-ws-user.coinbase.com`; `apiKey` is the key's
 * name, `secret` its private key. @throws XY_VENUE_FAILED for a key that cannot be used
 */
export const openCoinbaseEntry: OpenEntry = ({ hosts, instruments, keys }) =>
  new CoinbaseEntry(hosts, keys, instruments);
