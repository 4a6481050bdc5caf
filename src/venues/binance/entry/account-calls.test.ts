/** Balances, positions, settings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryCall } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { BTC, ETH, openStage, paramsOf, readRequest, STAMP } from './test/entry-stage.ts';

const entry = openStage();
const isRefused = { code: 'XY_VENUE_REPLY' };
const whereOf = (call: EntryCall<unknown> | null): string => {
  const request = (call ?? assert.fail()).request(STAMP);
  return `${request.method} ${readRequest(request).path}`;
};
const position = (changes: object = {}): object => ({
  symbol: 'BTCUSDT',
  positionSide: 'BOTH',
  positionAmt: '-0.250',
  entryPrice: '65000.123456789',
  updateTime: 1_793_390_400_000,
  ...changes,
});

test('the clock of the venue', () => {
  assert.equal(entry.serverTime().parse(bytesOf({ serverTime: 1_793_390_400_123 })), 1_793_390_400_123_000);
  assert.throws(() => entry.serverTime().parse(bytesOf({})), isRefused);
  assert.throws(() => entry.serverTime().parse(bytesOf({ serverTime: 9e15 })), isRefused);
});

test('balances are exact, of whatever currency', () => {
  const call = entry.balances();
  assert.equal(whereOf(call), 'GET /fapi/v3/balance');
  const asset = { asset: 'BNB', balance: '123456789012.12345678', availableBalance: '-0.5' };
  assert.deepEqual(call.parse(bytesOf([asset])), [
    {
      total: { asset: 'BNB', units: 12_345_678_901_212_345_678n, decimals: 8 },
      available: { asset: 'BNB', units: -5n, decimals: 1 },
    },
  ]);
  assert.throws(() => call.parse(bytesOf([{ asset: 'BNB', balance: '1' }])), isRefused);
  assert.throws(() => call.parse(bytesOf({ code: 200 })), isRefused);
});

test('positions of one-way and hedge mode, those of others passed over', () => {
  const call = entry.positions([BTC]) ?? assert.fail();
  assert.equal(whereOf(call), 'GET /fapi/v3/positionRisk');
  const records = call.parse(
    bytesOf([
      position(),
      position({ symbol: 'XRPUSDT', positionAmt: '7' }),
      position({ positionSide: 'LONG', positionAmt: '1.5' }),
      position({ positionSide: 'SHORT', positionAmt: '-2' }),
      position({ symbol: 'ETHUSDT', positionAmt: '0.000', entryPrice: '0.0', updateTime: 0 }),
    ]),
  );
  assert.deepEqual(
    records.map(({ instrument, positionSide, qtyLots, entryPrice }) => [
      instrument.symbol,
      positionSide,
      qtyLots,
      entryPrice,
    ]),
    [
      ['BTCUSDT', 'both', -250, '65000.123456789'],
      ['BTCUSDT', 'long', 1_500, '65000.123456789'],
      ['BTCUSDT', 'short', -2_000, '65000.123456789'],
      ['ETHUSDT', 'both', 0, null],
    ],
  );
});

test('a position on the wrong side of zero, or finer than a lot, is refused', () => {
  const call = entry.positions([BTC]) ?? assert.fail();
  for (const changes of [
    { positionSide: 'SHORT', positionAmt: '2' },
    { positionSide: 'LONG', positionAmt: '-2' },
    { positionSide: 'NET' },
    { positionAmt: '0.0001' },
  ]) {
    assert.throws(() => call.parse(bytesOf([position(), position(changes)])), isRefused);
  }
});

test('leverage is set and confirmed', () => {
  const call = entry.setLeverage(ETH, 21) ?? assert.fail();
  assert.equal(whereOf(call), 'POST /fapi/v1/leverage');
  assert.deepEqual(paramsOf(call), { symbol: 'ETHUSDT', leverage: '21' });
  call.parse(bytesOf({ leverage: 21, maxNotionalValue: '1000000', symbol: 'ETHUSDT' }));
  assert.throws(() => call.parse(bytesOf({ leverage: 20, symbol: 'ETHUSDT' })), isRefused);
  assert.throws(() => call.parse(bytesOf({ leverage: 21, symbol: 'BTCUSDT' })), isRefused);
  for (const leverage of [0, 126, 2.5]) assert.throws(() => entry.setLeverage(ETH, leverage), /1 to 125/);
});

test('margin and position mode are set in the words of the venue', () => {
  const margin = entry.setMarginMode(BTC, 'cross');
  assert.equal(whereOf(margin), 'POST /fapi/v1/marginType');
  assert.deepEqual(paramsOf(margin), { symbol: 'BTCUSDT', marginType: 'CROSSED' });
  assert.equal(paramsOf(entry.setMarginMode(BTC, 'isolated')).marginType, 'ISOLATED');
  const mode = entry.setPositionMode('hedge');
  assert.equal(whereOf(mode), 'POST /fapi/v1/positionSide/dual');
  assert.deepEqual(paramsOf(mode), { dualSidePosition: 'true' });
  assert.equal(paramsOf(entry.setPositionMode('one-way')).dualSidePosition, 'false');
  for (const call of [margin, mode]) {
    call?.parse(bytesOf({ code: 200, msg: 'success' }));
    call?.parse(bytesOf({ code: '200', msg: 'success' }));
    assert.throws(() => call?.parse(bytesOf({ msg: 'success' })), isRefused);
  }
});

test('what a key may do is not told by the futures hosts', () => {
  assert.equal(entry.keyRights(), null);
});
