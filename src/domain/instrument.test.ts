import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { divCeil, divFloor } from '#core';
import { btcInstrument, btcSpec } from '../../test/support/instruments.ts';
import { propertySettings } from '../../test/support/property.ts';
import {
  ATOM_DECIMALS_DEFAULT,
  ATOM_DECIMALS_MAX,
  atomDecimalsFor,
  buildInstrument,
  ceilToTick,
  floorToLot,
  floorToTick,
  type InstrumentSpec,
  InstrumentTable,
  moneyOf,
  notionalAtoms,
  priceOf,
  qtyOf,
} from './instrument.ts';

const anyInteger = fc.maxSafeInteger();

test('rules become integers', () => {
  assert.deepEqual(buildInstrument(btcSpec(), 3, 8), {
    ix: 3,
    venue: 'sim',
    symbol: 'BTCUSDT',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    kind: 'perpetual',
    priceDecimals: 2,
    qtyDecimals: 3,
    tickStep: 10,
    lotStep: 1,
    qtyLotsMin: 1,
    qtyLotsMax: 1_000_000,
    notionalAtomsMin: 500_000_000n,
    atomsPerTickLot: 1000,
    atomDecimals: 8,
    leverageMax: 125,
    maintenanceMarginPpm: 4_000,
    marginTiers: [
      { notionalAtomsMax: null, maintenanceMarginPpm: 4_000, deductionAtoms: 0n, leverageMax: 125 },
    ],
    rulesFrom: 'synthetic',
  });
});

const REFUSALS: readonly (readonly [string, Partial<InstrumentSpec>, RegExp])[] = [
  ['a tick finer than the price', { tickSize: '0.001' }, /tickSize .* at most 2 decimals, was '0.001'/],
  ['a tick of zero', { tickSize: '0' }, /tickSize is a positive decimal/],
  ['a negative tick', { tickSize: '-0.1' }, /tickSize is a positive decimal/],
  ['a tick that is no number', { tickSize: 'ten' }, /tickSize .* was 'ten'/],
  ['a tick left out', { tickSize: '' }, /tickSize .* was ''/],
  ['a lot finer than the quantity', { lotSize: '0.0001' }, /lotSize/],
  ['a lot of zero', { lotSize: '0' }, /lotSize/],
  ['a smallest quantity of zero', { qtyMin: '0' }, /qtyMin/],
  [
    'a largest quantity below the smallest',
    { qtyMin: '2', qtyMax: '1' },
    /qtyMax is at least qtyMin \(2\), was '1'/,
  ],
  ['a largest quantity beyond exact integers', { qtyMax: '99999999999999' }, /qtyMax/],
  ['a smallest notional that is no number', { notionalMin: 'none' }, /notionalMin .* was 'none'/],
  ['a negative smallest notional', { notionalMin: '-5' }, /notionalMin/],
  ['a leverage below one', { leverageMax: 0 }, /leverageMax is an integer of at least 1, was '0'/],
  ['a broken leverage', { leverageMax: 2.5 }, /leverageMax/],
  ['a leverage that is no number', { leverageMax: Number.NaN }, /leverageMax/],
  ['a negative maintenance margin', { maintenanceMarginPpm: -1 }, /maintenanceMarginPpm/],
  ['a maintenance margin of everything', { maintenanceMarginPpm: 1_000_000 }, /maintenanceMarginPpm/],
  ['a maintenance margin that is no number', { maintenanceMarginPpm: Number.NaN }, /maintenanceMarginPpm/],
  ['decimals below zero', { priceDecimals: -1 }, /priceDecimals is an integer in \[0, 12\], was '-1'/],
  ['broken decimals', { qtyDecimals: 1.5 }, /qtyDecimals/],
  ['decimals that are no number', { priceDecimals: Number.NaN }, /priceDecimals/],
];

for (const [what, changes, message] of REFUSALS) {
  test(`refuses ${what}`, () => {
    assert.throws(() => new InstrumentTable([btcSpec(changes)]), {
      name: 'XylenError',
      code: 'XY_INSTRUMENT_UNKNOWN',
      message,
    });
  });
}

test('atoms are fine enough for tick x lot of every instrument, and never coarser than the default', () => {
  assert.equal(atomDecimalsFor([]), ATOM_DECIMALS_DEFAULT);
  assert.equal(atomDecimalsFor([btcSpec()]), ATOM_DECIMALS_DEFAULT);
  assert.equal(
    atomDecimalsFor([btcSpec(), btcSpec({ priceDecimals: 7, qtyDecimals: 5 })]),
    ATOM_DECIMALS_MAX,
  );
  assert.throws(() => atomDecimalsFor([btcSpec({ priceDecimals: 8, qtyDecimals: 5 })]), {
    code: 'XY_INSTRUMENT_UNKNOWN',
    message: /at most 12, were 13/,
  });
});

test('atoms too coarse for the instrument are a bug of the caller', () => {
  assert.throws(() => buildInstrument(btcSpec(), 0, 4), { name: 'AssertionError' });
});

test('the table finds by index and by venue and symbol', () => {
  const table = new InstrumentTable([
    btcSpec(),
    btcSpec({ symbol: 'ETHUSDT' }),
    btcSpec({ venue: 'kraken-futures' }),
  ]);
  assert.equal(table.count, 3);
  assert.equal(table.at(1).symbol, 'ETHUSDT');
  assert.equal(table.find('sim', 'ETHUSDT'), table.at(1));
  assert.equal(table.find('kraken-futures', 'BTCUSDT')?.ix, 2);
  assert.equal(table.find('sim', 'XRPUSDT'), undefined);
  for (const ix of [-1, 3, 0.5])
    assert.throws(() => table.at(ix), { name: 'AssertionError', message: /in \[0, 3\)/ });
});

test('the table refuses a double and a second quote currency', () => {
  assert.throws(() => new InstrumentTable([btcSpec(), btcSpec()]), {
    code: 'XY_INSTRUMENT_UNKNOWN',
    message: /sim\|BTCUSDT is listed twice/,
  });
  assert.throws(() => new InstrumentTable([btcSpec(), btcSpec({ symbol: 'BTCUSD', quoteAsset: 'USD' })]), {
    code: 'XY_INSTRUMENT_UNKNOWN',
    message: /one quote currency, found USDT, USD/,
  });
});

test('a table has the atoms that its finest instrument needs', () => {
  const fine = btcSpec({
    symbol: 'PEPEUSDT',
    priceDecimals: 10,
    qtyDecimals: 0,
    tickSize: '0.0000000001',
    lotSize: '1',
  });
  const table = new InstrumentTable([btcSpec(), { ...fine, qtyMin: '1', qtyMax: '1000000' }]);
  assert.deepEqual(
    [table.atomDecimals, table.at(0).atomsPerTickLot, table.at(1).atomsPerTickLot],
    [10, 100_000, 1],
  );
});

test('notional is exact for any ticks and lots', () => {
  const instrument = btcInstrument();
  fc.assert(
    fc.property(anyInteger, anyInteger, (priceTicks, qtyLots) => {
      const exact = BigInt(priceTicks) * BigInt(qtyLots) * 1000n;
      assert.equal(notionalAtoms(instrument, priceTicks, qtyLots), exact);
    }),
    propertySettings(1000),
  );
});

test('notional around the edge of exact doubles', () => {
  const instrument = btcInstrument();
  for (const [priceTicks, qtyLots] of [
    [94_906_265, 94_906_267],
    [94_906_267, 94_906_267],
    [3, 3_002_399_751_580_331],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [0, -5],
  ] as const) {
    const exact = BigInt(priceTicks) * BigInt(qtyLots) * 1000n;
    assert.equal(notionalAtoms(instrument, priceTicks, qtyLots), exact);
  }
});

test('prices and quantities round to the step below or above, exactly', () => {
  const stepMax = 100_000;
  const limit = Number.MAX_SAFE_INTEGER - stepMax;
  const units = fc.integer({ min: -limit, max: limit });
  fc.assert(
    fc.property(units, fc.integer({ min: 1, max: stepMax }), (value, step) => {
      const instrument = { ...btcInstrument(), tickStep: step, lotStep: step };
      const floor = divFloor(BigInt(value), BigInt(step)) * BigInt(step);
      const ceil = divCeil(BigInt(value), BigInt(step)) * BigInt(step);
      assert.equal(BigInt(floorToTick(instrument, value)), floor);
      assert.equal(BigInt(ceilToTick(instrument, value)), ceil);
      assert.equal(BigInt(floorToLot(instrument, value)), floor);
    }),
    propertySettings(1000),
  );
});

test('multiples of the step stay where they are', () => {
  const instrument = btcInstrument({ lotSize: '0.005' });
  assert.deepEqual([floorToTick(instrument, 120), ceilToTick(instrument, 120)], [120, 120]);
  assert.deepEqual([floorToTick(instrument, 129), ceilToTick(instrument, 121)], [120, 130]);
  assert.deepEqual(
    [floorToLot(instrument, 15), floorToLot(instrument, 19), floorToLot(instrument, 4)],
    [15, 15, 0],
  );
});

test('doubles for display are the nearest to the decimal value', () => {
  const instrument = btcInstrument();
  fc.assert(
    fc.property(anyInteger, (units) => {
      assert.equal(priceOf(instrument, units), Number(`${units}e-2`));
      assert.equal(qtyOf(instrument, units), Number(`${units}e-3`));
    }),
    propertySettings(),
  );
  assert.equal(moneyOf(8, 123_456_789n), 1.23456789);
  assert.equal(moneyOf(8, -1n), -1e-8);
});
