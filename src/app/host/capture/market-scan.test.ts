/** The first look finds the books of a capture and the precision of their numbers, for every venue's frames. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VenueId } from '#domain';
import { MarketScan } from './market-scan.ts';

/** `symbol price-decimals/written qty-decimals/written depth` of every book that the frames show. */
function scan(
  venue: VenueId,
  frames: readonly unknown[],
  snapshots: readonly (readonly [string, unknown])[] = [],
): string[] {
  const markets = new MarketScan(venue);
  for (const frame of frames) markets.addFrame(bytesOf(frame));
  for (const [symbol, body] of snapshots) markets.addSnapshot(bytesOf(body), symbol);
  return markets
    .markets()
    .map(
      (market) =>
        `${market.symbol} ${market.priceDecimals}/${market.priceWireDecimals} ${market.qtyDecimals}/${market.qtyWireDecimals} ${market.depth}`,
    );
}

/** Text is taken as it is: the digits matter. */
function bytesOf(frame: unknown): Uint8Array {
  return Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame));
}

test('Binance: zeros that are written count for the writing only', () => {
  const depth = { e: 'depthUpdate', s: 'ABUSDT', U: 1, u: 2, b: [['0.35130000', '6195.00000000']], a: [] };
  const other = { e: 'depthUpdate', s: 'CDUSDT', U: 1, u: 2, b: [], a: [['12', '3']] };
  const quote = { u: 3, s: 'CDUSDT', b: '11.5', B: '1', a: '12', A: '0.25' };
  const partial = {
    stream: 'efusdt@depth5@100ms',
    data: { e: 'depthUpdate', s: 'EFUSDT', b: [['1', '1']], a: [] },
  };
  const trade = { e: 'aggTrade', s: 'GHUSDT', p: '1.5', q: '1' };
  const candle = { e: 'kline', s: 'CDUSDT', k: { o: '11.255', h: '12', l: '11', c: '12', v: '7.5' } };
  assert.deepEqual(
    scan('binance-spot', [
      { stream: 'abusdt@depth@100ms', data: depth },
      other,
      quote,
      partial,
      trade,
      candle,
    ]),
    ['ABUSDT 4/8 0/8 null', 'CDUSDT 3/3 2/2 null'],
  );
  const request = { lastUpdateId: 1, bids: [['0.12345', '1.5']], asks: [] };
  assert.deepEqual(
    scan('binance-spot', [other, request]),
    ['CDUSDT 5/5 1/1 null'],
    'a book by request between frames',
  );
  assert.deepEqual(scan('binance-spot', [other], [['CDUSDT', request]]), ['CDUSDT 5/5 1/1 null']);
});

test('Coinbase, today and before', () => {
  const updates = [{ side: 'bid', price_level: '79944.1', new_quantity: '1.25' }];
  const advanced = { channel: 'l2_data', events: [{ type: 'snapshot', product_id: 'AB-USD', updates }] };
  const trades = {
    channel: 'market_trades',
    events: [{ trades: [{ product_id: 'AB-USD', price: '1', size: '0.12345678' }] }],
  };
  const legacy = { type: 'l2update', product_id: 'CD-GBP', changes: [['buy', '14.8024', '12.770']] };
  assert.deepEqual(scan('coinbase', [advanced, trades, legacy]), [
    'AB-USD 1/1 8/8 null',
    'CD-GBP 4/4 2/3 null',
  ]);
});

test('Kraken spot: digits of numbers as they are written, exponents too, and the depth', () => {
  const book = (type: string, bids: string, asks = ''): string =>
    `{"channel":"book","type":"${type}","data":[{"symbol":"AB/USD","bids":[${bids}],"asks":[${asks}],"checksum":1}]}`;
  const level = (price: string, qty: string): string => `{"price":${price},"qty":${qty}}`;
  assert.deepEqual(scan('kraken-spot', [book('update', level('62807.0', '0.00000000'))]), [
    'AB/USD 0/1 0/8 null',
  ]);
  assert.deepEqual(scan('kraken-spot', [book('update', level('62807.5', '1e-08'))]), ['AB/USD 1/1 8/8 null']);
  const levels = Array.from({ length: 25 }, (_, i) => level(`${100 - i}.5`, '1')).join(',');
  assert.deepEqual(scan('kraken-spot', [book('snapshot', levels, level('101', '1'))]), ['AB/USD 1/1 0/0 25']);
  assert.deepEqual(scan('kraken-spot', [book('snapshot', level('1', '1'))]), ['AB/USD 0/0 0/0 10']);
  const ack = {
    method: 'subscribe',
    success: true,
    result: { channel: 'book', depth: 100, symbol: 'AB/USD' },
  };
  assert.deepEqual(scan('kraken-spot', [ack, book('snapshot', level('1', '1'))]), ['AB/USD 0/0 0/0 100']);
  const sent = { method: 'subscribe', params: { channel: 'book', depth: 500, symbol: ['AB/USD'] } };
  assert.deepEqual(scan('kraken-spot', [sent, book('snapshot', level('1', '1'))]), ['AB/USD 0/0 0/0 500']);
  const legacy = '[7,{"as":[["0.000022900","13355.87450757","1.5"]],"bs":[]},"book-1000","AB/XBT"]';
  assert.deepEqual(scan('kraken-spot', [legacy]), ['AB/XBT 7/9 8/8 1000']);
});

test('Kraken futures and KuCoin', () => {
  const snapshot =
    '{"feed":"book_snapshot","product_id":"PI_ABUSD","bids":[{"price":119.31,"qty":320.0}],"asks":[]}';
  const change = '{"feed":"book","product_id":"PI_ABUSD","side":"buy","price":119.315,"qty":1}';
  assert.deepEqual(scan('kraken-futures', [snapshot, change]), ['PI_ABUSD 3/3 0/1 null']);
  const spot = {
    topic: '/market/level2:AB-BTC',
    data: { changes: { asks: [['0.00286', '3.7042', '9']], bids: [] } },
  };
  const ticker = { topic: '/market/ticker:AB-BTC', data: { bestBid: '0.002855', bestBidSize: '1' } };
  assert.deepEqual(scan('kucoin-spot', [spot, ticker]), ['AB-BTC 6/6 4/4 null']);
  const futures = { topic: '/contractMarket/level2:ABUSDTM', data: { sequence: 5, change: '18.2,sell,87' } };
  const request = '{"code":"200000","data":{"symbol":"ABUSDTM","sequence":4,"bids":[[18.15,5]],"asks":[]}}';
  assert.deepEqual(scan('kucoin-futures', [futures], [['ABUSDTM', request]]), ['ABUSDTM 2/2 0/0 null']);
});

test('damaged frames and frames of other forms say nothing; venues without captures are refused', () => {
  for (const venue of ['binance-usdm', 'coinbase', 'kraken-spot', 'kraken-futures', 'kucoin-spot'] as const) {
    const odd = [
      '',
      '{',
      '[]',
      'null',
      '1',
      '"x"',
      '{"data":1}',
      '{"s":1,"b":{}}',
      '[1,[],"book-x","y"]',
      '{"events":[[]]}',
    ];
    assert.deepEqual(scan(venue, [...odd, '['.repeat(10_000)]), [], venue);
  }
  assert.throws(() => new MarketScan('sim'), { code: 'XY_USAGE' });
});
