import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { InstrumentTable } from '#domain';
import type { CcxtMarket } from './exchange.ts';
import { listedOf } from './instruments.ts';
import { FakeExchange, fakeMarket } from './test/fake-exchange.ts';

function specOf(precisionMode: number, changes: Partial<CcxtMarket>, lastPrice?: number) {
  const exchange = new FakeExchange();
  exchange.precisionMode = precisionMode;
  return listedOf(exchange, fakeMarket('BTC/USDT', changes), lastPrice).spec;
}

test('precision as a step', () => {
  const { lotSize, priceDecimals, qtyDecimals, tickSize } = specOf(4, {
    precision: { price: 0.5, amount: 1e-8 },
  });
  assert.deepEqual([tickSize, lotSize], ['0.5', '0.00000001']);
  // Two digits more for prices left from a finer step.
  assert.deepEqual([priceDecimals, qtyDecimals], [3, 8]);
  assert.equal(specOf(4, { precision: { price: '10', amount: '0.001' } }).tickSize, '10');
});

test('precision as decimal places, also of tens', () => {
  const spec = specOf(2, { precision: { price: 2, amount: -1 } });
  assert.deepEqual([spec.tickSize, spec.lotSize, spec.qtyDecimals], ['0.01', '10', 0]);
});

test('precision as significant digits needs a price', () => {
  assert.equal(specOf(3, { precision: { price: 5, amount: 8 } }, 63_943.9).tickSize, '1');
  assert.equal(specOf(3, { precision: { price: 5, amount: 8 } }, 0.012345).tickSize, '0.000001');
  assert.throws(() => specOf(3, { precision: { price: 5, amount: 8 } }), isUnknown);
});

test('an account can book what is listed, and a table be built of it', () => {
  for (const [price, amount] of [
    [0.01, 0.001],
    [1e-8, 1],
    [0.0001, 1e-8],
    [1, 1],
  ] as const) {
    const spec = specOf(4, { precision: { price, amount } });
    assert.equal(new InstrumentTable([spec]).count, 1, `${price} ${amount}`);
  }
});

test('sizes that are missing or finer than lots are one lot; a largest that is missing is the largest there is', () => {
  const spec = specOf(4, { limits: {} });
  assert.deepEqual([spec.qtyMin, spec.qtyMax, spec.notionalMin], ['0.001', '9007199254740.991', '0']);
  assert.equal(specOf(4, { limits: { amount: { min: 0.0001 } } }).qtyMin, '0.001');
});

test('linear perpetuals have leverage and the margin that is safe to assume; other contracts are refused', () => {
  const contract = { spot: false, swap: true, linear: true, limits: { leverage: { max: 50 } } };
  const { kind, leverageMax, maintenanceMarginPpm } = specOf(4, contract);
  assert.deepEqual([kind, leverageMax, maintenanceMarginPpm], ['perpetual', 50, 20_000]);
  assert.throws(() => specOf(4, { ...contract, linear: false }), isUnknown);
  assert.throws(() => specOf(4, { spot: false }), isUnknown);
});

test('contracts of another size than one base unit, or of none that is stated, say that they must not be traded', () => {
  const untradable = (contractSize: CcxtMarket['contractSize']): string | undefined =>
    listedOf(
      new FakeExchange(),
      fakeMarket('BTC/USDT:USDT', { spot: false, swap: true, linear: true, contractSize }),
      undefined,
    ).untradable;
  assert.equal(untradable(1), undefined);
  assert.equal(untradable('1.0'), undefined);
  assert.match(untradable(0.01) ?? '', /contracts of 0\.01 base units/);
  assert.match(untradable(undefined) ?? '', /unstated/);
  assert.equal(listedOf(new FakeExchange(), fakeMarket('BTC/USDT', {}), undefined).untradable, undefined);
});

test('a market without precision is refused in words', () => {
  assert.throws(() => specOf(4, { precision: {} }), /BTC\/USDT is without a precision that can be read/);
  assert.throws(() => specOf(2, { precision: { price: 0.01, amount: 2 } }), isUnknown);
});

function isUnknown(thrown: unknown): boolean {
  return thrown instanceof XylenError && thrown.code === 'XY_INSTRUMENT_UNKNOWN';
}
