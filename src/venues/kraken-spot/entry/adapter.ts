/** Order entry at Kraken spot: the port put together from its parts. */
import type {
  BalanceRecord,
  BatchOutcome,
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
  PrivatePlan,
} from '../../entry/index.ts';
import { KrakenPrivateDialogue } from './dialogue.ts';
import { LIMITS } from './limits.ts';
import { KrakenPairs } from './names.ts';
import { amendCall, BATCH_MAX, cancelCall, placeBatchCall, placeCall } from './order-calls.ts';
import { unsupportedForm } from './order-form.ts';
import { KrakenQuestions } from './question-calls.ts';
import { resultOf, SignedCalls, VENUE } from './signed-calls.ts';
import { secondsUs } from './times.ts';
import { judgeOf } from './verdict.ts';

class KrakenSpotEntry implements EntryAdapter {
  readonly venue = VENUE;
  readonly limits = LIMITS;
  readonly placeBatchMax = BATCH_MAX;
  readonly judge: EntryJudge;
  readonly stream: PrivatePlan;
  readonly #hosts: EntryHosts;
  readonly #calls: SignedCalls;
  readonly #questions: KrakenQuestions;
  readonly #secrets: readonly string[];

  constructor(hosts: EntryHosts, keys: EntryKeys, instruments: readonly EntryInstrument[]) {
    const pairs = new KrakenPairs(instruments);
    this.#hosts = hosts;
    this.#secrets = [keys.apiKey, keys.secret];
    this.#calls = new SignedCalls(hosts, keys);
    this.#questions = new KrakenQuestions(this.#calls, pairs);
    this.judge = judgeOf(this.#secrets);
    this.stream = streamPlan(hosts, this.#questions.streamToken());
  }

  /** Kraken says nothing of its counters in headers. */
  usage(): readonly LimitUsage[] {
    return [];
  }

  /** Whole seconds: all that Kraken states. */
  serverTime(): EntryCall<number> {
    const url = `${this.#hosts.rest}/0/public/Time`;
    return {
      name: 'server-time',
      priority: 'query',
      effect: 'read',
      costs: [],
      request: () => ({ method: 'GET', url, headers: {}, body: null }),
      parse: (body) => secondsUs(resultOf(body, 'server-time').at('unixtime')),
    };
  }

  unsupported(order: EntryOrder): string | null {
    const reason = unsupportedForm(order);
    return reason === null ? null : `${VENUE} does not take ${reason}`;
  }

  place(order: EntryOrder): EntryCall<PlacedRecord> {
    return placeCall(this.#calls, order);
  }

  placeBatch(orders: readonly EntryOrder[]): EntryCall<readonly BatchOutcome[]> | null {
    return placeBatchCall(this.#calls, orders, this.#secrets);
  }

  amend(amend: EntryAmend): EntryCall<PlacedRecord> | null {
    return amendCall(this.#calls, amend);
  }

  cancel(order: EntryOrderRef): EntryCall<void> {
    return cancelCall(this.#calls, order);
  }

  /**
   * One cancel for each order of the pair in the latest answer to `openOrders`: list them first, and again afterwards. Kraken's own `CancelAll` would end the orders of all pairs,
   * the stops of other positions among them.
   */
  cancelAll(instrument: EntryInstrument): readonly EntryCall<void>[] {
    return this.#questions.listed(instrument).map((order) => cancelCall(this.#calls, order));
  }

  /** None: `CancelAllOrdersAfter` ends every order of the account, protective stops too. */
  deadMan(): null {
    return null;
  }

  openOrders(): readonly EntryCall<readonly OrderRecord[]>[] {
    return [this.#questions.openOrders()];
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

  positions(): null {
    return null;
  }

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

/** The token goes into messages, not into the address: the plan keeps the one that the latest address was made for. */
function streamPlan(hosts: EntryHosts, ticket: EntryCall<string>): PrivatePlan {
  let token = '';
  return {
    ticket,
    url: (latest) => {
      token = latest;
      return `${hosts.stream}/v2`;
    },
    keepAlive: null,
    lifeUs: null,
    open: (instruments) => new KrakenPrivateDialogue(new KrakenPairs(instruments), () => token),
  };
}

/** Opens order entry at Kraken spot: `hosts.rest` is `https://api.kraken.com`, `hosts.stream` `wss://ws-auth.kraken.com`. @throws XY_VENUE_FAILED for a secret that is none */
export const openKrakenSpotEntry: OpenEntry = ({ hosts, instruments, keys }) =>
  new KrakenSpotEntry(hosts, keys, instruments);
