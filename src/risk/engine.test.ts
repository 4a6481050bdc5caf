import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError, US_PER_DAY, US_PER_HOUR, US_PER_SECOND } from '#core';
import {
  assertRiskApproved,
  claimRiskMint,
  type FillEvent,
  type InstrumentSpec,
  InstrumentTable,
} from '#domain';
import { Portfolio, type PortfolioView } from '#portfolio';
import { REFUSAL_CODE_LIST, type RefusalCode } from './codes.ts';
import { RiskEngine } from './engine.ts';
import type { OrderIntent, RiskContext, RiskVerdict, SignalSize } from './intent.ts';
import { defaultRiskOptions, type RiskOptions } from './options.ts';

const UNIT = 100_000_000n;
const SEED = Number(process.env.SEED ?? 20240501);

const SPEC: InstrumentSpec = {
  venue: 'sim',
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  kind: 'perpetual',
  priceDecimals: 1,
  qtyDecimals: 3,
  tickSize: '0.5',
  lotSize: '0.002',
  qtyMin: '0.004',
  qtyMax: '50',
  notionalMin: '5',
  leverageMax: 125,
  maintenanceMarginPpm: 4_000,
  rulesFrom: 'synthetic',
};
const instruments = new InstrumentTable([SPEC, { ...SPEC, symbol: 'ETHUSDT' }]);
const btc = instruments.at(0);
/** 100 USDT; one lot (0.001) is worth 0.1 USDT = 10^7 atoms. */
const PRICE = 1_000;
const NOW = 10 * US_PER_DAY + 5 * US_PER_HOUR;

let orderCount = 0;

function account(leverage = 1): Portfolio {
  return new Portfolio({ instruments, startCashAtoms: 10_000n * UNIT, startUs: NOW - US_PER_HOUR, leverage });
}

/** Books a fill without a fee. */
function fill(target: Portfolio, instrumentIx: number, lots: number, priceTicks = PRICE): void {
  const event: FillEvent = {
    kind: 'fill',
    tsVenueUs: NOW,
    tsLocalUs: NOW,
    instrumentIx,
    clientOrderId: 'f',
    venueOrderId: 'v',
    execId: 'e',
    side: lots > 0 ? 'buy' : 'sell',
    priceTicks,
    qtyLots: Math.abs(lots),
    leavesLots: 0,
    feeAtoms: 0n,
    liquidity: 'taker',
    isLiquidation: false,
  };
  target.applyFill(event);
}

function options(changes: Partial<RiskOptions> = {}): RiskOptions {
  return { ...defaultRiskOptions(8), ...changes };
}

function intent(changes: Partial<OrderIntent> = {}): OrderIntent {
  orderCount++;
  return {
    clientOrderId: `order-${orderCount}`,
    instrumentIx: 0,
    side: 'buy',
    label: 'ENTRY',
    type: 'market',
    timeInForce: 'IOC',
    reduceOnly: false,
    priceTicks: null,
    triggerTicks: null,
    size: { kind: 'lots', qtyLots: 1_000 },
    protection: null,
    strategy: 'test',
    ...changes,
  };
}

function exit(changes: Partial<OrderIntent> = {}): OrderIntent {
  return intent({ side: 'sell', label: 'EXIT', reduceOnly: true, size: { kind: 'close' }, ...changes });
}

function signal(changes: Partial<SignalSize> = {}): SignalSize {
  return {
    kind: 'signal',
    strength: 1,
    probability: 0.6,
    expectedReturn: 0.01,
    rewardRisk: 1,
    stopFraction: 0.02,
    ...changes,
  };
}

function context(changes: Partial<RiskContext> = {}): RiskContext {
  return {
    nowUs: NOW,
    instrument: btc,
    portfolio: account(),
    pendingSideLots: 0,
    reducingSideLots: 0,
    pendingOthersAtoms: 0n,
    lastPriceTicks: PRICE,
    lastPriceTsUs: NOW,
    volatility: 0.001,
    isReduceOnlyMode: false,
    openOrderCount: 0,
    ...changes,
  };
}

/** The code of a refusal, or the approved quantity. */
function resultOf(verdict: RiskVerdict): RefusalCode | number {
  return verdict.kind === 'approved' ? verdict.qtyLots : verdict.code;
}

/** An account whose equity lost (negative) or won `amount` units since the day began, and nothing is open. */
function accountAfter(amount: bigint): Portfolio {
  const target = account();
  target.applyFunding({
    kind: 'funding-payment',
    tsVenueUs: NOW,
    tsLocalUs: NOW,
    instrumentIx: 0,
    amountAtoms: amount,
    rateE12: 0,
    positionLots: 0,
    markTicks: 1,
  });
  return target;
}

/** An account with open positions: lots of BTC and of ETH bought at 100. */
function accountWith(btcLots: number, ethLots = 0, leverage = 1): Portfolio {
  const target = account(leverage);
  if (btcLots !== 0) fill(target, 0, btcLots);
  if (ethLots !== 0) fill(target, 1, ethLots);
  return target;
}

/** A flat account that saw BTC at a price. */
function markedAccount(priceTicks: number): Portfolio {
  const target = account();
  target.mark(0, priceTicks, NOW);
  return target;
}

interface Case {
  readonly name: string;
  /** Just below, at and just above the limit: the order, its world, and what must come out. */
  readonly rows: readonly (readonly [Partial<OrderIntent>, Partial<RiskContext>, RefusalCode | number])[];
  readonly options?: Partial<RiskOptions>;
  /** Where given, all rows are asked of one engine, in order. */
  readonly prepare?: (engine: RiskEngine) => void;
}

const lots = (qtyLots: number): Partial<OrderIntent> => ({ size: { kind: 'lots', qtyLots } });
const limit = (priceTicks: number, side: 'buy' | 'sell' = 'buy'): Partial<OrderIntent> => ({
  type: 'limit',
  timeInForce: 'GTC',
  side,
  priceTicks,
});
const stopEntry = (triggerTicks: number): Partial<OrderIntent> => ({ type: 'stop_market', triggerTicks });

const CASES: readonly Case[] = [
  {
    name: 'price_filter: a price lies on the tick step',
    rows: [
      [limit(1_000), {}, 1_000],
      [limit(1_001), {}, 'price_filter'],
      [stopEntry(1_003), {}, 'price_filter'],
      [
        { ...exit(), ...limit(1_001, 'sell'), reduceOnly: true },
        { portfolio: accountWith(100) },
        'price_filter',
      ],
    ],
  },
  {
    name: 'nothing_to_close: a reduce-only order opposes a position',
    rows: [
      [exit(), { portfolio: accountWith(100) }, 100],
      [exit(), {}, 'nothing_to_close'],
      [exit(), { portfolio: accountWith(-100) }, 'nothing_to_close'],
      [exit({ side: 'buy' }), { portfolio: accountWith(-100) }, 100],
    ],
  },
  {
    name: 'emergency_shutdown: the day lost its emergency part (20 %)',
    options: { dailyLossMax: 1 },
    rows: [
      [{}, { portfolio: accountAfter(-2_000n * UNIT + 1n) }, 1_000],
      [{}, { portfolio: accountAfter(-2_000n * UNIT) }, 'emergency_shutdown'],
      [{}, { portfolio: accountAfter(-2_000n * UNIT - 1n) }, 'emergency_shutdown'],
    ],
  },
  {
    name: 'drawdown: equity fell 25 % below its high-water mark',
    options: { dailyLossMax: 1, emergencyDailyLoss: 1 },
    rows: [
      [{}, { portfolio: accountAfter(-2_500n * UNIT + 1n) }, 1_000],
      [{}, { portfolio: accountAfter(-2_500n * UNIT) }, 'drawdown'],
      [{}, { portfolio: accountAfter(-2_500n * UNIT - 1n) }, 'drawdown'],
    ],
  },
  {
    name: 'reduce_only_mode: told by the context',
    rows: [
      [{}, { isReduceOnlyMode: false }, 1_000],
      [{}, { isReduceOnlyMode: true }, 'reduce_only_mode'],
    ],
  },
  {
    name: 'stale_data: age of the last price (15 min)',
    rows: [
      [{}, { lastPriceTsUs: NOW - 900 * US_PER_SECOND + 1 }, 1_000],
      [{}, { lastPriceTsUs: NOW - 900 * US_PER_SECOND }, 1_000],
      [{}, { lastPriceTsUs: NOW - 900 * US_PER_SECOND - 1 }, 'stale_data'],
      [{}, { lastPriceTsUs: NOW + 1 }, 'stale_data'],
      [{}, { lastPriceTicks: 0 }, 'stale_data'],
      [{}, { lastPriceTicks: Number.NaN }, 'stale_data'],
      [{}, { lastPriceTsUs: Number.NaN }, 'stale_data'],
    ],
  },
  {
    name: 'daily_loss: the day lost its part (5 %)',
    rows: [
      [{}, { portfolio: accountAfter(-500n * UNIT + 1n) }, 1_000],
      [{}, { portfolio: accountAfter(-500n * UNIT) }, 'daily_loss'],
      [{}, { portfolio: accountAfter(-500n * UNIT - 1n) }, 'daily_loss'],
    ],
  },
  {
    name: 'daily_loss_amount: the day lost its amount',
    options: { dailyLossMaxAtoms: 300n * UNIT },
    rows: [
      [{}, { portfolio: accountAfter(-300n * UNIT + 1n) }, 1_000],
      [{}, { portfolio: accountAfter(-300n * UNIT) }, 'daily_loss_amount'],
      [{}, { portfolio: accountAfter(-300n * UNIT - 1n) }, 'daily_loss_amount'],
    ],
  },
  {
    name: 'order_rate: three orders in the window',
    options: { orderRateMax: 3, duplicateWindowUs: 0 },
    prepare: (engine) => {
      for (let i = 0; i < 2; i++) assert.equal(resultOf(engine.check(intent(lots(400)), context())), 400);
    },
    rows: [
      [lots(400), {}, 400],
      [lots(400), {}, 'order_rate'],
      [exit(), { portfolio: accountWith(100) }, 100],
      [lots(400), { nowUs: NOW + 10 * US_PER_SECOND - 1, lastPriceTsUs: NOW }, 'order_rate'],
      [lots(400), { nowUs: NOW + 10 * US_PER_SECOND, lastPriceTsUs: NOW }, 400],
    ],
  },
  {
    name: 'open_orders: fewer than the largest number are open',
    options: { openOrdersMax: 20 },
    rows: [
      [{}, { openOrderCount: 19 }, 1_000],
      [{}, { openOrderCount: 20 }, 'open_orders'],
      [{}, { openOrderCount: 21 }, 'open_orders'],
      [{}, { openOrderCount: Number.NaN }, 'open_orders'],
    ],
  },
  {
    name: 'duplicate_intent: the same entry within a second, or the same id at any time',
    prepare: (engine) =>
      assert.equal(
        resultOf(engine.check(intent({ ...limit(1_000), clientOrderId: 'known' }), context())),
        1_000,
      ),
    rows: [
      [limit(1_000), {}, 'duplicate_intent'],
      [limit(1_000), { nowUs: NOW + US_PER_SECOND - 1 }, 'duplicate_intent'],
      [limit(1_005), {}, 1_000],
      [{ ...limit(1_000), strategy: 'other' }, {}, 1_000],
      [{ ...limit(1_000), instrumentIx: 1 }, { instrument: instruments.at(1) }, 1_000],
      [limit(1_000), { nowUs: NOW + US_PER_SECOND }, 1_000],
      [
        { clientOrderId: 'known' },
        { nowUs: NOW + US_PER_HOUR, lastPriceTsUs: NOW + US_PER_HOUR },
        'duplicate_intent',
      ],
    ],
  },
  {
    name: 'price_deviation: 5 % on the wrong side of the last price',
    rows: [
      [{ ...limit(1_045), ...lots(1_000) }, {}, 1_000],
      [limit(1_050), {}, 1_000],
      [limit(1_055), {}, 'price_deviation'],
      [limit(500), {}, 1_000],
      [limit(950, 'sell'), {}, 1_000],
      [limit(945, 'sell'), {}, 'price_deviation'],
      [stopEntry(1_050), {}, 1_000],
      [stopEntry(1_055), {}, 'price_deviation'],
      [stopEntry(945), {}, 'price_deviation'],
    ],
  },
  {
    name: 'stop_too_wide: the stop of a signal lies within 5 %',
    rows: [
      [{ size: signal({ stopFraction: 0.0499 }) }, {}, 10_020],
      // 10,000 less one step: doubles are rounded towards the smaller size.
      [{ size: signal({ stopFraction: 0.05 }), strategy: 'b' }, {}, 9_998],
      [{ size: signal({ stopFraction: 0.0501 }), strategy: 'c' }, {}, 'stop_too_wide'],
    ],
  },
  {
    name: 'volatility_unknown: a scaled size needs a volatility',
    options: { volatilityTarget: 0.001, duplicateWindowUs: 0 },
    rows: [
      [{ size: signal() }, { volatility: 0.001 }, 25_000],
      [{ size: signal() }, { volatility: 0.0005 }, 25_000],
      [{ size: signal() }, { volatility: 0.002 }, 12_500],
      [{ size: signal() }, { volatility: Number.NaN }, 'volatility_unknown'],
      [{ size: signal() }, { volatility: 0 }, 'volatility_unknown'],
      [{ size: signal() }, { volatility: Number.POSITIVE_INFINITY }, 'volatility_unknown'],
      [lots(1_000), { volatility: Number.NaN }, 1_000],
    ],
  },
  {
    name: 'size_zero: a signal without strength or edge gives no size',
    options: { sizingMethod: 'kelly', duplicateWindowUs: 0 },
    rows: [
      [{ size: signal({ probability: 0.505, stopFraction: 0.04 }) }, {}, 6_250],
      [{ size: signal({ probability: 0.5 }) }, {}, 'size_zero'],
      [{ size: signal({ probability: 0.4 }) }, {}, 'size_zero'],
      [{ size: signal({ expectedReturn: 0 }) }, {}, 'size_zero'],
      [{ size: signal({ expectedReturn: -1 }) }, {}, 'size_zero'],
    ],
  },
  {
    name: 'position_cap: 25 % of the equity, orders in flight included',
    options: { duplicateWindowUs: 0 },
    rows: [
      [lots(24_998), {}, 24_998],
      [lots(25_000), {}, 25_000],
      [lots(25_002), {}, 'position_cap'],
      [lots(15_000), { portfolio: accountWith(10_000) }, 15_000],
      [lots(15_002), { portfolio: accountWith(10_000) }, 'position_cap'],
      [lots(5_000), { portfolio: accountWith(10_000), pendingSideLots: 10_000 }, 5_000],
      [lots(5_002), { portfolio: accountWith(10_000), pendingSideLots: 10_000 }, 'position_cap'],
      // A flip closes 10,000 short first and may end 25,000 long.
      [lots(35_000), { portfolio: accountWith(-10_000) }, 35_000],
      [lots(35_002), { portfolio: accountWith(-10_000) }, 'position_cap'],
      // Valued at the highest of last price, mark and the order's own price.
      [{ ...limit(1_050), ...lots(23_808) }, {}, 23_808],
      [{ ...limit(1_050), ...lots(23_810) }, {}, 'position_cap'],
      [lots(25_000), { lastPriceTicks: 950, portfolio: markedAccount(1_000) }, 25_000],
      [lots(25_000), { lastPriceTicks: 950, portfolio: markedAccount(1_005) }, 'position_cap'],
      [{ size: signal({ stopFraction: 0.01 }) }, {}, 25_000],
      [{ size: signal({ stopFraction: 1e-12 }) }, { portfolio: accountWith(10_000) }, 15_000],
    ],
  },
  {
    name: 'exposure_cap: 30 % of the equity over all instruments',
    options: { duplicateWindowUs: 0 },
    rows: [
      [lots(9_998), { portfolio: accountWith(0, 20_000) }, 9_998],
      [lots(10_000), { portfolio: accountWith(0, 20_000) }, 10_000],
      [lots(10_002), { portfolio: accountWith(0, 20_000) }, 'exposure_cap'],
      [lots(10_002), { portfolio: accountWith(0, -20_000) }, 'exposure_cap'],
      [lots(10_002), { pendingOthersAtoms: 2_000n * UNIT }, 'exposure_cap'],
      [{ size: signal() }, { portfolio: accountWith(0, 20_000) }, 10_000],
      [{ size: signal() }, { portfolio: accountWith(0, 30_000) }, 'exposure_cap'],
      // Two steps of room are less than the 10 USD minimum: the cap is the reason.
      [{ size: signal() }, { portfolio: accountWith(0, 29_960) }, 'exposure_cap'],
    ],
  },
  {
    name: 'leverage: positions and orders up to the multiple of the equity',
    options: { positionFractionMax: 1, exposureMax: 10, leverageMax: 0.5, duplicateWindowUs: 0 },
    rows: [
      [lots(49_998), {}, 49_998],
      [lots(50_000), {}, 50_000],
      [lots(50_002), {}, 'leverage'],
      [lots(30_000), { portfolio: accountWith(0, 20_000) }, 30_000],
      [lots(30_002), { portfolio: accountWith(0, 20_000) }, 'leverage'],
    ],
  },
  {
    name: 'margin: free margin at the leverage of the account',
    options: { positionFractionMax: 1, exposureMax: 10, leverageMax: 10, duplicateWindowUs: 0 },
    rows: [
      [lots(40_000), { portfolio: accountWith(0, 60_000) }, 40_000],
      [lots(40_002), { portfolio: accountWith(0, 60_000) }, 'margin'],
      [lots(40_002), { pendingOthersAtoms: 6_000n * UNIT }, 'margin'],
      [lots(20_002), { portfolio: accountWith(0, 60_000), pendingSideLots: 20_000 }, 'margin'],
      [lots(40_002), { portfolio: accountWith(0, 60_000, 2) }, 40_002],
      // Closing 20,000 short needs no margin; opening 30,000 long does.
      [lots(50_000), { portfolio: accountWith(-20_000, 50_000) }, 50_000],
    ],
  },
  {
    name: 'quantity_filter: steps and limits of the venue',
    options: {
      positionFractionMax: 1,
      exposureMax: 10,
      leverageMax: 10,
      orderNotionalMinAtoms: 0n,
      duplicateWindowUs: 0,
    },
    rows: [
      [lots(50_000), {}, 50_000],
      [lots(50_002), {}, 'quantity_filter'],
      [lots(101), {}, 'quantity_filter'],
      [lots(52), {}, 52],
      [lots(2), {}, 'quantity_filter'],
      [exit(), { portfolio: accountWith(60_000) }, 50_000],
      [exit(), { portfolio: accountWith(101) }, 100],
      [exit(lots(31)), { portfolio: accountWith(101) }, 30],
      [exit(lots(999)), { portfolio: accountWith(60) }, 60],
      [exit(), { portfolio: accountWith(1) }, 'quantity_filter'],
    ],
  },
  {
    name: 'min_notional: 10 USD of ours, 5 USD of the venue',
    options: { duplicateWindowUs: 0 },
    rows: [
      [lots(102), {}, 102],
      [lots(100), {}, 100],
      [lots(98), {}, 'min_notional'],
      [{ size: signal({ strength: 0.0039 }) }, {}, 'min_notional'],
      [exit(), { portfolio: accountWith(4) }, 4],
      [{ ...limit(500), ...lots(198) }, {}, 'min_notional'],
      [{ ...limit(500), ...lots(200) }, {}, 200],
    ],
  },
  {
    name: 'min_notional: the minimum of the venue where ours is lower',
    options: { orderNotionalMinAtoms: 0n, duplicateWindowUs: 0 },
    rows: [
      [lots(50), {}, 50],
      [lots(48), {}, 'min_notional'],
    ],
  },
];

for (const item of CASES) {
  test(item.name, () => {
    const shared = item.prepare === undefined ? undefined : new RiskEngine(options(item.options));
    if (shared !== undefined) item.prepare?.(shared);
    item.rows.forEach(([intentChanges, contextChanges, expected], index) => {
      const engine = shared ?? new RiskEngine(options(item.options));
      const verdict = engine.check(intent(intentChanges), context(contextChanges));
      assert.equal(resultOf(verdict), expected, `row ${index}`);
      if (verdict.kind === 'approved') return;
      assert.notEqual(verdict.message, '');
      assert.equal(verdict.rules.at(-1)?.verdict, 'refuse');
    });
  });
}

test('there are at least 60 refusals and passes around the limits', () => {
  assert.ok(CASES.reduce((sum, item) => sum + item.rows.length, 0) >= 100);
});

test('invalid_intent: malformed orders are refused before anything else', () => {
  const bad: readonly (readonly [Partial<OrderIntent>, Partial<RiskContext>])[] = [
    [{ clientOrderId: '' }, {}],
    [{ instrumentIx: 1 }, {}],
    [{ side: 'hold' as 'buy' }, {}],
    [{ type: 'iceberg' as 'market' }, {}],
    [{ type: 'limit' }, {}],
    [{ type: 'limit', priceTicks: 0.5 }, {}],
    [{ type: 'limit', priceTicks: -5 }, {}],
    [{ priceTicks: 1_000 }, {}],
    [{ type: 'stop_market' }, {}],
    [{ type: 'take_profit_market', triggerTicks: Number.NaN }, {}],
    [{ triggerTicks: 1_000 }, {}],
    [lots(0), {}],
    [lots(-1), {}],
    [lots(Number.NaN), {}],
    [lots(1e300), {}],
    [{ size: { kind: 'close' } }, {}],
    [{ size: signal(), reduceOnly: true }, {}],
    [{ size: signal({ strength: 1.01 }) }, {}],
    [{ size: signal({ strength: Number.NaN }) }, {}],
    [{ size: signal({ probability: -0.1 }) }, {}],
    [{ size: signal({ expectedReturn: Number.POSITIVE_INFINITY }) }, {}],
    [{ size: signal({ rewardRisk: 0 }) }, {}],
    [{ size: signal({ stopFraction: 0 }) }, {}],
    [{ size: signal({ stopFraction: 1 }) }, {}],
    [{}, { nowUs: Number.NaN }],
    [{}, { pendingSideLots: -1 }],
    [{}, { pendingSideLots: Number.NaN }],
  ];
  for (const [intentChanges, contextChanges] of bad) {
    const verdict = new RiskEngine(options()).check(intent(intentChanges), context(contextChanges));
    assert.equal(resultOf(verdict), 'invalid_intent', JSON.stringify([intentChanges, contextChanges]));
  }
});

test('an approved order carries the seal, the request and what it reserves', () => {
  const engine = new RiskEngine(options());
  const wish = intent({ ...limit(990), ...lots(1_000), clientOrderId: 'mine' });
  const verdict = engine.check(wish, context());
  assert.ok(verdict.kind === 'approved');
  assertRiskApproved(verdict.order);
  assert.deepEqual(verdict.order.value, {
    clientOrderId: 'mine',
    instrumentIx: 0,
    side: 'buy',
    type: 'limit',
    label: 'ENTRY',
    qtyLots: 1_000,
    priceTicks: 990,
    triggerTicks: null,
    timeInForce: 'GTC',
    reduceOnly: false,
  });
  assert.equal(verdict.reservedAtoms, 100n * UNIT, 'valued at the last price, the higher one');
  assert.throws(claimRiskMint, AssertionError, 'no other part of the program can make a sealed order');
});

test('a flip reserves only what it opens; an exit reserves nothing', () => {
  const engine = new RiskEngine(options());
  const flip = engine.check(intent(lots(30_000)), context({ portfolio: accountWith(-10_000) }));
  assert.ok(flip.kind === 'approved');
  assert.equal(flip.reservedAtoms, 2_000n * UNIT);
  const out = engine.check(exit(), context({ portfolio: accountWith(500) }));
  assert.ok(out.kind === 'approved');
  assert.equal(out.reservedAtoms, 0n);
});

test('an exit and an entry the same way at the same moment are no duplicates', () => {
  const engine = new RiskEngine(options());
  const world = context({ portfolio: accountWith(500) });
  assert.equal(engine.check(exit(), world).kind, 'approved');
  assert.equal(engine.check(intent({ side: 'sell' }), world).kind, 'approved');
});

test('every rule that was asked is reported, with the one that cut', () => {
  const verdict = new RiskEngine(options()).check(
    intent({ size: signal({ stopFraction: 0.01 }) }),
    context(),
  );
  assert.ok(verdict.kind === 'approved');
  assert.deepEqual(
    verdict.rules.filter((outcome) => outcome.verdict !== 'pass'),
    [{ rule: 'position_cap', verdict: 'cut', value: 50_000, limit: 25_000 }],
  );
  assert.ok(verdict.rules.length >= 20);
});

test('no halt, breaker, limit or stale price holds back an exit', () => {
  const engine = new RiskEngine(
    options({ orderRateMax: 1, openOrdersMax: 1, dailyLossMax: 0, volatilityTarget: 0.001 }),
  );
  engine.shutdown('drill', NOW);
  engine.tripBreaker('drill', NOW);
  const portfolio = accountAfter(-9_000n * UNIT);
  fill(portfolio, 0, 1_000);
  const worst: Partial<RiskContext> = {
    portfolio,
    lastPriceTicks: Number.NaN,
    lastPriceTsUs: Number.NaN,
    volatility: Number.NaN,
    isReduceOnlyMode: true,
    openOrderCount: 999,
    pendingOthersAtoms: 10n ** 30n,
  };
  for (let i = 0; i < 5; i++) {
    assert.equal(resultOf(engine.check(exit(), context(worst))), 1_000);
    const stop = exit({ label: 'SL', type: 'stop_market', triggerTicks: 5 });
    assert.equal(resultOf(engine.check(stop, context(worst))), 1_000);
    assert.equal(resultOf(engine.check(intent(), context(worst))), 'shutdown');
  }
});

test('an overflow refuses the order and leaves risk in reduce-only mode until a person resumes', () => {
  const huge = new InstrumentTable([{ ...SPEC, qtyMax: '9000000000000' }]);
  const portfolio = new Portfolio({ instruments: huge, startCashAtoms: 10n ** 30n, startUs: NOW });
  const world = context({ instrument: huge.at(0), portfolio, lastPriceTicks: 1_000_000_000 });
  const engine = new RiskEngine(options());
  assert.equal(resultOf(engine.check(intent(lots(9_007_198)), world)), 9_007_198);
  assert.equal(resultOf(engine.check(intent({ ...lots(9_007_200), strategy: 'b' }), world)), 'overflow');
  assert.equal(engine.snapshot(NOW, portfolio).isReduceOnlyMode, true);
  assert.equal(resultOf(engine.check(intent({ ...lots(10), strategy: 'c' }), world)), 'reduce_only_mode');
  engine.resume('checked by hand', NOW, portfolio);
  assert.equal(resultOf(engine.check(intent({ ...lots(10), strategy: 'd' }), world)), 10);
});

test('five losing trades open the breaker; it cools down, probes, closes or opens for longer', () => {
  const engine = new RiskEngine(options({ duplicateWindowUs: 0 }));
  const world = (nowUs: number): RiskContext => context({ nowUs, lastPriceTsUs: nowUs });
  for (let i = 0; i < 4; i++) assert.deepEqual(engine.onTradeClosed(-1n, NOW), []);
  assert.equal(engine.check(intent(), world(NOW)).kind, 'approved');
  assert.deepEqual(
    engine.onTradeClosed(-1n, NOW).map((action) => action.kind),
    ['breaker_opened'],
  );
  assert.equal(resultOf(engine.check(intent(), world(NOW))), 'circuit_breaker');
  assert.equal(resultOf(engine.check(intent(), world(NOW + US_PER_HOUR - 1))), 'circuit_breaker');
  assert.deepEqual(engine.onEquity(NOW + US_PER_HOUR - 1, account()), []);
  const open = engine.snapshot(NOW, account());
  assert.deepEqual(
    [open.breaker, open.coolDownEndUs, open.consecutiveLosses],
    ['open', NOW + US_PER_HOUR, 5],
  );

  const halfOpen = NOW + US_PER_HOUR;
  const told = engine.onEquity(halfOpen, account());
  assert.deepEqual(
    told.map((action) => action.kind),
    ['breaker_half_open'],
  );
  assert.deepEqual(engine.onEquity(halfOpen, account()), [], 'told once');
  const out = engine.check(exit(), { ...world(halfOpen), portfolio: accountWith(100) });
  assert.equal(out.kind, 'approved', 'an exit is no probe');
  assert.equal(engine.check(intent(), world(halfOpen)).kind, 'approved', 'the probe');
  assert.equal(resultOf(engine.check(intent(), world(halfOpen))), 'circuit_breaker', 'one probe at a time');
  assert.equal(
    engine.check(intent(), world(halfOpen + US_PER_HOUR)).kind,
    'approved',
    'a lost probe does not block',
  );
  assert.equal(engine.onTradeClosed(-1n, halfOpen)[0]?.kind, 'breaker_opened');
  assert.equal(engine.snapshot(halfOpen, account()).coolDownEndUs, halfOpen + 2 * US_PER_HOUR);

  const second = halfOpen + 2 * US_PER_HOUR;
  assert.equal(engine.check(intent(), world(second)).kind, 'approved');
  assert.equal(engine.onTradeClosed(1n, second)[0]?.kind, 'breaker_closed');
  assert.equal(engine.snapshot(second, account()).coolDownEndUs, null);
  for (let i = 0; i < 4; i++) engine.onTradeClosed(-1n, second);
  engine.onTradeClosed(0n, second);
  assert.equal(
    engine.snapshot(second, account()).consecutiveLosses,
    0,
    'a trade without a loss ends the row',
  );
});

test('a breaker that is open does not count further losses as openings, and never cools down for longer than the limit', () => {
  const engine = new RiskEngine(options());
  engine.tripBreaker('reject storm', NOW);
  assert.deepEqual(engine.onTradeClosed(-1n, NOW), []);
  assert.deepEqual(engine.onTradeClosed(1n, NOW), []);
  for (let i = 0; i < 100; i++) engine.tripBreaker('again', NOW);
  const snapshot = engine.snapshot(NOW, account());
  assert.equal(snapshot.coolDownEndUs, NOW + 24 * US_PER_HOUR);
  assert.equal(snapshot.breakerCause, 'again');
  assert.throws(() => engine.tripBreaker('', NOW), AssertionError);
});

test('a daily loss stops entries once a day, at its worst, and ends with the day', () => {
  const engine = new RiskEngine(options());
  assert.deepEqual(engine.onEquity(NOW, accountAfter(-499n * UNIT)), []);
  const told = engine.onEquity(NOW, accountAfter(-500n * UNIT));
  assert.deepEqual(
    told.map((action) => [action.kind, action.code]),
    [['daily_loss_stop', 'daily_loss']],
  );
  assert.deepEqual(engine.onEquity(NOW, accountAfter(-600n * UNIT)), []);
  assert.equal(resultOf(engine.check(intent(), context({ portfolio: accountAfter(-1n) }))), 'daily_loss');
  const tomorrow = NOW + US_PER_DAY;
  const recovered = context({ nowUs: tomorrow, lastPriceTsUs: tomorrow, portfolio: accountAfter(-1n) });
  assert.equal(resultOf(engine.check(intent(), recovered)), 1_000);
  const quiet = new RiskEngine(options());
  quiet.onEquity(NOW, accountAfter(-600n * UNIT));
  const unmoved = { ...recovered, portfolio: accountAfter(-600n * UNIT) };
  assert.equal(resultOf(quiet.check(intent(), unmoved)), 1_000, 'an account without an event since midnight');
  const rolled = accountAfter(-600n * UNIT);
  rolled.advance(tomorrow + US_PER_DAY);
  assert.deepEqual(
    engine.onEquity(tomorrow + US_PER_DAY, rolled),
    [],
    'the new day starts with what is left',
  );
  const byAmount = new RiskEngine(options({ dailyLossMaxAtoms: 100n * UNIT }));
  assert.equal(byAmount.onEquity(NOW, accountAfter(-100n * UNIT))[0]?.code, 'daily_loss_amount');
});

test('an emergency loss cancels, closes and stays down until a person resumes', () => {
  const engine = new RiskEngine(options());
  const actions = engine.onEquity(NOW, accountAfter(-2_000n * UNIT));
  assert.deepEqual(
    actions.map((action) => [action.kind, action.code]),
    [
      ['cancel_all', 'emergency_shutdown'],
      ['close_all', 'emergency_shutdown'],
      ['shutdown', 'emergency_shutdown'],
    ],
  );
  assert.deepEqual(engine.onEquity(NOW + 1, accountAfter(-2_000n * UNIT)), [], 'once');
  const later = NOW + 3 * US_PER_DAY;
  const healthy = context({ nowUs: later, lastPriceTsUs: later });
  assert.equal(resultOf(engine.check(intent(), healthy)), 'emergency_shutdown', 'no recovery lifts it');
  assert.throws(() => engine.resume('', later, account()), AssertionError);
  const left = accountAfter(-2_000n * UNIT);
  assert.equal(engine.resume('margin call was a data error', later, left)[0]?.code, 'emergency_shutdown');
  assert.deepEqual(engine.onEquity(later, left), [], 'the same loss does not halt again');
  const worse = engine.onEquity(later, accountAfter(-2_400n * UNIT));
  assert.deepEqual(
    worse.map((action) => action.kind),
    ['daily_loss_stop'],
    '5 % of what was left',
  );
  const next = { nowUs: later + US_PER_DAY, lastPriceTsUs: later + US_PER_DAY, portfolio: left };
  assert.equal(resultOf(engine.check(intent(), context(next))), 1_000);
});

test('a drawdown closes all and stays; after resuming, it is measured from there', () => {
  const engine = new RiskEngine(options({ dailyLossMax: 1, emergencyDailyLoss: 1 }));
  const low = accountAfter(-2_600n * UNIT);
  assert.equal(engine.onEquity(NOW, low)[1]?.kind, 'close_all');
  assert.equal(resultOf(engine.check(intent(), context())), 'drawdown', 'a recovery does not lift it');
  engine.resume('new money rules', NOW, low);
  assert.deepEqual(engine.onEquity(NOW, low), []);
  assert.equal(resultOf(engine.check(intent(), context({ portfolio: low }))), 1_000);
  assert.equal(engine.snapshot(NOW, low).drawdownFraction, 0);
  assert.equal(engine.onEquity(NOW, accountAfter(-4_451n * UNIT)).length, 3, '25 % below 7,400');
});

test('an operator shuts down and resumes; losses are not forgiven by that', () => {
  const engine = new RiskEngine(options());
  engine.onEquity(NOW, accountAfter(-600n * UNIT));
  assert.equal(engine.shutdown('kill switch', NOW).length, 3);
  assert.deepEqual(engine.shutdown('again', NOW), []);
  assert.equal(engine.snapshot(NOW, account()).halt?.message, 'kill switch');
  assert.equal(resultOf(engine.check(intent(), context())), 'shutdown');
  engine.resume('back', NOW, account());
  assert.equal(resultOf(engine.check(intent(), context())), 'daily_loss');
  assert.throws(() => engine.shutdown('', NOW), AssertionError);
});

test('an account without equity gets no entry', () => {
  const ruined = accountAfter(-10_001n * UNIT);
  const engine = new RiskEngine(options({ dailyLossMax: 1, emergencyDailyLoss: 1, drawdownMax: 1 }));
  assert.equal(resultOf(engine.check(intent(), context({ portfolio: ruined }))), 'emergency_shutdown');
  assert.equal(engine.snapshot(NOW, ruined).exposureFraction, null);
  const tomorrow = NOW + US_PER_DAY;
  ruined.advance(tomorrow);
  const next = context({ nowUs: tomorrow, lastPriceTsUs: tomorrow, portfolio: ruined });
  assert.equal(
    resultOf(engine.check(intent(), next)),
    'emergency_shutdown',
    'a loss of an unknown part is no loss that passes',
  );
  assert.equal(engine.snapshot(tomorrow, ruined).dayLossFraction, null);
});

test('before the first observation the snapshot knows no losses', () => {
  const snapshot = new RiskEngine(options()).snapshot(NOW, account());
  assert.deepEqual([snapshot.dayLossFraction, snapshot.drawdownFraction], [null, null]);
  assert.deepEqual([snapshot.breaker, snapshot.exposureFraction, snapshot.refusals], ['closed', 0, {}]);
});

test('limits reload: tighter at once, looser only when confirmed, invalid never', () => {
  const engine = new RiskEngine(options());
  const tighter = options({ exposureMax: 0.2, cooldownUs: 2 * US_PER_HOUR, rewardRiskMax: 3 });
  assert.deepEqual(engine.updateOptions(tighter), {
    kind: 'applied',
    keys: ['exposureMax', 'rewardRiskMax', 'cooldownUs'],
  });
  assert.equal(resultOf(engine.check(intent(lots(20_002)), context())), 'exposure_cap');
  const mixed = options({ exposureMax: 0.1, drawdownMax: 0.3, sizingMethod: 'kelly' });
  assert.deepEqual(engine.updateOptions(mixed), {
    kind: 'refused_loosening',
    keys: ['sizingMethod', 'drawdownMax', 'cooldownUs'],
  });
  assert.equal(engine.options.exposureMax, 0.2, 'all or nothing');
  assert.equal(engine.updateOptions(mixed, true).kind, 'applied');
  const invalid = engine.updateOptions(options({ exposureMax: -1, dailyLossMax: Number.NaN }), true);
  assert.ok(invalid.kind === 'refused_invalid' && invalid.problems.length === 2);
  assert.equal(engine.options.exposureMax, 0.1);
  assert.throws(() => new RiskEngine(options({ orderRateMax: 0.5 })), AssertionError);
});

/** Any number at all, the nasty ones often. */
const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.double({ min: 0, max: 1 }),
  fc.integer({ min: 1, max: 100_000 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e308, 5e-324, 2 ** 53),
);
const anyAtoms = fc.oneof(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.constantFrom(0n, 1n, -1n));
const anyLots = fc.integer({ min: -60_000, max: 60_000 });

/** Mostly a sensible value, sometimes anything. */
function mostly<T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: bad });
}
const fraction = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

const anyIntent = fc.record({
  type: fc.constantFrom('market' as const, 'limit' as const, 'stop_market' as const),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  reduceOnly: fc.boolean(),
  price: mostly(
    fc.integer({ min: 190, max: 210 }).map((step) => step * 5),
    anyNumber,
  ),
  size: fc.oneof(
    fc.record({
      kind: fc.constant('lots' as const),
      qtyLots: mostly(
        fc.integer({ min: 1, max: 40_000 }).map((step) => step * 2),
        anyNumber,
      ),
    }),
    fc.constant({ kind: 'close' as const }),
    fc.record({
      kind: fc.constant('signal' as const),
      strength: mostly(fraction(0, 1), anyNumber),
      probability: mostly(fraction(0.5, 1), anyNumber),
      expectedReturn: mostly(fraction(0, 1), anyNumber),
      rewardRisk: mostly(fraction(0.5, 9), anyNumber),
      stopFraction: mostly(fraction(1e-9, 0.05), anyNumber),
    }),
  ),
});
const anyWorld = fc.record({
  btcLots: anyLots,
  ethLots: fc.integer({ min: -40_000, max: 40_000 }),
  cash: fc.bigInt({ min: -2_000n * UNIT, max: 20_000n * UNIT }),
  leverage: fc.constantFrom(1, 3, 20),
  pendingSideLots: mostly(fc.integer({ min: 0, max: 10_000 }), anyNumber),
  pendingOthersAtoms: mostly(fc.constant(0n), anyAtoms),
  lastPriceTicks: mostly(fc.integer({ min: 950, max: 1_050 }), anyNumber),
  lastPriceTsUs: mostly(fc.constant(NOW), anyNumber),
  volatility: mostly(fraction(0.001, 0.1), anyNumber),
  openOrderCount: mostly(fc.constant(0), anyNumber),
  nowUs: mostly(fc.constant(NOW), anyNumber),
  sizingMethod: fc.constantFrom('fixed_fraction' as const, 'kelly' as const, 'fixed_amount' as const),
  volatilityTarget: fc.constantFrom(null, 0.01),
});

test('no number whatever yields a size above any cap, and none throws', () => {
  let approvedEntries = 0;
  let approvedExits = 0;
  fc.assert(
    fc.property(anyIntent, anyWorld, (wish, world) => {
      const portfolio = accountAfter(world.cash);
      const held = new Portfolio({
        instruments,
        startCashAtoms: portfolio.equityAtoms > 0n ? portfolio.equityAtoms : 1n,
        startUs: NOW,
        leverage: world.leverage,
      });
      if (world.btcLots !== 0) fill(held, 0, world.btcLots);
      if (world.ethLots !== 0) fill(held, 1, world.ethLots);
      const limits = options({
        sizingMethod: world.sizingMethod,
        volatilityTarget: world.volatilityTarget,
        fixedAmountAtoms: 10n ** 15n,
      });
      const engine = new RiskEngine(limits);
      const isLimit = wish.type === 'limit';
      const order = intent({
        type: wish.type,
        side: wish.side,
        reduceOnly: wish.reduceOnly,
        size: wish.size,
        priceTicks: isLimit ? wish.price : null,
        triggerTicks: wish.type === 'stop_market' ? wish.price : null,
      });
      const verdict = engine.check(order, context({ ...world, portfolio: held }));
      if (verdict.kind === 'refused') {
        assert.ok(REFUSAL_CODE_LIST.includes(verdict.code));
        return;
      }
      assertRiskApproved(verdict.order);
      const { qtyLots } = verdict;
      assert.ok(Number.isSafeInteger(qtyLots) && qtyLots > 0 && qtyLots % btc.lotStep === 0);
      assert.ok(qtyLots <= btc.qtyLotsMax);
      const sideLots = (wish.side === 'buy' ? 1 : -1) * world.btcLots;
      if (wish.reduceOnly) {
        approvedExits++;
        assert.ok(qtyLots <= -sideLots);
        return;
      }
      approvedEntries++;
      assertWithinCaps(held, limits, { sideLots, qtyLots, world });
    }),
    { seed: SEED, numRuns: 4_000 },
  );
  assert.ok(
    approvedEntries > 100 && approvedExits > 100,
    `${approvedEntries} entries, ${approvedExits} exits`,
  );
});

/** Recomputes the caps from the definition, in doubles with a hair of tolerance. */
function assertWithinCaps(
  account: PortfolioView,
  limits: RiskOptions,
  order: {
    readonly sideLots: number;
    readonly qtyLots: number;
    readonly world: {
      readonly lastPriceTicks: number;
      readonly pendingSideLots: number;
      readonly pendingOthersAtoms: bigint;
    };
  },
): void {
  const equity = Number(account.equityAtoms);
  const price = order.world.lastPriceTicks * btc.atomsPerTickLot;
  const after = (order.sideLots + order.world.pendingSideLots + order.qtyLots) * price;
  assert.ok(order.qtyLots * price >= Number(limits.orderNotionalMinAtoms), 'smallest order');
  // An order that only shrinks the other side opens nothing.
  if (after <= 0) return;
  const others =
    Number(account.grossExposureAtoms) -
    Math.abs(account.positionLots(0) * account.markTicks(0)) * btc.atomsPerTickLot +
    Math.max(0, Number(order.world.pendingOthersAtoms));
  assert.ok(after <= equity * limits.positionFractionMax * (1 + 1e-12), 'position cap');
  assert.ok(after + others <= equity * limits.exposureMax * (1 + 1e-12), 'exposure cap');
}

test('a loaded engine continues as the saved one', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('trade' as const), net: fc.bigInt({ min: -3n, max: 1n }) }),
    fc.record({ kind: fc.constant('equity' as const), change: fc.bigInt({ min: -3_000n, max: 100n }) }),
    fc.record({ kind: fc.constant('order' as const), lots: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({ kind: fc.constant('shutdown' as const) }),
    fc.record({ kind: fc.constant('resume' as const) }),
    fc.record({ kind: fc.constant('trip' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 40 }), fc.nat(), (steps, at) => {
      const live = new RiskEngine(options({ orderRateMax: 4, orderRateWindowUs: US_PER_HOUR }));
      let copy: RiskEngine | undefined;
      steps.forEach((item, index) => {
        const nowUs = NOW + index * 20 * 60 * US_PER_SECOND;
        if (index === at % steps.length) {
          copy = new RiskEngine(live.options);
          copy.loadState(structuredClone(live.saveState()));
        }
        orderCount++;
        const id = `o${orderCount}`;
        const results = [live, copy].map((engine) => {
          if (engine === undefined) return undefined;
          if (item.kind === 'trade') return engine.onTradeClosed(item.net, nowUs);
          if (item.kind === 'equity') return engine.onEquity(nowUs, accountAfter(item.change * UNIT));
          if (item.kind === 'shutdown') return engine.shutdown('stop', nowUs);
          if (item.kind === 'resume') return engine.resume('go', nowUs, account());
          if (item.kind === 'trip') return engine.tripBreaker('storm', nowUs);
          const verdict = engine.check(
            intent({ clientOrderId: id, size: { kind: 'lots', qtyLots: item.lots * 2 } }),
            context({ nowUs, lastPriceTsUs: nowUs }),
          );
          return [verdict.kind, resultOf(verdict), verdict.rules];
        });
        if (copy === undefined) return;
        assert.deepEqual(results[1], results[0]);
        assert.deepEqual(copy.snapshot(nowUs, account()), live.snapshot(nowUs, account()));
        assert.deepEqual(copy.saveState(), live.saveState());
      });
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test('a damaged checkpoint is refused', () => {
  const state = new RiskEngine(options()).saveState() as Record<string, unknown>;
  const load = (changes: Record<string, unknown>): void =>
    new RiskEngine(options()).loadState({ ...state, ...changes });
  load({});
  assert.throws(() => load({ refusals: {} }), AssertionError);
  assert.throws(() => load({ refusals: new Map([['bad_luck', 1]]) }), AssertionError);
  assert.throws(() => load({ breaker: null }), AssertionError);
});

test('money that is moved out is no loss: neither the day nor the drawdown sees it, and real losses still count', () => {
  const portfolio = account();
  const engine = new RiskEngine({ ...defaultRiskOptions(instruments.atomDecimals) });
  engine.onEquity(NOW, portfolio);
  const move = (atoms: bigint): void => {
    engine.onTransfer(atoms);
    portfolio.applyAdjustment(atoms, NOW, true);
  };
  move(-9_000n * UNIT);
  assert.deepEqual(engine.onEquity(NOW, portfolio), []);
  const seen = engine.snapshot(NOW, portfolio);
  assert.deepEqual([seen.dayLossFraction, seen.drawdownFraction, seen.halt], [0, 0, null]);
  portfolio.applyAdjustment(-100n * UNIT, NOW, false);
  engine.onEquity(NOW, portfolio);
  assert.equal(engine.snapshot(NOW, portfolio).dayLossFraction, 0.1, 'a tenth of what is left');
});
