/** What each kind of Binance frame says, and what is passed over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FeedInstrument, FrameFault } from '../market/index.ts';
import { BinanceDecoder } from './codec.ts';
import { BTCUSDT } from './test/frames.ts';
import { RecordingSink, type Said } from './test/recording-sink.ts';

const LOCAL_US = 1_785_048_484_000_123;
const ETHUSDT: FeedInstrument = { ...BTCUSDT, ix: 1, symbol: 'ETHUSDT', wireSymbol: 'ETHUSDT' };

function said(frame: string, instruments: readonly FeedInstrument[] = [BTCUSDT]): readonly Said[] {
  const sink = new RecordingSink();
  new BinanceDecoder(instruments).decode(Buffer.from(frame), LOCAL_US, sink);
  return sink.said;
}

function ignores(frame: string, instruments: readonly FeedInstrument[] = [BTCUSDT]): void {
  const sink = new RecordingSink();
  const decoder = new BinanceDecoder(instruments);
  decoder.decode(Buffer.from(frame), LOCAL_US, sink);
  assert.deepEqual(sink.said, [], frame);
  assert.equal(decoder.ignoredCount, 1);
}

const depth = (stream: string, more = ''): string =>
  `{"stream":"${stream}","data":{"e":"depthUpdate","E":1785048482829,"T":1785048482718,"s":"BTCUSDT","U":7,"u":9,"pu":6,"b":[],"a":[["64346.70","589.804"]]${more}}}`;

test('a diff of the book carries its ids, its matching time and absolute quantities', () => {
  const wanted = {
    instrumentIx: 0,
    tsVenueUs: 1_785_048_482_718_000,
    tsLocalUs: LOCAL_US,
    isSnapshot: false,
    firstId: 7,
    lastId: 9,
    previousId: 6,
    checksum: -1,
    bids: [],
    asks: [[6_434_670, 589_804]],
  };
  for (const stream of ['btcusdt@depth', 'btcusdt@depth@100ms', 'btcusdt@depth@0ms']) {
    assert.deepEqual(said(depth(stream)), [['book', wanted]]);
  }
  assert.deepEqual(said(depth('btcusdt@depth', ',"ps":"BTCUSDT","st":1')), [['book', wanted]]);
});

test('a diff of spot has no link and no matching time', () => {
  const frame =
    '{"e":"depthUpdate","E":1633998512068,"s":"BTCUSDT","U":7,"u":9,"b":[["1.00000000","0.00000000"]],"a":[]}';
  const [[, update] = []] = said(frame);
  assert.deepEqual(
    { ...(update as object), bids: null },
    {
      instrumentIx: 0,
      tsVenueUs: 1_633_998_512_068_000,
      tsLocalUs: LOCAL_US,
      isSnapshot: false,
      firstId: 7,
      lastId: 9,
      previousId: -1,
      checksum: -1,
      bids: null,
      asks: [],
    },
  );
});

test('partial depth and retail depth are never taken for a diff, coin-margined contracts and others are passed over', () => {
  for (const stream of [
    'btcusdt@depth20',
    'btcusdt@depth5@100ms',
    'btcusdt@rpiDepth@500ms',
    'btcusdt@bookTicker',
    'x',
  ]) {
    ignores(depth(stream));
  }
  ignores(depth('btcusdt@depth@100ms', ',"st":2'));
  ignores(depth('btcusdt@depth@100ms'), [ETHUSDT]);
  ignores('{"stream":"btcusdt@depth20","data":{"lastUpdateId":9,"bids":[["1.00","1.000"]],"asks":[]}}');
});

test('trades come from both streams; a sale of the taker is one of a buying maker', () => {
  const agg =
    '{"e":"aggTrade","E":123456789,"s":"BTCUSDT","a":5933014,"p":"0.01","q":"100","nq":"90","f":100,"l":105,"T":123456785,"m":true,"st":1}';
  const wanted = {
    instrumentIx: 0,
    tsVenueUs: 123_456_785_000,
    tradeId: 5_933_014,
    priceTicks: 1,
    qtyLots: 100_000,
    takerSide: 'sell',
  };
  assert.deepEqual(said(agg), [['trade', wanted]]);
  assert.deepEqual(
    said(agg.replace(',"nq":"90"', '').replace(',"st":1', '').replace('"m":true', '"m":false')),
    [['trade', { ...wanted, takerSide: 'buy' }]],
  );
  const single =
    '{"e":"trade","E":1,"T":123456785,"s":"BTCUSDT","t":5933014,"p":"0.01","q":"100","X":"MARKET","m":true}';
  assert.deepEqual(said(single), [['trade', wanted]]);
  ignores(single.replace('MARKET', 'INSURANCE_FUND'));
  assert.throws(() => said(agg.replace('"0.01"', '"0.00"')), FrameFault);
});

test('quotes of futures have a time and a type, those of spot neither', () => {
  const values = '"u":400900217,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"';
  const wanted = {
    instrumentIx: 0,
    tsVenueUs: LOCAL_US,
    updateId: 400_900_217,
    bidTicks: 2_535,
    bidLots: 31_210,
    askTicks: 2_536,
    askLots: 40_660,
  };
  assert.deepEqual(said(`{"stream":"btcusdt@bookTicker","data":{${values}}}`), [['quote', wanted]]);
  assert.deepEqual(said(`{${values}}`), [['quote', wanted]]);
  assert.deepEqual(said(`{"e":"bookTicker",${values},"T":1568014460891,"E":1568014460893}`), [
    ['quote', { ...wanted, tsVenueUs: 1_568_014_460_891_000 }],
  ]);
});

test('one event says mark price, index and the rate to come', () => {
  const frame =
    '{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15000000","i":"11784.62659091","P":"1","r":"-0.00038167","ap":"2","T":1562306400000,"st":1}';
  const base = { instrumentIx: 0, tsVenueUs: 1_562_305_380_000_000 };
  const mark = { ...base, markE8: 1_179_415_000_000, indexE8: 1_178_462_659_091 };
  const rate = { ...base, rateE12: -381_670_000, nextFundingUs: 1_562_306_400_000_000, isSettled: false };
  assert.deepEqual(said(frame), [
    ['mark', mark],
    ['funding', rate],
  ]);
  assert.deepEqual(said(frame.replace('"-0.00038167"', '""').replace('11784.62659091', '0')), [
    ['mark', { ...mark, indexE8: -1 }],
  ]);
});

test('candles are read with the white space that the venue leaves in them, and stamped with their end once finished', () => {
  const frame =
    '{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1785048483771,"s":"BTCUSDT","k":{"t":1785048480000, "T":1785048539999, "s":"BTCUSDT", "i":"1m", "f":1, "L":2, "o":"1.10", "c":"1.20", "h":"1.30", "l":"1.00", "v":"0.050", "n":11, "x":false, "q":"3", "B":"0"}}}';
  const wanted = {
    instrumentIx: 0,
    tsVenueUs: 1_785_048_483_771_000,
    timeframeUs: 60_000_000,
    openTsUs: 1_785_048_480_000_000,
    openTicks: 110,
    highTicks: 130,
    lowTicks: 100,
    closeTicks: 120,
    volumeLots: 50,
    isClosed: false,
  };
  assert.deepEqual(said(frame), [['candle', wanted]]);
  assert.deepEqual(said(frame.replace('"x":false', '"x":true')), [
    ['candle', { ...wanted, isClosed: true, tsVenueUs: 1_785_048_540_000_000 }],
  ]);
  ignores(frame.replace('"i":"1m"', '"i":"1M"'));
});

test('a liquidation is the forced order itself: its side, price and quantity', () => {
  const frame =
    '{"e":"forceOrder","E":1568014460893,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9910.12345678","X":"FILLED","l":"0.010","z":"0.010","T":1568014460890}}';
  const wanted = {
    instrumentIx: 0,
    tsVenueUs: 1_568_014_460_890_000,
    side: 'sell',
    priceTicks: 991_000,
    qtyLots: 14,
  };
  assert.deepEqual(said(frame), [['liquidation', wanted]]);
  assert.deepEqual(said(frame.replace('SELL', 'BUY')), [['liquidation', { ...wanted, side: 'buy' }]]);
  assert.throws(() => said(frame.replace('SELL', 'HOLD')), FrameFault);
  ignores(frame.replace(/}$/, ',"st":2}'));
});

test('a list is delivered as a whole or not at all', () => {
  const trade = (id: number, price: string): string =>
    `{"e":"aggTrade","E":1,"s":"BTCUSDT","a":${id},"p":"${price}","q":"1","f":1,"l":1,"T":1,"m":true}`;
  assert.equal(said(`[${trade(1, '1.00')},${trade(2, '2.00')}]`).length, 2);
  const sink = new RecordingSink();
  const broken = Buffer.from(`[${trade(1, '1.00')},${trade(2, '2.001')}]`);
  assert.throws(() => new BinanceDecoder([BTCUSDT]).decode(broken, 1, sink), FrameFault);
  assert.deepEqual(sink.said, []);
});

test('a snapshot in a capture is the book of the only instrument, or of the one it names', () => {
  const body = '{"lastUpdateId":78,"E":5,"T":4,"bids":[["1.00","2.000"]],"asks":[["3.00","4.000"]]}';
  const wanted = {
    instrumentIx: 0,
    tsVenueUs: 4_000,
    tsLocalUs: LOCAL_US,
    isSnapshot: true,
    firstId: 78,
    lastId: 78,
    previousId: -1,
    checksum: -1,
    bids: [[100, 2_000]],
    asks: [[300, 4_000]],
  };
  assert.deepEqual(said(body), [['book', wanted]]);
  assert.deepEqual(said(body.replace('"E":5,"T":4,', '')), [['book', { ...wanted, tsVenueUs: LOCAL_US }]]);
  ignores(body, [BTCUSDT, ETHUSDT]);
  const named = body.replace('{', '{"symbol":"ETHUSDT",');
  assert.deepEqual(said(named, [BTCUSDT, ETHUSDT]), [['book', { ...wanted, instrumentIx: 1 }]]);
  ignores(named);
});

test('answers to requests and the notice of a shutdown are control messages', () => {
  const refused = { kind: 'refused', channel: null, symbol: null };
  for (const [frame, message] of [
    ['{"result":null,"id":1}', { kind: 'ack', id: '1' }],
    ['{"id":"a7","result":["btcusdt@depth"]}', { kind: 'ack', id: 'a7' }],
    ['{"error":{"code":2,"msg":"no"},"id":3}', { ...refused, id: '3', message: '2 no' }],
    ['{"code":0,"msg":"Unknown property"}', { ...refused, id: null, message: '0 Unknown property' }],
  ] as const) {
    assert.deepEqual(said(frame), [['control', message]]);
  }
  const going = { kind: 'going-away', message: 'the server is about to shut down' };
  assert.deepEqual(said('{"e":"serverShutdown","E":1770123456789}'), [['control', going]]);
});

test('numbers that a book cannot hold exactly are refused, not rounded', () => {
  for (const [from, to] of [
    ['64346.70', '64346.701'],
    ['64346.70', '-64346.70'],
    ['64346.70', '0.00'],
    ['589.804', '-1'],
    ['589.804', '99999999999999999999'],
    ['"589.804"', 'null'],
    ['"U":7', '"U":10'],
    ['"U":7', '"U":-7'],
    ['"s":"BTCUSDT",', ''],
  ] as const) {
    assert.throws(() => said(depth('btcusdt@depth').replace(from, to)), FrameFault, to);
  }
  assert.equal(
    said(depth('btcusdt@depth').replace('"64346.70"', '64346.7')).length,
    1,
    'numbers without quotes are numbers',
  );
});

test('times in microseconds are told from milliseconds', () => {
  const [[, update] = []] = said(depth('btcusdt@depth').replace('1785048482718', '1785048482718123'));
  assert.equal((update as { tsVenueUs: number }).tsVenueUs, 1_785_048_482_718_123);
});
