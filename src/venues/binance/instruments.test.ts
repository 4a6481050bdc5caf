/** Lists of instruments: steps and decimals from the filters, refusals where one is missing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { buildInstrument } from '#domain';
import { readListing } from './instruments.ts';
import { SPOT, USDM } from './market.ts';

const PERPETUAL = {
  symbol: 'SUSHIUSDT',
  contractType: 'PERPETUAL',
  status: 'TRADING',
  maintMarginPercent: '2.5000',
  requiredMarginPercent: '5.0000',
  baseAsset: 'SUSHI',
  quoteAsset: 'USDT',
  pricePrecision: 7,
  quantityPrecision: 7,
  filters: [
    { minPrice: '0.001', maxPrice: '1000', filterType: 'PRICE_FILTER', tickSize: '0.0010' },
    { stepSize: '1', filterType: 'LOT_SIZE', maxQty: '1000000', minQty: '1' },
    { stepSize: '1', filterType: 'MARKET_LOT_SIZE', maxQty: '100000', minQty: '2' },
    { notional: '5', filterType: 'MIN_NOTIONAL' },
  ],
};

function spot(tickSize: string, stepSize: string, maxQty: string): object {
  return {
    symbol: 'AAABBB',
    status: 'BREAK',
    baseAsset: 'AAA',
    quoteAsset: 'BBB',
    baseAssetPrecision: 8,
    filters: [
      { filterType: 'NOTIONAL', minNotional: '5.00000000', applyMinToMarket: true },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: '873.90727776', stepSize: '0.00000000' },
      { filterType: 'LOT_SIZE', minQty: stepSize, maxQty, stepSize },
      { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '1000.00000000', tickSize },
    ],
  };
}

function listing(market: typeof USDM, ...symbols: readonly unknown[]) {
  return readListing(market, Buffer.from(JSON.stringify({ timezone: 'UTC', symbols })));
}

test('a perpetual has the steps of its filters, the decimals in which they are written, and bounds for any order', () => {
  const [found] = listing(USDM, PERPETUAL).listed;
  assert.deepEqual(found, {
    spec: {
      venue: 'binance-usdm',
      symbol: 'SUSHIUSDT',
      baseAsset: 'SUSHI',
      quoteAsset: 'USDT',
      kind: 'perpetual',
      priceDecimals: 4,
      qtyDecimals: 0,
      tickSize: '0.0010',
      lotSize: '1',
      qtyMin: '2',
      qtyMax: '100000',
      notionalMin: '5',
      leverageMax: 20,
      maintenanceMarginPpm: 25_000,
      rulesFrom: 'venue',
    },
    wireSymbol: 'SUSHIUSDT',
    restSymbol: 'SUSHIUSDT',
    status: 'trading',
  });
  assert.equal(buildInstrument(found?.spec ?? assert.fail(), 0, 8).tickStep, 10);
});

test('spot gets digits beyond its steps while an account can book them and volumes stay safe integers', () => {
  for (const [tick, step, maxQty, price, qty] of [
    ['0.01000000', '0.00001000', '9000.00000000', 4, 8],
    ['0.00010000', '1.00000000', '9000000.00000000', 6, 5],
    ['0.00000001', '1.00000000', '46116860414.00000000', 8, 1],
    ['0.00000100', '0.00010000', '100000.00000000', 7, 5],
  ] as const) {
    const [found] = listing(SPOT, spot(tick, step, maxQty)).listed;
    const spec = found?.spec ?? assert.fail();
    assert.deepEqual([spec.priceDecimals, spec.qtyDecimals], [price, qty], tick);
    assert.equal(found?.status, 'halted');
    assert.ok(buildInstrument(spec, 0, 12).lotStep > 0);
  }
});

test("a spot market order's bounds count where they are set, cut to whole lots", () => {
  const [found] = listing(SPOT, spot('0.00000001', '1.00000000', '9000000000.00000000')).listed;
  const { leverageMax, qtyMax, qtyMin } = found?.spec ?? assert.fail();
  assert.deepEqual([qtyMin, qtyMax, leverageMax], ['1', '873', 1]);
});

test('dated futures are passed over; a symbol without a filter or with a step of 0 is refused with the reason', () => {
  const without = (type: string): object => ({
    ...PERPETUAL,
    symbol: type,
    filters: PERPETUAL.filters.filter(({ filterType }) => filterType !== type),
  });
  const { listed, refused } = listing(
    USDM,
    { ...PERPETUAL, contractType: 'CURRENT_QUARTER' },
    without('PRICE_FILTER'),
    without('LOT_SIZE'),
    without('MIN_NOTIONAL'),
    { ...PERPETUAL, symbol: 'X', filters: [{ filterType: 'PRICE_FILTER', tickSize: '0.00000000' }] },
    { ...PERPETUAL, symbol: 'Y', filters: undefined },
  );
  assert.deepEqual(listed, []);
  assert.deepEqual(refused, [
    { symbol: 'PRICE_FILTER', reason: 'it has no filter PRICE_FILTER' },
    { symbol: 'LOT_SIZE', reason: 'it has no filter LOT_SIZE' },
    { symbol: 'MIN_NOTIONAL', reason: 'it has no filter MIN_NOTIONAL' },
    { symbol: 'X', reason: "tickSize of PRICE_FILTER is '0.00000000', expected a step above 0" },
    { symbol: 'Y', reason: "it has no list 'filters'" },
  ]);
});

test('a market bound need not be there', () => {
  const filters = PERPETUAL.filters.filter(({ filterType }) => filterType !== 'MARKET_LOT_SIZE');
  const [found] = listing(USDM, { ...PERPETUAL, filters }).listed;
  assert.equal(found?.spec.qtyMax, '1000000');
});

test('what is no list of symbols is a reply that the venue does not document', () => {
  for (const body of ['', '[]', '{}', '{"symbols":5}', '{"symbols":[5]}', '<html>']) {
    assert.throws(
      () => readListing(USDM, Buffer.from(body)),
      (thrown) => thrown instanceof XylenError && thrown.code === 'XY_VENUE_REPLY',
      body,
    );
  }
});
