import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE, US_PER_SECOND } from '#core';
import { ExchangeClient, START_US } from './test/exchange-client.ts';

type Rows = readonly (readonly (string | number)[])[];
type Fields = Readonly<Record<string, unknown>>;

test('a book has as many levels as asked for, best first and never crossed', () => {
  const client = new ExchangeClient();
  for (let n = 0; n < 50; n++) {
    client.pass(700_000);
    const { bids, asks } = client.open('GET', '/fapi/v1/depth', { symbol: 'BTCUSDT', limit: 20 }).body as {
      bids: Rows;
      asks: Rows;
    };
    assert.deepEqual([bids.length, asks.length], [20, 20]);
    const prices = [...bids.toReversed(), ...asks].map(([price]) => Number(price));
    assert.deepEqual(
      prices,
      prices.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(prices).size, 40);
  }
});

test('bars of all lengths tell of the same prints', () => {
  const client = new ExchangeClient();
  client.pass(17 * US_PER_MINUTE + US_PER_SECOND);
  const rows = (interval: string): Rows =>
    client.open('GET', '/fapi/v1/klines', { symbol: 'ETHUSDT', interval, limit: 1000 }).body as Rows;
  const minutes = rows('1m');
  assert.equal(minutes.at(-1)?.[0], (START_US + 17 * US_PER_MINUTE) / 1_000);
  for (const [at, row] of minutes.entries())
    assert.equal(Number(row[0]), Number(minutes[0]?.[0]) + at * 60_000, 'minutes follow each other');
  for (const interval of ['5m', '1h', '1w', '1M']) {
    const bars = rows(interval);
    const volume = (of: Rows): number => of.reduce((sum, row) => sum + Math.round(Number(row[5]) * 1_000), 0);
    assert.equal(volume(bars), volume(minutes), interval);
    assert.equal(bars.at(-1)?.[4], minutes.at(-1)?.[4]);
  }
  const from = Number(minutes[3]?.[0]);
  const part = client.open('GET', '/fapi/v1/klines', {
    symbol: 'ETHUSDT',
    interval: '1m',
    startTime: from,
    limit: 2,
  });
  assert.deepEqual(part.body, minutes.slice(3, 5));
});

test('the rate that is shown is the one that settles', () => {
  const client = new ExchangeClient();
  const shown = client.open('GET', '/fapi/v1/premiumIndex', { symbol: 'BTCUSDT' }).body as Fields;
  client.pass(21 * US_PER_MINUTE);
  const [settled] = client.open('GET', '/fapi/v1/fundingRate', { symbol: 'BTCUSDT' }).body as [Fields];
  assert.deepEqual(
    [settled.fundingTime, settled.fundingRate],
    [shown.nextFundingTime, shown.lastFundingRate],
  );
});

test('rules, tickers and prints have the fields of the venue', () => {
  const client = new ExchangeClient();
  const info = client.open('GET', '/fapi/v1/exchangeInfo').body as {
    symbols: (Fields & { filters: Fields[] })[];
    simulated: unknown;
  };
  assert.equal(info.simulated, true);
  assert.deepEqual(
    info.symbols[0]?.filters.map(({ filterType }) => filterType),
    [
      'PRICE_FILTER',
      'LOT_SIZE',
      'MARKET_LOT_SIZE',
      'MAX_NUM_ORDERS',
      'MIN_NOTIONAL',
      'PERCENT_PRICE',
      'POSITION_RISK_CONTROL',
    ],
  );
  for (const path of ['v1/ticker/price', 'v1/ticker/bookTicker', 'v1/ticker/24hr', 'v1/premiumIndex'])
    assert.equal((client.open('GET', `/fapi/${path}`).body as unknown[]).length, 2, path);
  const trades = client.open('GET', '/fapi/v1/trades', { symbol: 'BTCUSDT', limit: 10 }).body as {
    id: number;
  }[];
  assert.deepEqual(
    trades.map(({ id }) => id - (trades[0]?.id ?? 0)),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  const answer = client.open('GET', '/fapi/v1/time');
  assert.equal(answer.headers['X-Xylen-Simulated'], 'true');
  assert.deepEqual(answer.body, { serverTime: START_US / 1_000 });
});

test('questions that make no sense are refused with the codes of the venue', () => {
  const client = new ExchangeClient();
  const wrong: readonly (readonly [string, Record<string, string | number>, number])[] = [
    ['depth', {}, -1102],
    ['depth', { symbol: '' }, -1102],
    ['depth', { symbol: 'NOPE' }, -1121],
    ['depth', { symbol: 'BTCUSDT', limit: 7 }, -4021],
    ['klines', { symbol: 'BTCUSDT' }, -1102],
    ['klines', { symbol: 'BTCUSDT', interval: '7m' }, -1120],
    ['klines', { symbol: 'BTCUSDT', interval: '1m', limit: 1_501 }, -1130],
    ['aggTrades', { symbol: 'BTCUSDT', fromId: 1, startTime: 1 }, -1128],
    ['aggTrades', { symbol: 'BTCUSDT', startTime: 2, endTime: 1 }, -1023],
    ['ticker/24hr', { symbol: 'NOPE' }, -1121],
  ];
  for (const [path, params, code] of wrong) {
    const { body, status } = client.open('GET', `/fapi/v1/${path}`, params);
    assert.deepEqual([status, (body as Fields).code], [400, code], `${path} ${JSON.stringify(params)}`);
  }
});

test('sums over the whole market are refused in words of the venue', () => {
  const client = new ExchangeClient();
  const answer = client.open('GET', '/futures/data/globalLongShortAccountRatio', {
    symbol: 'BTCUSDT',
    period: '5m',
  });
  assert.deepEqual([answer.status, (answer.body as { code: number }).code], [400, -1020]);
});
