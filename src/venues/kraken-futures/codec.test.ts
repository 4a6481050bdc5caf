/** Frames of Kraken futures: books, trades and liquidations, tickers, events; a damaged frame delivers nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { type FeedInstrument, FrameFault } from '#venues/market';
import { DecodedLog, decodedBy } from '../../../test/support/decoded-log.ts';
import { KrakenFuturesDecoder } from './codec.ts';

const SEED = Number(process.env.SEED ?? 1);
const LOCAL_US = 1_700_000_000_000_000;

function product(wireSymbol: string, priceDecimals: number, qtyDecimals: number, ix: number): FeedInstrument {
  return { ix, venue: 'kraken-futures', symbol: wireSymbol, wireSymbol, priceDecimals, qtyDecimals };
}

const INVERSE = product('PI_XBTUSD', 1, 0, 0);
const LINEAR = product('PF_ETHUSD', 1, 3, 1);
const TINY = product('PF_PEPEUSD', 10, 0, 2);

function newDecoder(): KrakenFuturesDecoder {
  return new KrakenFuturesDecoder([INVERSE, LINEAR, TINY]);
}

function decode(text: string, decoder = newDecoder()): DecodedLog {
  return decodedBy(decoder, text, LOCAL_US);
}

function refused(text: string): void {
  const log = new DecodedLog();
  assert.throws(
    () => newDecoder().decode(Buffer.from(text), LOCAL_US, log),
    (error) => error instanceof FrameFault,
    text,
  );
  assert.deepEqual(log.entries, [], text);
}

const LEVEL =
  '{"feed":"book","product_id":"PI_XBTUSD","side":"sell","seq":326094134,"price":34981.5,"qty":100.0,"timestamp":1612269953629}';

test('a level is an update of one with its number', () => {
  assert.deepEqual(decode(LEVEL).books, [
    {
      instrumentIx: 0,
      tsVenueUs: 1_612_269_953_629_000,
      tsLocalUs: LOCAL_US,
      isSnapshot: false,
      firstId: 326_094_134,
      lastId: 326_094_134,
      previousId: -1,
      checksum: -1,
      bids: [],
      asks: [[349_815, 100]],
    },
  ]);
});

test('a snapshot has both sides and a number, whatever the order of members', () => {
  const text =
    '{"bids":[{"qty":6385,"price":34892.5},{"price":34892,"qty":0.0}],"tickSize":null,"seq":7,"asks":[{"price":34912,"qty":2300,"new":[1]}],"timestamp":1,"product_id":"PI_XBTUSD","feed":"book_snapshot"}';
  const [update] = decode(text).books;
  assert.deepEqual(
    [update?.isSnapshot, update?.firstId, update?.lastId, update?.previousId, update?.bids, update?.asks],
    [
      true,
      7,
      7,
      -1,
      [
        [348_925, 6385],
        [348_920, 0],
      ],
      [[349_120, 2300]],
    ],
  );
});

test('linear contracts have quantities in fractions of the base, prices may have ten decimals', () => {
  const linear = LEVEL.replace('PI_XBTUSD', 'PF_ETHUSD').replace('100.0', '0.125');
  assert.deepEqual(decode(linear).books[0]?.asks, [[349_815, 125]]);
  const tiny = LEVEL.replace('PI_XBTUSD', 'PF_PEPEUSD')
    .replace('34981.5', '6.8e-6')
    .replace('100.0', '9.007199254740991E15');
  assert.deepEqual(decode(tiny).books[0]?.asks, [[68_000, Number.MAX_SAFE_INTEGER]]);
});

test('an ask too far away to be a number is left out but counts, a bid there is refused', () => {
  const far = LEVEL.replace('34981.5', '1e15');
  const [update] = decode(far).books;
  assert.deepEqual([update?.asks, update?.lastId], [[], 326_094_134]);
  refused(far.replace('"sell"', '"buy"'));
});

test('what no book may hold is refused', () => {
  refused(LEVEL.replace('34981.5', '0'));
  refused(LEVEL.replace('34981.5', '34981.55'));
  refused(LEVEL.replace('100.0', '-1'));
  refused(LEVEL.replace('100.0', '0.5'));
  refused(LEVEL.replace('100.0', '9007199254740992'));
  refused(LEVEL.replace('100.0', 'null'));
  refused(LEVEL.replace('"sell"', '"short"'));
  refused(LEVEL.replace('326094134', '-1'));
  refused(LEVEL.replace('326094134', '1.5'));
  refused(LEVEL.replace('"seq":326094134,', ''));
  refused(LEVEL.replace('1612269953629', '-1'));
  refused(LEVEL.replace('1612269953629', '9007199254740991'));
  refused(LEVEL.replace('"product_id":"PI_XBTUSD",', ''));
  refused('{"feed":"book_snapshot","product_id":"PI_XBTUSD","timestamp":1,"seq":1,"bids":[]}');
  refused(
    '{"feed":"book_snapshot","product_id":"PI_XBTUSD","timestamp":1,"seq":1,"bids":[{"price":1}],"asks":[]}',
  );
});

test(`a frame that is cut or changed is refused as a whole or is valid JSON (SEED=${SEED})`, () => {
  for (let length = 0; length < LEVEL.length; length++) refused(LEVEL.slice(0, length));
  const prng = new Prng(SEED);
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(LEVEL);
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

function trade(fields: Readonly<Record<string, unknown>>): string {
  const common = {
    feed: 'trade',
    product_id: 'PI_XBTUSD',
    uid: 'u',
    side: 'sell',
    type: 'fill',
    seq: 9,
    time: 2,
    qty: 15,
    price: 34969.5,
  };
  return JSON.stringify({ ...common, ...fields });
}

test('a trade has its number, its taker side, and is a liquidation too where it was forced', () => {
  const told = {
    instrumentIx: 0,
    tsVenueUs: 2000,
    tradeId: 9,
    priceTicks: 349_695,
    qtyLots: 15,
    takerSide: 'sell',
  };
  assert.deepEqual(decode(trade({})).entries, [{ kind: 'trade', value: told }]);
  assert.deepEqual(decode(trade({ type: 'termination' })).entries, [{ kind: 'trade', value: told }]);
  assert.deepEqual(decode(trade({ type: 'liquidation' })).entries, [
    { kind: 'trade', value: told },
    {
      kind: 'liquidation',
      value: { instrumentIx: 0, tsVenueUs: 2000, side: 'sell', priceTicks: 349_695, qtyLots: 15 },
    },
  ]);
  refused(trade({ type: null }));
  refused(trade({ qty: 1.5 }));
});

test('block trades are passed over: they are agreed away from the book', () => {
  const decoder = newDecoder();
  assert.deepEqual([decode(trade({ type: 'block' }), decoder).entries, decoder.ignoredCount], [[], 1]);
});

test('the last trades of a subscription are told oldest first', () => {
  const item = (seq: number): string => trade({ seq, time: seq });
  const text = (seqs: readonly number[]): string =>
    `{"feed":"trade_snapshot","product_id":"PI_XBTUSD","trades":[${seqs.map(item).join()}]}`;
  const ids = (log: DecodedLog): readonly number[] =>
    (log.of('trade') as { tradeId: number }[]).map(({ tradeId }) => tradeId);
  assert.deepEqual(ids(decode(text([12, 11, 10]))), [10, 11, 12]);
  assert.deepEqual(ids(decode(text([10, 11]))), [10, 11]);
  assert.deepEqual(ids(decode(text([]))), []);
  refused(text([12, 11]).replace('"sell"', '"s"'));
});

const TICKER =
  '{"time":1783587648112,"product_id":"PF_ETHUSD","funding_rate":0.03,"relative_funding_rate":1.86711875e-05,"relative_funding_rate_prediction":1.7e-05,"next_funding_rate_time":1783591200000,"premium":-0.0,"feed":"ticker","bid":1751.6,"ask":1751.7,"bid_size":1.459,"ask_size":2.886,"index":1751.75,"openInterest":24085.822,"markPrice":1751.97553924942}';

test('a ticker is a quote, a mark, a funding rate for its hour, and open interest', () => {
  const common = { instrumentIx: 1, tsVenueUs: 1_783_587_648_112_000 };
  assert.deepEqual(decode(TICKER).entries, [
    {
      kind: 'quote',
      value: { ...common, updateId: -1, bidTicks: 17_516, bidLots: 1459, askTicks: 17_517, askLots: 2886 },
    },
    { kind: 'mark', value: { ...common, markE8: 175_197_553_925, indexE8: 175_175_000_000 } },
    {
      kind: 'funding',
      value: { ...common, rateE12: 18_671_188, nextFundingUs: 1_783_591_200_000_000, isSettled: false },
    },
    { kind: 'open-interest', value: { ...common, openInterestLots: 24_085_822 } },
  ]);
});

test('a ticker tells what it states: no empty side, no missing rate, no index', () => {
  const kinds = (text: string): readonly string[] => decode(text).entries.map(({ kind }) => kind);
  assert.deepEqual(kinds(TICKER.replace('"bid":1751.6', '"bid":null')), ['mark', 'funding', 'open-interest']);
  assert.deepEqual(kinds(TICKER.replace('"ask":1751.7', '"ask":0')), ['mark', 'funding', 'open-interest']);
  assert.deepEqual(kinds(TICKER.replace('"relative_funding_rate"', '"other"')), [
    'quote',
    'mark',
    'open-interest',
  ]);
  const mark = decode(TICKER.replace('"index":1751.75,', '')).of('mark') as { indexE8: number }[];
  assert.equal(mark[0]?.indexE8, -1);
  refused(TICKER.replace('1.459', '1.4591'));
  refused(TICKER.replace('24085.822', '"many"'));
});

test('events are told in the words of the port', () => {
  const refusal = (symbol: string | null, message: string): unknown => ({
    kind: 'refused',
    id: null,
    channel: null,
    symbol,
    message,
  });
  const table: readonly (readonly [string, readonly unknown[]])[] = [
    ['{"event":"info","version":1}', [{ kind: 'welcome', pingIntervalUs: null }]],
    [
      '{"event":"subscribed","feed":"book","product_ids":["A","B"]}',
      [
        { kind: 'subscribed', channel: 'book', symbol: 'A' },
        { kind: 'subscribed', channel: 'book', symbol: 'B' },
      ],
    ],
    [
      '{"event":"subscribed","feed":"heartbeat"}',
      [{ kind: 'subscribed', channel: 'heartbeat', symbol: null }],
    ],
    [
      '{"event":"unsubscribed","feed":"book","product_ids":["A"]}',
      [{ kind: 'unsubscribed', channel: 'book', symbol: 'A' }],
    ],
    [
      '{"event":"alert","message":"Couldn\'t subscribe to invalid product `NOPE`"}',
      [refusal('NOPE', "Couldn't subscribe to invalid product `NOPE`")],
    ],
    ['{"event":"error","message":"Bad request"}', [refusal(null, 'Bad request')]],
    [
      '{"event":"alert","message":"Trading engine unavailable"}',
      [{ kind: 'going-away', message: 'Trading engine unavailable' }],
    ],
    ['{"feed":"heartbeat","time":1}', [{ kind: 'heartbeat' }]],
  ];
  for (const [text, expected] of table) assert.deepEqual(decode(text).of('control'), expected, text);
});

test('other feeds, products and events are ignored and counted', () => {
  const decoder = newDecoder();
  const texts = [
    '{"feed":"ticker_lite","product_id":"PI_XBTUSD","bid":1}',
    LEVEL.replace('PI_XBTUSD', 'PI_ETHUSD'),
    '{"event":"alert","message":"Already subscribed to feed, re-requesting"}',
    '{"event":"challenge","message":"x"}',
    '{}',
    '[1]',
    '7',
  ];
  for (const text of texts) assert.deepEqual(decode(text, decoder).entries, [], text);
  assert.equal(decoder.ignoredCount, texts.length);
});
