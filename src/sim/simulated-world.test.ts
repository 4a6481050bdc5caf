import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, Prng, US_PER_SECOND, XylenError } from '#core';
import {
  type CandleEvent,
  type ExecutionEvent,
  InstrumentTable,
  type MarketEvent,
  type OrderRequest,
  type RiskApproved,
} from '#domain';
import { simRules } from './options.ts';
import { SimulatedWorld } from './simulated-world.ts';
import { candleSource, mergeSources } from './sources/index.ts';
import { SYNTHETIC_SYMBOLS, syntheticMarket } from './synthetic/index.ts';
import {
  BAR_US,
  type Bar,
  type Command,
  candle,
  columnsOf,
  eventSource,
  give,
  isPrivate,
  limit,
  money,
  order,
  play,
  print,
  START_US,
  stop,
  target,
  testRules,
  testSpec,
  testWorld,
} from './test/market-builders.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const S = US_PER_SECOND;
/** A midnight: long bars lie on the grid of their length. */
const DAY_US = 1_704_067_200_000_000;
const FLAT: Bar = [1000, 1000, 1000, 1000, 6000];
const LATE = testRules({
  latency: { sim: { minUs: 50_000, maxUs: 100_000, spikePpm: 100_000, spikeFactorMax: 5 } },
});

type Seen = MarketEvent | ExecutionEvent;

/** A market of two symbols with marks and funding, whatever the seed. */
function market(seed: number, bars: number): MarketEvent[] {
  const source = syntheticMarket({
    symbols: SYNTHETIC_SYMBOLS.slice(0, 2),
    startUs: START_US,
    endUs: START_US + bars * BAR_US,
    barUs: BAR_US,
    seed,
    feedLatencyUs: 20_000,
  });
  const events: MarketEvent[] = [];
  for (let event = source.next(); event !== undefined; event = source.next()) events.push(event);
  return events;
}

function makeWorld(events: readonly MarketEvent[], seed: number): SimulatedWorld {
  const specs = syntheticMarket({
    symbols: SYNTHETIC_SYMBOLS.slice(0, 2),
    startUs: START_US,
    endUs: null,
    barUs: BAR_US,
    seed: 1,
    feedLatencyUs: 0,
  }).instrumentSpecs;
  return testWorld(events, { specs, seed, cash: 20_000, rules: LATE });
}

/** A trader that decides at random when it sees something; deterministic in what it has seen. */
class RandomTrader {
  readonly #prng: Prng;
  readonly #world: SimulatedWorld;
  #count: number;

  constructor(world: SimulatedWorld, seed: number, count = 0) {
    this.#prng = new Prng(seed);
    this.#world = world;
    this.#count = count;
  }

  onEvent(event: Seen): void {
    if (event.kind !== 'candle' || this.#prng.uniform() < 0.3) return;
    for (const request of this.#draw(event.instrumentIx, event.closeTicks)) {
      this.#world.receiveOrder(request, event.tsLocalUs);
    }
    if (this.#prng.uniform() < 0.4) {
      const clientOrderId = `o${this.#prng.integer(0, this.#count + 1)}`;
      this.#world.cancel({ clientOrderId, instrumentIx: event.instrumentIx }, event.tsLocalUs);
    }
  }

  save(): unknown {
    return { prng: this.#prng.save(), count: this.#count };
  }

  load(state: unknown): void {
    const saved = state as { prng: [number, number, number, number]; count: number };
    this.#prng.load(saved.prng);
    this.#count = saved.count;
  }

  #draw(instrumentIx: number, ticks: number): OrderRequest[] {
    const prng = this.#prng;
    const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const near = Math.round(ticks * (1 + (prng.uniform() - 0.5) * 0.002));
    const qtyLots = prng.integer(1, 120) * (instrumentIx === 0 ? 1 : 20);
    const of = { side, instrumentIx, qtyLots, reduceOnly: prng.uniform() < 0.2 } as const;
    const id = (): string => `o${this.#count++}`;
    return [
      order(id(), of),
      limit(id(), side, near, of),
      stop(id(), side, near, of),
      target(id(), side, near, of),
    ].slice(0, prng.integer(1, 5));
  }
}

function collect(world: SimulatedWorld, trader: RandomTrader, seen: Seen[] = []): Seen[] {
  for (;;) {
    const step = world.advance(Number.POSITIVE_INFINITY);
    assert.ok(!(step instanceof Promise));
    if (typeof step === 'string') return seen;
    seen.push(step.event);
    trader.onEvent(step.event);
  }
}

test('M1 at one moment the market moves, then requests arrive, then the trader sees', () => {
  // Without latency an order given at the close of a bar meets the open of the next one.
  const world = testWorld([candle(0, FLAT), candle(1, [1100, 1100, 1100, 1100, 6000])]);
  const seen: string[] = [];
  for (let step = world.advance(1e18); typeof step === 'object'; step = world.advance(1e18)) {
    assert.ok(!(step instanceof Promise));
    const { event } = step;
    seen.push(event.kind === 'fill' ? `fill ${event.priceTicks}` : event.kind);
    if (event.kind === 'candle' && event.openTicks === 1000) world.receiveOrder(order('a'), event.tsLocalUs);
  }
  assert.deepEqual(seen, ['candle', 'order-accepted', 'fill 1102', 'candle']);
});

test('M2 the trader sees each event at its local time, in order, numbered from 1', () => {
  const events = market(SEED, 60);
  const world = makeWorld(events, SEED);
  const trader = new RandomTrader(world, SEED);
  let last = 0;
  let seq = 0;
  let privates = 0;
  for (;;) {
    const step = world.advance(Number.POSITIVE_INFINITY);
    assert.ok(!(step instanceof Promise));
    if (typeof step === 'string') break;
    const { event } = step;
    assert.equal(step.worldSeq, ++seq);
    assert.ok(event.tsLocalUs >= last);
    last = event.tsLocalUs;
    if (event.kind === 'candle') assert.equal(event.tsLocalUs, event.openTsUs + BAR_US + 20_000);
    if (isPrivate(event)) {
      privates++;
      const us = event.tsLocalUs - event.tsVenueUs;
      assert.ok(us >= 50_000, `a private event takes at least the least latency, was ${us}`);
    }
    trader.onEvent(event);
  }
  assert.ok(privates > 50);
});

test('M2 cutting the source short changes nothing that was seen before the cut', () => {
  for (let round = 0; round < 20; round++) {
    const prng = new Prng(SEED + round);
    const events = market(SEED + round, 50);
    const whole = collect(...setUp(events, round));
    const cutAt = prng.integer(1, events.length);
    const cut = events[cutAt]!;
    const cutUs = cut.kind === 'candle' ? cut.openTsUs : cut.tsVenueUs;
    const short = collect(...setUp(events.slice(0, cutAt), round));
    const before = (list: readonly Seen[]): Seen[] => list.filter((event) => event.tsLocalUs < cutUs);
    assert.deepEqual(before(short), before(whole), `seed ${SEED + round}`);
  }
});

function setUp(events: readonly MarketEvent[], round: number): [SimulatedWorld, RandomTrader] {
  const world = makeWorld(events, round);
  return [world, new RandomTrader(world, SEED + round)];
}

test('M40 equal seeds give equal events, another seed other ones', () => {
  const events = market(SEED, 40);
  const first = collect(...setUp(events, 1));
  assert.deepEqual(collect(...setUp(events, 1)), first);
  assert.notDeepEqual(collect(...setUp(events, 2)), first);
});

test('M40 a world saved at random moments goes on in a fresh one to the bit', () => {
  for (let round = 0; round < 8; round++) {
    const prng = new Prng(SEED + round);
    const events = market(SEED + round, 40);
    const whole = collect(...setUp(events, round));
    const seen: Seen[] = [];
    let [world, trader] = setUp(events, round);
    let isOver = false;
    while (!isOver) {
      for (let left = prng.integer(1, 40); left > 0 && !isOver; left--) {
        // Small steps stop the world in the middle of bars, with requests and answers on their way.
        const step = world.advance(world.nowUs === 0 ? START_US : world.nowUs + prng.integer(1, 30 * S));
        assert.ok(!(step instanceof Promise));
        if (step === 'end') isOver = true;
        if (typeof step === 'string') continue;
        seen.push(step.event);
        trader.onEvent(step.event);
      }
      const saved = structuredClone({ world: world.saveState(), trader: trader.save() });
      const seq = world.worldSeq;
      [world, trader] = setUp(events, round + 1000);
      world.loadState(saved.world);
      trader.load(saved.trader);
      world.resumeAfter(seq);
      assert.deepEqual(world.saveState(), saved.world);
    }
    assert.deepEqual(seen, whole, `seed ${SEED + round}`);
  }
});

test('advance stops at its limit, and the world ends when nothing is left', () => {
  const world = testWorld([candle(0, FLAT)]);
  assert.equal(world.advance(START_US + 5), 'idle');
  assert.equal(world.nowUs, START_US + 5);
  world.receiveOrder(order('a'), START_US + 5);
  assert.equal(world.advance(START_US + 4), 'idle');
  const step = world.advance(START_US + 5);
  assert.ok(typeof step === 'object' && 'event' in step && step.event.kind === 'order-accepted');
  assert.equal(world.advance(START_US + 6) !== 'idle', true);
  assert.equal(world.advance(START_US + BAR_US - 1), 'idle');
  assert.notEqual(world.advance(START_US + BAR_US), 'idle');
  assert.equal(world.advance(START_US + 9 * BAR_US), 'end');
});

test('M5 orders given after the last bar are taken in and stay open', async () => {
  const world = testWorld([candle(0, FLAT)]);
  const script: Command[] = [{ afterUs: BAR_US, submit: order('a') }];
  assert.deepEqual(
    play(world, script).map((event) => event.kind),
    ['candle', 'order-accepted'],
  );
  const [open] = await world.openOrders();
  assert.equal(open?.clientOrderId, 'a');
  assert.equal((await world.order('a', 0))?.status, 'ACCEPTED');
});

test('a command from the past and an unsealed order are bugs', () => {
  const world = testWorld([candle(0, FLAT)]);
  world.advance(START_US + 5);
  assert.throws(() => give(world, { afterUs: 4, submit: order('a') }), AssertionError);
  const unsealed = Object.freeze({ value: order('a') }) as RiskApproved<OrderRequest>;
  assert.throws(() => world.submit(unsealed, START_US + 5), AssertionError);
});

test('resuming after any other event than the last one is refused', () => {
  const world = testWorld([candle(0, FLAT)]);
  world.advance(Number.POSITIVE_INFINITY);
  world.resumeAfter(1);
  assert.throws(
    () => world.resumeAfter(0),
    (error: unknown) => error instanceof XylenError && error.code === 'XY_CHECKPOINT_INVALID',
  );
});

test('a source that reads by promises gives the same events as one that answers at once', async () => {
  const candles = Array.from({ length: 30 }, (_, at) => candle(at, FLAT));
  const chunks = [candles.slice(0, 7), [], candles.slice(7, 20), candles.slice(20)].map(columnsOf);
  async function* slowly() {
    for (const chunk of chunks) {
      await Promise.resolve();
      yield chunk;
    }
  }
  const feed = { instrumentIx: 0, timeframeUs: BAR_US, feedLatencyUs: 0 };
  const worldOf = (source: ReturnType<typeof candleSource>): SimulatedWorld =>
    new SimulatedWorld({
      source,
      instruments: new InstrumentTable([testSpec()]),
      cashAtoms: money(1000),
      rules: testRules(),
      prng: new Prng(1),
    });
  const world = worldOf(mergeSources([candleSource({ ...feed, open: slowly }), eventSource([])]));
  const seen: Seen[] = [];
  let isAsync = false;
  for (;;) {
    const step = world.advance(Number.POSITIVE_INFINITY);
    if (step instanceof Promise) {
      isAsync = true;
      assert.throws(() => world.advance(1), AssertionError);
    }
    const done = await step;
    if (typeof done === 'string') break;
    seen.push(done.event);
  }
  assert.ok(isAsync);
  assert.deepEqual(seen, play(worldOf(candleSource({ ...feed, open: () => chunks })), []));
});

test('a source out of order is a bug', () => {
  const world = testWorld([candle(1, FLAT), candle(0, FLAT)]);
  assert.throws(() => play(world, []), AssertionError);
});

test('M41 the world lists what its results rest on', () => {
  const keys = makeWorld(market(SEED, 2), 1)
    .assumptions()
    .map((one) => one.key);
  for (const key of [
    'margin',
    'liquidation',
    'spread',
    'depth',
    'participation',
    'fees.sim',
    'latency.sim',
  ]) {
    assert.ok(keys.includes(key), key);
  }
  for (const part of ['rules', 'data', 'path', 'queue', 'funding', 'mark-price']) {
    assert.ok(keys.includes(`${part}.sim:BTCUSDT`), part);
  }
  assert.equal(new Set(keys).size, keys.length);
  const fixed = testWorld([candle(0, FLAT)], {
    rules: testRules({ depthRule: { ...simRules().costs.depthRule, kind: 'fixed' } }),
  }).assumptions();
  assert.match(fixed.find((one) => one.key === 'depth')!.value, /fixed 500 ppm/);
  assert.equal(fixed.find((one) => one.key === 'funding.sim:AAAUSDT')!.value, 'not given');
});

test('M42 a late print counts now and keeps its place; a late bar is a bug of the source', () => {
  const world = testWorld([
    print(10 * S, 1000, 1, 'buy'),
    print(4 * S, 1001, 1, 'sell'),
    print(12 * S, 1002, 1, 'buy'),
  ]);
  const seen: [number, number][] = [];
  for (;;) {
    const step = world.advance(Number.POSITIVE_INFINITY);
    assert.ok(!(step instanceof Promise));
    if (typeof step === 'string') break;
    const { event } = step;
    if (event.kind === 'trade') seen.push([event.priceTicks, (event.tsLocalUs - START_US) / S]);
  }
  assert.deepEqual(seen, [
    [1000, 10],
    [1001, 10],
    [1002, 12],
  ]);
  assert.equal(world.lateCount, 1);
  const disordered = testWorld([candle(1, FLAT), candle(0, FLAT)]);
  assert.throws(() => {
    while (disordered.advance(Number.POSITIVE_INFINITY) !== 'end');
  }, AssertionError);
});

test('a trigger that a long bar crosses between two microseconds is met, not waited for ever', () => {
  // A day times so many ticks leaves the exact integers of a double: the moment of the touch came out one microsecond early.
  const dayUs = 86_400 * S;
  const low = 6_000_000;
  const bar = (day: number, high: number, close: number): CandleEvent => ({
    ...{ kind: 'candle', instrumentIx: 0, timeframeUs: dayUs, openTsUs: DAY_US + day * dayUs },
    ...{ tsVenueUs: DAY_US + (day + 1) * dayUs, tsLocalUs: DAY_US + (day + 1) * dayUs },
    ...{ openTicks: low, highTicks: high, lowTicks: low, closeTicks: close, volumeLots: 1_000_000 },
  });
  const source = eventSource([bar(0, low, low), bar(1, low + 786_433, low + 786_000), bar(2, low, low)]);
  const instruments = new InstrumentTable([testSpec({ priceDecimals: 2, tickSize: '0.01' })]);
  const cashAtoms = money(1_000_000);
  const world = new SimulatedWorld({ source, instruments, cashAtoms, rules: testRules(), prng: new Prng(1) });
  const placedUs = DAY_US + dayUs + 1_000;
  while (typeof world.advance(placedUs) !== 'string');
  world.receiveOrder(stop('a', 'buy', low + 773_738, { qtyLots: 1 }), placedUs);
  const kinds: string[] = [];
  for (;;) {
    const step = world.advance(Number.POSITIVE_INFINITY);
    if (typeof step === 'string' || step instanceof Promise) break;
    kinds.push(step.event.kind);
  }
  assert.ok(kinds.includes('fill'));
});
