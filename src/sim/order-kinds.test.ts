import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import type { OrderRequest, SelfTradeMode } from '#domain';
import {
  BAR_US,
  type Bar,
  book,
  bookOrder,
  type Command,
  candle,
  fills,
  limit,
  mark,
  order,
  play,
  print,
  stop,
  TEST_RULE,
  target,
  testRules,
  testWorld,
  told,
  trailing,
} from './test/market-builders.ts';

const S = US_PER_SECOND;
const FLAT: Bar = [1000, 1000, 1000, 1000, 60_000];
const NO_SPREAD = testRules({ depthRule: { ...TEST_RULE, halfSpreadPpm: 0 } });

/** What the trader is told by a venue that plays these events. */
function tell(
  events: Parameters<typeof testWorld>[0],
  script: readonly Command[],
  rules = NO_SPREAD,
): string[] {
  return told(play(testWorld(events, { rules }), script));
}

const after = (lines: readonly string[], word: string): string[] =>
  lines.filter((line) => !line.includes(word));

// --- M60 ---

const ENTRY: Command[] = [
  { afterUs: 1, submit: stop('entry', 'buy', 1010) },
  { afterUs: 2, submit: stop('sl', 'sell', 995, { reduceOnly: true }) },
  { afterUs: 3, submit: target('tp', 'sell', 1018, { reduceOnly: true }) },
];

test('M60 an entry by stop whose stop lies in the same bar is stopped before its target is reached', () => {
  // A rising bar: without the rule its low would come before the entry, and the target would be reached at leisure.
  const bar: Bar = [1000, 1020, 990, 1015, 60_000];
  assert.deepEqual(after(tell([candle(0, FLAT), candle(1, bar)], ENTRY), 'accepted'), [
    'order-triggered entry',
    'fill entry 10@1010 taker',
    'order-triggered sl',
    'fill sl 10@995 taker',
    'order-triggered tp',
    'order-expired tp reduce_only',
  ]);
});

test('M60 a short entry by stop in a falling bar is stopped at its high', () => {
  const bar: Bar = [1000, 1010, 980, 985, 60_000];
  const script: Command[] = [
    { afterUs: 1, submit: stop('entry', 'sell', 990) },
    { afterUs: 2, submit: stop('sl', 'buy', 1005, { reduceOnly: true }) },
    { afterUs: 3, submit: target('tp', 'buy', 982, { reduceOnly: true }) },
  ];
  assert.deepEqual(fills(play(testWorld([candle(0, FLAT), candle(1, bar)], { rules: NO_SPREAD }), script)), [
    `${BAR_US + 12.5 * S} entry sell 10@990 taker`,
    // From 990 at 12.5 s to the high of 1010 at 25 s.
    `${BAR_US + 12.5 * S + (12.5 * S * 15) / 20} sl buy 10@1005 taker`,
  ]);
});

test('M60 an entry beyond the bar, a protective stop and a target leave the path as it was', () => {
  const bar: Bar = [1000, 1020, 990, 1015, 60_000];
  const firstExtreme = (script: readonly Command[]): number => {
    const world = testWorld([candle(0, FLAT), candle(1, bar)], { rules: NO_SPREAD });
    play(world, [...script, { afterUs: BAR_US + 25 * S - 1, cancel: 'nobody' }], false);
    const probe = [{ afterUs: BAR_US + 25 * S, submit: order('probe', { qtyLots: 1 }) }];
    const [line] = fills(play(world, probe)).filter((one) => one.includes('probe'));
    return Number(/@(\d+)/.exec(line ?? '')?.[1]);
  };
  assert.equal(firstExtreme([]), 990);
  assert.equal(firstExtreme([{ afterUs: 1, submit: stop('a', 'buy', 1021) }]), 990, 'beyond the bar');
  assert.equal(firstExtreme([{ afterUs: 1, submit: stop('a', 'buy', 1010, { reduceOnly: true }) }]), 990);
  assert.equal(firstExtreme([{ afterUs: 1, submit: target('a', 'sell', 1030) }]), 990);
});

// --- M61 ---

test('M61 a stop by mark ignores the last price and trades around it when the mark comes', () => {
  const bar: Bar = [1000, 1000, 950, 980, 60_000];
  const events = [candle(0, FLAT), mark(10 * S, 1000), candle(1, bar), mark(BAR_US + 80 * S, 994)];
  const script: Command[] = [
    { afterUs: 20 * S, submit: order('a') },
    { afterUs: 30 * S, submit: stop('sl', 'sell', 995, { reduceOnly: true, triggerBy: 'mark' }) },
  ];
  const world = testWorld(events, { rules: NO_SPREAD });
  // Low of 950 at 25 s, back to 1000 at 75 s, 980 at 100 s: 996 at 80 s.
  assert.deepEqual(fills(play(world, script)), [
    `${20 * S} a buy 10@1000 taker`,
    `${BAR_US + 80 * S} sl sell 10@996 taker`,
  ]);
});

test('M61 a trigger by mark must not be touched by the mark on arrival, and is the last price where no mark is recorded', () => {
  const request = stop('x', 'sell', 990, { triggerBy: 'mark' });
  const fall: Bar = [1000, 1000, 980, 985, 60_000];
  assert.deepEqual(tell([candle(0, FLAT), mark(10 * S, 985)], [{ afterUs: 20 * S, submit: request }]), [
    'order-rejected x would_trigger_immediately',
  ]);
  assert.deepEqual(tell([candle(0, FLAT), candle(1, fall)], [{ afterUs: 20 * S, submit: request }]), [
    'order-accepted x',
    'order-triggered x',
    'fill x 10@990 taker',
  ]);
});

test('M61 a mark that comes while there is no market leaves the order for the next bar', () => {
  const events = [
    candle(0, FLAT),
    mark(10 * S, 1000),
    mark(BAR_US + 10 * S, 980),
    candle(2, [970, 970, 970, 970, 60_000]),
  ];
  const script: Command[] = [
    { afterUs: 20 * S, submit: stop('m', 'sell', 990, { triggerBy: 'mark' }) },
    {
      afterUs: 21 * S,
      submit: limit('i', 'sell', 900, {
        type: 'stop_limit',
        triggerTicks: 990,
        triggerBy: 'mark',
        timeInForce: 'IOC',
      }),
    },
  ];
  assert.deepEqual(after(tell(events, script), 'accepted'), [
    'order-triggered m',
    'order-triggered i',
    'order-expired i no_liquidity',
    'fill m 10@970 taker',
  ]);
});

// --- M62 ---

test('M62 a trailing stop follows the best price of the path and sells where it has come back by its callback', () => {
  const rise: Bar = [1000, 1100, 1000, 1080, 60_000];
  const fall: Bar = [1080, 1080, 1000, 1000, 60_000];
  const script: Command[] = [
    { afterUs: 1, submit: order('a') },
    { afterUs: 2, submit: trailing('t', 'sell', 300, { reduceOnly: true }) },
  ];
  // 1100 x 0.97 = 1067: the bar of the rise ends above it.
  const seen = fills(
    play(testWorld([candle(0, FLAT), candle(1, rise), candle(2, fall)], { rules: NO_SPREAD }), script),
  );
  assert.equal(seen[1]?.endsWith('t sell 10@1067 taker'), true, seen[1]);
});

test('M62 the distance is not rounded: a sell triggers at or below best x (1 - callback), a buy at or above best x (1 + callback)', () => {
  const at = (side: 'buy' | 'sell', price: number): boolean =>
    tell(
      [print(1, 1003, 1000, 'buy'), print(10, price, 1000, 'sell')],
      [{ afterUs: 5, submit: trailing('t', side, 33) }],
    ).includes('order-triggered t');
  // 1003 x 0.9967 = 999.6901; 1003 x 1.0033 = 1006.3099.
  assert.deepEqual(
    [1000, 999].map((price) => at('sell', price)),
    [false, true],
  );
  assert.deepEqual(
    [1006, 1007].map((price) => at('buy', price)),
    [false, true],
  );
});

test('M62 with an activation price a trailing stop follows from there on, and a venue is asked what it stands at', async () => {
  const prints = [1000, 1008, 1000, 1012, 1003, 1002].map((price, at) =>
    print(at * 10 + 1, price, 1000, 'buy'),
  );
  const world = testWorld(prints, { rules: NO_SPREAD });
  const submit = trailing('t', 'sell', 90, { triggerTicks: 1010 });
  play(
    world,
    [
      { afterUs: 5, submit },
      { afterUs: 25, cancel: 'nobody' },
    ],
    false,
  );
  assert.equal((await world.order('t', 0))?.triggerTicks, null);
  play(world, [{ afterUs: 35, cancel: 'nobody' }], false);
  // 1012 x 0.991 = 1002.892.
  assert.equal((await world.order('t', 0))?.triggerTicks, 1002);
  assert.deepEqual(fills(play(world, [])), ['51 t sell 10@1002 taker']);
});

test('M62 an activation price that is reached on arrival, and a callback out of range, are refused', () => {
  const refusal = (submit: OrderRequest): string | undefined =>
    tell([candle(0, FLAT)], [{ afterUs: 1, submit }])[0];
  assert.equal(
    refusal(trailing('x', 'sell', 100, { triggerTicks: 1000 })),
    'order-rejected x would_trigger_immediately',
  );
  assert.equal(
    refusal(trailing('x', 'buy', 100, { triggerTicks: 1001 })),
    'order-rejected x would_trigger_immediately',
  );
  assert.equal(refusal(trailing('x', 'buy', 100, { triggerTicks: 999 })), 'order-accepted x');
  for (const bps of [0, 5001, 0.5])
    assert.equal(refusal(trailing('x', 'buy', bps)), 'order-rejected x other');
  assert.equal(refusal(order('x', { type: 'trailing_stop' })), 'order-rejected x other');
  assert.equal(refusal(stop('x', 'buy', 1010, { callbackBps: 10 })), 'order-rejected x other');
});

// --- M63 ---

const stopLimit = (priceTicks: number, changes: Partial<OrderRequest> = {}): OrderRequest =>
  limit('x', 'buy', priceTicks, { type: 'stop_limit', triggerTicks: 1010, ...changes });

test('M63 a limit behind a trigger takes within its limit, and rests where the market has gone beyond it', () => {
  const rise: Bar = [1000, 1030, 1000, 1030, 60_000];
  const gap: Bar = [1040, 1040, 1020, 1040, 60_000];
  const script = [{ afterUs: 1, submit: stopLimit(1025, { qtyLots: 2 }) }];
  assert.deepEqual(tell([candle(0, FLAT), candle(1, rise)], script).slice(1), [
    'order-triggered x',
    'fill x 2@1010 taker',
  ]);
  // It rests at 1025 and fills when the price trades strictly beyond.
  assert.deepEqual(tell([candle(0, FLAT), candle(1, gap)], script).slice(1), [
    'order-triggered x',
    'fill x 2@1025 maker',
  ]);
});

test('M63 post-only and fill-or-kill behind a trigger expire where they cannot be had', () => {
  const rise: Bar = [1000, 1030, 1000, 1030, 60];
  const ends = (changes: Partial<OrderRequest>): string | undefined =>
    tell([candle(0, FLAT), candle(1, rise)], [{ afterUs: 1, submit: stopLimit(1010, changes) }]).at(-1);
  assert.equal(ends({ timeInForce: 'GTX' }), 'order-expired x post_only_would_take');
  assert.equal(ends({ timeInForce: 'FOK', qtyLots: 50 }), 'order-expired x fok_unfilled');
  assert.equal(ends({ timeInForce: 'FOK', qtyLots: 1 }), 'fill x 1@1010 taker');
  assert.equal(ends({ timeInForce: 'IOC', qtyLots: 50 }), 'order-expired x not_filled_at_once');
});

test('M63 a close-position order closes what there is when it triggers, and expires when there is nothing', () => {
  const fall: Bar = [1000, 1000, 980, 990, 60_000];
  const script: Command[] = [
    { afterUs: 1, submit: stop('sl', 'sell', 985, { qtyLots: 0, closePosition: true }) },
    { afterUs: 2, submit: order('a', { qtyLots: 7 }) },
    { afterUs: 3, submit: order('b', { qtyLots: 30 }) },
    { afterUs: 4, submit: stop('late', 'sell', 984, { qtyLots: 0, closePosition: true }) },
  ];
  assert.deepEqual(tell([candle(0, FLAT), candle(1, fall)], script).slice(-4), [
    'order-triggered sl',
    'fill sl 37@985 taker',
    'order-triggered late',
    'order-expired late reduce_only',
  ]);
  for (const changes of [{ qtyLots: 5 }, { reduceOnly: true, qtyLots: 0 }]) {
    const submit = stop('x', 'sell', 985, { closePosition: true, ...changes });
    assert.deepEqual(tell([candle(0, FLAT)], [{ afterUs: 1, submit }]), ['order-rejected x other']);
  }
});

// --- M64 ---

const BOOK = book(0, true, [999, 50, 998, 50], [1001, 50, 1002, 50]);

test('M64 a smaller quantity keeps the place in the queue, another price or a larger quantity loses it', () => {
  const script = (amend: { readonly priceTicks?: number; readonly qtyLots?: number }): Command[] => [
    { afterUs: 1, submit: limit('first', 'buy', 999, { qtyLots: 10 }) },
    { afterUs: 2, submit: limit('second', 'buy', 999, { qtyLots: 10 }) },
    { afterUs: 3, amend: { clientOrderId: 'first', ...amend } },
  ];
  const events = [BOOK, print(10, 999, 58, 'sell'), print(20, 999, 100, 'sell')];
  const filled = (amend: { readonly priceTicks?: number; readonly qtyLots?: number }): string[] =>
    fills(play(testWorld(events), script(amend))).map((line) => line.split(' ').slice(1, 4).join(' '));
  assert.deepEqual(filled({ qtyLots: 5 }), ['first buy 5@999', 'second buy 3@999', 'second buy 7@999']);
  assert.deepEqual(filled({ qtyLots: 15 }), ['second buy 8@999', 'second buy 2@999', 'first buy 15@999']);
});

test('M64 M96 in a book that is recorded order by order an amended order stands behind what came before it', () => {
  const events = [
    bookOrder(0, 'b1', 'buy', 999, 30),
    bookOrder(0, 's1', 'sell', 1001, 30),
    bookOrder(5, 'b2', 'buy', 999, 20),
    print(20, 999, 45, 'sell'),
  ];
  const filled = (amend: { readonly priceTicks?: number; readonly qtyLots?: number }): string[] =>
    fills(
      play(testWorld(events), [
        { afterUs: 1, submit: limit('a', 'buy', 999, { qtyLots: 10 }) },
        { afterUs: 10, amend: { clientOrderId: 'a', ...amend } },
      ]),
    );
  assert.deepEqual(filled({ qtyLots: 8 }), ['20 a buy 8@999 maker'], 'behind b1 alone');
  assert.deepEqual(filled({ qtyLots: 12 }), [], 'behind b2 as well');
  assert.deepEqual(filled({ priceTicks: 1001 }), ['10 a buy 10@1001 taker']);
});

test('M64 an order amended into the market trades at once', () => {
  const script: Command[] = [
    { afterUs: 1, submit: limit('a', 'buy', 990, { qtyLots: 60 }) },
    { afterUs: 2, amend: { clientOrderId: 'a', priceTicks: 1002 } },
  ];
  assert.deepEqual(tell([BOOK], script), [
    'order-accepted a',
    'order-amended a 60@1002',
    'fill a 50@1001 taker',
    'fill a 10@1002 taker',
  ]);
});

test('M64 what an amend is refused for leaves the order as it was, and what ends it says so', () => {
  const base: Command[] = [
    { afterUs: 1, submit: limit('a', 'buy', 999, { timeInForce: 'GTX', qtyLots: 10 }) },
    { afterUs: 2, submit: limit('own', 'sell', 1000, { qtyLots: 10 }) },
    { afterUs: 3, submit: stop('s', 'sell', 990) },
    { afterUs: 4, submit: order('done', { qtyLots: 1 }) },
  ];
  const amended = (amend: {
    readonly clientOrderId: string;
    readonly priceTicks?: number;
    readonly qtyLots?: number;
  }): string | undefined => tell([BOOK, print(3, 999, 54, 'sell')], [...base, { afterUs: 10, amend }]).at(-1);
  assert.equal(amended({ clientOrderId: 'nobody' }), 'amend-rejected nobody unknown_order');
  assert.equal(amended({ clientOrderId: 'done', qtyLots: 2 }), 'amend-rejected done unknown_order');
  assert.equal(amended({ clientOrderId: 's', qtyLots: 2 }), 'amend-rejected s other');
  assert.equal(amended({ clientOrderId: 'a', qtyLots: 10 }), 'amend-rejected a other');
  assert.equal(amended({ clientOrderId: 'a', priceTicks: 998.5 }), 'amend-rejected a price_filter');
  assert.equal(amended({ clientOrderId: 'a', qtyLots: 2_000_000 }), 'amend-rejected a quantity_filter');
  assert.equal(amended({ clientOrderId: 'a', priceTicks: 1000 }), 'amend-rejected a self_trade');
  assert.equal(amended({ clientOrderId: 'a', qtyLots: 1_000_000 }), 'amend-rejected a insufficient_margin');
  // 54 traded: 50 ahead, 4 filled.
  assert.equal(amended({ clientOrderId: 'a', qtyLots: 4 }), 'order-canceled a amended_below_filled');
  assert.equal(amended({ clientOrderId: 'a', qtyLots: 5 }), 'order-amended a 5@999');
  assert.equal(amended({ clientOrderId: 'own', priceTicks: 1001 }), 'order-amended own 10@1001');
  const crossing = [...base.slice(0, 1), { afterUs: 10, amend: { clientOrderId: 'a', priceTicks: 1001 } }];
  assert.equal(tell([BOOK], crossing).at(-1), 'order-canceled a post_only_would_take');
});

// --- M65 ---

const selfTrades = (selfTrade: SelfTradeMode, changes: Partial<OrderRequest> = {}): string[] => {
  const script: Command[] = [
    { afterUs: 1, submit: limit('rest', 'sell', 1002, { qtyLots: 20 }) },
    { afterUs: 2, submit: limit('taker', 'buy', 1003, { qtyLots: 120, selfTrade, ...changes }) },
  ];
  return tell([book(0, true, [999, 50], [1001, 50, 1002, 30, 1003, 40])], script).slice(1);
};

test('M65 each mode says what becomes of two own orders that meet', () => {
  const market = ['order-accepted taker', 'fill taker 50@1001 taker', 'fill taker 30@1002 taker'];
  assert.deepEqual(selfTrades('refuse'), ['order-rejected taker self_trade']);
  assert.deepEqual(selfTrades('expire_taker'), [...market, 'order-expired taker self_trade']);
  assert.deepEqual(selfTrades('expire_maker'), [
    ...market,
    'order-expired rest self_trade',
    'fill taker 40@1003 taker',
  ]);
  assert.deepEqual(selfTrades('expire_both'), [
    ...market,
    'order-expired rest self_trade',
    'order-expired taker self_trade',
  ]);
  assert.deepEqual(selfTrades('none'), [
    ...market,
    'fill rest 20@1002 maker',
    'fill taker 20@1002 taker',
    'fill taker 20@1003 taker',
  ]);
});

test('M65 post-only and fill-or-kill refuse in every mode, a market order meets own ones in the modes that it names', () => {
  for (const timeInForce of ['FOK', 'GTX'] as const) {
    assert.deepEqual(selfTrades('expire_maker', { timeInForce }), ['order-rejected taker self_trade']);
  }
  const atMarket = { type: 'market', priceTicks: null } as const;
  assert.deepEqual(selfTrades('refuse', atMarket).slice(-2), [
    'fill taker 30@1002 taker',
    'fill taker 40@1003 taker',
  ]);
  assert.deepEqual(selfTrades('expire_taker', atMarket).at(-1), 'order-expired taker self_trade');
});

test('M65 M20 a stop-limit that would meet an own order when it triggers expires, on candles too', () => {
  const rise: Bar = [1000, 1030, 1000, 1030, 60_000];
  const script: Command[] = [
    { afterUs: 1, submit: limit('rest', 'sell', 1012) },
    { afterUs: 2, submit: stopLimit(1015) },
  ];
  assert.deepEqual(tell([candle(0, FLAT), candle(1, rise)], script).slice(2, 4), [
    'order-triggered x',
    'order-expired x self_trade',
  ]);
});

test('M65 on candles an own order inside the spread is met before the ladder', () => {
  const script: Command[] = [
    { afterUs: 1, submit: limit('rest', 'sell', 1001, { qtyLots: 5 }) },
    { afterUs: 1, submit: limit('next', 'sell', 1003, { qtyLots: 2 }) },
    { afterUs: 1, submit: limit('late', 'sell', 1003, { qtyLots: 2 }) },
    { afterUs: 2, submit: order('taker', { qtyLots: 11, selfTrade: 'none' }) },
  ];
  const rules = testRules({ depthRule: { ...TEST_RULE, halfSpreadPpm: 5_000 } });
  assert.deepEqual(tell([candle(0, FLAT)], script, rules).slice(4), [
    'fill rest 5@1001 maker',
    'fill taker 5@1001 taker',
    'fill next 2@1003 maker',
    'fill taker 2@1003 taker',
    'fill late 2@1003 maker',
    'fill taker 2@1003 taker',
    'fill taker 2@1005 taker',
  ]);
});
