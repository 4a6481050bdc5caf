/** REST of Kraken futures: contracts, candles, funding, open interest, and errors that come with HTTP 200. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { HistoryRange } from '#venues/market';
import { KRAKEN_FUTURES } from './adapter.ts';

const rest = KRAKEN_FUTURES.rest(KRAKEN_FUTURES.hosts);
const FROM_US = Date.UTC(2026, 0, 2) * 1000;
const RANGE: HistoryRange = {
  instrument: {
    ix: 0,
    venue: 'kraken-futures',
    symbol: 'PF_ETHUSD',
    wireSymbol: 'PF_ETHUSD',
    priceDecimals: 1,
    qtyDecimals: 3,
  },
  restSymbol: 'PF_ETHUSD',
  fromUs: FROM_US,
  toUs: FROM_US + 2 * US_PER_HOUR,
};

function verdict(status: number, text: string, headers: Readonly<Record<string, string>> = {}): unknown {
  const { kind, ...more } = rest.judge(
    { kind: 'answer', status, headers, body: Buffer.from(text) },
    1_000_000,
  );
  return 'untilUs' in more ? [kind, more.untilUs] : kind;
}

const LINEAR = `{"symbol":"PF_PEPEUSD","pair":"PEPE:USD","base":"PEPE","quote":"USD","type":"flexible_futures","tickSize":1e-10,"contractSize":1,
  "tradeable":true,"maxPositionSize":1000000.0,"contractValueTradePrecision":-3,"postOnly":false,"marginLevels":[
  {"numNonContractUnits":500000,"initialMargin":0.5,"maintenanceMargin":0.25},{"numNonContractUnits":0.0,"initialMargin":0.03,"maintenanceMargin":0.0150001}]}`;
const INVERSE = `{"symbol":"PI_XBTUSD","pair":"XBT:USD","type":"futures_inverse","tickSize":0.5,"contractSize":1,"tradeable":true,
  "marginLevels":[{"contracts":0,"initialMargin":0.02,"maintenanceMargin":0.01}],"postOnly":true}`;
const DATED =
  '{"symbol":"FI_XBTUSD_260925","lastTradingTime":"2026-09-25T15:00:00.000Z","tickSize":0.5,"contractSize":1,"tradeable":true}';
const LARGE = '{"symbol":"PF_BIGUSD","tickSize":0.5,"contractSize":10,"tradeable":true}';
const INDEX = '{"symbol":"in_xbtusd","type":"spot index","tradeable":false}';

test('perpetual contracts are listed with exact steps; a negative precision counts in thousands', () => {
  const call = rest.instruments();
  assert.equal(call.url, 'https://futures.kraken.com/derivatives/api/v3/instruments');
  const body = `{"instruments":[${[LINEAR, INVERSE, DATED, LARGE, INDEX].join()}],"result":"success"}`;
  const listed = call.parse(Buffer.from(body));
  assert.deepEqual(
    listed.map(({ wireSymbol, restSymbol, status }) => [wireSymbol, restSymbol, status]),
    [
      ['PF_PEPEUSD', 'PF_PEPEUSD', 'trading'],
      ['PI_XBTUSD', 'PI_XBTUSD', 'halted'],
    ],
  );
  assert.equal(listed[0]?.untradable, undefined);
  assert.match(listed[1]?.untradable ?? '', /^inverse contracts/);
  assert.deepEqual(listed[0]?.spec, {
    venue: 'kraken-futures',
    symbol: 'PF_PEPEUSD',
    baseAsset: 'PEPE',
    quoteAsset: 'USD',
    kind: 'perpetual',
    priceDecimals: 10,
    qtyDecimals: 0,
    tickSize: '0.0000000001',
    lotSize: '1000',
    qtyMin: '1000',
    qtyMax: '1000000',
    notionalMin: '0',
    leverageMax: 33,
    maintenanceMarginPpm: 15_001,
    rulesFrom: 'venue',
  });
  const inverse = listed[1]?.spec;
  assert.deepEqual(
    [inverse?.baseAsset, inverse?.quoteAsset, inverse?.tickSize, inverse?.lotSize, inverse?.leverageMax],
    ['BTC', 'USD', '0.5', '1', 50],
  );
  assert.throws(
    () => call.parse(Buffer.from(body.replace('1e-10', '1e-20'))),
    /expected a symbol, a tick size/,
  );
  assert.throws(() => call.parse(Buffer.from('{"result":"success"}')), /expected 'instruments'/);
});

test('candles are those that begin and end within the range, volumes rounded to a lot', () => {
  const call = rest.candles(RANGE, US_PER_HOUR);
  const seconds = FROM_US / US_PER_SECOND;
  assert.equal(
    call?.url,
    `https://futures.kraken.com/api/charts/v1/trade/PF_ETHUSD/1h?from=${seconds}&to=${seconds + 7200}`,
  );
  const row = (hour: number): string =>
    `{"time":${FROM_US / 1000 + hour * 3_600_000},"open":"91069","high":"91373.50000000000","low":"90956","close":"91045.5","volume":"3.0006"}`;
  const body = `{"candles":[${[-1, 0, 1, 2].map(row).join()}],"more_candles":false}`;
  const candles = call?.parse(Buffer.from(body)) ?? [];
  assert.deepEqual(
    candles.map(({ openTsUs }) => (openTsUs - FROM_US) / US_PER_HOUR),
    [0, 1],
  );
  assert.deepEqual(candles[0], {
    openTsUs: FROM_US,
    openTicks: 910_690,
    highTicks: 913_735,
    lowTicks: 909_560,
    closeTicks: 910_455,
    volumeLots: 3001,
  });
  assert.throws(() => call?.parse(Buffer.from(body.replace('"open"', '"o"'))), /a whole candle/);
  assert.equal(rest.candles(RANGE, 3 * US_PER_MINUTE), null);
});

test('funding is the rate relative to the value, in order of time, within the range', () => {
  const call = rest.fundingHistory(RANGE);
  assert.match(call?.url ?? '', /\/derivatives\/api\/v3\/historical-funding-rates\?symbol=PF_ETHUSD$/);
  const body = `{"result":"success","rates":[
    {"timestamp":"2026-01-02T01:00:00.000Z","fundingRate":1.3,"relativeFundingRate":-1.6898883333333e-05},
    {"timestamp":"2026-01-02T00:00:00Z","fundingRate":1.3,"relativeFundingRate":0.0001},
    {"timestamp":"2026-01-02T00:30:00Z","fundingRate":1.3,"relativeFundingRate":null},
    {"timestamp":"2026-01-02T02:00:00Z","fundingRate":1.3,"relativeFundingRate":0.5}]}`;
  assert.deepEqual(call?.parse(Buffer.from(body)), [
    { tsUs: FROM_US, rateE12: 100_000_000 },
    { tsUs: FROM_US + US_PER_HOUR, rateE12: -16_898_883 },
  ]);
  assert.throws(
    () => call?.parse(Buffer.from(body.replace('2026-01-02T01', 'soon'))),
    /expected a moment and a rate/,
  );
});

test('open interest is what was open at the time itself, not later in its five minutes', () => {
  const call = rest.openInterestHistory(RANGE);
  const seconds = FROM_US / US_PER_SECOND;
  assert.match(
    call?.url ?? '',
    new RegExp(`PF_ETHUSD/open-interest\\?since=${seconds}&to=${seconds + 7200}&interval=300$`),
  );
  const body = `{"result":{"data":[["1.5","9","1","2"],["2.0004",9,1,3]],"more":false,"timestamp":[${seconds},${seconds + 300}]},"errors":[]}`;
  assert.deepEqual(call?.parse(Buffer.from(body)), [
    { tsUs: FROM_US, openInterestLots: 1500 },
    { tsUs: FROM_US + 5 * US_PER_MINUTE, openInterestLots: 2000 },
  ]);
  assert.throws(
    () => call?.parse(Buffer.from(body.replace(`,${seconds + 300}`, ''))),
    /as many values as times/,
  );
});

test("the server's time is read from any number of digits", () => {
  const body = '{"result":"success","instrumentStatus":[],"serverTime":"2024-05-03T13:15:34.1Z"}';
  assert.equal(rest.serverTime()?.parse(Buffer.from(body)), Date.UTC(2024, 4, 3, 13, 15, 34, 100) * 1000);
});

test('errors come with HTTP 200 and are judged by their words', () => {
  assert.equal(verdict(200, '{"result":"success"}'), 'good');
  assert.equal(verdict(200, '{"candles":[],"more_candles":false}'), 'good');
  assert.equal(verdict(200, '{"result":{"timestamp":[]},"errors":[]}'), 'good');
  assert.deepEqual(verdict(200, '{"result":"error","error":"apiLimitExceeded"}'), ['limited', 11_000_000]);
  assert.equal(verdict(200, '{"error":"Server Error","result":"error"}'), 'unavailable');
  assert.equal(verdict(200, '{"result":"error","error":"invalidArgument: symbol"}'), 'refused');
  assert.equal(verdict(404, '{"errors":[{"msg":"NOT_FOUND"}]}'), 'refused');
  assert.equal(verdict(503, 'Service Unavailable'), 'unavailable');
  assert.equal(verdict(200, '<html>'), 'unavailable');
  assert.deepEqual(verdict(429, '', { 'retry-after': '3' }), ['limited', 4_000_000]);
});
