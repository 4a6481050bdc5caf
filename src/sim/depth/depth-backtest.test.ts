/** When a trader in recorded depth sees, acts, fills and learns of it (M44, M48, M50, M52, M53, M130 to M133). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import type { ImpactRule } from '../impact/index.ts';
import {
  type DepthChunk,
  EXCHANGE_MODELS,
  type ExchangeModel,
  FillReplay,
  type PlannedOrder,
  queueModelOf,
  REPLAY_EVENT,
  REPLAY_STATUS,
} from '../queue/index.ts';
import { DepthBacktest } from './depth-backtest.ts';
import type { DepthDesk } from './depth-desk.ts';
import type { DepthOrder, DepthOrderWish } from './depth-order.ts';
import { constantLatency, modelLatency, type OrderLatency } from './order-latency.ts';
import { TouchMaker } from './touch-maker.ts';

type Kind = keyof typeof REPLAY_EVENT;
/** Time at the exchange, local time, kind, price, quantity. */
type Event = readonly [number, number, Kind, number, number];

/** Bids 100 x 10, 99 x 20; asks 102 x 10, 103 x 20 at moment 10, seen at 13. */
const BOOK: readonly Event[] = [
  [10, 13, 'bid', 100, 10],
  [10, 13, 'bid', 99, 20],
  [10, 13, 'ask', 102, 10],
  [10, 13, 'ask', 103, 20],
];

function chunkOf(events: readonly Event[]): DepthChunk {
  return {
    count: events.length,
    exchUs: Float64Array.from(events, ([exchUs]) => exchUs),
    localUs: Float64Array.from(events, ([, localUs]) => localUs),
    kind: Uint8Array.from(events, ([, , kind]) => REPLAY_EVENT[kind]),
    priceTicks: Float64Array.from(events, ([, , , ticks]) => ticks),
    qtyLots: Float64Array.from(events, ([, , , , lots]) => lots),
  };
}

interface Setting {
  readonly stepUs?: number;
  readonly latency?: OrderLatency;
  readonly exchange?: ExchangeModel;
  readonly queue?: string;
  readonly impact?: ImpactRule;
  /** Events of a chunk. */
  readonly chunkEvents?: number;
}

function backtestOf(onStep: (desk: DepthDesk) => void, setting: Setting = {}): DepthBacktest {
  const {
    exchange = 'no-partial',
    latency = constantLatency(2, 3),
    queue = 'risk_adverse',
    stepUs = 5,
  } = setting;
  const model = queueModelOf(queue);
  assert.ok(model !== undefined);
  return new DepthBacktest({
    trader: { onStep },
    stepUs,
    queue: model,
    exchange,
    latency,
    ...(setting.impact === undefined ? {} : { impact: setting.impact }),
    fees: { makerPpm: 200, takerPpm: 700 },
    atomsPerTickLot: 10_000,
  });
}

/** Plays events with a trader that does `acts[us]` at that moment; what it is asked without an act, it does nothing. */
function play(
  events: readonly Event[],
  acts: Readonly<Record<number, (desk: DepthDesk) => void>>,
  setting: Setting = {},
): DepthBacktest {
  const backtest = backtestOf((desk) => acts[desk.nowUs]?.(desk), setting);
  const { chunkEvents = events.length } = setting;
  for (let at = 0; at < events.length; at += chunkEvents)
    backtest.play(chunkOf(events.slice(at, at + chunkEvents)));
  backtest.finish();
  return backtest;
}

const buy: DepthOrderWish = { side: 1, priceTicks: 100, qtyLots: 4, timeInForce: 'GTC' };

test('the trader is asked each interval from the first event on, as long as there is more to see', () => {
  const asked: number[] = [];
  const backtest = backtestOf((desk) => asked.push(desk.nowUs));
  backtest.play(chunkOf([...BOOK, [22, 31, 'bid', 98, 1]]));
  backtest.finish();
  assert.deepEqual(asked, [15, 20, 25, 30], 'not once everything has been seen at 31');
  assert.deepEqual([backtest.stepCount, backtest.eventCount], [4, 5]);
});

test('the trader sees an event at its local time and not before, in the order of the source', () => {
  const seen: (readonly number[])[] = [];
  const events: readonly Event[] = [
    ...BOOK,
    [14, 25, 'bid', 101, 5],
    [15, 16, 'ask', 102, 0],
    [26, 40, 'bid', 90, 1],
  ];
  const backtest = backtestOf(({ book, nowUs }) => seen.push([nowUs, book.bestBidTicks, book.bestAskTicks]));
  backtest.play(chunkOf(events));
  backtest.finish();
  assert.deepEqual(seen.slice(0, 4), [
    [15, 100, 102],
    [20, 100, 102],
    [25, 101, 103],
    [30, 101, 103],
  ]);
});

test('an event that claims to be seen before it happened is seen when it happened at the earliest (M133)', () => {
  const seen: number[] = [];
  const backtest = backtestOf(({ book }) => seen.push(book.bestBidTicks));
  backtest.play(chunkOf([...BOOK, [18, 14, 'bid', 101, 5], [30, 31, 'bid', 90, 1]]));
  backtest.finish();
  assert.deepEqual(seen.slice(0, 2), [100, 101]);
});

test('an order arrives after the entry latency and its fill is known after the response latency (M44, M52)', () => {
  const known: string[] = [];
  const order: DepthOrder[] = [];
  const note = (desk: DepthDesk): void => {
    known.push(`${desk.nowUs}: ${order[0]?.status} ${desk.account.positionLots} ${desk.orders.length}`);
  };
  const events: readonly Event[] = [...BOOK, [21, 22, 'soldTrade', 99, 1], [40, 41, 'bid', 98, 1]];
  play(events, {
    15: (desk) => {
      order.push(desk.submit(buy));
      note(desk);
    },
    20: note,
    25: note,
  });
  const { filled, none, open } = REPLAY_STATUS;
  // Arrives at 17, known at 20; filled at 21, known at 24.
  assert.deepEqual(known, [`15: ${none} 0 1`, `20: ${open} 0 1`, `25: ${filled} 4 0`]);
});

test('an order that arrives in the moment of an event meets the book behind it (M50)', () => {
  const events: readonly Event[] = [...BOOK, [17, 18, 'ask', 100, 3], [40, 41, 'bid', 98, 1]];
  const { account } = play(events, { 15: (desk) => desk.submit(buy) }).desk;
  assert.deepEqual([account.fillCount, account.makerFillCount], [1, 0], 'it takes what has just come');
});

test('a post-only order that would take expires, which the trader learns', () => {
  const orders: DepthOrder[] = [];
  const { account } = play([...BOOK, [40, 41, 'bid', 98, 1]], {
    15: (desk) => orders.push(desk.submit({ ...buy, priceTicks: 102, timeInForce: 'GTX' })),
    20: (desk) => assert.deepEqual(desk.orders, []),
  }).desk;
  assert.equal(orders[0]?.status, REPLAY_STATUS.expired);
  assert.equal(account.fillCount, 0);
});

test('an order can be cancelled once it is known to rest, and once only (M131)', () => {
  const answers: boolean[] = [];
  const orders: DepthOrder[] = [];
  const cancel = (desk: DepthDesk): void => void answers.push(desk.cancel(orders[0]!));
  const backtest = play([...BOOK, [40, 41, 'bid', 98, 1]], {
    15: (desk) => {
      orders.push(desk.submit(buy));
      cancel(desk);
    },
    20: (desk) => {
      cancel(desk);
      cancel(desk);
    },
    25: cancel,
  });
  assert.deepEqual(answers, [false, true, false, false]);
  assert.equal(orders[0]?.status, REPLAY_STATUS.cancelled);
  assert.deepEqual(backtest.desk.orders, []);
});

test('a cancel that comes too late is refused, and the fill stands (M131)', () => {
  const orders: DepthOrder[] = [];
  const events: readonly Event[] = [...BOOK, [21, 22, 'soldTrade', 99, 1], [40, 41, 'bid', 98, 1]];
  const { account } = play(events, {
    15: (desk) => orders.push(desk.submit(buy)),
    // Filled at 21; the cancel arrives at 22.
    20: (desk) => assert.ok(desk.cancel(orders[0]!)),
    30: (desk) => assert.deepEqual(desk.orders, []),
  }).desk;
  assert.equal(orders[0]?.status, REPLAY_STATUS.filled);
  assert.equal(account.positionLots, 4);
});

test('partial fills are told one by one, and what is left can still be cancelled', () => {
  const orders: DepthOrder[] = [];
  const known: (readonly number[])[] = [];
  const events: readonly Event[] = [...BOOK, [21, 22, 'soldTrade', 100, 13], [40, 41, 'bid', 98, 1]];
  const { account } = play(
    events,
    {
      15: (desk) => orders.push(desk.submit(buy)),
      25: (desk) => {
        known.push([orders[0]!.status, orders[0]!.leavesLots, desk.account.positionLots]);
        desk.cancel(orders[0]!);
      },
    },
    { exchange: 'partial' },
  ).desk;
  assert.deepEqual(known, [[REPLAY_STATUS.partlyFilled, 1, 3]]);
  assert.deepEqual(
    [orders[0]!.status, orders[0]!.leavesLots, account.positionLots],
    [REPLAY_STATUS.cancelled, 1, 3],
  );
});

test('a taker gets every level as a fill of its own, then the rest is known (M54)', () => {
  const orders: DepthOrder[] = [];
  const wish: DepthOrderWish = { side: 1, priceTicks: 103, qtyLots: 35, timeInForce: 'IOC' };
  const { account } = play(
    [...BOOK, [40, 41, 'bid', 98, 1]],
    { 15: (desk) => orders.push(desk.submit(wish)) },
    { exchange: 'partial' },
  ).desk;
  assert.deepEqual([account.fillCount, account.positionLots], [2, 30]);
  assert.equal(account.cashAtoms, -10_000n * BigInt(102 * 10 + 103 * 20));
  assert.deepEqual([orders[0]!.status, orders[0]!.leavesLots], [REPLAY_STATUS.expired, 5]);
});

test('messages of one direction do not overtake each other, whatever the latency says (M130)', () => {
  const latency: OrderLatency = {
    name: 'falling',
    entryUs: (nowUs) => Math.max(0, 22 - nowUs),
    responseUs: () => 0,
  };
  const statuses: number[] = [];
  const orders: DepthOrder[] = [];
  play(
    [...BOOK, [40, 41, 'bid', 98, 1]],
    {
      15: (desk) => orders.push(desk.submit({ ...buy, priceTicks: 101 })),
      20: (desk) => orders.push(desk.submit({ ...buy, side: -1, priceTicks: 101 })),
      25: () => statuses.push(...orders.map(({ status }) => status)),
    },
    { latency },
  );
  // Both arrive at 22, the buy first: own orders do not see each other, both rest.
  assert.deepEqual(statuses, [REPLAY_STATUS.open, REPLAY_STATUS.open]);
});

test('what is under way when the last event was seen still arrives, but nothing is asked any more (M132)', () => {
  const orders: DepthOrder[] = [];
  const backtest = play(
    [...BOOK, [19, 21, 'bid', 98, 1]],
    { 20: (desk) => orders.push(desk.submit({ ...buy, priceTicks: 102 })) },
    { latency: constantLatency(50, 60) },
  );
  assert.equal(orders[0]?.status, REPLAY_STATUS.filled);
  assert.deepEqual([backtest.stepCount, backtest.desk.account.positionLots], [2, 4]);
});

test('latencies by a model are drawn anew for each message, and the same for the same seed', () => {
  const timesOf = (seed: number): readonly number[] => {
    const rule = { model: 'uniform', minUs: 1, maxUs: 900, spikePpm: 0, spikeFactorMax: 2 } as const;
    const latency = modelLatency({ entry: rule, response: rule }, new Prng(seed));
    return Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? latency.entryUs(5) : latency.responseUs(5)));
  };
  assert.deepEqual(timesOf(1), timesOf(1));
  assert.notDeepEqual(timesOf(1), timesOf(2));
  assert.ok(new Set(timesOf(1)).size > 10);
  const broken = { model: 'constant', us: -1 } as const;
  assert.throws(() => modelLatency({ entry: broken, response: broken }, new Prng(1)), {
    code: 'XY_CONFIG_INVALID',
  });
});

test('the result says what it rests on', () => {
  const cards = (setting: Setting): string =>
    backtestOf(() => undefined, setting)
      .assumptions.map(({ key, value }) => `${key}: ${value}`)
      .join('; ');
  assert.equal(
    cards({ stepUs: 100_000, latency: constantLatency(5_000, 7_000) }),
    'queue: risk_adverse; exchange: no-partial; impact: none; latency: constant, 5ms to the exchange, 7ms back; step: 100ms; fees: maker 200 ppm, taker 700 ppm',
  );
  const impact = { model: 'consume', halfLifeUs: 2e6, coefficient: 0, permanent: 0, decayUs: 1e9 } as const;
  assert.match(cards({ exchange: 'partial', impact }), /impact: own orders share, consume, half-life 2s/);
});

test('with impact, own orders share a print, and what a taker took is missing (M107)', () => {
  const impact = { model: 'consume', halfLifeUs: 1e9, coefficient: 0, permanent: 0, decayUs: 1e9 } as const;
  const takers = (desk: DepthDesk): void => {
    for (let count = 0; count < 2; count++)
      desk.submit({ side: 1, priceTicks: 102, qtyLots: 10, timeInForce: 'IOC' });
  };
  const events: readonly Event[] = [...BOOK, [40, 41, 'bid', 98, 1]];
  const settings = [{ exchange: 'partial' }, { exchange: 'partial', impact }] as const;
  const bought = settings.map((setting) => play(events, { 15: takers }, setting).desk.account.positionLots);
  assert.deepEqual(bought, [20, 10]);
});

/** A market that wanders, with changes deep in the book, at the touch, through it, and prints. */
function randomEvents(prng: Prng, count: number): readonly Event[] {
  const events: Event[] = [...BOOK.map(([e, l, k, p, q]) => [e, l, k, p + 1_000, q] as const)];
  let middle = 1_101;
  let exchUs = 10;
  let localUs = 13;
  while (events.length < count) {
    exchUs += prng.integer(0, 4);
    localUs = Math.max(localUs, exchUs + prng.integer(1, 30));
    middle += prng.integer(-1, 2);
    const isBid = prng.integer(0, 2) === 0;
    const roll = prng.integer(0, 10);
    const away = prng.integer(0, 12);
    if (roll < 3) {
      const price = middle + (isBid ? -prng.integer(0, 2) : prng.integer(0, 2));
      events.push([exchUs, localUs, isBid ? 'soldTrade' : 'boughtTrade', price, prng.integer(1, 20)]);
    } else {
      const price = isBid ? middle - away : middle + 1 + away;
      events.push([exchUs, localUs, isBid ? 'bid' : 'ask', price, roll === 3 ? 0 : prng.integer(1, 30)]);
    }
  }
  return events;
}

for (const exchange of EXCHANGE_MODELS) {
  test(`${exchange}: it makes no difference how the events are cut into chunks (SEED=${testSeed()})`, () => {
    const events = randomEvents(new Prng(testSeed()).split('chunks'), 4_000);
    const results = [1, 7, 640, 4_000].map((chunkEvents) => {
      const maker = new TouchMaker({ qtyLots: 5, positionLotsMax: 25 });
      const setting = { exchange, chunkEvents, queue: 'power_prob_2', stepUs: 20 };
      const backtest = backtestOf((desk) => maker.onStep(desk), setting);
      for (let at = 0; at < events.length; at += chunkEvents)
        backtest.play(chunkOf(events.slice(at, at + chunkEvents)));
      backtest.finish();
      const { cashAtoms, feesAtoms, fillCount, positionLots } = backtest.desk.account;
      return [cashAtoms, feesAtoms, fillCount, positionLots, backtest.stepCount, backtest.desk.orderCount];
    });
    assert.ok(Number(results[0]?.[2]) > 50, `${results[0]?.[2]} fills`);
    for (const result of results) assert.deepEqual(result, results[0]);
  });

  test(`${exchange}: orders planned beforehand fare as in a replay of their schedule (SEED=${testSeed()})`, () => {
    const prng = new Prng(testSeed()).split('schedule');
    const events = randomEvents(prng, 4_000);
    const [entryUs, responseUs] = [7, 5];
    const lastUs = events.at(-1)?.[0] ?? 0;
    const schedule: PlannedOrder[] = Array.from({ length: 120 }, () => ({
      side: prng.integer(0, 2) === 0 ? 1 : -1,
      priceTicks: 1_101 + prng.integer(-40, 40),
      qtyLots: prng.integer(1, 9),
      submitLocalUs: prng.integer(11, lastUs),
      cancelLocalUs: Number.POSITIVE_INFINITY,
      timeInForce: (['GTC', 'GTX', 'IOC', 'FOK'] as const)[prng.integer(0, 4)]!,
    }));
    const queue = queueModelOf('power_prob_2');
    assert.ok(queue !== undefined);
    const replay = new FillReplay({ queue, exchange, entryUs, responseUs, orders: schedule });
    replay.play(chunkOf(events));
    replay.finish(Number.MAX_SAFE_INTEGER);
    const given = new Map<number, DepthOrder>();
    const byTime = schedule
      .map((plan, ix) => ({ plan, ix }))
      .toSorted((a, b) => a.plan.submitLocalUs - b.plan.submitLocalUs);
    let next = 0;
    const backtest = backtestOf(
      (desk) => {
        for (; byTime[next]?.plan.submitLocalUs === desk.nowUs; next++)
          given.set(byTime[next]!.ix, desk.submit(byTime[next]!.plan));
      },
      { exchange, queue: 'power_prob_2', stepUs: 1, latency: constantLatency(entryUs, responseUs) },
    );
    backtest.play(chunkOf(events));
    backtest.finish();
    assert.equal(given.size, schedule.length);
    for (const { ix, exchUs, lastExecLots, lastExecTicks, leavesLots, status } of replay.orders) {
      const { atExchange: at, ...known } = given.get(ix)!;
      assert.deepEqual(
        [at.status, at.leavesLots, at.lastExecLots, at.lastExecTicks, at.exchUs],
        [status, leavesLots, lastExecLots, lastExecTicks, exchUs],
        `order ${ix}`,
      );
      assert.deepEqual(
        [known.status, known.leavesLots],
        [status, leavesLots],
        `order ${ix} as its trader knows it`,
      );
    }
  });
}
