/**
 * The simulated exchange as a server that speaks Binance USD-M futures: market, accounts, front desk and streams on one line of simulated
 * time. Its time passes in `advanceTo` alone; what it answers and streams depends on the seed, the requests and the simulated moments at
 * which they come, and on nothing else.
 */
import { assert, type EpochUs, type Prng, US_PER_SECOND } from '#core';
import type { InstrumentTable, MarketEvent } from '#domain';
import type {
  NetworkServer,
  ServedAnswer,
  ServedRequest,
  ServerSocket,
  SocketReceiver,
  UpgradeAnswer,
} from '#net';
import type { SourceFeed } from '#sim';
import { type AccountContext, type AccountDesk, actDue } from './account-context.ts';
import { accountEndpoints } from './account-endpoints.ts';
import { AlgoDesk } from './algo-desk.ts';
import { algoEndpoints } from './algo-endpoints.ts';
import type { ApiRequest } from './api-request.ts';
import { ADMIN_PATH, AdminDesk } from './faults/admin-desk.ts';
import type { Fault } from './faults/fault.ts';
import { FaultBoard } from './faults/fault-board.ts';
import { FaultWork } from './faults/fault-work.ts';
import { type DeskTime, FrontDesk } from './front-desk.ts';
import { type ApiCredential, KeyRing } from './key-ring.ts';
import { listenKeyEndpoints } from './listen-key-endpoints.ts';
import { ListenKeys } from './listen-keys.ts';
import { MarketBoard } from './market-board.ts';
import { marketEndpoints } from './market-endpoints.ts';
import { msOf } from './market-forms.ts';
import { MarketStreams, TICK_US } from './market-streams.ts';
import { orderEndpoints } from './order-endpoints.ts';
import { REQUEST_LIMITS, type RequestLimits } from './request-limits.ts';
import { SOCKET_API_PATH, SocketApi } from './socket-api.ts';
import { StreamHub, streamPathOf } from './stream-hub.ts';
import { type ExchangeIds, TradingAccount } from './trading-account.ts';

/** Ids of the algo service are beyond those of the order book, as at the venue: an id names one order, whichever list it comes from. */
const ALGO_IDS_FROM = 1_000_000_000_000_000;

/** `quiet` = there is no event up to the limit; `wait` = whether there is one is not known yet, and time stands still until it is. */
export type MarketPause = 'quiet' | 'wait';

/** Where the market comes from: events in order of venue time. */
export interface ExchangeMarket {
  readonly feeds: readonly SourceFeed[];
  /** Returns the next event, which may lie behind the limit; `undefined` = there will never be one again. */
  next(limitUs: EpochUs): MarketEvent | MarketPause | undefined;
  /** The rate of the next settlement of an instrument, 10^-12. */
  fundingE12(instrumentIx: number): number;
}

/** An account of the exchange. */
export interface ExchangeAccount {
  readonly keys: readonly ApiCredential[];
  readonly cashAtoms: bigint;
}

/** What an exchange is made of. */
export interface SimulatedExchangeOptions {
  readonly instruments: InstrumentTable;
  readonly market: ExchangeMarket;
  /** What the market is, in words: synthetic, or what was recorded. */
  readonly marketLabel?: string;
  readonly accounts: readonly ExchangeAccount[];
  /** Leverage of an account before it chooses. */
  readonly leverage: number;
  readonly prng: Prng;
  /** Where its time begins; events of before are history. */
  readonly startUs: EpochUs;
  readonly limits?: RequestLimits;
  /** The exchange's time as it goes on outside; where there is none, time stands still between two calls of `advanceTo`. */
  readonly clock?: ExchangeClock;
  /** Opens the door of the admin desk to whoever has it; absent: there is none. */
  readonly adminToken?: string;
  /** What goes wrong from the start. */
  readonly faults?: readonly Fault[];
  /** What chance in faults is drawn from; default: a branch of `prng`. */
  readonly faultPrng?: Prng;
}

/** A clock outside: simulated time, and the time that clients go by, which is the same unless simulated time runs faster. */
export interface ExchangeClock {
  nowUs(): EpochUs;
  clientNowUs(): EpochUs;
}

/** A running exchange. */
export class SimulatedExchange implements NetworkServer {
  readonly #market: ExchangeMarket;
  readonly #board: MarketBoard;
  readonly #desks: readonly AccountDesk[];
  readonly #front: FrontDesk;
  readonly #hub: StreamHub;
  readonly #streams: MarketStreams;
  readonly #listenKeys: ListenKeys;
  /** The exchange's time as it goes on outside; where there is none, time stands still between two calls of `advanceTo`. */
  clock: ExchangeClock | undefined;
  readonly #faults: FaultBoard;
  readonly #faultWork: FaultWork;
  readonly #admin: AdminDesk | null;
  readonly #socketApi: SocketApi;
  #head: MarketEvent | undefined;
  #nowUs: EpochUs = 0;
  readonly #startUs: EpochUs;
  /** False while history is read. */
  #isOpen = false;
  #nextTickUs: EpochUs;

  constructor(options: SimulatedExchangeOptions) {
    const { accounts, instruments, limits = REQUEST_LIMITS, market, prng, startUs } = options;
    this.#market = market;
    this.clock = options.clock;
    this.#startUs = startUs;
    this.#nextTickUs = Math.ceil(startUs / TICK_US) * TICK_US;
    this.#board = new MarketBoard(instruments, (ix) => market.fundingE12(ix));
    this.#hub = new StreamHub(() => this.#nowUs);
    this.#streams = new MarketStreams(this.#board, this.#hub);
    this.#listenKeys = new ListenKeys(prng.split('listen-keys'));
    this.#desks = makeDesks(options, this.#board, (accountIx, event) => this.#tellUser(accountIx, event));
    const context: AccountContext = { board: this.#board, desks: this.#desks };
    const openLots = (ix: number): number =>
      this.#desks.reduce((sum, { account }) => sum + account.ledger.heldLots(ix), 0);
    this.#front = new FrontDesk({
      endpoints: [
        ...marketEndpoints({ instruments, board: this.#board, limits, openLots }),
        ...orderEndpoints(context),
        ...algoEndpoints(context),
        ...accountEndpoints(context),
        ...listenKeyEndpoints(this.#listenKeys, (accountIx) => this.#onKeyClosed(accountIx)),
      ],
      keys: new KeyRing(accounts.map(({ keys }) => keys)),
      accountCount: accounts.length,
      limits,
    });
    this.#faults = new FaultBoard(options.faultPrng ?? prng.split('faults'));
    this.#faults.add(options.faults ?? [], startUs);
    this.#faultWork = this.#openFaultWork();
    this.#admin = this.#openAdmin(options.adminToken, options.marketLabel ?? 'simulated market');
    this.#socketApi = new SocketApi({
      nowUs: () => this.#nowUs,
      serve: (request, sessionIx) => this.#onCall(request, sessionIx),
      logOn: (request) => this.#front.logOn(request, this.#timeOfDesk()),
    });
    this.readHistory();
  }

  /** Takes the events of before the start in; false while the market has still to read some of them, and then it is to be asked again. */
  readHistory(): boolean {
    if (this.#isOpen) return true;
    const startUs = this.#startUs;
    for (;;) {
      const head = this.#peek(startUs);
      if (head === 'wait') return false;
      if (!isEvent(head) || head.tsVenueUs > startUs) break;
      this.#takeMarket(head);
    }
    this.#nowUs = startUs;
    this.#streams.begin();
    this.#isOpen = true;
    return true;
  }

  /** The present moment of the exchange. */
  get nowUs(): EpochUs {
    return this.#nowUs;
  }

  /** True once the market has ended: prices stand still, orders are refused, time goes on. */
  get isEnded(): boolean {
    return this.#board.isEnded;
  }

  /** Lets time pass up to a moment, or to where the market is known; a moment that has passed already changes nothing. */
  advanceTo(tsUs: EpochUs): void {
    if (!this.readHistory()) return;
    for (;;) {
      const head = this.#peek(tsUs);
      if (head === 'wait') return;
      const eventUs = isEvent(head) ? Math.max(head.tsVenueUs, this.#nowUs) : Number.POSITIVE_INFINITY;
      const nextUs = Math.min(eventUs, this.#nextTickUs);
      if (nextUs > tsUs) break;
      this.#nowUs = Math.max(this.#nowUs, nextUs);
      if (isEvent(head) && eventUs === nextUs) this.#takeMarket(head);
      else this.#tick(nextUs);
    }
    this.#nowUs = Math.max(this.#nowUs, tsUs);
  }

  onRequest(request: ServedRequest): ServedAnswer | 'no-answer' {
    this.#catchUp();
    const nowUs = this.#nowUs;
    if (this.#admin !== null && request.path.startsWith(ADMIN_PATH))
      return this.#admin.onRequest(request, nowUs);
    return this.#faultWork.onRequest(request, nowUs, () => this.answer(request));
  }

  /** Answers as though nothing were wrong: a look behind the faults. */
  answer(request: ServedRequest): ServedAnswer {
    this.#catchUp();
    return this.#front.onRequest(request, this.#timeOfDesk());
  }

  /** Answers a call of a WebSocket, which faults strike as they do requests. */
  #onCall(request: ApiRequest, sessionIx: number | null): ServedAnswer | 'no-answer' {
    const { apiKey, method, path } = request;
    const served = { method, path, query: '', headers: { 'x-mbx-apikey': apiKey }, body: '' };
    return this.#faultWork.onRequest(served, this.#nowUs, () =>
      this.#front.onCall(request, this.#timeOfDesk(), sessionIx),
    );
  }

  #timeOfDesk(): DeskTime {
    const nowUs = this.#nowUs;
    const clientNowUs = this.clock?.clientNowUs() ?? nowUs;
    return { nowUs, clientNowUs, skewUs: this.#faults.skewUs(nowUs) };
  }

  onUpgrade(path: string, query: string): UpgradeAnswer {
    if (this.#faultWork.isClosed(this.#nowUs)) return { status: 503 };
    if (path === SOCKET_API_PATH) return 'accept';
    return streamPathOf(path, query) === null ? { status: 404 } : 'accept';
  }

  onSocket(path: string, query: string, socket: ServerSocket): SocketReceiver {
    this.#catchUp();
    const receiver =
      path === SOCKET_API_PATH ? this.#socketApi.open(socket) : this.#streamsOf(path, query, socket);
    return {
      ...receiver,
      onMessage: (text) => {
        this.#catchUp();
        receiver.onMessage(text);
      },
    };
  }

  #streamsOf(path: string, query: string, socket: ServerSocket): SocketReceiver {
    const streamPath = streamPathOf(path, query);
    assert(streamPath !== null, 'a path without streams is refused before');
    return this.#hub.open(streamPath, socket);
  }

  #catchUp(): void {
    if (this.clock !== undefined) this.advanceTo(this.clock.nowUs());
  }

  /** Returns the event that is next, and leaves it there. */
  #peek(limitUs: EpochUs): MarketEvent | MarketPause {
    if (this.#head !== undefined) return this.#head;
    if (this.#board.isEnded) return 'quiet';
    const next = this.#market.next(limitUs);
    if (next === undefined) this.#board.isEnded = true;
    else if (isEvent(next)) this.#head = next;
    return next ?? 'quiet';
  }

  #takeMarket(event: MarketEvent): void {
    this.#head = undefined;
    const nowUs = Math.max(this.#nowUs, event.tsVenueUs);
    this.#nowUs = nowUs;
    const symbol = this.#board.at(event.instrumentIx);
    symbol.onMarket(event);
    this.#streams.onMarket(event);
    for (const { account, algos } of this.#desks) {
      account.onMarket(event, nowUs);
      if (event.kind === 'trade') algos.onPrice(symbol.instrument, 'CONTRACT_PRICE', event.priceTicks, nowUs);
      if (event.kind === 'mark') algos.onPrice(symbol.instrument, 'MARK_PRICE', event.markTicks, nowUs);
    }
  }

  #tick(nowUs: EpochUs): void {
    this.#nextTickUs = nowUs + TICK_US;
    for (const [accountIx, desk] of this.#desks.entries())
      actDue(desk, nowUs, this.#faults.stripsAlgos(accountIx, nowUs));
    this.#faultWork.onTick(nowUs);
    this.#streams.onTick(nowUs);
    if (nowUs % US_PER_SECOND !== 0) return;
    this.#hub.closeOld(nowUs);
    for (const key of this.#listenKeys.expire(nowUs)) this.#tellKeyExpired(key, nowUs);
  }

  #tellUser(accountIx: number, event: object): void {
    const key = this.#listenKeys.of(accountIx);
    if (key !== null) this.#hub.publish(key, event);
  }

  #onKeyClosed(accountIx: number): void {
    const key = this.#listenKeys.close(accountIx);
    if (key !== null) this.#tellKeyExpired(key, this.#nowUs);
  }

  #openFaultWork(): FaultWork {
    return new FaultWork({
      board: this.#faults,
      hub: this.#hub,
      accountIxOf: (request) => this.#front.ownerOf(request),
      listenerIxOf: (stream) => this.#listenKeys.ownerOf(stream),
      accountCount: this.#desks.length,
      endListenKey: (accountIx) => this.#onKeyClosed(accountIx),
      liquidate: (accountIx, nowUs) => this.#desks[accountIx]?.account.liquidate(nowUs),
    });
  }

  #openAdmin(token: string | undefined, label: string): AdminDesk | null {
    if (token === undefined) return null;
    return new AdminDesk(token, this.#faults, () => ({
      market: label,
      isEnded: this.isEnded,
      nowMs: msOf(this.#nowUs),
    }));
  }

  #tellKeyExpired(listenKey: string, nowUs: EpochUs): void {
    this.#hub.publish(listenKey, { e: 'listenKeyExpired', E: msOf(nowUs), listenKey });
  }
}

function isEvent(head: MarketEvent | MarketPause): head is MarketEvent {
  return typeof head !== 'string';
}

function makeDesks(
  options: SimulatedExchangeOptions,
  board: MarketBoard,
  tell: (accountIx: number, event: object) => void,
): AccountDesk[] {
  const { accounts, instruments, leverage, market, prng, startUs } = options;
  const ids = countingIds();
  let algoId = ALGO_IDS_FROM;
  return accounts.map(({ cashAtoms }, accountIx) => {
    const account = new TradingAccount({
      instruments,
      feeds: market.feeds,
      cashAtoms,
      openedUs: startUs,
      leverage,
      prng: prng.split(`account-${accountIx}`),
      board,
      ids,
      emit: (event) => tell(accountIx, event),
    });
    return { account, algos: new AlgoDesk(account, () => ++algoId), countdowns: new Map() };
  });
}

/** Numbers that count up over all accounts. */
function countingIds(): ExchangeIds {
  let [orderId, tradeId, transactionId] = [0, 0, 0];
  return {
    nextOrderId: () => ++orderId,
    nextTradeId: () => ++tradeId,
    nextTransactionId: () => ++transactionId,
  };
}
