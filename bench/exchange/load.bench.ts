/**
 * The simulated exchange under load: 50 connections over real sockets place and cancel orders at a steady rate, a user stream each, a book of diffs beside; at the end what the
 * traders know is held against what the exchange knows. And the way of an order through the exchange in one process. By hand: `node bench/exchange/load.bench.ts [RATE] [SECONDS]`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { L2Book } from '#book';
import { assert, parseDecimal } from '#core';
import type { BenchFigure, BenchSection } from '../../src/app/commands/bench/figure.ts';
import { LoadConnection } from './load-connection.ts';
import { LoadTrader } from './load-trader.ts';
import { orderToAckUs } from './order-to-ack.ts';

/** How much load. */
export interface LoadOptions {
  readonly connections: number;
  /** Orders and cancels a second, all connections together. */
  readonly requestsPerS: number;
  readonly seconds: number;
  readonly seed: number;
}

/** What came of it. */
export interface LoadResult {
  readonly requests: number;
  readonly orders: number;
  readonly fills: number;
  readonly requestsPerS: number;
  readonly placeMs: readonly [p50: number, p99: number, max: number];
  readonly cancelMs: readonly [p50: number, p99: number, max: number];
  /** Processor time of the server, as a share of one core and for each request. */
  readonly serverCpuShare: number;
  readonly serverUsPerRequest: number;
  readonly generatorCpuShare: number;
  readonly serverRssMb: number;
  readonly diffs: number;
  /** What did not agree at the end; empty = correct books. */
  readonly faults: readonly string[];
}

type Levels = readonly (readonly [string, string])[];
interface RestBook {
  readonly lastUpdateId: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

type Message = Readonly<Record<string, unknown>>;

const SYMBOL = 'BTCUSDT';

/** Runs the load. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const server = fork(
    join(import.meta.dirname, 'load-server.ts'),
    [String(options.connections), String(options.seed)],
    {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    },
  );
  try {
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    return await loadOn(server, port, options);
  } finally {
    server.kill();
  }
}

async function loadOn(server: ChildProcess, port: number, options: LoadOptions): Promise<LoadResult> {
  const { connections, requestsPerS, seconds, seed } = options;
  const price = Number(
    ((await publicJson(port, `ticker/price?symbol=${SYMBOL}`)) as { price: string }).price,
  );
  const prices = { low: Math.floor(price * 0.95), high: Math.ceil(price * 1.05) };
  const traders = Array.from({ length: connections }, (_, at) => {
    return new LoadTrader(new LoadConnection(port, at), seed, SYMBOL, prices);
  });
  const users = await Promise.all(traders.map(({ connection }) => UserEar.open(port, connection)));
  const depth = await DepthEar.open(port);
  const before = await usageOf(server);
  const ownBefore = process.cpuUsage();
  const beganMs = performance.now();
  const untilMs = beganMs + seconds * 1_000;
  await Promise.all(traders.map((trader) => trader.run(requestsPerS / connections, untilMs)));
  const tookMs = performance.now() - beganMs;
  const after = await usageOf(server);
  const own = process.cpuUsage(ownBefore);
  const faults: string[] = [];
  for (const [at, trader] of traders.entries()) faults.push(...(await compare(trader, users[at])));
  const ids = traders.flatMap(({ book }) => book.orderIds);
  if (new Set(ids).size !== ids.length) faults.push('an order id was given twice');
  faults.push(...(await depth.compare(port)));
  const placed = traders.flatMap(({ book }) => book.placedMs);
  const cancelled = traders.flatMap(({ book }) => book.cancelledMs);
  for (const { connection } of traders) connection.close();
  for (const ear of users) ear.close();
  depth.close();
  return {
    requests: placed.length + cancelled.length,
    orders: ids.length,
    fills: users.reduce((sum, { fills }) => sum + fills.size, 0),
    requestsPerS: ((placed.length + cancelled.length) * 1_000) / tookMs,
    placeMs: percentiles(placed),
    cancelMs: percentiles(cancelled),
    serverCpuShare: (after.cpuUs - before.cpuUs) / 1_000 / tookMs,
    serverUsPerRequest: (after.cpuUs - before.cpuUs) / (placed.length + cancelled.length),
    generatorCpuShare: (own.user + own.system) / 1_000 / tookMs,
    serverRssMb: after.rssBytes / 1e6,
    diffs: depth.count,
    faults: faults.slice(0, 20),
  };
}

async function usageOf(server: ChildProcess): Promise<{ readonly cpuUs: number; readonly rssBytes: number }> {
  server.send('usage');
  const [usage] = (await once(server, 'message')) as [{ cpuUs: number; rssBytes: number }];
  return usage;
}

async function publicJson(port: number, path: string): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${port}/fapi/v1/${path}`)).json();
}

/** Holds what a trader and its user stream know against what the exchange answers. */
async function compare({ book, connection }: LoadTrader, ear: UserEar | undefined): Promise<string[]> {
  assert(ear !== undefined, 'each trader has an ear');
  const name = `account ${connection.accountIx + 1}`;
  const faults = book.refused.map((refused) => `${name}: ${refused}`);
  await ear.settled(book.orderIds.length);
  const list = async (path: string, params: string): Promise<readonly Message[]> =>
    JSON.parse((await connection.ask('GET', path, params)).body) as readonly Message[];
  const open = await list('/fapi/v1/openOrders', `symbol=${SYMBOL}`);
  const openIds = open.map(({ orderId }) => Number(orderId)).sort((a, b) => a - b);
  const known = [...book.open].sort((a, b) => a - b);
  // An order far away can have filled meanwhile; the user stream says so.
  const expected = known.filter((id) => ear.states.get(id) !== 'FILLED');
  if (openIds.join() !== expected.join())
    faults.push(`${name}: ${openIds.length} open orders, ${expected.length} known`);
  const last = book.orderIds.at(-1) ?? 0;
  const orders = await list('/fapi/v1/allOrders', `symbol=${SYMBOL}&limit=1000`);
  const tail = orders.map(({ orderId }) => Number(orderId));
  const own = book.orderIds.slice(-tail.length);
  if (tail.join() !== own.join())
    faults.push(`${name}: the last ${tail.length} orders are not those that were placed, up to ${last}`);
  if (ear.states.size !== book.orderIds.length)
    faults.push(`${name}: ${ear.states.size} orders in the stream, ${book.orderIds.length} placed`);
  const trades = await list('/fapi/v1/userTrades', `symbol=${SYMBOL}&limit=1000`);
  for (const { id, orderId, qty } of trades)
    if (ear.fills.get(Number(id)) !== `${Number(orderId)} ${Number(qty)}`)
      faults.push(`${name}: fill ${String(id)} differs`);
  if (trades.length < 1000 && trades.length !== ear.fills.size)
    faults.push(`${name}: ${trades.length} fills, ${ear.fills.size} in the stream`);
  if (ear.twice > 0) faults.push(`${name}: ${ear.twice} fills came twice`);
  const positions = await list('/fapi/v2/positionRisk', `symbol=${SYMBOL}`);
  if (Math.abs(Number(positions[0]?.positionAmt) - ear.position) > 1e-9)
    faults.push(`${name}: position differs from the sum of its fills`);
  return faults;
}

/** A user stream: what was told is kept as it came, and read at the end, so that the generator has time for its load. */
class UserEar {
  readonly states = new Map<number, string>();
  readonly fills = new Map<number, string>();
  twice = 0;
  position = 0;
  readonly #socket: WebSocket;
  #unread: Buffer[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#unread.push(data));
  }

  static async open(port: number, connection: LoadConnection): Promise<UserEar> {
    const { body } = await connection.ask('POST', '/fapi/v1/listenKey', 'x=1');
    const { listenKey } = JSON.parse(body) as { listenKey: string };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/private/ws/${listenKey}`, {
      perMessageDeflate: false,
    });
    const ear = new UserEar(socket);
    await once(socket, 'open');
    return ear;
  }

  /** Done when that many orders have been told, or nothing comes any more. */
  async settled(count: number): Promise<void> {
    for (let look = 0; look < 50; look++) {
      for (const data of this.#unread) this.#read(JSON.parse(data.toString()) as Message);
      this.#unread = [];
      if (this.states.size >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  #read({ e, o }: Message): void {
    if (e !== 'ORDER_TRADE_UPDATE') return;
    const { S, X, i, l, t, x } = o as Message;
    this.states.set(Number(i), String(X));
    if (x !== 'TRADE') return;
    if (this.fills.has(Number(t))) this.twice++;
    this.fills.set(Number(t), `${Number(i)} ${Number(l)}`);
    this.position += Number(l) * (S === 'BUY' ? 1 : -1);
  }
}

/** A book that is kept by the stream of diffs. */
class DepthEar {
  count = 0;
  #first: RestBook | null = null;
  readonly #socket: WebSocket;
  readonly #diffs: Message[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.count++;
      this.#diffs.push(JSON.parse(data.toString()) as Message);
    });
  }

  static async open(port: number): Promise<DepthEar> {
    const url = `ws://127.0.0.1:${port}/public/ws/${SYMBOL.toLowerCase()}@depth@100ms`;
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const ear = new DepthEar(socket);
    await once(socket, 'open');
    while (ear.count < 2) await once(socket, 'message');
    ear.#first = (await publicJson(port, `depth?symbol=${SYMBOL}&limit=1000`)) as RestBook;
    return ear;
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Plays all diffs on the first book and holds it against the one that is answered now. */
  async compare(port: number): Promise<string[]> {
    const last = (await publicJson(port, `depth?symbol=${SYMBOL}&limit=1000`)) as RestBook;
    while (Number(this.#diffs.at(-1)?.u ?? 0) < last.lastUpdateId) await once(this.#socket, 'message');
    const first = this.#first;
    assert(first !== null, 'there is a first book');
    const book = new L2Book();
    book.applySnapshot(pairs(first.bids), pairs(first.asks));
    let lastId = first.lastUpdateId;
    for (const diff of this.#diffs) {
      if (Number(diff.u) <= lastId || Number(diff.U) > last.lastUpdateId) continue;
      if (Number(diff.pu) > lastId) return [`a diff is missing behind ${lastId}`];
      book.applyDelta(pairs(diff.b as Levels), pairs(diff.a as Levels));
      lastId = Number(diff.u);
    }
    // A slot may end behind the snapshot: then the next look is the one that can be compared.
    if (lastId !== last.lastUpdateId) return this.compare(port);
    const wrong = (['buy', 'sell'] as const).filter((side) => {
      const expected = pairs(side === 'buy' ? last.bids : last.asks);
      const levels = Array.from({ length: book.levelCount(side) }, (_, at) => [
        book.priceTicksAt(side, at),
        book.qtyLotsAt(side, at),
      ]).flat();
      return levels.join() !== [...expected].join();
    });
    return wrong.map((side) => `the rebuilt book differs on the ${side} side`);
  }
}

function pairs(levels: Levels): Float64Array {
  return Float64Array.from(levels.flatMap(([price, qty]) => [parseDecimal(price, 1), parseDecimal(qty, 3)]));
}

function percentiles(values: readonly number[]): readonly [number, number, number] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return [at(0.5), at(0.99), at(1)];
}

/** The section of `xylen bench`. */
export async function benchExchange({
  isQuick,
  seed,
}: {
  readonly isQuick: boolean;
  readonly seed: number;
}): Promise<BenchSection> {
  const ack = orderToAckUs({ orders: isQuick ? 500 : 50_000, seed });
  const options = isQuick
    ? { connections: 4, requestsPerS: 200, seconds: 1, seed }
    : { connections: 50, requestsPerS: 5_000, seconds: 30, seed };
  const load = await runLoad(options);
  const work = `${options.connections} connections, ${options.requestsPerS} orders and cancels/s`;
  const books = load.faults.length === 0 ? 'books correct' : load.faults.join('; ');
  const note = `${load.orders} orders, ${load.fills} fills, ${load.diffs} diffs in ${options.seconds} s; server ${Math.round(load.serverCpuShare * 100)} % of a core, ${Math.round(load.serverRssMb)} MB; ${books}`;
  const figure = (
    what: string,
    value: number,
    unit: string,
    aim: string,
    isMet: boolean | null,
  ): BenchFigure => ({
    ...{ work: what, value, unit, aim, isMet, note },
  });
  const reached = load.requestsPerS >= options.requestsPerS * 0.99 && load.faults.length === 0;
  return {
    name: 'exchange',
    figures: [
      figure(`${work}: sustained`, load.requestsPerS, '/s', String(options.requestsPerS), reached),
      figure('order over a socket, median', load.placeMs[0], 'ms', '', null),
      figure('order over a socket, 99th percentile', load.placeMs[1], 'ms', '', null),
      figure('cancel over a socket, 99th percentile', load.cancelMs[1], 'ms', '', null),
      {
        ...{ work: 'order to acknowledgement in process, 99th percentile', value: ack.p99Us, unit: 'us' },
        ...{
          aim: 'under 1,000',
          isMet: ack.p99Us < 1_000,
          note: `median ${ack.p50Us.toFixed(1)} us, no simulated latency`,
        },
      },
    ],
    resultHash: ack.resultHash,
  };
}

if (process.argv[1] === import.meta.filename) {
  const [requestsPerS = 5_000, seconds = 30] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await runLoad({ connections: 50, requestsPerS, seconds, seed: 7 }), null, 1));
}
