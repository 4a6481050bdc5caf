/** Documented answers of Kraken futures' REST interfaces are read. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { US_PER_DAY, US_PER_HOUR } from '#core';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { KRAKEN_FUTURES } from './adapter.ts';

const skip = skipWithoutShared;
const rest = KRAKEN_FUTURES.rest(KRAKEN_FUTURES.hosts);
const RANGE = {
  instrument: {
    ix: 0,
    venue: 'kraken-futures',
    symbol: 'PI_XBTUSD',
    wireSymbol: 'PI_XBTUSD',
    priceDecimals: 1,
    qtyDecimals: 0,
  },
  restSymbol: 'PI_XBTUSD',
  fromUs: 0,
  toUs: Date.UTC(2027, 0, 1) * 1000,
} as const;

function fixture(...parts: readonly string[]): Buffer {
  const text = readFileSync(sharedPath('fixtures', 'kraken-futures', ...parts), 'utf8');
  const { body } = JSON.parse(text) as { body?: unknown };
  return Buffer.from(body === undefined ? text : JSON.stringify(body));
}

function isGood(body: Buffer): boolean {
  return rest.judge({ kind: 'answer', status: 200, headers: {}, body }, 1).kind === 'good';
}

test('contracts, candles, funding and time are read from the documented answers', { skip }, () => {
  const symbols = fixture('rest', 'jkorf', 'ExchangeData_GetSymbols.json');
  const listed = rest.instruments().parse(symbols);
  assert.ok(isGood(symbols));
  assert.deepEqual(
    listed.map(({ spec }) => [
      spec.symbol,
      spec.priceDecimals,
      spec.qtyDecimals,
      spec.lotSize,
      spec.leverageMax,
    ]),
    [
      ['PI_XBTUSD', 1, 0, '1', 50],
      ['PF_XBTUSD', 0, 4, '0.0001', 50],
    ],
  );
  const [ether] = rest
    .instruments()
    .parse(fixture('nautilus', 'http_futures_instrument_no_fee_schedule.json'));
  assert.deepEqual(
    [ether?.spec.tickSize, ether?.spec.lotSize, ether?.spec.qtyMax],
    ['0.1', '0.001', '16000'],
  );
  const candles = rest
    .candles(RANGE, US_PER_HOUR)
    ?.parse(fixture('nautilus', 'http_futures_candles_trade.json'));
  assert.deepEqual(candles?.[0], {
    openTsUs: 1_731_715_200_000_000,
    openTicks: 910_690,
    highTicks: 913_735,
    lowTicks: 909_560,
    closeTicks: 910_455,
    volumeLots: 319_499,
  });
  const mark = rest
    .candles(RANGE, US_PER_DAY)
    ?.parse(fixture('rest', 'jkorf', 'ExchangeData_GetKlines.json'));
  assert.equal(mark?.[0]?.volumeLots, 10_824);
  const rates = rest
    .fundingHistory(RANGE)
    ?.parse(fixture('rest', 'jkorf', 'ExchangeData_GetHistoricalFundingRates.json'));
  assert.deepEqual(
    rates?.map(({ rateE12 }) => rateE12),
    [-16_898_883, -540_935, -8_521_191],
  );
  const older = rest
    .fundingHistory(RANGE)
    ?.parse(fixture('nautilus', 'http_futures_historical_funding_rates.json'));
  assert.deepEqual(
    older?.map(({ rateE12 }) => rateE12),
    [150_000_000, -50_000_000, 100_000_000],
  );
  const status = fixture('rest', 'jkorf', 'ExchangeData_GetSymbolStatus.json');
  assert.equal(rest.serverTime()?.parse(status), Date.UTC(2024, 4, 3, 13, 15, 34, 100) * 1000);
});
