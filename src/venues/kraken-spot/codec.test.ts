/** Frames of the v2 stream: what each means, to the digit, and that a damaged one delivers nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE } from '#core';
import { type FeedInstrument, FrameFault } from '#venues/market';
import { DecodedLog, decodedBy } from '../../../test/support/decoded-log.ts';
import { KrakenSpotDecoder } from './codec.ts';

const SEED = Number(process.env.SEED ?? 1);
const NOON_US = Date.UTC(2026, 0, 2, 12) * 1000;

function pair(wireSymbol: string, priceDecimals: number, qtyDecimals: number, ix = 0): FeedInstrument {
  return { ix, venue: 'kraken-spot', symbol: wireSymbol, wireSymbol, priceDecimals, qtyDecimals };
}

const BTC = pair('BTC/USD', 1, 8);
const TINY = pair('TINY/USD', 10, 5, 1);

function decode(text: string, decoder = new KrakenSpotDecoder([BTC, TINY])): DecodedLog {
  return decodedBy(decoder, text, NOON_US);
}

function book(type: string, entry: string): string {
  return `{"channel":"book","type":"${type}","data":[{"symbol":"BTC/USD",${entry},"checksum":7}]}`;
}

test('a book message is read to the digit, exponents and trailing zeros included', () => {
  const entry =
    '"bids":[{"price":62807.0,"qty":0.00000000},{"price":6.28065e4,"qty":1e-08}],"asks":[{"price":62808,"qty":12.5}],"timestamp":"2026-01-02T12:00:00.000001999Z"';
  assert.deepEqual(decode(book('update', entry)).books, [
    {
      instrumentIx: 0,
      tsVenueUs: NOON_US + 1,
      tsLocalUs: NOON_US,
      isSnapshot: false,
      firstId: -1,
      lastId: -1,
      previousId: -1,
      checksum: 7,
      bids: [
        [628_070, 0],
        [628_065, 1],
      ],
      asks: [[628_080, 1_250_000_000]],
    },
  ]);
});

test('members may come in any order, unknown ones are passed over, a message without a time has the local one', () => {
  const text =
    '{"data":[{"new":{"a":[1,{}]},"asks":[{"qty":2,"price":3.5,"x":null}],"checksum":9,"bids":[],"symbol":"BTC\\/USD"}],"type":"snapshot","more":true,"channel":"book"}';
  const [update] = decode(text).books;
  assert.deepEqual(
    [update?.isSnapshot, update?.tsVenueUs, update?.asks],
    [true, NOON_US, [[35, 200_000_000]]],
  );
});

test('pairs with ten decimals and with huge quantities stay exact', () => {
  const text =
    '{"channel":"book","type":"update","data":[{"symbol":"TINY/USD","bids":[{"price":0.0000000123,"qty":90071992547.40991}],"asks":[],"checksum":4294967295}]}';
  const [update] = decode(text).books;
  assert.deepEqual(update?.bids, [[123, Number.MAX_SAFE_INTEGER]]);
  assert.equal(update?.checksum, 4_294_967_295);
});

test('an ask too far away to be a number is left out, a bid there is refused', () => {
  const far = '{"price":900719925474100,"qty":0.1}';
  const [update] = decode(book('snapshot', `"bids":[],"asks":[{"price":2.0,"qty":0.1},${far}]`)).books;
  assert.deepEqual(update?.asks, [[20, 10_000_000]]);
  decodeFault(book('snapshot', `"bids":[${far}],"asks":[]`));
  decodeFault(book('snapshot', `"bids":[],"asks":[${far.replace('900719925474100', '900719925474100.05')}]`));
  const order = '{"event":"add","order_id":"A","limit_price":900719925474100,"order_qty":1.0}';
  const orders = `{"channel":"level3","type":"update","data":[{"symbol":"BTC/USD","checksum":5,"bids":[],"asks":[${order}]}]}`;
  assert.deepEqual(
    decode(orders).entries.map(({ kind }) => kind),
    ['orders-end'],
  );
});

test('what no book may hold refuses the message', () => {
  const entries = [
    '"bids":[{"price":0,"qty":1}],"asks":[]',
    '"bids":[{"price":-1.0,"qty":1}],"asks":[]',
    '"bids":[{"price":1.0,"qty":-1}],"asks":[]',
    '"bids":[{"price":1.05,"qty":1}],"asks":[]',
    '"bids":[{"price":1.0,"qty":0.000000001}],"asks":[]',
    '"bids":[{"price":1.0,"qty":90071993}],"asks":[]',
    '"bids":[{"qty":1}],"asks":[]',
    '"bids":[{"price":1.0}],"asks":[]',
    '"bids":[{"price":null,"qty":1}],"asks":[]',
    '"bids":[[1.0,1]],"asks":[]',
    '"timestamp":"2026-01-02T12:00:00Z"',
    '"bids":[],"asks":[],"timestamp":"2026-02-30T12:00:00Z"',
    '"bids":[],"asks":[],"timestamp":"yesterday"',
  ];
  for (const entry of entries) decodeFault(book('update', entry));
  decodeFault(book('snapshot', '"bids":[]'));
  decodeFault(book('update', '"bids":[],"checksum":-1'));
  decodeFault(
    '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":4294967296}]}',
  );
  decodeFault('{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[]}]}');
  decodeFault('{"channel":"book","type":"other","data":[]}');
  decodeFault('{"channel":"book","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":1}]}');
});

/** Decodes what must be refused, and checks that nothing of it was delivered. */
function decodeFault(text: string): void {
  const decoder = new KrakenSpotDecoder([BTC, TINY]);
  const log = new DecodedLog();
  const decodeIt = (): void => decoder.decode(Buffer.from(text), NOON_US, log);
  assert.throws(decodeIt, (error) => error instanceof FrameFault, text);
  assert.deepEqual(log.entries, [], text);
}

test('a frame that is cut anywhere is refused as a whole', () => {
  const text = book(
    'update',
    '"bids":[{"price":62807.0,"qty":0.1},{"price":62806.0,"qty":0.2}],"asks":[{"price":62808.1,"qty":0}],"timestamp":"2026-01-02T12:00:00Z"',
  );
  for (let length = 0; length < text.length; length++) decodeFault(text.slice(0, length));
});

test(`changed bytes are never taken unless the message is still JSON (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  const text = book('snapshot', '"bids":[{"price":62807.0,"qty":0.1}],"asks":[{"price":62808.1,"qty":3}]');
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(text);
    bytes[prng.integer(0, bytes.length)] = prng.integer(0x20, 0x7f);
    const changed = bytes.toString();
    try {
      decode(changed);
    } catch (error) {
      assert.ok(error instanceof FrameFault, changed);
      continue;
    }
    assert.doesNotThrow(() => JSON.parse(changed), changed);
  }
});

test('trades are told one by one with the side of the taker', () => {
  const text =
    '{"channel":"trade","type":"snapshot","data":[{"symbol":"BTC/USD","side":"sell","price":62807.0,"qty":0.1,"ord_type":"market","trade_id":41,"timestamp":"2026-01-02T11:59:59.5Z"},{"symbol":"OTHER/USD","side":"x"},{"symbol":"BTC/USD","side":"buy","price":62808.0,"qty":0.2,"ord_type":"limit","trade_id":42,"timestamp":"2026-01-02T12:00:00Z"}]}';
  const common = { instrumentIx: 0 };
  assert.deepEqual(decode(text).of('trade'), [
    {
      ...common,
      tsVenueUs: NOON_US - 500_000,
      tradeId: 41,
      priceTicks: 628_070,
      qtyLots: 10_000_000,
      takerSide: 'sell',
    },
    {
      ...common,
      tsVenueUs: NOON_US,
      tradeId: 42,
      priceTicks: 628_080,
      qtyLots: 20_000_000,
      takerSide: 'buy',
    },
  ]);
  decodeFault(text.replace('"sell"', '"short"'));
  decodeFault(text.replace('"trade_id":42,', ''));
});

test('the ticker gives the best bid and ask; a side that is empty gives no quote', () => {
  const ticker = (bid: string): string =>
    `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":${bid},"bid_qty":1.5,"ask":62808.1,"ask_qty":2,"last":1.23456,"timestamp":"2026-01-02T12:00:00Z"}]}`;
  assert.deepEqual(decode(ticker('62808.0')).of('quote'), [
    {
      instrumentIx: 0,
      tsVenueUs: NOON_US,
      updateId: -1,
      bidTicks: 628_080,
      bidLots: 150_000_000,
      askTicks: 628_081,
      askLots: 200_000_000,
    },
  ]);
  const decoder = new KrakenSpotDecoder([BTC]);
  assert.deepEqual([decode(ticker('0'), decoder).entries, decode(ticker('null'), decoder).entries], [[], []]);
  assert.equal(decoder.ignoredCount, 2);
});

function candle(minute: number, close: string, frameTime: string): string {
  const begin = new Date(Date.UTC(2026, 0, 2, 12, minute)).toISOString();
  return `{"channel":"ohlc","type":"update","timestamp":"${frameTime}","data":[{"symbol":"BTC/USD","open":10.0,"high":12.0,"low":9.0,"close":${close},"vwap":10.123456,"trades":3,"volume":0.5,"interval_begin":"${begin}","interval":1}]}`;
}

test('a candle is finished by the next one, with what it said last', () => {
  const decoder = new KrakenSpotDecoder([BTC]);
  const first = decode(candle(0, '10.5', '2026-01-02T12:00:10Z'), decoder).of('candle') as {
    isClosed: boolean;
  }[];
  assert.deepEqual(
    first.map((told) => told.isClosed),
    [false],
  );
  decode(candle(0, '11.0', '2026-01-02T12:00:59Z'), decoder);
  const told = decode(candle(1, '11.5', '2026-01-02T12:01:02Z'), decoder).of('candle');
  assert.deepEqual(told, [
    {
      instrumentIx: 0,
      tsVenueUs: NOON_US + US_PER_MINUTE,
      timeframeUs: US_PER_MINUTE,
      openTsUs: NOON_US,
      openTicks: 100,
      highTicks: 120,
      lowTicks: 90,
      closeTicks: 110,
      volumeLots: 50_000_000,
      isClosed: true,
    },
    {
      instrumentIx: 0,
      tsVenueUs: NOON_US + 62_000_000,
      timeframeUs: US_PER_MINUTE,
      openTsUs: NOON_US + US_PER_MINUTE,
      openTicks: 100,
      highTicks: 120,
      lowTicks: 90,
      closeTicks: 115,
      volumeLots: 50_000_000,
      isClosed: false,
    },
  ]);
});

test('a candle is finished by the time of any other message, five seconds after its end', () => {
  const decoder = new KrakenSpotDecoder([BTC]);
  const at = (time: string): string =>
    book('update', `"bids":[],"asks":[],"timestamp":"2026-01-02T12:01:${time}Z"`);
  decode(candle(0, '10.5', '2026-01-02T12:00:10Z'), decoder);
  assert.equal(decode(at('04.999999'), decoder).of('candle').length, 0);
  assert.equal(decode(at('05.000000'), decoder).of('candle').length, 1);
});

test('a candle without prices is passed over, one with some of them or in disorder is refused', () => {
  const decoder = new KrakenSpotDecoder([BTC]);
  const empty =
    '{"channel":"ohlc","type":"update","data":[{"symbol":"BTC/USD","interval":60,"timestamp":"2026-01-02T12:00:00Z"}]}';
  assert.deepEqual([decode(empty, decoder).entries, decoder.ignoredCount], [[], 1]);
  decodeFault(candle(0, '10.5', '2026-01-02T12:00:10Z').replace('"open":10.0,', ''));
  decodeFault(candle(0, '13.0', '2026-01-02T12:00:10Z'));
  decodeFault(candle(0, '10.5', '2026-01-02T12:00:10Z').replace('"interval":1', '"interval":0'));
});

test('orders of level 3 come as a list, then as changes; a deleted one has nothing left', () => {
  const snapshot =
    '{"channel":"level3","type":"snapshot","data":[{"symbol":"BTC/USD","checksum":5,"bids":[{"order_id":"A","limit_price":10.0,"order_qty":1.0,"timestamp":"2026-01-02T11:00:00.123456789Z"}],"asks":[]}]}';
  const update =
    '{"channel":"level3","type":"update","data":[{"symbol":"BTC/USD","timestamp":"2026-01-02T12:00:00Z","checksum":6,"bids":[{"event":"modify","order_id":"A","limit_price":10.0,"order_qty":0.5,"timestamp":"2026-01-02T12:00:00Z"}],"asks":[{"event":"delete","order_id":"B","limit_price":11.0,"order_qty":0.7,"timestamp":"2026-01-02T12:00:00Z"}]}]}';
  assert.deepEqual(decode(snapshot).entries, [
    { kind: 'order-snapshot', value: { instrumentIx: 0, checksum: 5 } },
    {
      kind: 'order',
      value: {
        instrumentIx: 0,
        tsVenueUs: NOON_US - 60 * US_PER_MINUTE + 123_456,
        action: 'add',
        side: 'buy',
        orderId: 'A',
        priceTicks: 100,
        qtyLots: 100_000_000,
      },
    },
    { kind: 'orders-end', value: { instrumentIx: 0, checksum: 5 } },
  ]);
  const told = decode(update).of('order') as { action: string; side: string; qtyLots: number }[];
  assert.deepEqual(
    told.map(({ action, side, qtyLots }) => [action, side, qtyLots]),
    [
      ['modify', 'buy', 50_000_000],
      ['delete', 'sell', 0],
    ],
  );
  decodeFault(update.replace('"modify"', '"moved"'));
  decodeFault(update.replace('"event":"modify",', ''));
});

test('answers and the state of the system are told in the words of the port', () => {
  const table: readonly (readonly [string, unknown])[] = [
    ['{"channel":"heartbeat"}', { kind: 'heartbeat' }],
    ['{"method":"pong","req_id":3,"time_in":"x","time_out":"y"}', { kind: 'pong' }],
    [
      '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":15113583034416118705}]}',
      { kind: 'welcome', pingIntervalUs: null },
    ],
    [
      '{"channel":"status","type":"update","data":[{"system":"maintenance"}]}',
      { kind: 'going-away', message: 'system status: maintenance' },
    ],
    [
      '{"method":"subscribe","result":{"channel":"ohlc","interval":5,"snapshot":true,"symbol":"BTC/USD"},"success":true,"req_id":1}',
      { kind: 'subscribed', channel: 'ohlc-5', symbol: 'BTC/USD' },
    ],
    [
      '{"method":"unsubscribe","result":{"channel":"book","depth":100,"symbol":"BTC/USD"},"success":true}',
      { kind: 'unsubscribed', channel: 'book', symbol: 'BTC/USD' },
    ],
    [
      '{"error":"Currency pair not supported X/Y","method":"subscribe","req_id":9,"success":false,"symbol":"X/Y"}',
      { kind: 'refused', id: '9', channel: null, symbol: 'X/Y', message: 'Currency pair not supported X/Y' },
    ],
    [
      '{"Error":"Exceeded msg rate"}',
      { kind: 'refused', id: null, channel: null, symbol: null, message: 'Exceeded msg rate' },
    ],
  ];
  for (const [text, expected] of table) assert.deepEqual(decode(text).of('control'), [expected], text);
});

test('frames of other channels, pairs and methods are ignored and counted', () => {
  const decoder = new KrakenSpotDecoder([BTC]);
  const texts = [
    '{"channel":"instrument","type":"snapshot","data":{"pairs":[]}}',
    '{"channel":"balances","data":[]}',
    '{"channel":"book","type":"update","data":[{"symbol":"DOGE/USD","bids":3}]}',
    '{"method":"add_order","success":false,"error":"EOrder:Insufficient funds"}',
    '{}',
    '[]',
  ];
  for (const text of texts) assert.deepEqual(decode(text, decoder).entries, [], text);
  assert.equal(decoder.ignoredCount, texts.length);
  decodeFault('{} {}');
  decodeFault('');
  decodeFault('"text"');
});
