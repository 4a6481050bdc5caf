/** REST of Kraken spot: instruments by mapping, finished candles alone, errors that come with HTTP 200. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { HistoryRange } from '#venues/market';
import { KRAKEN_SPOT } from './adapter.ts';

const rest = KRAKEN_SPOT.rest(KRAKEN_SPOT.hosts);
const RANGE: HistoryRange = {
  instrument: {
    ix: 0,
    venue: 'kraken-spot',
    symbol: 'BTC/USD',
    wireSymbol: 'BTC/USD',
    priceDecimals: 1,
    qtyDecimals: 8,
  },
  restSymbol: 'XBTUSD',
  fromUs: 600 * US_PER_SECOND,
  toUs: 900 * US_PER_SECOND,
};

function verdict(status: number, text: string, headers: Readonly<Record<string, string>> = {}): unknown {
  const { kind, ...more } = rest.judge(
    { kind: 'answer', status, headers, body: Buffer.from(text) },
    1_000_000,
  );
  return 'untilUs' in more ? [kind, more.untilUs] : kind;
}

test('pairs are listed by the names of the new stream, requests by altname, the dark pool not at all', () => {
  const call = rest.instruments();
  assert.equal(call.url, 'https://api.kraken.com/0/public/AssetPairs');
  const body = {
    error: [],
    result: {
      XDGXBT: {
        altname: 'XDGXBT',
        wsname: 'XDG/XBT',
        base: 'XXDG',
        pair_decimals: 10,
        lot_decimals: 8,
        fees: [[0, 0.26]],
        leverage_buy: [2, 3],
        ordermin: '50',
        costmin: '0.00002',
        tick_size: '0.0000000005',
        status: 'online',
      },
      'XXBTZUSD.d': { altname: 'XBTUSD.d', pair_decimals: 1, lot_decimals: 8 },
      OLDEUR: {
        altname: 'OLDEUR',
        wsname: 'OLD/EUR',
        pair_decimals: 0,
        lot_decimals: 2,
        status: 'cancel_only',
      },
    },
  };
  const listed = call.parse(Buffer.from(JSON.stringify(body)));
  assert.deepEqual(listed, [
    {
      spec: {
        venue: 'kraken-spot',
        symbol: 'DOGE/BTC',
        baseAsset: 'DOGE',
        quoteAsset: 'BTC',
        kind: 'spot',
        priceDecimals: 10,
        qtyDecimals: 8,
        tickSize: '0.0000000005',
        lotSize: '0.00000001',
        qtyMin: '50',
        qtyMax: '90071992.54740991',
        notionalMin: '0.00002',
        leverageMax: 1,
        maintenanceMarginPpm: 0,
        rulesFrom: 'venue',
      },
      wireSymbol: 'DOGE/BTC',
      restSymbol: 'XDGXBT',
      status: 'trading',
    },
    {
      spec: {
        venue: 'kraken-spot',
        symbol: 'OLD/EUR',
        baseAsset: 'OLD',
        quoteAsset: 'EUR',
        kind: 'spot',
        priceDecimals: 0,
        qtyDecimals: 2,
        tickSize: '1',
        lotSize: '0.01',
        qtyMin: '0.01',
        qtyMax: '90071992547409.91',
        notionalMin: '0',
        leverageMax: 1,
        maintenanceMarginPpm: 0,
        rulesFrom: 'venue',
      },
      wireSymbol: 'OLD/EUR',
      restSymbol: 'OLDEUR',
      status: 'halted',
    },
  ]);
  const broken = { error: [], result: { A: { wsname: 'A/B', pair_decimals: 99, lot_decimals: 8 } } };
  assert.throws(() => call.parse(Buffer.from(JSON.stringify(broken))), /expected 'pair_decimals'/);
});

test('candles are those of the range that are finished', () => {
  const call = rest.candles(RANGE, 5 * US_PER_MINUTE);
  assert.equal(call?.url, 'https://api.kraken.com/0/public/OHLC?pair=XBTUSD&interval=5&since=599');
  const row = (time: number): string => `[${time},"1.5","2.5","1.0","2.0","1.7","0.00000003",4]`;
  const body = `{"error":[],"result":{"XXBTZUSD":[${[300, 600, 900].map(row).join()}],"last":600}}`;
  assert.deepEqual(call?.parse(Buffer.from(body)), [
    {
      openTsUs: 600 * US_PER_SECOND,
      openTicks: 15,
      highTicks: 25,
      lowTicks: 10,
      closeTicks: 20,
      volumeLots: 3,
    },
  ]);
  const running = body.replace('"last":600', '"last":300');
  assert.deepEqual(call?.parse(Buffer.from(running)), []);
  assert.throws(() => call?.parse(Buffer.from(body.replace('"2.5"', '"2.55"'))), /at most 1 decimals/);
  assert.equal(rest.candles(RANGE, 2 * US_PER_MINUTE), null);
});

test("the server's time is read in whole seconds", () => {
  const body = '{"error":[],"result":{"unixtime":1762820224,"rfc1123":"x"}}';
  assert.equal(rest.serverTime()?.parse(Buffer.from(body)), 1_762_820_224_000_000);
});

test('errors come with HTTP 200 and are judged by their words', () => {
  assert.equal(verdict(200, '{"error":[],"result":{}}'), 'good');
  assert.equal(verdict(200, '{"error":["WGeneral:Danger"],"result":{}}'), 'good');
  assert.deepEqual(verdict(200, '{"error":["EAPI:Rate limit exceeded"]}'), ['limited', 16_000_000]);
  assert.deepEqual(verdict(200, '{"error":["EService:Throttled: 1234567890"]}'), [
    'limited',
    1_234_567_890_000_000,
  ]);
  assert.deepEqual(verdict(200, '{"error":["EService:Throttled: 0"]}'), ['limited', 2_000_000]);
  assert.deepEqual(verdict(200, '{"error":["EGeneral:Temporary lockout"]}'), ['limited', 901_000_000]);
  assert.equal(verdict(200, '{"error":["EService:Unavailable"]}'), 'unavailable');
  assert.equal(verdict(200, '{"error":["EGeneral:Internal error"]}'), 'unavailable');
  assert.equal(verdict(200, '{"error":["EQuery:Unknown asset pair"]}'), 'refused');
  assert.equal(verdict(200, '{"result":{},"error":["EGeneral:Invalid arguments"]}'), 'refused');
  assert.equal(verdict(200, '<html>gateway</html>'), 'unavailable');
  assert.equal(verdict(520, '<html>gateway</html>'), 'unavailable');
  assert.equal(verdict(403, 'blocked'), 'refused');
  assert.deepEqual(verdict(429, 'slow down', { 'retry-after': '7' }), ['limited', 8_000_000]);
  assert.deepEqual(verdict(429, 'slow down'), ['limited', 16_000_000]);
});

test('Kraken spot has neither funding nor open interest, and books by stream alone', () => {
  assert.deepEqual(
    [rest.fundingHistory(RANGE), rest.openInterestHistory(RANGE), rest.polls('book', [])],
    [null, null, []],
  );
});
