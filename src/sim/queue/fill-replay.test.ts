/** When orders of a schedule arrive, fill and end (M44, M47, M48, M50, M52 to M55). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FillReplay, REPLAY_EVENT, type ReplayChunk } from './fill-replay.ts';
import type { ExchangeModel } from './replay-exchange.ts';
import { type PlannedOrder, REPLAY_STATUS, type ReplayOrder } from './replay-order.ts';
import { RISK_ADVERSE } from './risk-adverse.ts';

type Kind = keyof typeof REPLAY_EVENT;
type Event = readonly [number, Kind, number, number];

const NEVER = Number.POSITIVE_INFINITY;
/** Bids 100 x 10, 99 x 20; asks 101 x 10, 102 x 20, all at moment 10. */
const BOOK: readonly Event[] = [
  [10, 'bid', 100, 10],
  [10, 'bid', 99, 20],
  [10, 'ask', 101, 10],
  [10, 'ask', 102, 20],
];

function chunkOf(events: readonly Event[]): ReplayChunk {
  return {
    count: events.length,
    kind: Uint8Array.from(events, ([, kind]) => REPLAY_EVENT[kind]),
    exchUs: Float64Array.from(events, ([atUs]) => atUs),
    priceTicks: Float64Array.from(events, ([, , ticks]) => ticks),
    qtyLots: Float64Array.from(events, ([, , , lots]) => lots),
  };
}

function order(priceTicks: number, qtyLots: number, more: Partial<PlannedOrder> = {}): PlannedOrder {
  return {
    side: 1,
    priceTicks,
    qtyLots,
    submitLocalUs: 20,
    cancelLocalUs: NEVER,
    timeInForce: 'GTC',
    ...more,
  };
}

interface Setting {
  readonly exchange?: ExchangeModel;
  readonly entryUs?: number;
  readonly responseUs?: number;
  readonly lastLocalUs?: number;
}

interface Played {
  readonly orders: readonly ReplayOrder[];
  readonly fills: readonly string[];
}

function play(orders: readonly PlannedOrder[], events: readonly Event[], setting: Setting = {}): Played {
  const { entryUs = 0, exchange = 'no-partial', lastLocalUs = 1_000, responseUs = 0 } = setting;
  const fills: string[] = [];
  const onFill = ({ exchUs, ix, lastExecLots, lastExecTicks }: ReplayOrder, isMaker: boolean): void => {
    fills.push(`${ix}: ${lastExecLots} at ${lastExecTicks}, ${exchUs}, ${isMaker ? 'maker' : 'taker'}`);
  };
  const replay = new FillReplay({ queue: RISK_ADVERSE, exchange, entryUs, responseUs, orders, onFill });
  replay.play(chunkOf([...BOOK, ...events]));
  replay.finish(lastLocalUs);
  return { orders: replay.orders, fills };
}

function stateOf(order: ReplayOrder | undefined): readonly number[] {
  assert.ok(order !== undefined);
  const { exchUs, lastExecLots, lastExecTicks, leavesLots, localUs, status } = order;
  return [status, lastExecLots, leavesLots, lastExecTicks, exchUs, localUs];
}

const { cancelled, expired, filled, none, open, partlyFilled } = REPLAY_STATUS;

test('an order arrives after its latency and meets the book of that moment (M44, M50)', () => {
  const events: readonly Event[] = [
    [24, 'ask', 101, 0],
    [25, 'ask', 102, 0],
    [26, 'ask', 101, 5],
  ];
  const early = play([order(103, 4)], [...events, [27, 'ask', 103, 9]], { entryUs: 4 });
  assert.deepEqual(early.fills, ['0: 4 at 102, 24, taker'], 'events of the moment of arrival come first');
  const late = play([order(103, 4)], events, { entryUs: 6 });
  assert.deepEqual(late.fills, ['0: 4 at 101, 26, taker']);
});

test('a market that is empty lets an order wait, and fills it when the touch comes to it (M52)', () => {
  const orders = [order(101, 4, { submitLocalUs: 1 }), order(100, 4, { side: -1, submitLocalUs: 1 })];
  const { fills } = play(orders, []);
  assert.deepEqual(fills, ['1: 4 at 100, 10, maker', '0: 4 at 101, 10, maker']);
});

test('no-partial: a taker fills whole at the best price, within its limit (M53)', () => {
  const { fills, orders } = play([order(105, 500), order(100, 500, { side: -1 })], []);
  assert.deepEqual(fills, ['0: 500 at 101, 20, taker', '1: 500 at 100, 20, taker']);
  assert.deepEqual(stateOf(orders[0]), [filled, 500, 0, 101, 20, 20]);
});

test('a maker waits until its queue has traded, then fills whole at its limit (M47, M48, M52)', () => {
  const events: readonly Event[] = [
    [30, 'soldTrade', 100, 10],
    [31, 'boughtTrade', 100, 50],
    [32, 'soldTrade', 101, 50],
    [33, 'soldTrade', 100, 1],
  ];
  assert.deepEqual(play([order(100, 7)], events).fills, ['0: 7 at 100, 33, maker']);
});

test('partial: a maker fills by what a trade leaves after its queue (M47, M52)', () => {
  const events: readonly Event[] = [
    [30, 'soldTrade', 100, 13],
    [31, 'soldTrade', 100, 2],
    [32, 'soldTrade', 100, 9],
    [33, 'soldTrade', 100, 9],
  ];
  const { fills, orders } = play([order(100, 7)], events, { exchange: 'partial' });
  assert.deepEqual(fills, ['0: 3 at 100, 30, maker', '0: 2 at 100, 31, maker', '0: 2 at 100, 32, maker']);
  assert.deepEqual(stateOf(orders[0]), [filled, 2, 0, 100, 32, 20]);
});

test('partial: a part that exactly fills the order ends it (M52)', () => {
  const { orders } = play(
    [order(100, 3)],
    [
      [30, 'soldTrade', 100, 13],
      [31, 'soldTrade', 99, 5],
    ],
    { exchange: 'partial' },
  );
  assert.deepEqual(stateOf(orders[0]), [filled, 3, 0, 100, 30, 20]);
});

for (const exchange of ['no-partial', 'partial'] satisfies ExchangeModel[]) {
  test(`${exchange}: a trade or a touch beyond its price fills a maker whole at its limit (M52)`, () => {
    const makers = [order(100, 7), order(102, 7, { side: -1 })];
    const byTrade: readonly Event[] = [
      [30, 'soldTrade', 99, 1],
      [30, 'boughtTrade', 103, 1],
    ];
    assert.deepEqual(play(makers, byTrade, { exchange }).fills, [
      '0: 7 at 100, 30, maker',
      '1: 7 at 102, 30, maker',
    ]);
    const byTouch: readonly Event[] = [
      [30, 'ask', 100, 1],
      [31, 'bid', 102, 1],
    ];
    assert.deepEqual(play(makers, byTouch, { exchange }).fills, [
      '0: 7 at 100, 30, maker',
      '1: 7 at 102, 31, maker',
    ]);
  });

  test(`${exchange}: an order that must not take expires, one that must not wait too (M53, M54)`, () => {
    const orders = [
      order(101, 1, { timeInForce: 'GTX' }),
      order(100, 1, { timeInForce: 'GTX' }),
      order(100, 1, { timeInForce: 'IOC' }),
      order(100, 1, { timeInForce: 'FOK' }),
      order(101, 1, { timeInForce: 'IOC' }),
      order(101, 1, { timeInForce: 'FOK' }),
    ];
    const statuses = play(orders, [], { exchange }).orders.map(({ status }) => status);
    assert.deepEqual(statuses, [expired, open, expired, expired, filled, filled]);
  });
}

test('partial: a taker gets level by level what is there, and the rest waits first in its queue (M54)', () => {
  const { fills, orders } = play([order(102, 35)], [[30, 'soldTrade', 102, 4]], { exchange: 'partial' });
  assert.deepEqual(fills, ['0: 10 at 101, 20, taker', '0: 20 at 102, 20, taker', '0: 4 at 102, 30, maker']);
  assert.deepEqual(stateOf(orders[0]), [partlyFilled, 4, 1, 102, 30, 20]);
});

test('partial: IOC leaves nothing behind, FOK takes all or nothing (M54)', () => {
  const orders = [
    order(102, 35, { timeInForce: 'IOC' }),
    order(102, 31, { timeInForce: 'FOK' }),
    order(102, 30, { timeInForce: 'FOK' }),
    order(99, 25, { side: -1, timeInForce: 'FOK' }),
  ];
  const { fills, orders: played } = play(orders, [], { exchange: 'partial' });
  assert.deepEqual(stateOf(played[0]), [expired, 20, 5, 102, 20, 20]);
  assert.deepEqual(stateOf(played[1]), [expired, 0, 31, 0, 20, 20]);
  assert.deepEqual(stateOf(played[2]), [filled, 20, 0, 102, 20, 20]);
  assert.equal(fills.at(-1), '3: 15 at 99, 20, taker');
});

test('own orders neither see nor take from each other (M55)', () => {
  const { fills } = play(
    [order(101, 10), order(101, 10), order(100, 3), order(100, 3)],
    [[30, 'soldTrade', 100, 11]],
    {
      exchange: 'partial',
    },
  );
  assert.deepEqual(fills, [
    '0: 10 at 101, 20, taker',
    '1: 10 at 101, 20, taker',
    '2: 1 at 100, 30, maker',
    '3: 1 at 100, 30, maker',
  ]);
});

test('a cancel that arrives before the fill ends the order (M44)', () => {
  const { orders } = play([order(100, 7, { cancelLocalUs: 30 })], [[36, 'soldTrade', 99, 1]], { entryUs: 5 });
  assert.deepEqual(stateOf(orders[0]), [cancelled, 0, 7, 0, 35, 30]);
});

test('a cancel that loses the race changes the time of the request alone (M44)', () => {
  const { orders } = play([order(100, 7, { cancelLocalUs: 30 })], [[35, 'soldTrade', 99, 1]], { entryUs: 5 });
  assert.deepEqual(
    stateOf(orders[0]),
    [filled, 7, 0, 100, 35, 30],
    'events of the moment come before requests',
  );
});

test('a cancel is not sent once the trader knows of the fill (M44)', () => {
  const plan = [order(100, 7, { cancelLocalUs: 40 })];
  const events: readonly Event[] = [[30, 'soldTrade', 99, 1]];
  const localUs = (responseUs: number) => play(plan, events, { responseUs }).orders[0]?.localUs;
  assert.deepEqual([localUs(0), localUs(10), localUs(11)], [20, 20, 40]);
});

test('a cancel of the moment of its order follows it (M50)', () => {
  const { orders } = play([order(100, 7, { cancelLocalUs: 20 })], [[30, 'soldTrade', 99, 1]], { entryUs: 3 });
  assert.deepEqual(stateOf(orders[0]), [cancelled, 0, 7, 0, 23, 20]);
});

test('after a part was filled a cancel keeps what the last fill was (M44, M52)', () => {
  const { orders } = play([order(100, 7, { cancelLocalUs: 40 })], [[30, 'soldTrade', 100, 12]], {
    exchange: 'partial',
  });
  assert.deepEqual(stateOf(orders[0]), [cancelled, 2, 5, 100, 40, 40]);
});

test('the world ends with the last event that the trader saw (M44)', () => {
  const orders = [
    order(100, 7, { cancelLocalUs: 50 }),
    order(100, 7, { submitLocalUs: 50 }),
    order(100, 7, { submitLocalUs: 51 }),
    order(100, 7, { cancelLocalUs: 51 }),
  ];
  const { orders: played } = play(orders, [], { entryUs: 9, lastLocalUs: 50 });
  assert.deepEqual(played.map(stateOf), [
    [cancelled, 0, 7, 0, 59, 50],
    [open, 0, 7, 0, 59, 50],
    [none, 0, 7, 0, 0, 0],
    [open, 0, 7, 0, 29, 20],
  ]);
});

test('many orders at one price and side come and go one by one (M55)', () => {
  const orders = Array.from({ length: 50 }, (_, at) => order(95 + (at % 5), 1, { cancelLocalUs: 30 + at }));
  const { orders: played } = play(orders, [[45, 'soldTrade', 97, 1]]);
  for (const [at, { plan, status }] of played.entries()) {
    const isFilled = plan.priceTicks > 97 && at > 15;
    // Level 97 shows nobody else: what joins it is first, and one lot passes it.
    const isPassed = plan.priceTicks === 97 && at > 15;
    assert.equal(status, isFilled || isPassed ? filled : cancelled, `order ${at}`);
  }
});

test('goes on equally after its state was saved and loaded (M40)', () => {
  const orders = [
    order(100, 7, { cancelLocalUs: 90 }),
    order(102, 50),
    order(100, 3, { submitLocalUs: 35, cancelLocalUs: 60 }),
    order(101, 5, { side: -1 }),
  ];
  const events: readonly Event[] = [
    ...BOOK,
    [30, 'soldTrade', 100, 12],
    [32, 'bid', 100, 4],
    [40, 'soldTrade', 100, 6],
    [50, 'boughtTrade', 101, 12],
    [70, 'soldTrade', 100, 9],
    [80, 'soldTrade', 101, 9],
  ];
  const fresh = () =>
    new FillReplay({ queue: RISK_ADVERSE, exchange: 'partial', entryUs: 2, responseUs: 3, orders });
  const straight = fresh();
  straight.play(chunkOf(events));
  straight.finish(100);
  for (let cut = 0; cut <= events.length; cut++) {
    const first = fresh();
    first.play(chunkOf(events.slice(0, cut)));
    const second = fresh();
    second.loadState(structuredClone(first.saveState()));
    second.play(chunkOf(events.slice(cut)));
    second.finish(100);
    assert.deepEqual(second.orders.map(stateOf), straight.orders.map(stateOf), `cut at ${cut}`);
    assert.deepEqual(second.saveState(), straight.saveState());
  }
});

test('refuses events out of order and orders that are none', () => {
  assert.throws(
    () =>
      play(
        [order(100, 1)],
        [
          [30, 'bid', 99, 1],
          [29, 'bid', 99, 2],
        ],
      ),
    /in the order of the exchange/,
  );
  assert.throws(() => play([order(100, 0)], []), /at least 1 lot/);
  assert.throws(() => play([order(0, 1)], []), /at least 1 tick/);
  assert.throws(() => play([order(100, 1, { cancelLocalUs: 19 })], []), /not cancelled before/);
});
