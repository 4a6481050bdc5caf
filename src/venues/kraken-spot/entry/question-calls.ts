/** Questions to Kraken about an account: orders, trades, balances, the key. */
import { type EpochUs, US_PER_SECOND, XylenError } from '#core';
import {
  type BalanceRecord,
  type EntryCall,
  type EntryFillsRange,
  type EntryInstrument,
  type EntryOrderRef,
  type FillsPage,
  type FormParams,
  type KeyRights,
  type OrderRecord,
  type ReplyDoc,
  uuidOfClientId,
} from '../../entry/index.ts';
import { readBalances, readKeyRights, readTrades } from './account-records.ts';
import { HISTORY, QUESTION } from './limits.ts';
import { idIn, type KrakenPairs } from './names.ts';
import { readOrder, readOrders } from './order-record.ts';
import { resultOf, type SignedCalls, VENUE } from './signed-calls.ts';
import { ORDER_QUESTION } from './verdict.ts';

/** Trades in a page. */
const PAGE = 50;
/** Orders that are being searched for; the oldest is forgotten, and is searched for from the start. */
const SEARCHED_MAX = 1_024;

/** Asks. Remembers two things: the latest list of open orders, and which orders, known by our id alone, were not among the open ones when asked for. */
export class KrakenQuestions {
  readonly #calls: SignedCalls;
  readonly #pairs: KrakenPairs;
  readonly #notOpen = new Set<string>();
  #listed: readonly OrderRecord[] = [];

  constructor(calls: SignedCalls, pairs: KrakenPairs) {
    this.#calls = calls;
    this.#pairs = pairs;
  }

  openOrders(): EntryCall<readonly OrderRecord[]> {
    return this.#question('open-orders', 'OpenOrders', {}, (result) => {
      this.#listed = readOrders(result.at('open'), this.#pairs);
      return this.#listed;
    });
  }

  /** Returns the open orders of an instrument as they were listed last. */
  listed({ ix }: EntryInstrument): readonly OrderRecord[] {
    return this.#listed.filter(({ instrument }) => instrument.ix === ix);
  }

  /**
   * Kraken finds an order of whatever state by its own id only; by ours it searches either the open or the ended ones. So an order known by our id alone takes
   * two questions: the first that does not find it throws XY_VENUE_REPLY ("not decided"), and the next call for it looks among the ended ones.
   */
  order(order: EntryOrderRef): EntryCall<OrderRecord | null> {
    const { clientOrderId, venueOrderId } = order;
    if (venueOrderId !== null && venueOrderId !== '') return this.#orderById(venueOrderId);
    const form = { cl_ord_id: uuidOfClientId(clientOrderId) ?? clientOrderId };
    if (this.#notOpen.has(clientOrderId)) {
      return this.#question(ORDER_QUESTION, 'ClosedOrders', form, (result) => {
        const found = latestOf(readOrders(result.at('closed'), this.#pairs), clientOrderId);
        this.#notOpen.delete(clientOrderId);
        return found;
      });
    }
    return this.#question(ORDER_QUESTION, 'OpenOrders', form, (result) => {
      const found = latestOf(readOrders(result.at('open'), this.#pairs), clientOrderId);
      if (found !== null) return found;
      this.#noteNotOpen(clientOrderId);
      throw new XylenError(
        'XY_VENUE_REPLY',
        `${VENUE} order ${clientOrderId}: not among the open orders; the next question looks among the ended ones`,
      );
    });
  }

  fills(range: EntryFillsRange): EntryCall<FillsPage> {
    return this.#tradesFrom(range, 0);
  }

  balances(): EntryCall<readonly BalanceRecord[]> {
    return this.#question('balances', 'BalanceEx', {}, readBalances);
  }

  keyRights(): EntryCall<KeyRights> {
    return this.#question('key-rights', 'GetApiKeyInfo', {}, readKeyRights);
  }

  /** The ticket of the private stream: good for a connection within 15 minutes, and as long as that lives. */
  streamToken(): EntryCall<string> {
    return this.#question('stream-token', 'GetWebSocketsToken', {}, (result) => idIn(result.at('token')));
  }

  #question<T>(
    name: string,
    endpoint: string,
    form: FormParams,
    read: (result: ReplyDoc) => T,
  ): EntryCall<T> {
    const costs = endpoint === 'TradesHistory' || endpoint === 'ClosedOrders' ? HISTORY : QUESTION;
    const body = () => ({ form });
    return this.#calls.of({ name, priority: 'query', effect: 'read', costs, endpoint, body, read });
  }

  #orderById(txid: string): EntryCall<OrderRecord | null> {
    const call = this.#question(ORDER_QUESTION, 'QueryOrders', { txid }, (result) => {
      const order = result.at(txid);
      if (!order.isThere) return null;
      const record = readOrder(txid, order, this.#pairs);
      if (record === null) throw order.fail('an order of a pair that is traded here');
      return record;
    });
    // The judge lets one error through: that there is no such order.
    const parse = (body: Uint8Array): OrderRecord | null => (isUnknown(body) ? null : call.parse(body));
    return { ...call, parse };
  }

  #noteNotOpen(clientOrderId: string): void {
    this.#notOpen.add(clientOrderId);
    if (this.#notOpen.size <= SEARCHED_MAX) return;
    for (const oldest of this.#notOpen) {
      this.#notOpen.delete(oldest);
      return;
    }
  }

  /**
   * Pages go back in time, each oldest first. Kraken takes whole seconds, the first excluded, and writes times less finely in REST than in the stream, so a fill
   * just before `fromUs` may be told again. Trades are not merged (`consolidate_taker`), else their ids would not be those of the stream.
   */
  #tradesFrom(range: EntryFillsRange, offset: number): EntryCall<FillsPage> {
    const form = {
      start: wholeSeconds(range.fromUs) - 1,
      end: wholeSeconds(range.toUs) + 1,
      ofs: offset,
      consolidate_taker: false,
    };
    return this.#question('fills', 'TradesHistory', form, (result) => {
      const trades = result.at('trades');
      const told = trades.names().length;
      const count = result.at('count');
      const end = offset + told;
      const hasMore = told > 0 && (count.isThere ? end < count.integer() : told >= PAGE);
      const fills = readTrades(trades, this.#pairs).filter(
        ({ instrument, tsVenueUs }) => instrument.ix === range.instrument.ix && tsVenueUs < range.toUs,
      );
      return { fills, next: hasMore ? this.#tradesFrom(range, end) : null };
    });
  }
}

function wholeSeconds(us: EpochUs): number {
  return Math.max(1, Math.floor(us / US_PER_SECOND));
}

/** Ids of ours are unique among open orders; of ended ones the latest counts. */
function latestOf(records: readonly OrderRecord[], clientOrderId: string): OrderRecord | null {
  let latest: OrderRecord | null = null;
  for (const record of records) {
    const isIt = record.clientOrderId === clientOrderId;
    if (isIt && (latest === null || record.tsVenueUs > latest.tsVenueUs)) latest = record;
  }
  return latest;
}

function isUnknown(body: Uint8Array): boolean {
  try {
    resultOf(body, ORDER_QUESTION);
    return false;
  } catch (error) {
    if (!(error instanceof XylenError)) throw error;
    return /unknown order|invalid order\b|order not found/i.test(error.message);
  }
}
