/**
 * Order entry at KuCoin's futures market. The venue wants the margin mode, and for isolated margin the leverage, in each order; the port has both as settings. The
 * adapter therefore remembers what was confirmed last for each contract; before that orders are sent as cross, whose leverage is a setting at the venue.
 */
import { assert } from '#core';
import type { HttpAnswer } from '#net';
import {
  type BatchOutcome,
  type EntryAdapter,
  type EntryCall,
  type EntryFillsRange,
  type EntryInstrument,
  EntryInstruments,
  type EntryJudge,
  type EntryOrder,
  type EntryOrderRef,
  type FillsPage,
  type KeyRights,
  type LimitUsage,
  type OpenEntry,
  type OrderRecord,
  type PlacedRecord,
  type ReplyDoc,
} from '../../entry/index.ts';
import { KucoinCalls, poolsOf } from './call.ts';
import { type FillsWindow, inRange, nextWindow, windowParams } from './fills-window.ts';
import { FUTURES_TOPICS, futuresReader } from './futures-messages.ts';
import { readFuturesFill, readFuturesOrder, readOverview, readPositions } from './futures-reader.ts';
import {
  futuresBody,
  isProtective,
  type MarginSetting,
  priorityOf,
  unsupportedFutures,
} from './order-form.ts';
import { isGood, wholePage } from './reply.ts';
import { KucoinSigner } from './signature.ts';
import { readListed } from './spot-reader.ts';
import { refusalIn, refusalOf, usageOf } from './verdict.ts';

const POOL = 2_000;
const ORDERS = '/api/v1/orders';
const STOPS = '/api/v1/stopOrders';
/** Orders of one batch. */
export const FUTURES_BATCH_MAX = 20;
/** Orders or fills of one page. */
export const FUTURES_PAGE = 1_000;
const UNSET: MarginSetting = { mode: 'CROSS', leverage: null };

/** Makes the adapter of KuCoin's futures market. */
export const openKucoinFuturesEntry: OpenEntry = ({ hosts, instruments, keys }) =>
  new KucoinFuturesEntry(
    new KucoinCalls('kucoin-futures', hosts.rest, new KucoinSigner(keys)),
    instruments,
    hosts.stream,
  );

class KucoinFuturesEntry implements EntryAdapter {
  readonly venue = 'kucoin-futures';
  readonly limits = poolsOf(POOL);
  readonly placeBatchMax = FUTURES_BATCH_MAX;
  readonly judge: EntryJudge;
  readonly stream: EntryAdapter['stream'];
  readonly #calls: KucoinCalls;
  readonly #instruments: EntryInstruments;
  /** By symbol; as many as there are instruments. */
  readonly #settings = new Map<string, MarginSetting>();
  /** What a call sets once the venue confirms it. */
  readonly #confirmations = new WeakMap<EntryCall<unknown>, () => void>();

  constructor(calls: KucoinCalls, instruments: readonly EntryInstrument[], streamHost: string) {
    this.#calls = calls;
    this.#instruments = new EntryInstruments(instruments);
    this.stream = calls.stream(FUTURES_TOPICS, streamHost, futuresReader);
    this.judge = (call, answer, nowUs) => {
      const verdict = calls.judge(call, answer, nowUs);
      // Nothing to do: it is as wanted already, and no answer will be read.
      if (verdict.kind === 'nothing-to-do') this.#confirmations.get(call)?.();
      return verdict;
    };
  }

  usage(answer: HttpAnswer): readonly LimitUsage[] {
    return usageOf(answer, 'orders', POOL);
  }

  serverTime(): EntryCall<number> {
    return this.#calls.serverTime();
  }

  unsupported(order: EntryOrder): string | null {
    return unsupportedFutures(order);
  }

  place(order: EntryOrder): EntryCall<PlacedRecord> {
    return this.#calls.of({
      name: 'place',
      priority: priorityOf(order),
      effect: 'change',
      weight: 2,
      plain: { method: 'POST', path: ORDERS, body: this.#bodyOf(order) },
      read: (data) => ({ venueOrderId: data.at('orderId').text(), order: null }),
    });
  }

  placeBatch(orders: readonly EntryOrder[]): EntryCall<readonly BatchOutcome[]> {
    assert(
      orders.length > 0 && orders.length <= FUTURES_BATCH_MAX,
      `a batch has 1 to ${FUTURES_BATCH_MAX} orders`,
    );
    const body = orders.map((order) => this.#bodyOf(order));
    return this.#calls.of({
      name: 'place-batch',
      priority: orders.some(isProtective) ? 'protect' : 'order',
      effect: 'change',
      weight: 20,
      plain: { method: 'POST', path: `${ORDERS}/multi`, body },
      read: (data) => readBatch(data, orders),
    });
  }

  /** An order of the futures market cannot be changed in place. */
  amend(): null {
    return null;
  }

  /** An order that waits for its trigger is ended by the venue's id where it is known: that is documented for them too. */
  cancel(order: EntryOrderRef): EntryCall<void> {
    const { clientOrderId, instrument, isConditional, venueOrderId } = order;
    if (venueOrderId !== null && (isConditional || clientOrderId === '')) {
      const path = `${ORDERS}/${encodeURIComponent(venueOrderId)}`;
      return this.#calls.cancel('cancel', 1, { method: 'DELETE', path });
    }
    const path = `${ORDERS}/client-order/${encodeURIComponent(clientOrderId)}`;
    return this.#calls.cancel('cancel', 1, {
      method: 'DELETE',
      path,
      query: { symbol: instrument.restSymbol },
    });
  }

  cancelAll({ restSymbol }: EntryInstrument): readonly EntryCall<void>[] {
    const query = { symbol: restSymbol };
    return [
      this.#calls.cancel('cancel-all', 10, { method: 'DELETE', path: '/api/v3/orders', query }),
      this.#calls.cancel('cancel-all', 15, { method: 'DELETE', path: STOPS, query }),
    ];
  }

  /** The classic futures interface has no switch that is documented to spare stop orders. */
  deadMan(): null {
    return null;
  }

  openOrders(): readonly EntryCall<readonly OrderRecord[]>[] {
    const page = { currentPage: 1, pageSize: FUTURES_PAGE };
    const read = (data: ReplyDoc): readonly OrderRecord[] =>
      readListed(wholePage(data), this.#instruments, readFuturesOrder);
    const active = { ...page, status: 'active' };
    return [
      this.#calls.query('open-orders', 2, { method: 'GET', path: ORDERS, query: active }, read),
      this.#calls.query('open-stop-orders', 6, { method: 'GET', path: STOPS, query: page }, read),
    ];
  }

  /** Orders with and without a trigger alike. */
  order({ clientOrderId, instrument, venueOrderId }: EntryOrderRef): EntryCall<OrderRecord | null> {
    const read = (data: ReplyDoc): OrderRecord => readFuturesOrder(data, instrument);
    if (clientOrderId !== '') {
      const query = { clientOid: clientOrderId };
      return this.#calls.order(5, { method: 'GET', path: `${ORDERS}/byClientOid`, query }, read);
    }
    assert(venueOrderId !== null, 'an order has a name');
    return this.#calls.order(
      5,
      { method: 'GET', path: `${ORDERS}/${encodeURIComponent(venueOrderId)}` },
      read,
    );
  }

  /** First the fills of the last day, which are told at once; the list of all of them comes later, and follows where these do not reach back far enough. */
  fills(range: EntryFillsRange): EntryCall<FillsPage> {
    const query = { symbol: range.instrument.restSymbol };
    return this.#calls.query('fills', 3, { method: 'GET', path: '/api/v1/recentFills', query }, (data) => {
      const fills = readListed(data.items(), this.#instruments, readFuturesFill);
      const reachesBack = fills.some(({ tsVenueUs }) => tsVenueUs < range.fromUs);
      const next = reachesBack ? null : this.#fillsPage({ range, startUs: range.fromUs }, 1);
      return { fills: inRange(fills, range), next };
    });
  }

  /** The wallet of the currency that the contracts are settled in. */
  balances(): EntryCall<ReturnType<typeof readOverview>> {
    const query = { currency: this.#instruments.all[0]?.quoteAsset ?? 'USDT' };
    return this.#calls.query(
      'balances',
      5,
      { method: 'GET', path: '/api/v1/account-overview', query },
      readOverview,
    );
  }

  positions(): EntryCall<ReturnType<typeof readPositions>> {
    return this.#calls.query('positions', 2, { method: 'GET', path: '/api/v1/positions' }, (data) =>
      readPositions(data, this.#instruments),
    );
  }

  /** Sets the leverage of cross margin at the venue; orders with isolated margin carry it from then on. */
  setLeverage({ restSymbol }: EntryInstrument, leverage: number): EntryCall<void> {
    const body = { symbol: restSymbol, leverage: String(leverage) };
    return this.#setting('leverage', '/api/v2/changeCrossUserLeverage', body, () =>
      this.#set(restSymbol, { leverage }),
    );
  }

  setMarginMode({ restSymbol }: EntryInstrument, mode: 'cross' | 'isolated'): EntryCall<void> {
    const marginMode = mode === 'cross' ? 'CROSS' : 'ISOLATED';
    const body = { symbol: restSymbol, marginMode };
    return this.#setting('margin-mode', '/api/v2/position/changeMarginMode', body, () =>
      this.#set(restSymbol, { mode: marginMode }),
    );
  }

  setPositionMode(mode: 'one-way' | 'hedge'): EntryCall<void> {
    const body = { positionMode: mode === 'one-way' ? '0' : '1' };
    return this.#setting('position-mode', '/api/v2/position/switchPositionMode', body, () => undefined);
  }

  keyRights(): EntryCall<KeyRights> {
    return this.#calls.keyRights('Futures');
  }

  #setting(name: string, path: string, body: object, confirm: () => void): EntryCall<void> {
    const call = this.#calls.setting(name, { method: 'POST', path, body }, confirm);
    this.#confirmations.set(call, confirm);
    return call;
  }

  #set(symbol: string, change: Partial<MarginSetting>): void {
    this.#settings.set(symbol, { ...UNSET, ...this.#settings.get(symbol), ...change });
  }

  #bodyOf(order: EntryOrder): object {
    return futuresBody(order, this.#settings.get(order.instrument.restSymbol) ?? UNSET);
  }

  #fillsPage(window: FillsWindow, currentPage: number): EntryCall<FillsPage> {
    const query = { ...windowParams(window), currentPage, pageSize: FUTURES_PAGE };
    return this.#calls.query('fills', 5, { method: 'GET', path: '/api/v1/fills', query }, (data) => {
      const fills = inRange(
        readListed(data.at('items').items(), this.#instruments, readFuturesFill),
        window.range,
      );
      if (currentPage < data.at('totalPage').integer()) {
        return { fills, next: this.#fillsPage(window, currentPage + 1) };
      }
      const next = nextWindow(window);
      return { fills, next: next === null ? null : this.#fillsPage(next, 1) };
    });
  }
}

/** Outcomes name the order by our id. */
function readBatch(data: ReplyDoc, orders: readonly EntryOrder[]): readonly BatchOutcome[] {
  const byId = new Map(data.items().map((item) => [item.at('clientOid').text(), item]));
  return orders.map(({ clientOrderId }): BatchOutcome => {
    const item = byId.get(clientOrderId);
    if (item === undefined) throw data.fail(`an outcome of order ${clientOrderId}`);
    const refusal = refusalIn(item);
    if (isGood(refusal.code)) {
      return { kind: 'good', placed: { venueOrderId: item.at('orderId').text(), order: null } };
    }
    return { kind: 'refused', code: refusalOf(refusal), venueCode: refusal.code, message: refusal.words };
  });
}
