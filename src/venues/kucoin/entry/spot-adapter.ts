/** Order entry at KuCoin's spot market: high-frequency orders, and stop orders as a family of their own. */
import { assert } from '#core';
import type { HttpAnswer } from '#net';
import {
  type BatchOutcome,
  type EntryAdapter,
  type EntryAmend,
  type EntryCall,
  type EntryFillsRange,
  type EntryInstrument,
  EntryInstruments,
  type EntryOrder,
  type EntryOrderRef,
  type FillsPage,
  type FormParams,
  type KeyRights,
  type LimitUsage,
  type OpenEntry,
  type OrderRecord,
  type PlacedRecord,
  type ReplyDoc,
} from '../../entry/index.ts';
import { KucoinCalls, poolsOf } from './call.ts';
import { type FillsWindow, inRange, nextWindow, windowParams } from './fills-window.ts';
import { isConditional, isProtective, priorityOf, spotBody, unsupportedSpot } from './order-form.ts';
import { priceText, sizeText } from './quantity.ts';
import { wholePage } from './reply.ts';
import { KucoinSigner } from './signature.ts';
import { SPOT_TOPICS, spotReader } from './spot-messages.ts';
import { readListed, readSpotFill, readSpotOrder, readStopOrder, readWallets } from './spot-reader.ts';
import { refusalOf, usageOf } from './verdict.ts';

const POOL = 4_000;
const ORDERS = '/api/v1/hf/orders';
const STOPS = '/api/v1/stop-order';
/** Orders of one batch. */
export const SPOT_BATCH_MAX = 5;
/** Fills of one page. */
export const SPOT_FILLS_PAGE = 100;
/** Stop orders of one page; the venue takes far fewer. */
const STOPS_PAGE = 500;

/** Makes the adapter of KuCoin's spot market. */
export const openKucoinSpotEntry: OpenEntry = ({ hosts, instruments, keys }) =>
  new KucoinSpotEntry(
    new KucoinCalls('kucoin-spot', hosts.rest, new KucoinSigner(keys)),
    instruments,
    hosts.stream,
  );

class KucoinSpotEntry implements EntryAdapter {
  readonly venue = 'kucoin-spot';
  readonly limits = poolsOf(POOL);
  readonly placeBatchMax = SPOT_BATCH_MAX;
  readonly judge: EntryAdapter['judge'];
  readonly stream: EntryAdapter['stream'];
  readonly #calls: KucoinCalls;
  readonly #instruments: EntryInstruments;

  constructor(calls: KucoinCalls, instruments: readonly EntryInstrument[], streamHost: string) {
    this.#calls = calls;
    this.#instruments = new EntryInstruments(instruments);
    this.judge = calls.judge;
    this.stream = calls.stream(SPOT_TOPICS, streamHost, spotReader);
  }

  usage(answer: HttpAnswer): readonly LimitUsage[] {
    return usageOf(answer, 'orders', POOL);
  }

  serverTime(): EntryCall<number> {
    return this.#calls.serverTime();
  }

  unsupported(order: EntryOrder): string | null {
    return unsupportedSpot(order);
  }

  place(order: EntryOrder): EntryCall<PlacedRecord> {
    const path = isConditional(order) ? STOPS : ORDERS;
    return this.#calls.of({
      name: 'place',
      priority: priorityOf(order),
      effect: 'change',
      weight: 1,
      plain: { method: 'POST', path, body: spotBody(order) },
      read: (data) => ({ venueOrderId: data.at('orderId').text(), order: null }),
    });
  }

  /** Limit orders of one pair alone can be placed together. */
  placeBatch(orders: readonly EntryOrder[]): EntryCall<readonly BatchOutcome[]> | null {
    assert(orders.length > 0 && orders.length <= SPOT_BATCH_MAX, `a batch has 1 to ${SPOT_BATCH_MAX} orders`);
    const symbols = new Set(orders.map(({ instrument }) => instrument.restSymbol));
    if (symbols.size > 1 || orders.some(({ type }) => type !== 'limit')) return null;
    return this.#calls.of({
      name: 'place-batch',
      priority: orders.some(isProtective) ? 'protect' : 'order',
      effect: 'change',
      weight: 1,
      plain: { method: 'POST', path: `${ORDERS}/multi`, body: { orderList: orders.map(spotBody) } },
      read: (data) => readBatch(data, orders.length),
    });
  }

  /** The venue ends the order and places another one under our id. */
  amend({ order, priceTicks, qtyLots }: EntryAmend): EntryCall<PlacedRecord> | null {
    if (order.isConditional) return null;
    const { instrument } = order;
    const body = {
      symbol: instrument.restSymbol,
      ...nameOf(order, 'clientOid', 'orderId'),
      newPrice: priceText(priceTicks, instrument),
      newSize: sizeText(qtyLots, instrument),
    };
    return this.#calls.of({
      name: 'amend',
      priority: 'order',
      effect: 'change',
      weight: 3,
      plain: { method: 'POST', path: `${ORDERS}/alter`, body },
      read: (data) => ({ venueOrderId: data.at('newOrderId').text(), order: null }),
    });
  }

  cancel(order: EntryOrderRef): EntryCall<void> {
    const query = { symbol: order.instrument.restSymbol };
    if (!order.isConditional) {
      return this.#calls.cancel('cancel', 1, { method: 'DELETE', path: pathOf(ORDERS, order), query });
    }
    if (order.clientOrderId === '') {
      const path = `${STOPS}/${encodeURIComponent(order.venueOrderId ?? '')}`;
      return this.#calls.cancel('cancel', 3, { method: 'DELETE', path });
    }
    return this.#calls.cancel('cancel', 5, {
      method: 'DELETE',
      path: `${STOPS}/cancelOrderByClientOid`,
      query: { ...query, clientOid: order.clientOrderId },
    });
  }

  cancelAll({ restSymbol }: EntryInstrument): readonly EntryCall<void>[] {
    const query = { symbol: restSymbol };
    return [
      this.#calls.cancel('cancel-all', 2, { method: 'DELETE', path: ORDERS, query }),
      this.#calls.cancel('cancel-all', 3, { method: 'DELETE', path: `${STOPS}/cancel`, query }),
    ];
  }

  /**
   * The venue has a switch (`dead-cancel-all`), but does not say that it spares stop orders, and keeps one setting for the account: one for an instrument
   * would overwrite that of another.
   */
  deadMan(): null {
    return null;
  }

  openOrders(instruments: readonly EntryInstrument[]): readonly EntryCall<readonly OrderRecord[]>[] {
    const plain = { method: 'GET', path: STOPS, query: { currentPage: 1, pageSize: STOPS_PAGE } } as const;
    return [
      ...instruments.map(({ restSymbol }) =>
        this.#calls.query(
          'open-orders',
          2,
          { method: 'GET', path: `${ORDERS}/active`, query: { symbol: restSymbol } },
          (data) => readListed(data.isThere ? data.items() : [], this.#instruments, readSpotOrder),
        ),
      ),
      this.#calls.query('open-stop-orders', 8, plain, (data) =>
        readListed(wholePage(data), this.#instruments, readStopOrder),
      ),
    ];
  }

  order(order: EntryOrderRef): EntryCall<OrderRecord | null> {
    const { instrument } = order;
    const query = { symbol: instrument.restSymbol };
    if (!order.isConditional) {
      return this.#calls.order(2, { method: 'GET', path: pathOf(ORDERS, order), query }, (data) =>
        readSpotOrder(data, instrument),
      );
    }
    if (order.clientOrderId === '') {
      const path = `${STOPS}/${encodeURIComponent(order.venueOrderId ?? '')}`;
      return this.#calls.order(3, { method: 'GET', path }, (data) => readStopOrder(data, instrument));
    }
    const byOurs = { ...query, clientOid: order.clientOrderId };
    return this.#calls.order(
      3,
      { method: 'GET', path: `${STOPS}/queryOrderByClientOid`, query: byOurs },
      (data) => readOnly(data, instrument),
    );
  }

  fills(range: EntryFillsRange): EntryCall<FillsPage> {
    return this.#fillsPage({ range, startUs: range.fromUs }, '');
  }

  balances(): EntryCall<ReturnType<typeof readWallets>> {
    return this.#calls.of({
      name: 'balances',
      priority: 'query',
      effect: 'read',
      pool: 'management',
      weight: 5,
      plain: { method: 'GET', path: '/api/v1/accounts' },
      read: readWallets,
    });
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
    return this.#calls.keyRights('Spot');
  }

  /** Newest first and a hundred to a page; a page leads to the older ones of its window, the last of them to the next window. */
  #fillsPage(window: FillsWindow, lastId: string): EntryCall<FillsPage> {
    const { range } = window;
    const query: FormParams = {
      ...windowParams(window),
      limit: SPOT_FILLS_PAGE,
      ...(lastId === '' ? {} : { lastId }),
    };
    return this.#calls.query('fills', 2, { method: 'GET', path: '/api/v1/hf/fills', query }, (data) => {
      const items = data.at('items').items();
      const fills = readListed(items, this.#instruments, readSpotFill);
      const nextId = data.at('lastId').textOr('');
      if (items.length >= SPOT_FILLS_PAGE && nextId !== '' && nextId !== lastId) {
        return { fills: inRange(fills, range), next: this.#fillsPage(window, nextId) };
      }
      const next = nextWindow(window);
      return { fills: inRange(fills, range), next: next === null ? null : this.#fillsPage(next, '') };
    });
  }
}

/** Our own id names an order, the venue's where it is not ours. */
function nameOf(order: EntryOrderRef, ours: string, theirs: string): FormParams {
  if (order.clientOrderId !== '') return { [ours]: order.clientOrderId };
  assert(order.venueOrderId !== null, 'an order has a name');
  return { [theirs]: order.venueOrderId };
}

function pathOf(root: string, order: EntryOrderRef): string {
  if (order.clientOrderId !== '') return `${root}/client-order/${encodeURIComponent(order.clientOrderId)}`;
  assert(order.venueOrderId !== null, 'an order has a name');
  return `${root}/${encodeURIComponent(order.venueOrderId)}`;
}

/** A question by our id is answered with a list of one. */
function readOnly(data: ReplyDoc, instrument: EntryInstrument): OrderRecord | null {
  const [item, ...more] = data.items();
  if (more.length > 0) throw data.fail('one order');
  return item === undefined ? null : readStopOrder(item, instrument);
}

function readBatch(data: ReplyDoc, count: number): readonly BatchOutcome[] {
  const items = data.items();
  if (items.length !== count) throw data.fail(`${count} outcomes`);
  return items.map((item): BatchOutcome => {
    if (item.at('success').flag()) {
      return { kind: 'good', placed: { venueOrderId: item.at('orderId').text(), order: null } };
    }
    const words = item.at('failMsg').textOr('');
    return { kind: 'refused', code: refusalOf({ code: '', words }), venueCode: '', message: words };
  });
}
