/** The exchange in which own orders use the market up (M107), and what must hold of it in any market. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { IMPACT_DEFAULT, IMPACT_MODELS, type ImpactName } from '../impact/index.ts';
import { ConsumingExchange } from './consuming-exchange.ts';
import { FillReplay, REPLAY_EVENT, type ReplayChunk } from './fill-replay.ts';
import { queueModelOf } from './queue-models.ts';
import { ReplayExchange } from './replay-exchange.ts';
import type { ReplayMarket } from './replay-market.ts';
import { type PlannedOrder, REPLAY_STATUS, ReplayOrder, type ReplayTimeInForce } from './replay-order.ts';

const SEED = testSeed();
const NEVER = Number.POSITIVE_INFINITY;
const QUEUE = queueModelOf('risk_adverse') ?? assert.fail('risk_adverse is a queue model');

interface Fill {
  readonly ix: number;
  readonly side: 1 | -1;
  readonly priceTicks: number;
  readonly lots: number;
  readonly isMaker: boolean;
}

/** An exchange and what it told. */
function exchangeOf(model: ImpactName | null): { readonly market: ReplayMarket; readonly fills: Fill[] } {
  const fills: Fill[] = [];
  const onFill = (order: ReplayOrder, isMaker: boolean): void => {
    const { lastExecLots: lots, lastExecTicks: priceTicks, plan } = order;
    fills.push({ ix: order.ix, side: plan.side, priceTicks, lots, isMaker });
  };
  const market =
    model === null
      ? new ReplayExchange({ queue: QUEUE, exchange: 'partial', onFill })
      : new ConsumingExchange({ queue: QUEUE, impact: { ...IMPACT_DEFAULT, model }, onFill });
  return { market, fills };
}

let ix = 0;
function orderOf(
  side: 1 | -1,
  priceTicks: number,
  qtyLots: number,
  timeInForce: ReplayTimeInForce = 'GTC',
): ReplayOrder {
  const plan = { side, priceTicks, qtyLots, submitLocalUs: 0, cancelLocalUs: NEVER, timeInForce };
  return new ReplayOrder(plan, ix++);
}

const short = ({ isMaker, lots, priceTicks }: Fill): string =>
  `${lots}@${priceTicks} ${isMaker ? 'maker' : 'taker'}`;

/** 99: 20, 98: 20 | 101: 10, 102: 20. */
function open(market: ReplayMarket): void {
  market.onBid(0, 99, 20);
  market.onBid(0, 98, 20);
  market.onAsk(0, 101, 10);
  market.onAsk(0, 102, 20);
}

test('M107 what one taker took the next does not get, until the level is told anew', () => {
  const { fills, market } = exchangeOf('none');
  open(market);
  market.onSubmit(1, orderOf(1, 102, 8, 'IOC'));
  market.onSubmit(2, orderOf(1, 102, 8, 'IOC'));
  market.onAsk(3, 101, 10);
  market.onSubmit(4, orderOf(1, 101, 20, 'IOC'));
  assert.deepEqual(fills.map(short), ['8@101 taker', '2@101 taker', '6@102 taker', '10@101 taker']);
});

test('M107 with a slow recovery an update does not bring back what was taken', () => {
  const { fills, market } = exchangeOf('consume');
  open(market);
  market.onSubmit(1, orderOf(1, 101, 8, 'IOC'));
  market.onAsk(2, 101, 10);
  market.onSubmit(3, orderOf(1, 101, 20, 'IOC'));
  assert.deepEqual(fills.map(short), ['8@101 taker', '2@101 taker']);
});

test('M107 own makers share a trade, best price and earliest first, each behind the queue at its price', () => {
  const { fills, market } = exchangeOf('none');
  open(market);
  const [first, second, better] = [orderOf(1, 99, 5), orderOf(1, 99, 5), orderOf(1, 100, 4)];
  for (const order of [first, second, better]) market.onSubmit(1, order);
  market.onTrade(2, -1, 99, 27);
  // 4 for the better price, 20 to the queue, 3 to the first.
  assert.deepEqual(fills.map(short), ['4@100 maker', '3@99 maker']);
  market.onTrade(3, -1, 99, 4);
  assert.deepEqual(fills.slice(2).map(short), ['2@99 maker', '2@99 maker']);
  assert.equal(second.leavesLots, 3);
});

test('M107 an order that is reached gets what stands there, and no more', () => {
  const { fills, market } = exchangeOf('none');
  open(market);
  const order = orderOf(-1, 101, 30);
  market.onSubmit(1, order);
  market.onBid(2, 101, 12);
  assert.deepEqual(fills.map(short), ['12@101 maker']);
  market.onBid(3, 102, 5);
  assert.deepEqual(fills.slice(1).map(short), ['5@101 maker']);
  assert.equal(order.leavesLots, 13);
});

test('M107 a market that has moved away is met at its new price, by takers and makers', () => {
  const { fills, market } = exchangeOf('square_root');
  for (let s = 0; s < 1200; s++) {
    market.onBid(s * 1e6, 9990 + (s % 2), 50);
    market.onBid(s * 1e6, 9990 + ((s + 1) % 2), 0);
    market.onAsk(s * 1e6, 10_010, 50);
    market.onTrade(s * 1e6, 1, 10_010, 10);
  }
  market.onSubmit(1200e6, orderOf(1, 10_100, 50, 'IOC'));
  const [first] = fills;
  assert.equal(first?.priceTicks, 10_010);
  const maker = orderOf(1, 9990, 5);
  market.onSubmit(1200e6, maker);
  // A trade at the recorded price of the maker is above it in the market that own buying has raised.
  market.onTrade(1201e6, -1, 9990, 500);
  assert.equal(maker.status, REPLAY_STATUS.open);
  market.onAsk(1201e6, 10_010, 50);
  market.onSubmit(1202e6, orderOf(1, 10_100, 5, 'IOC'));
  assert.ok((fills.at(-1)?.priceTicks ?? 0) > 10_010);
  market.onSubmit(1202e6, orderOf(-1, 9000, 5, 'IOC'));
  assert.ok((fills.at(-1)?.priceTicks ?? 0) <= 9991, 'selling is no better for it');
});

test('M107 fill-or-kill, immediate and post-only orders hold to what is free', () => {
  const { fills, market } = exchangeOf('none');
  open(market);
  const [kill, post, rest] = [orderOf(1, 102, 31, 'FOK'), orderOf(1, 101, 5, 'GTX'), orderOf(1, 101, 15)];
  for (const order of [kill, post, rest]) market.onSubmit(1, order);
  const late = orderOf(1, 101, 1, 'FOK');
  market.onSubmit(2, late);
  assert.deepEqual(
    [kill, post, rest, late].map(({ status }) => status),
    [REPLAY_STATUS.expired, REPLAY_STATUS.expired, REPLAY_STATUS.partlyFilled, REPLAY_STATUS.expired],
  );
  assert.deepEqual(fills.map(short), ['10@101 taker']);
  assert.ok(market.onCancel(3, rest) && !market.onCancel(4, rest));
});

interface Step {
  readonly kind: 'bid' | 'ask' | 'trade' | 'order';
  readonly priceTicks: number;
  readonly lots: number;
  readonly side: 1 | -1;
}

function drawSteps(prng: Prng, count: number): readonly Step[] {
  let middle = 1000;
  return Array.from({ length: count }, (): Step => {
    if (prng.uniform() < 0.1) middle += prng.integer(-2, 3);
    const what = prng.uniform();
    const side = prng.uniform() < 0.5 ? 1 : -1;
    const away = prng.integer(1, 6);
    if (what < 0.5) {
      const lots = prng.uniform() < 0.2 ? 0 : prng.integer(1, 30);
      return { kind: side === 1 ? 'bid' : 'ask', priceTicks: middle - side * away, lots, side };
    }
    if (what < 0.75)
      return { kind: 'trade', priceTicks: middle + prng.integer(-2, 3), lots: prng.integer(1, 20), side };
    return { kind: 'order', priceTicks: middle + prng.integer(-4, 5), lots: prng.integer(1, 40), side };
  });
}

/** Plays one step; returns the fills that it made. */
function playStep({ fills, market }: ReturnType<typeof exchangeOf>, step: Step, us: number): readonly Fill[] {
  const before = fills.length;
  if (step.kind === 'bid') market.onBid(us, step.priceTicks, step.lots);
  else if (step.kind === 'ask') market.onAsk(us, step.priceTicks, step.lots);
  else if (step.kind === 'trade') market.onTrade(us, step.side, step.priceTicks, step.lots);
  else market.onSubmit(us, orderOf(step.side, step.priceTicks, step.lots));
  return fills.slice(before);
}

const sumOf = (fills: readonly Fill[]): number => fills.reduce((sum, { lots }) => sum + lots, 0);

for (const model of IMPACT_MODELS) {
  test(`M107 ${model}: no two own orders get the same liquidity (SEED=${SEED})`, () => {
    const prng = new Prng(SEED).split(model);
    let seen = 0;
    for (let round = 0; round < 150; round++) {
      const exchange = exchangeOf(model);
      // What levels were last told to hold, less what takers got there; a market that moves away is met at other prices than its levels bear.
      const left = new Map<string, number>();
      for (const [at, step] of drawSteps(prng, 120).entries()) {
        const made = playStep(exchange, step, at * 1000);
        seen += made.length;
        if (step.kind === 'bid' || step.kind === 'ask')
          left.set(`${step.kind} ${step.priceTicks}`, step.lots);
        if (step.kind === 'trade') assert.ok(sumOf(made) <= step.lots, 'a trade is shared');
        if (step.kind !== 'order' || model === 'square_root') continue;
        for (const { lots, priceTicks, side } of made) {
          const level = `${side === 1 ? 'ask' : 'bid'} ${priceTicks}`;
          left.set(level, (left.get(level) ?? 0) - lots);
          assert.ok((left.get(level) ?? -1) >= 0, `${level}: ${left.get(level)} lots are left`);
        }
      }
    }
    assert.ok(seen > 1000, `the markets made ${seen} fills`);
  });
}

/** Price of each single lot that an order got at once. */
function pricesOf(fills: readonly Fill[]): readonly number[] {
  return fills.flatMap(({ lots, priceTicks }) => Array.from({ length: lots }, () => priceTicks));
}

test(`M107 a heavier impact gives a taker no lot sooner and none at a better price (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('dominance');
  let compared = 0;
  for (let round = 0; round < 400; round++) {
    const exchanges = [null, ...IMPACT_MODELS].map(exchangeOf);
    const steps = drawSteps(prng, 40).filter(({ kind }) => kind !== 'order');
    // Takers alone, all at once, so that no order differs but by what was left for it.
    const takers = Array.from({ length: 6 }, (): Step => {
      const side = prng.uniform() < 0.5 ? 1 : -1;
      return { kind: 'order', priceTicks: 1000 + side * 50, lots: prng.integer(1, 40), side };
    });
    for (const exchange of exchanges)
      for (const [at, step] of steps.entries()) playStep(exchange, step, at * 1000);
    for (const { lots, priceTicks, side } of takers) {
      const got = exchanges.map((exchange) => {
        const before = exchange.fills.length;
        exchange.market.onSubmit(50_000, orderOf(side, priceTicks, lots, 'IOC'));
        return pricesOf(exchange.fills.slice(before));
      });
      for (let heavier = 1; heavier < got.length; heavier++) {
        const [light = [], heavy = []] = [got[heavier - 1], got[heavier]];
        assert.ok(heavy.length <= light.length, `${heavy.length} lots of ${light.length}`);
        for (const [lot, price] of heavy.entries()) assert.ok(side * (price - (light[lot] ?? 0)) >= 0);
        compared += heavy.length;
      }
    }
  }
  assert.ok(compared > 10_000, `${compared} lots were compared`);
});

test(`M107 a larger order gets no lot at a better price and no better mean (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('size');
  for (let round = 0; round < 300; round++) {
    const steps = drawSteps(prng, 60);
    const [small, more] = [prng.integer(1, 40), prng.integer(1, 40)];
    const side = prng.uniform() < 0.5 ? 1 : -1;
    for (const model of IMPACT_MODELS) {
      const [prices = [], larger = []] = [small, small + more].map((lots) => {
        const exchange = exchangeOf(model);
        for (const [at, step] of steps.entries()) playStep(exchange, step, at * 1000);
        const before = exchange.fills.length;
        exchange.market.onSubmit(100_000, orderOf(side, 1000 + side * 50, lots, 'IOC'));
        return pricesOf(exchange.fills.slice(before));
      });
      assert.deepEqual(larger.slice(0, prices.length), prices);
      const meanOf = (of: readonly number[]): number => of.reduce((sum, price) => sum + price, 0) / of.length;
      if (prices.length > 0) assert.ok(side * (meanOf(larger) - meanOf(prices)) >= -1e-9);
    }
  }
});

test(`M107 an order alone in a deep market fills as one without a footprint (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('alone');
  for (let round = 0; round < 200; round++) {
    const exchanges = [exchangeOf(null), exchangeOf('none')] as const;
    const order: Step = { kind: 'order', side: 1, priceTicks: prng.integer(990, 1000), lots: 5 };
    const steps: Step[] = [
      { kind: 'bid', side: 1, priceTicks: order.priceTicks, lots: prng.integer(1, 60) },
      order,
    ];
    for (let at = 0; at < 60; at++) {
      // Trades and updates at its price alone; nobody comes to it from the other side.
      const lots = prng.integer(1, 12);
      const { priceTicks } = order;
      steps.push(
        prng.uniform() < 0.5
          ? { kind: 'trade', side: -1, priceTicks, lots }
          : { kind: 'bid', side: 1, priceTicks, lots },
      );
    }
    for (const [at, step] of steps.entries())
      for (const exchange of exchanges) playStep(exchange, step, at * 1000);
    assert.deepEqual(exchanges[1].fills.map(short), exchanges[0].fills.map(short));
  }
});

test(`M40 a replay with a footprint goes on to the bit after it was saved and loaded (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('resume');
  const chunks = Array.from({ length: 8 }, (_, part) => chunkOf(drawSteps(prng, 80), part * 80));
  const orders = Array.from(
    { length: 60 },
    (): PlannedOrder => ({
      side: prng.uniform() < 0.5 ? 1 : -1,
      priceTicks: prng.integer(996, 1005),
      qtyLots: prng.integer(1, 30),
      submitLocalUs: prng.integer(0, 600_000),
      cancelLocalUs: NEVER,
      timeInForce: 'GTC',
    }),
  );
  const make = (): FillReplay =>
    new FillReplay({
      queue: queueModelOf('power_prob_2') ?? QUEUE,
      exchange: 'partial',
      impact: { ...IMPACT_DEFAULT, model: 'square_root' },
      entryUs: 500,
      responseUs: 500,
      orders,
    });
  const whole = make();
  let piece = make();
  for (const chunk of chunks) {
    whole.play(chunk);
    const next = make();
    next.loadState(structuredClone(piece.saveState()));
    piece = next;
    piece.play(chunk);
  }
  const outcome = (replay: FillReplay): unknown => replay.orders.map((order) => order.save());
  assert.deepEqual(outcome(piece), outcome(whole));
  assert.ok(whole.orders.some(({ status }) => status === REPLAY_STATUS.filled));
});

function chunkOf(steps: readonly Step[], start: number): ReplayChunk {
  const events = steps.filter(({ kind }) => kind !== 'order');
  const kindOf = ({ kind, side }: Step): number => {
    if (kind === 'trade') return side === 1 ? REPLAY_EVENT.boughtTrade : REPLAY_EVENT.soldTrade;
    return kind === 'bid' ? REPLAY_EVENT.bid : REPLAY_EVENT.ask;
  };
  return {
    count: events.length,
    kind: Uint8Array.from(events, kindOf),
    exchUs: Float64Array.from(events, (_, at) => (start + at) * 1000),
    priceTicks: Float64Array.from(events, ({ priceTicks }) => priceTicks),
    qtyLots: Float64Array.from(events, ({ lots }) => lots),
  };
}
