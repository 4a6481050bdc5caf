/** Questions to Coinbase about an account: orders, fills, balances, positions in contracts, the key. */
import { type EpochUs, formatIso, US_PER_SECOND, XylenError } from '#core';
import type {
  BalanceRecord,
  EntryCall,
  EntryFillsRange,
  EntryInstrument,
  EntryOrderRef,
  FillsPage,
  KeyRights,
  OrderRecord,
  PositionRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { readAccounts, readContractPositions, readFills, readKeyRights } from './account-records.ts';
import { readOrder, readOrders } from './order-record.ts';
import { type Query, type SignedCalls, VENUE } from './signed-calls.ts';
import { Products } from './sizes.ts';
import { ORDER_QUESTION } from './verdict.ts';

const ORDERS_PAGE = 250;
const ACCOUNTS_PAGE = 250;
const FILLS_PAGE = 100;
/** Pages of accounts that are put together; more begin again. */
const ACCOUNTS_PAGES_MAX = 40;

/** Asks. Remembers two things: the latest lists of open orders, and the pages of accounts so far, while there are more. */
export class CoinbaseQuestions {
  readonly #calls: SignedCalls;
  readonly #products: Products;
  /** By what was asked for: one list for each product, one for those on their way. */
  readonly #listed = new Map<string, readonly OrderRecord[]>();
  #accounts: { readonly records: readonly BalanceRecord[]; readonly cursor: string; readonly pages: number } =
    NO_ACCOUNTS;

  constructor(calls: SignedCalls, products: Products) {
    this.#calls = calls;
    this.#products = products;
  }

  /** Open orders of each product, and those of all of them that are on their way in or out. */
  openOrders(instruments: readonly EntryInstrument[]): readonly EntryCall<readonly OrderRecord[]>[] {
    const ids = instruments.map(({ restSymbol }) => ['product_ids', restSymbol] as const);
    if (ids.length === 0) return [];
    const passing = ['PENDING', 'QUEUED', 'CANCEL_QUEUED'].map((word) => ['order_status', word] as const);
    return [
      ...ids.map((id) => this.#openOrders([id, ['order_status', 'OPEN']])),
      this.#openOrders([...ids, ...passing]),
    ];
  }

  /** Returns the ids of the open orders of an instrument as they were listed last. */
  listed({ ix }: EntryInstrument): readonly string[] {
    const records = [...this.#listed.values()].flat().filter(({ instrument }) => instrument.ix === ix);
    return [...new Set(records.map(({ venueOrderId }) => venueOrderId))];
  }

  /**
   * An order whose venue id is not known is looked for among the latest 250 of its product, newest first; the venue finds no order by our id. One that
   * is older counts as forgotten.
   */
  order({ clientOrderId, instrument, venueOrderId }: EntryOrderRef): EntryCall<OrderRecord | null> {
    if (venueOrderId === null || venueOrderId === '') {
      const query: Query = [
        ['product_ids', instrument.restSymbol],
        ['limit', String(ORDERS_PAGE)],
      ];
      return this.#question(ORDER_QUESTION, '/orders/historical/batch', query, (reply) =>
        this.#findOrder(reply, clientOrderId),
      );
    }
    const path = `/orders/historical/${encodeURIComponent(venueOrderId)}`;
    return this.#question(ORDER_QUESTION, path, [], (reply) => {
      const order = reply.at('order');
      // The judge lets one error through: that there is no such order.
      if (!order.isThere && reply.at('error').isThere) return null;
      const record = readOrder(order, this.#products);
      if (record === null) throw order.fail('an order of a product that is traded here');
      if (record.venueOrderId !== venueOrderId)
        throw order.at('order_id').fail('the order that was asked for');
      return record;
    });
  }

  fills(range: EntryFillsRange): EntryCall<FillsPage> {
    return this.#fillsFrom(range, '');
  }

  /**
   * Accounts come in pages of 250. The first page is enough when it has every currency that is traded here; else the answer is not decided (XY_VENUE_REPLY), and the
   * next call asks for the next page.
   */
  balances(): EntryCall<readonly BalanceRecord[]> {
    const { cursor, pages, records } = this.#accounts;
    const query: Query = [['limit', String(ACCOUNTS_PAGE)], ...cursorPart(cursor)];
    return this.#question('balances', '/accounts', query, (reply) => {
      const all = [...records, ...readAccounts(reply.at('accounts'))];
      const next = reply.at('has_next').flag() ? reply.at('cursor').text() : '';
      const isEnough = next === '' || this.#hasTraded(all);
      if (isEnough || pages >= ACCOUNTS_PAGES_MAX) this.#accounts = NO_ACCOUNTS;
      else this.#accounts = { records: all, cursor: next, pages: pages + 1 };
      if (isEnough) return all;
      throw new XylenError(
        'XY_VENUE_REPLY',
        `${VENUE} balances: there are more accounts; the next question asks on`,
      );
    });
  }

  /** Positions in contracts of CDE; `null` where none is traded. */
  positions(instruments: readonly EntryInstrument[]): EntryCall<readonly PositionRecord[]> | null {
    const contracts = instruments.filter(({ lotsPerContract }) => lotsPerContract !== undefined);
    if (contracts.length === 0) return null;
    const products = new Products(contracts);
    // The reply has no time of its own: it is as of the question.
    let askedUs: EpochUs = 0;
    const call = this.#question('positions', '/cfm/positions', [], (reply) =>
      readContractPositions(reply.at('positions'), products, askedUs),
    );
    return {
      ...call,
      request: (stamp) => {
        askedUs = stamp.venueUs;
        return call.request(stamp);
      },
    };
  }

  keyRights(): EntryCall<KeyRights> {
    return this.#question('key-rights', '/key_permissions', [], readKeyRights);
  }

  #question<T>(name: string, path: string, query: Query, read: (reply: ReplyDoc) => T): EntryCall<T> {
    return this.#calls.of({ name, priority: 'query', effect: 'read', method: 'GET', path, query, read });
  }

  /** A list that goes on is not told in part: an order that is missing from it would count as ended. */
  #openOrders(query: Query): EntryCall<readonly OrderRecord[]> {
    const all: Query = [...query, ['limit', String(ORDERS_PAGE)]];
    const key = query.length === 2 ? String(query[0]) : 'passing';
    return this.#question('open-orders', '/orders/historical/batch', all, (reply) => {
      const next = reply.at('has_next');
      if (next.flag()) throw next.fail(`at most ${ORDERS_PAGE} orders`);
      const records = readOrders(reply.at('orders'), this.#products);
      this.#listed.set(key, records);
      return records;
    });
  }

  #findOrder(reply: ReplyDoc, clientOrderId: string): OrderRecord | null {
    const orders = reply.at('orders');
    const found = readOrders(orders, this.#products).find((record) => record.clientOrderId === clientOrderId);
    if (found !== undefined) return found;
    const madeUs = orders.items().map((order) => order.at('created_time').rfc3339Us());
    const isNewestFirst = madeUs.every((us, at) => at === 0 || us <= (madeUs[at - 1] ?? us));
    if (reply.at('has_next').flag() && !isNewestFirst) throw orders.fail('the newest orders first');
    return null;
  }

  /** Pages go back in time, each oldest first; the last one has no cursor, or nothing in it. */
  #fillsFrom(range: EntryFillsRange, cursor: string): EntryCall<FillsPage> {
    const { fromUs, instrument, toUs } = range;
    const query: Query = [
      ['product_ids', instrument.restSymbol],
      ['start_sequence_timestamp', formatIso(Math.max(0, fromUs - US_PER_SECOND))],
      ['end_sequence_timestamp', formatIso(toUs + US_PER_SECOND)],
      ['limit', String(FILLS_PAGE)],
      ...cursorPart(cursor),
    ];
    return this.#question('fills', '/orders/historical/fills', query, (reply) => {
      const list = reply.at('fills');
      const next = reply.at('cursor').textOr('');
      const hasMore = next !== '' && next !== cursor && list.items().length > 0;
      const fills = readFills(list, this.#products).filter(
        (fill) => fill.instrument.ix === instrument.ix && fill.tsVenueUs < toUs,
      );
      return { fills, next: hasMore ? this.#fillsFrom(range, next) : null };
    });
  }

  #hasTraded(balances: readonly BalanceRecord[]): boolean {
    const held = new Set(balances.map(({ total }) => total.asset));
    return this.#products.all.every(
      ({ baseAsset, kind, quoteAsset }) =>
        held.has(quoteAsset) && (kind === 'perpetual' || held.has(baseAsset)),
    );
  }
}

const NO_ACCOUNTS = { records: [], cursor: '', pages: 1 } as const;

function cursorPart(cursor: string): Query {
  return cursor === '' ? [] : [['cursor', cursor]];
}
