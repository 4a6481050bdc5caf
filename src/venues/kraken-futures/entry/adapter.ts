/** Order entry at Kraken futures: which request does what, what it costs, how its answer is read. The rest lies beside: forms, readers, verdict, dialogue. */
import { assert, type EpochUs, formatIso, US_PER_MS, US_PER_SECOND } from '#core';
import {
  type BatchOutcome,
  type EntryAdapter,
  type EntryAmend,
  type EntryCall,
  type EntryFillsRange,
  type EntryInstrument,
  EntryInstruments,
  type EntryJudge,
  type EntryOrder,
  type EntryOrderRef,
  type FillsPage,
  type FormParams,
  type LimitRule,
  type OpenEntry,
  type PlacedRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { readFill, readKeyRights, readPositions, readWallet } from './account-reader.ts';
import { instrumentOf, isoUs } from './names.ts';
import { amendParams, batchText, isProtective, orderParams, priorityOf, unsupported } from './order-form.ts';
import { readOpenOrders, readOrderStatus } from './order-reader.ts';
import { KrakenFuturesPrivateDialogue } from './private-dialogue.ts';
import { KrakenFuturesSigner, type PlainRequest } from './signature.ts';
import { judge, outcomeOf, PLACED, refusalOf } from './verdict.ts';

const VENUE = 'kraken-futures';
const API = '/derivatives/api/v3';
/** The one budget of the trading interface. */
const LIMITS: readonly LimitRule[] = [{ name: 'derivatives', amount: 500, windowUs: 10 * US_PER_SECOND }];
/** Costs in that budget. */
const COSTS = { order: 10, batch: 9, list: 2, olderFills: 25, cancelAll: 25, status: 1, leverage: 10 };
/** Orders of one batch. */
export const BATCH_MAX = 10;
/** Fills of one page. */
export const FILLS_PAGE = 100;

/** A call before it is bound to keys. */
interface Shape<T> extends Pick<EntryCall<T>, 'name' | 'priority' | 'effect'> {
  readonly cost: number;
  readonly plain: PlainRequest;
  read(answer: ReplyDoc): T;
}

/** Makes the adapter of Kraken futures. */
export const openKrakenFuturesEntry: OpenEntry = ({ hosts, instruments, keys }) =>
  new KrakenFuturesEntry(new KrakenFuturesSigner(hosts, keys), instruments, hosts.stream);

class KrakenFuturesEntry implements EntryAdapter {
  readonly venue = VENUE;
  readonly limits = LIMITS;
  readonly placeBatchMax = BATCH_MAX;
  readonly stream: EntryAdapter['stream'];
  readonly judge: EntryJudge;
  readonly #signer: KrakenFuturesSigner;
  readonly #instruments: EntryInstruments;

  constructor(signer: KrakenFuturesSigner, instruments: readonly EntryInstrument[], streamHost: string) {
    this.#signer = signer;
    this.#instruments = new EntryInstruments(instruments);
    this.judge = (call, answer, nowUs) => signer.shield.verdict(judge(call, answer, nowUs));
    this.stream = {
      ticket: null,
      url: () => `${streamHost}/ws/v1`,
      keepAlive: null,
      lifeUs: null,
      open: (own) => new KrakenFuturesPrivateDialogue(signer, own),
    };
  }

  /** The venue tells no budget in its headers. */
  usage(): readonly [] {
    return [];
  }

  serverTime(): EntryCall<number> {
    return this.#query('server-time', 0, get('/instruments/status'), (answer) =>
      isoUs(answer.at('serverTime')),
    );
  }

  unsupported(order: EntryOrder): string | null {
    return unsupported(order);
  }

  place(order: EntryOrder): EntryCall<PlacedRecord> {
    return this.#change({
      name: 'place',
      priority: priorityOf(order),
      cost: COSTS.order,
      plain: post('/sendorder', orderParams(order)),
      read: (answer) => placedIn(answer.at('sendStatus')),
    });
  }

  placeBatch(orders: readonly EntryOrder[]): EntryCall<readonly BatchOutcome[]> {
    assert(orders.length > 0 && orders.length <= BATCH_MAX, `a batch has 1 to ${BATCH_MAX} orders`);
    return this.#change({
      name: 'place-batch',
      priority: orders.some(isProtective) ? 'protect' : 'order',
      cost: COSTS.batch + orders.length,
      plain: post('/batchorder', { json: batchText(orders) }),
      read: (answer) => readBatch(answer.at('batchStatus'), orders.length),
    });
  }

  amend(amend: EntryAmend): EntryCall<PlacedRecord> {
    return this.#change({
      name: 'amend',
      priority: 'order',
      cost: COSTS.order,
      plain: post('/editorder', amendParams(amend)),
      read: (answer) => {
        const status = answer.at('editStatus');
        const id = status.at('orderId');
        return { venueOrderId: id.isThere ? id.text() : status.at('order_id').text(), order: null };
      },
    });
  }

  cancel(order: EntryOrderRef): EntryCall<void> {
    return this.#change({
      name: 'cancel',
      priority: 'cancel',
      cost: COSTS.order,
      plain: post('/cancelorder', nameOf(order, 'cliOrdId', 'order_id')),
      read: () => undefined,
    });
  }

  cancelAll(instrument: EntryInstrument): readonly EntryCall<void>[] {
    return [
      this.#change({
        name: 'cancel-all',
        priority: 'cancel',
        cost: COSTS.cancelAll,
        plain: post('/cancelallorders', { symbol: instrument.restSymbol }),
        read: () => undefined,
      }),
    ];
  }

  /** `cancelallordersafter` is documented to end all orders of the user: stops too, and those of every instrument. */
  deadMan(): null {
    return null;
  }

  openOrders(): readonly EntryCall<ReturnType<typeof readOpenOrders>>[] {
    return [
      this.#query('open-orders', COSTS.list, get('/openorders'), (answer) =>
        readOpenOrders(answer.at('openOrders'), this.#instruments),
      ),
    ];
  }

  order(order: EntryOrderRef): EntryCall<ReturnType<typeof readOrderStatus>> {
    const plain = post('/orders/status', nameOf(order, 'cliOrdIds', 'orderIds'));
    return this.#query('order', COSTS.status, plain, (answer) =>
      readOrderStatus(answer.at('orders'), this.#instruments),
    );
  }

  fills(range: EntryFillsRange): EntryCall<FillsPage> {
    return this.#fillsPage(range, null);
  }

  balances(): EntryCall<ReturnType<typeof readWallet>> {
    return this.#query('balances', COSTS.list, get('/accounts'), (answer) =>
      readWallet(answer.at('accounts').at('flex')),
    );
  }

  positions(): EntryCall<ReturnType<typeof readPositions>> {
    return this.#query('positions', COSTS.list, get('/openpositions'), (answer) =>
      readPositions(answer.at('openPositions'), this.#instruments),
    );
  }

  /** A preference of leverage makes the contract an isolated one; without it the whole wallet stands for it. */
  setLeverage({ restSymbol }: EntryInstrument, leverage: number): EntryCall<void> {
    return this.#preference('leverage', { symbol: restSymbol, maxLeverage: leverage });
  }

  /** Isolated needs a leverage: `setLeverage` does both. */
  setMarginMode({ restSymbol }: EntryInstrument, mode: 'cross' | 'isolated'): EntryCall<void> | null {
    return mode === 'cross' ? this.#preference('margin-mode', { symbol: restSymbol }) : null;
  }

  setPositionMode(): null {
    return null;
  }

  keyRights(): EntryCall<ReturnType<typeof readKeyRights>> {
    const plain = { method: 'GET', path: '/api/auth/v1/api-keys/v3/check', params: {} } as const;
    return this.#query('key-rights', 0, plain, readKeyRights);
  }

  #preference(name: string, params: FormParams): EntryCall<void> {
    return this.#change({
      name,
      priority: 'query',
      cost: COSTS.leverage,
      plain: { method: 'PUT', path: `${API}/leveragepreferences`, params },
      read: () => undefined,
    });
  }

  /** Newest first and a hundred to a page: pages go back in time, each to before the oldest fill of the one before. */
  #fillsPage(range: EntryFillsRange, beforeUs: EpochUs | null): EntryCall<FillsPage> {
    const params = beforeUs === null ? {} : { lastFillTime: formatIso(beforeUs) };
    const cost = beforeUs === null ? COSTS.list : COSTS.olderFills;
    return this.#query('fills', cost, get('/fills', params), (answer) => {
      const items = answer.at('fills').items();
      const times = items.map((item) => isoUs(item.at('fillTime')));
      const fills = items
        .flatMap((item) => {
          const instrument = instrumentOf(this.#instruments, item.at('symbol'));
          return instrument === range.instrument ? [readFill(item, instrument)] : [];
        })
        .filter(({ tsVenueUs }) => tsVenueUs >= range.fromUs && tsVenueUs < range.toUs)
        .reverse();
      const oldestUs = Math.min(...times);
      const isLast = items.length < FILLS_PAGE || oldestUs < range.fromUs;
      return { fills, next: isLast ? null : this.#fillsPage(range, pageEnd(oldestUs, beforeUs)) };
    });
  }

  #query<T>(name: string, cost: number, plain: PlainRequest, read: Shape<T>['read']): EntryCall<T> {
    return this.#call({ name, priority: 'query', effect: 'read', cost, plain, read });
  }

  #change<T>(shape: Omit<Shape<T>, 'effect'>): EntryCall<T> {
    return this.#call({ ...shape, effect: 'change' });
  }

  #call<T>({ cost, effect, name, plain, priority, read }: Shape<T>): EntryCall<T> {
    return {
      name,
      priority,
      effect,
      costs: cost === 0 ? [] : [{ limit: 'derivatives', amount: cost }],
      request: (stamp) => this.#signer.request(plain, stamp),
      parse: (body) =>
        this.#signer.shield.guard(() => {
          const answer = ReplyDoc.parse(body, VENUE, name);
          // The one answer without a result is that of the authentication service.
          if (name !== 'key-rights') answer.at('result').word('success');
          return read(answer);
        }),
    };
  }
}

function get(path: string, params: FormParams = {}): PlainRequest {
  return { method: 'GET', path: API + path, params };
}

function post(path: string, params: FormParams): PlainRequest {
  return { method: 'POST', path: API + path, params };
}

/** Our own id names an order, the venue's where it is not ours. */
function nameOf(order: EntryOrderRef, ours: string, theirs: string): FormParams {
  if (order.clientOrderId !== '') return { [ours]: order.clientOrderId };
  assert(order.venueOrderId !== null, 'an order has a name');
  return { [theirs]: order.venueOrderId };
}

/** Fills of one millisecond may stand on two pages; where a page is of one millisecond alone the next is the older ones. */
function pageEnd(oldestUs: EpochUs, beforeUs: EpochUs | null): EpochUs {
  const inclusiveUs = Math.ceil((oldestUs + 1) / US_PER_MS) * US_PER_MS;
  return beforeUs !== null && inclusiveUs >= beforeUs
    ? Math.min(oldestUs, beforeUs - US_PER_MS)
    : inclusiveUs;
}

/** The id stands beside the status, or in the first event alone. */
function placedIn(status: ReplyDoc): PlacedRecord {
  const id = status.at('order_id');
  if (id.isThere) return { venueOrderId: id.text(), order: null };
  for (const event of status.at('orderEvents').items()) {
    const order = event.at('order');
    if (order.isThere) return { venueOrderId: order.at('orderId').text(), order: null };
    const trigger = event.at('orderTrigger');
    if (trigger.isThere) return { venueOrderId: trigger.at('uid').text(), order: null };
    const prior = event.at('orderPriorExecution');
    if (prior.isThere) return { venueOrderId: prior.at('orderId').text(), order: null };
  }
  throw id.fail('the id of the order');
}

function readBatch(list: ReplyDoc, count: number): readonly BatchOutcome[] {
  const byTag = new Map(list.items().map((item) => [item.at('order_tag').text(), item]));
  return Array.from({ length: count }, (_, at) => {
    const item = byTag.get(String(at));
    if (item === undefined) throw list.fail(`an answer to instruction ${at}`);
    return batchOutcome(item);
  });
}

function batchOutcome(item: ReplyDoc): BatchOutcome {
  const status = item.at('status');
  const outcome = outcomeOf(item, PLACED);
  if (outcome === 'done') return { kind: 'good', placed: placedIn(item) };
  if (outcome === 'unknown') throw status.fail('placed or a documented refusal');
  const venueCode = status.text();
  return { kind: 'refused', code: refusalOf(venueCode), venueCode, message: venueCode };
}
