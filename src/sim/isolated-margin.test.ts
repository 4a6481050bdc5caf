import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import type { OrderRequest, VenuePosition } from '#domain';
import type { SimulatedWorld } from './simulated-world.ts';
import {
  assertResumable,
  BAR_US,
  type Bar,
  type Command,
  candle,
  fills,
  funding,
  limit,
  mark,
  money,
  order,
  play,
  START_US,
  stop,
  TEST_RULE,
  testRules,
  testSpec,
  testWorld,
  told,
} from './test/market-builders.ts';

const S = US_PER_SECOND;
const FLAT: Bar = [1000, 1000, 1000, 1000, 60_000];
const RULES = testRules({ depthRule: { ...TEST_RULE, halfSpreadPpm: 0 }, liquidationFeePpm: 10_000 });
const TWO = [testSpec(), testSpec({ symbol: 'BBBUSDT' })];

function isolated(
  events: Parameters<typeof testWorld>[0],
  setup: Parameters<typeof testWorld>[1] = {},
): SimulatedWorld {
  const world = testWorld(events, { rules: RULES, ...setup });
  assert.equal(world.controls.setMarginMode(0, 'isolated'), null);
  return world;
}

const sell = (id: string, changes: Partial<OrderRequest> = {}): OrderRequest =>
  order(id, { side: 'sell', ...changes });

async function positionOf(world: SimulatedWorld): Promise<VenuePosition | undefined> {
  return (await world.account()).positions[0];
}

const add = (amount: number): { instrumentIx: number; positionSide: 'both'; amountAtoms: bigint } => ({
  instrumentIx: 0,
  positionSide: 'both',
  amountAtoms: money(amount),
});

test('M70 what a fill opens sets its initial margin apart, what it closes gives its share back', async () => {
  const world = isolated([candle(0, FLAT)], { cash: 1_000 });
  const at = async (afterUs: number, submit: OrderRequest): Promise<bigint | undefined> => {
    play(
      world,
      [
        { afterUs, submit },
        { afterUs: afterUs + 1, cancel: 'nobody' },
      ],
      false,
    );
    return (await positionOf(world))?.marginAtoms;
  };
  // 1 lot is 10.00, leverage 10.
  assert.equal(await at(1, order('a', { qtyLots: 100 })), money(100));
  assert.equal(await at(10, order('b', { qtyLots: 20 })), money(120));
  assert.equal(await at(20, sell('c', { qtyLots: 30 })), money(90));
  assert.equal(
    await at(30, sell('d', { qtyLots: 100 })),
    money(10),
    'turned: all given back, 10 lots set apart',
  );
  assert.equal(await at(40, order('e', { qtyLots: 10 })), undefined);
  const fees = money((100 + 20 + 30 + 100 + 10) * 10) / 2_000n;
  assert.equal((await world.account()).cashAtoms, money(1_000) - fees);
});

test('M68 the margin mode changes only without position and orders of the instrument, and spot has none', () => {
  const world = testWorld([candle(0, FLAT), candle(0, FLAT, 1)], { rules: RULES, specs: TWO });
  play(world, [{ afterUs: 1, submit: limit('l', 'buy', 900) }], false);
  play(world, [{ afterUs: 2, cancel: 'nobody' }], false);
  assert.match(world.controls.setMarginMode(0, 'isolated')?.message ?? '', /were 0 and 1/);
  assert.equal(world.controls.setMarginMode(1, 'isolated'), null);
  assert.deepEqual(
    [0, 1].map((ix) => world.controls.marginModeOf(ix)),
    ['cross', 'isolated'],
  );
  const spot = testWorld([candle(0, FLAT)], { specs: [testSpec({ kind: 'spot', leverageMax: 1 })] });
  assert.match(spot.controls.setMarginMode(0, 'isolated')?.message ?? '', /spot/);
});

test('M71 an isolated position is liquidated alone, at the price at which its own wallet is used up', async () => {
  // 100 lots on 100.00 of a wallet: 100 - x < 0.02 x (1000 - x) from x = 82 on. Cross equity would have borne it.
  const crash: Bar = [1000, 1000, 900, 990, 60_000];
  const events = [candle(0, FLAT), candle(0, FLAT, 1), candle(1, crash), candle(1, FLAT, 1)];
  const world = isolated(events, { cash: 10_000, specs: TWO });
  const script: Command[] = [
    { afterUs: 1, submit: order('a', { qtyLots: 100 }) },
    { afterUs: 2, submit: stop('sl', 'sell', 910, { qtyLots: 100, reduceOnly: true }) },
    { afterUs: 3, submit: order('b', { instrumentIx: 1, qtyLots: 50 }) },
    { afterUs: 4, submit: limit('c', 'buy', 800, { instrumentIx: 1, qtyLots: 50 }) },
  ];
  const events1 = play(world, script);
  assert.deepEqual(told(events1).slice(-2), [
    'order-canceled sl liquidation',
    'fill autoclose-S5 100@918 taker',
  ]);
  const close = events1.findLast((event) => event.kind === 'fill');
  assert.equal((close?.tsVenueUs ?? 0) - START_US, BAR_US + 20.5 * S);
  const { cashAtoms, positions } = await world.account();
  assert.deepEqual(
    positions.map(({ instrumentIx, qtyLots }) => [instrumentIx, qtyLots]),
    [[1, 50]],
  );
  // Fees 0.50 and 0.25; then 82 of loss and 918 x 1.05 % of fees.
  assert.equal(cashAtoms, money(10_000 - 0.75 - 82) - (money(918) * 105n) / 10_000n);
  assert.equal((await world.openOrders()).length, 1, 'what is not of the position stands');
});

test('M71 a gap beyond the wallet costs the wallet and not a cent of the account', async () => {
  const gap: Bar = [500, 520, 480, 500, 60_000];
  const world = isolated([candle(0, FLAT), candle(1, gap)], { cash: 10_000 });
  const seen = fills(play(world, [{ afterUs: 1, submit: order('a', { qtyLots: 100 }) }]));
  assert.equal(seen[1], `${BAR_US} autoclose-S2 sell 100@900 taker`);
  assert.equal((await world.account()).cashAtoms, money(10_000 - 0.5 - 100));
});

test('M71 the liquidation of the cross account leaves isolated positions and what closes them', async () => {
  const gap: Bar = [300, 300, 300, 300, 60_000];
  const events = [candle(0, FLAT), candle(0, FLAT, 1), candle(1, FLAT), candle(1, gap, 1)];
  const world = isolated(events, { cash: 200, specs: TWO });
  const script: Command[] = [
    { afterUs: 1, submit: order('iso', { qtyLots: 50 }) },
    { afterUs: 2, submit: stop('keep', 'sell', 700, { qtyLots: 50, reduceOnly: true }) },
    { afterUs: 3, submit: limit('open', 'buy', 600, { qtyLots: 1 }) },
    { afterUs: 4, submit: order('cross', { instrumentIx: 1, qtyLots: 100 }) },
  ];
  const seen = told(play(world, script));
  assert.deepEqual(seen.slice(-2), ['order-canceled open liquidation', 'fill autoclose-S5 100@851 taker']);
  const position = await positionOf(world);
  assert.deepEqual([position?.qtyLots, position?.marginAtoms], [50, money(50)]);
  const { cashAtoms } = await world.account();
  assert.equal(cashAtoms, money(50), 'the wallet is left and nothing else');
  assert.deepEqual(
    (await world.openOrders()).map(({ clientOrderId }) => clientOrderId),
    ['keep'],
  );
});

test('M69 margin moves to an isolated position and back, within what is free and what it needs', async () => {
  const world = isolated([candle(0, FLAT), candle(1, [1000, 1000, 960, 960, 60_000])], { cash: 1_000 });
  const { controls } = world;
  const nowUs = START_US + 10;
  assert.equal(controls.adjustMargin(add(1), nowUs)?.code, 'position_side', 'nothing is open');
  play(world, [{ afterUs: 1, submit: order('a', { qtyLots: 100 }) }], false);
  play(world, [{ afterUs: 2, submit: limit('l', 'buy', 900, { qtyLots: 300 }) }], false);
  play(world, [{ afterUs: 3, cancel: 'nobody' }], false);
  // 1000 - 0.50 of fee - 100 in the wallet - 300 that the order needs.
  assert.equal(controls.adjustMargin(add(599.51), nowUs)?.code, 'insufficient_margin');
  assert.equal(controls.adjustMargin(add(599.5), nowUs), null);
  assert.equal((await positionOf(world))?.marginAtoms, money(699.5));
  assert.equal(controls.adjustMargin(add(-599.51), nowUs)?.code, 'insufficient_margin');
  assert.equal(controls.adjustMargin(add(-599.5), nowUs), null);
  assert.equal(controls.adjustMargin(add(-0.01), nowUs)?.code, 'insufficient_margin');
  assert.equal((await world.account()).cashAtoms, money(999.5), 'moving margin is neither gain nor cost');
});

test('M69 margin added in time keeps a position that would be liquidated, margin taken out brings its end nearer', async () => {
  const crash: Bar = [1000, 1000, 900, 990, 60_000];
  const ends = (amount: number): string[] => {
    const world = isolated([candle(0, FLAT), candle(1, crash)], { cash: 1_000 });
    play(world, [{ afterUs: 1, submit: order('a', { qtyLots: 100 }) }], false);
    play(world, [{ afterUs: BAR_US + S, cancel: 'nobody' }], false);
    if (amount !== 0) assert.equal(world.controls.adjustMargin(add(amount), START_US + BAR_US + S), null);
    return fills(play(world, [])).filter((line) => line.includes('autoclose'));
  };
  assert.equal(ends(0).length, 1);
  assert.deepEqual(ends(50), []);
  const [, at] = /100@(\d+)/.exec(ends(10)[0] ?? '') ?? [];
  assert.equal(at, '908', 'each 10.00 of margin bears ten ticks more');
});

test('M70 funding of an isolated position goes through its wallet, and a loss beyond its share is borne by the rest of it', async () => {
  const fall: Bar = [920, 920, 920, 920, 60_000];
  const world = isolated([candle(0, FLAT), funding(40 * S, 1_000_000_000), candle(1, fall)], { cash: 1_000 });
  play(world, [{ afterUs: 1, submit: order('a', { qtyLots: 100 }) }], false);
  play(world, [{ afterUs: 50 * S, cancel: 'nobody' }], false);
  assert.equal((await positionOf(world))?.marginAtoms, money(99));
  play(world, [{ afterUs: 60 * S, amend: { clientOrderId: 'nobody' } }], false);
  assert.equal(world.controls.adjustMargin(add(20), START_US + 60 * S), null);
  play(world, [{ afterUs: BAR_US + S, submit: sell('b', { qtyLots: 50 }) }]);
  // Half of 119 is 59.50, the closed half lost 40: 19.50 come back, 59.50 stay.
  assert.equal((await positionOf(world))?.marginAtoms, money(59.5));
});

test('M70 a loss beyond the share of what is closed is borne by the rest of the wallet, then by the account', async () => {
  // The mark stands still while the last price has fallen: nothing is liquidated yet.
  const fall: Bar = [850, 850, 850, 850, 60_000];
  const left = async (qtyLots: number): Promise<bigint | undefined> => {
    const events = [candle(0, FLAT), mark(BAR_US, 1000), candle(1, fall)];
    const world = isolated(events, { cash: 1_000 });
    play(world, [{ afterUs: 1, submit: order('a', { qtyLots: 100 }) }], false);
    play(world, [{ afterUs: BAR_US + S, submit: sell('b', { qtyLots }) }], false);
    play(world, [{ afterUs: BAR_US + 2 * S, cancel: 'nobody' }], false);
    return (await positionOf(world))?.marginAtoms;
  };
  // 20 lots lose 30 and have 20: 10 come out of the 80 that stay. 80 lots lose 120 and have 80: 20 stay, and all of it goes.
  assert.equal(await left(20), money(70));
  assert.equal(await left(80), undefined, 'without margin it is liquidated at once');
});

test('M71 after one liquidation the next one on the same path is foreseen', () => {
  const crash: Bar = [1000, 1000, 800, 990, 60_000];
  const events = [candle(0, FLAT), candle(0, FLAT, 1), candle(1, crash), candle(1, crash, 1)];
  const world = isolated(events, { cash: 10_000, specs: TWO });
  assert.equal(world.controls.setMarginMode(1, 'isolated'), null);
  world.controls.setLeverage(1, 8);
  const script: Command[] = [
    { afterUs: 1, submit: order('a', { qtyLots: 100 }) },
    { afterUs: 2, submit: order('b', { instrumentIx: 1, qtyLots: 100 }) },
  ];
  // Wallets of 100 and 125; the price falls 200 ticks in 25 s, to 918 and to 892.
  assert.deepEqual(fills(play(world, script)).slice(2), [
    `${BAR_US + (25 * S * 82) / 200} autoclose-S3 sell 100@918 taker`,
    `${BAR_US + (25 * S * 108) / 200} autoclose-S4 sell 100@892 taker`,
  ]);
});

test('M70 a wallet takes at most what is free', async () => {
  // The market order walks away from the mark: its margin at the fill is more than what was left.
  const thin: Bar = [1000, 1000, 1000, 1000, 6_000];
  const rules = testRules({ depthRule: { ...TEST_RULE, halfSpreadPpm: 50_000, levelVolumePpm: 1_000_000 } });
  const world = isolated([candle(0, thin)], { cash: 100.6, rules });
  play(world, [{ afterUs: 1, submit: order('a', { qtyLots: 100 }) }]);
  const { cashAtoms, positions } = await world.account();
  assert.equal(positions[0]?.marginAtoms, cashAtoms, 'all that is left is set apart, and no more');
});

test('M67 a position beyond its tier needs less leverage, and its margin grows with the tier', async () => {
  const marginTiers = [
    { notionalMax: '500', maintenanceMarginPpm: 20_000, leverageMax: 10 },
    { notionalMax: '2000', maintenanceMarginPpm: 50_000, leverageMax: 5 },
    { notionalMax: null, maintenanceMarginPpm: 100_000, leverageMax: 2 },
  ];
  const crash: Bar = [1000, 1000, 600, 900, 60_000];
  const events = [candle(0, FLAT), candle(1, crash)];
  const world = testWorld(events, { rules: RULES, specs: [testSpec({ marginTiers })], cash: 300 });
  play(world, [{ afterUs: 1, submit: order('a', { qtyLots: 51 }) }], false);
  play(world, [{ afterUs: 2, submit: order('b', { qtyLots: 50 }) }], false);
  play(world, [{ afterUs: 3, cancel: 'nobody' }], false);
  world.controls.setLeverage(0, 5);
  play(world, [{ afterUs: 4, submit: order('c', { qtyLots: 70 }) }], false);
  play(world, [{ afterUs: 5, submit: order('d', { qtyLots: 81 }) }], false);
  assert.deepEqual(
    told(play(world, [])).filter((line) => /order-rejected|autoclose/.test(line)),
    // 120 lots on 299.40: 299.4 - 1.2 x < 0.05 x (1200 - 1.2 x) - 15 from x = 224 on.
    ['order-rejected d leverage', 'fill autoclose-S5 120@776 taker'],
  );
});

test('M40 an isolated account goes on from its saved state as though nothing had happened', () => {
  const events = [
    candle(0, [1000, 1040, 960, 1000, 6_000] as const),
    funding(BAR_US + 10 * S, 50_000_000),
    candle(1, [1000, 1060, 900, 1010, 6_000] as const),
    candle(2, [1010, 1030, 850, 950, 6_000] as const),
  ].sort(
    (a, b) => ('openTsUs' in a ? a.openTsUs : a.tsVenueUs) - ('openTsUs' in b ? b.openTsUs : b.tsVenueUs),
  );
  const script: Command[] = [
    { afterUs: 1, submit: order('a', { qtyLots: 130 }) },
    { afterUs: 2, submit: limit('b', 'buy', 980, { qtyLots: 40 }) },
    { afterUs: BAR_US / 2, submit: sell('c', { qtyLots: 55 }) },
    { afterUs: BAR_US + S, submit: stop('s', 'sell', 930, { qtyLots: 0, closePosition: true }) },
    { afterUs: 2 * BAR_US + 30 * S, submit: order('e', { qtyLots: 90 }) },
    { afterUs: 3 * BAR_US - S, cancel: 'b' },
  ];
  assertResumable(() => isolated(events, { cash: 200 }), script);
});
