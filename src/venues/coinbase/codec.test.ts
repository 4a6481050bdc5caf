/** What Coinbase says becomes exact records or nothing at all, after the number of its frame. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionSequence } from '#book';
import { Prng, XylenError } from '#core';
import { DecodedCollector } from '../../../test/support/decoded-collector.ts';
import { type FeedInstrument, FrameFault } from '../market/index.ts';
import { CoinbaseDecoder } from './codec.ts';
import { RECENT_IDS_MAX, RecentIds } from './recent-ids.ts';

const SEED = Number(process.env.SEED ?? 1);
const TS_LOCAL_US = 1_700_000_000_000_001;
const FRAME_TIME = '2026-09-30T02:39:53.670986313Z';
const FRAME_US = 1_790_735_993_670_986;

function instrument(ix: number, wireSymbol: string, symbol = wireSymbol): FeedInstrument {
  return { ix, venue: 'coinbase', symbol, wireSymbol, priceDecimals: 2, qtyDecimals: 4 };
}

const INSTRUMENTS = [instrument(0, 'AAA-USD'), instrument(1, 'BBB-USD')];

function told(
  frame: unknown,
  decoder = new CoinbaseDecoder(INSTRUMENTS),
  collector = new DecodedCollector(),
): DecodedCollector {
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
  decoder.decode(Buffer.from(text), TS_LOCAL_US, collector);
  return collector;
}

function frame(channel: string, events: readonly object[], sequence_num = 0, timestamp = FRAME_TIME): object {
  return { channel, client_id: '', timestamp, sequence_num, events };
}

function level(
  side: string,
  price_level: string,
  new_quantity: string,
  event_time = '2026-09-30T02:39:53.407329Z',
): object {
  return { side, event_time, price_level, new_quantity };
}

function book(type: string, product_id: string, updates: readonly object[]): object {
  return { type, product_id, updates };
}

function reversed(message: object): object {
  return Object.fromEntries(Object.entries(message).reverse());
}

test('books: exact levels, the latest time of its levels, whatever the order of members', () => {
  const levels = [
    level('bid', '1.5', '3'),
    level('bid', '1.49', '0', '2026-09-30T02:39:53.407330999Z'),
    level('offer', '90071992547409.91', '900719925474.0991', '2026-09-30T02:39:52Z'),
  ];
  const plain = frame('l2_data', [book('update', 'AAA-USD', levels)], 7);
  const turned = reversed(frame('l2_data', [reversed(book('update', 'AAA-USD', levels.map(reversed)))], 7));
  for (const message of [plain, turned]) {
    const collector = told(message);
    assert.deepEqual(collector.sequences, [7]);
    assert.deepEqual(collector.books, [
      {
        instrumentIx: 0,
        tsVenueUs: 1_790_735_993_407_330,
        isSnapshot: false,
        firstId: -1,
        lastId: -1,
        previousId: -1,
        bids: [
          [150, 30_000, 0],
          [149, 0, 0],
        ],
        asks: [[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0]],
      },
    ]);
  }
});

test('a snapshot whose levels state no time has the time of its frame', () => {
  const levels = [
    level('bid', '1', '1', '1970-01-01T00:00:00Z'),
    level('offer', '2', '1', '0001-01-01T00:00:00Z'),
  ];
  const [update] = told(frame('l2_data', [book('snapshot', 'AAA-USD', levels)])).books;
  assert.deepEqual([update?.isSnapshot, update?.tsVenueUs], [true, FRAME_US]);
  const [empty] = told(frame('l2_data', [book('snapshot', 'AAA-USD', [])])).books;
  assert.deepEqual([empty?.bids.length, empty?.tsVenueUs], [0, FRAME_US]);
});

test('several events and products in one frame come in their order; others are passed over', () => {
  const decoder = new CoinbaseDecoder(INSTRUMENTS);
  const events = [
    book('snapshot', 'BBB-USD', [level('bid', '1', '1')]),
    book('update', 'CCC-USD', [level('bid', '1.123456', '1')]),
    book('update', 'AAA-USD', [level('offer', '2', '1')]),
    book('auction', 'AAA-USD', [level('offer', '2', '1')]),
  ];
  const { books } = told(frame('l2_data', events), decoder);
  assert.deepEqual(
    books.map(({ instrumentIx, isSnapshot }) => [instrumentIx, isSnapshot]),
    [
      [1, true],
      [0, false],
    ],
  );
  assert.equal(decoder.ignoredCount, 0);
  told(frame('l2_data', events.slice(1, 2)), decoder);
  assert.equal(decoder.ignoredCount, 1);
});

test('a level that is none refuses the frame, with all that came before it', () => {
  const good = book('snapshot', 'AAA-USD', [level('bid', '1', '1')]);
  for (const bad of [
    level('ask', '1', '1'),
    level('bid', '0', '1'),
    level('bid', '-1', '1'),
    level('bid', '1', '-1'),
    level('bid', '1.001', '1'),
    level('bid', '1', '0.00001'),
    level('bid', '90071992547409.92', '1'),
    level('bid', '1', '900719925474.0992'),
    level('bid', '1', '1', 'yesterday'),
    { side: 'bid', price_level: '1' },
  ]) {
    const collector = new DecodedCollector();
    const message = frame('l2_data', [good, book('update', 'BBB-USD', [bad])]);
    assert.throws(
      () => told(message, new CoinbaseDecoder(INSTRUMENTS), collector),
      FrameFault,
      JSON.stringify(bad),
    );
    assert.equal(collector.order.length + collector.sequences.length, 0);
  }
});

test('nothing of a frame is told when its number is not taken', () => {
  const collector = new DecodedCollector();
  collector.takesSequence = (sequence) => sequence > 4;
  const decoder = new CoinbaseDecoder(INSTRUMENTS);
  told(frame('l2_data', [book('snapshot', 'AAA-USD', [level('bid', '1', '1')])], 4), decoder, collector);
  told(frame('heartbeats', [{ heartbeat_counter: 1 }], 4), decoder, collector);
  assert.deepEqual([collector.order, collector.sequences], [[], [4, 4]]);
  told(frame('heartbeats', [{ heartbeat_counter: 2 }], 5), decoder, collector);
  assert.deepEqual(collector.order, ['heartbeat']);
});

test('every frame is counted, also of channels and products that nobody follows', () => {
  const decoder = new CoinbaseDecoder(INSTRUMENTS);
  const collector = new DecodedCollector();
  told(frame('status', [{ type: 'snapshot', products: [] }], 0), decoder, collector);
  told(frame('l2_data', [book('update', 'CCC-USD', [])], 1), decoder, collector);
  told(frame('user', [], 2), decoder, collector);
  told(reversed(frame('tomorrow', [{ a: [1] }], 3)), decoder, collector);
  assert.deepEqual(collector.sequences, [0, 1, 2, 3]);
  assert.equal(decoder.ignoredCount, 4);
});

test('a frame that is lost, swapped or repeated shows in the numbers', () => {
  const frames = [0, 1, 2, 3, 4].map((n) =>
    frame('l2_data', [book(n === 0 ? 'snapshot' : 'update', 'AAA-USD', [])], n),
  );
  const judged = (order: readonly number[]): string => {
    const numbers = new ConnectionSequence();
    const collector = new DecodedCollector();
    const verdicts: string[] = [];
    collector.takesSequence = (sequence) => verdicts.push(numbers.judge(sequence)) > 0;
    const decoder = new CoinbaseDecoder(INSTRUMENTS);
    for (const index of order) told(frames[index], decoder, collector);
    return verdicts.join(' ');
  };
  assert.equal(judged([0, 1, 2, 3, 4]), 'next next next next next');
  assert.equal(judged([0, 1, 3, 4]), 'next next gap next');
  assert.equal(judged([0, 2, 1, 3]), 'next gap old next');
  assert.equal(judged([0, 1, 1, 2]), 'next next old next');
});

function trade(trade_id: string, more: object = {}): object {
  return {
    trade_id,
    product_id: 'AAA-USD',
    price: '2.5',
    size: '0.5',
    side: 'BUY',
    time: '2024-10-04T07:13:31.088388Z',
    ...more,
  };
}

test('trades: oldest first within each event, the taker is the other side', () => {
  const events = [
    { type: 'snapshot', trades: [trade('12', { side: 'SELL' }), trade('11')] },
    { type: 'update', trades: [trade('14', { product_id: 'BBB-USD' }), trade('13')] },
  ];
  assert.deepEqual(
    told(frame('market_trades', events)).trades.map(({ instrumentIx, takerSide, tradeId }) => [
      tradeId,
      takerSide,
      instrumentIx,
    ]),
    [
      [11, 'sell', 0],
      [12, 'buy', 0],
      [13, 'sell', 0],
      [14, 'sell', 1],
    ],
  );
});

test('a trade is told once, products apart; a frame that is not taken does not count', () => {
  const decoder = new CoinbaseDecoder(INSTRUMENTS);
  const collector = new DecodedCollector();
  const one = (...trades: readonly object[]): object =>
    frame('market_trades', [{ type: 'snapshot', trades }]);
  collector.takesSequence = () => false;
  told(one(trade('1')), decoder, collector);
  collector.takesSequence = () => true;
  told(one(trade('2'), trade('1')), decoder, collector);
  told(one(trade('3'), trade('2'), trade('1'), trade('1', { product_id: 'BBB-USD' })), decoder, collector);
  assert.deepEqual(
    collector.trades.map(({ instrumentIx, tradeId }) => [instrumentIx, tradeId]),
    [
      [0, 1],
      [0, 2],
      [1, 1],
      [0, 3],
    ],
  );
});

test('ids that are no safe numbers are told apart and replaced by the number of their frame', () => {
  const trades = [trade('374491377330814982'), trade('374491377330814981'), trade('a-b')];
  const collector = told(frame('market_trades', [{ type: 'update', trades }], 9));
  assert.deepEqual(
    collector.trades.map(({ tradeId }) => tradeId),
    [9, 9, 9],
  );
});

test('the last ids are remembered, no more', () => {
  const ids = new RecentIds();
  for (let i = 0; i <= RECENT_IDS_MAX; i++) assert.ok(ids.take(0, String(i)));
  assert.ok(!ids.take(0, '1'));
  assert.ok(ids.take(0, '0'));
});

test('a trade without side, id, time or price is refused', () => {
  for (const bad of [
    { side: 'HOLD' },
    { trade_id: '' },
    { time: undefined },
    { price: '0' },
    { size: '-1' },
    { price: '2.555' },
  ]) {
    const message = frame('market_trades', [{ type: 'update', trades: [trade('1', bad)] }]);
    assert.throws(() => told(message), FrameFault, JSON.stringify(bad));
  }
});

test('a ticker is a quote where it has both sides', () => {
  const ticker = {
    type: 'ticker',
    product_id: 'BBB-USD',
    price: '1',
    best_bid: '1.5',
    best_bid_quantity: '2',
    best_ask: '1.51',
    best_ask_quantity: '0.0001',
  };
  const quotes = (one: object, channel = 'ticker') =>
    told(frame(channel, [{ type: 'update', tickers: [one] }])).quotes;
  assert.deepEqual(quotes(ticker), [
    {
      instrumentIx: 1,
      tsVenueUs: FRAME_US,
      updateId: -1,
      bidTicks: 150,
      bidLots: 20_000,
      askTicks: 151,
      askLots: 1,
    },
  ]);
  assert.deepEqual(quotes({ ...ticker, best_ask: '', best_ask_quantity: '' }), []);
  assert.deepEqual(quotes({ ...ticker, best_bid: '0', best_bid_quantity: '0' }), []);
  assert.deepEqual(quotes({ type: 'ticker', product_id: 'BBB-USD', price: '1' }, 'ticker_batch'), []);
});

function candle(start: number, close: string, volume = '1'): object {
  return { start: String(start), high: '9', low: '1', open: '2', close, volume, product_id: 'AAA-USD' };
}

test('a candle is finished by a later one, or by the time of any frame 5 s after its end', () => {
  const decoder = new CoinbaseDecoder(INSTRUMENTS);
  const collector = new DecodedCollector();
  const day = 1_790_640_000;
  const at = (second: number): string => new Date((day + second) * 1_000).toISOString();
  const candles = (second: number, ...list: readonly object[]): object =>
    frame('candles', [{ type: 'update', candles: list }], 0, at(second));
  told(candles(610, candle(day + 600, '3'), candle(day + 300, '4'), candle(day, '5')), decoder, collector);
  told(candles(900, candle(day + 600, '6', '2')), decoder, collector);
  told(frame('heartbeats', [], 1, at(904)), decoder, collector);
  told(frame('heartbeats', [], 2, at(905)), decoder, collector);
  told(candles(906, candle(day + 600, '7')), decoder, collector);
  assert.deepEqual(
    collector.candles.map(
      ({ closeTicks, isClosed, openTsUs }) =>
        `${openTsUs / 1e6 - day} ${closeTicks} ${isClosed ? 'closed' : 'open'}`,
    ),
    [
      '0 500 open',
      '0 500 closed',
      '300 400 open',
      '300 400 closed',
      '600 300 open',
      '600 600 open',
      '600 600 closed',
    ],
  );
  assert.throws(() => told(candles(1, { ...candle(day, '3'), low: '4' })), /low <= open/);
});

test('acknowledgements, heartbeats and errors are told', () => {
  const events = [{ subscriptions: { level2: ['AAA-USD', 'BBB-USD'], heartbeats: ['heartbeats'] } }];
  assert.deepEqual(
    told(frame('subscriptions', events)).controls.map(
      (message) => message.kind === 'subscribed' && `${message.channel} ${message.symbol}`,
    ),
    ['level2 AAA-USD', 'level2 BBB-USD', 'heartbeats heartbeats'],
  );
  assert.deepEqual(told('{"type":"error","message":"authentication failure"}').controls, [
    { kind: 'refused', id: null, channel: null, symbol: null, message: 'authentication failure' },
  ]);
});

test('the older Exchange feed: snapshots, changes, matches, quotes with quantities', () => {
  const decoder = new CoinbaseDecoder(INSTRUMENTS);
  const time = '2021-06-02T09:02:09.048568Z';
  const product_id = 'AAA-USD';
  const collector = new DecodedCollector();
  told(
    { type: 'snapshot', product_id, asks: [['2.00', '1.0000']], bids: [['1.00', '3.0']] },
    decoder,
    collector,
  );
  told(
    {
      time,
      changes: [
        ['buy', '1.5', '0.0000'],
        ['sell', '2', '4'],
      ],
      product_id,
      type: 'l2update',
    },
    decoder,
    collector,
  );
  told(
    { type: 'match', trade_id: 7, side: 'sell', size: '1', price: '2', product_id, sequence: 1, time },
    decoder,
    collector,
  );
  told(
    {
      type: 'ticker',
      product_id,
      best_bid: '1',
      best_ask: '2',
      best_bid_size: '3',
      best_ask_size: '4',
      time,
    },
    decoder,
    collector,
  );
  told(
    { type: 'subscriptions', channels: [{ name: 'level2', product_ids: [product_id] }] },
    decoder,
    collector,
  );
  told({ type: 'heartbeat', sequence: 1, product_id, time }, decoder, collector);
  told(
    { type: 'error', message: 'Failed to subscribe', reason: 'X is not a valid product' },
    decoder,
    collector,
  );
  assert.deepEqual(collector.order, ['book', 'book', 'trade', 'quote', 'subscribed', 'heartbeat', 'refused']);
  assert.deepEqual(
    collector.books.map(({ asks, bids, tsVenueUs }) => [tsVenueUs, bids, asks]),
    [
      [TS_LOCAL_US, [[100, 30_000, 0]], [[200, 10_000, 0]]],
      [1_622_624_529_048_568, [[150, 0, 0]], [[200, 40_000, 0]]],
    ],
  );
  assert.equal(collector.trades[0]?.takerSide, 'buy');
  assert.equal(collector.quotes[0]?.tsVenueUs, 1_622_624_529_048_568);
  told({ type: 'received', product_id, order_id: 'x' }, decoder, collector);
  told({ type: 'ticker', product_id, best_bid: '1', best_ask: '2', time }, decoder, collector);
  assert.equal(decoder.ignoredCount, 2);
  for (const bad of [
    { type: 'l2update', product_id, changes: [['hold', '1', '1']], time },
    { type: 'l2update', product_id, changes: [['buy', '1']], time },
    { type: 'l2update', product_id, time },
    { type: 'snapshot', product_id, bids: [['0', '1']], asks: [] },
    { type: 'match', product_id, trade_id: 1, side: 'up', size: '1', price: '1', time },
    { type: 'snapshot', bids: [], asks: [] },
  ]) {
    assert.throws(() => told(bad), FrameFault, JSON.stringify(bad));
  }
});

test('a frame that is cut anywhere, or followed by anything, delivers nothing', () => {
  const message = frame('l2_data', [
    book('snapshot', 'AAA-USD', [level('bid', '1', '1')]),
    book('update', 'BBB-USD', [level('offer', '2', '1')]),
  ]);
  for (const variant of [
    message,
    reversed(message),
    frame('market_trades', [{ type: 'update', trades: [trade('1')] }]),
  ]) {
    const text = JSON.stringify(variant);
    for (let length = 0; length <= text.length; length++) {
      const collector = new DecodedCollector();
      const damaged = length < text.length ? text.slice(0, length) : `${text},`;
      assert.throws(() => told(damaged, new CoinbaseDecoder(INSTRUMENTS), collector), FrameFault);
      assert.equal(collector.order.length + collector.sequences.length, 0);
    }
  }
});

test(`frames with random changes are read or refused, and leave no trace for the next (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  const good = JSON.stringify(
    frame('l2_data', [book('snapshot', 'AAA-USD', [level('bid', '1.5', '3'), level('offer', '2', '1')])]),
  );
  const expected = told(good).books;
  const decoder = new CoinbaseDecoder(INSTRUMENTS);
  const alphabet = '{}[]",:0123456789.-eEZT\\ ';
  for (let i = 0; i < 3_000; i++) {
    const at = prng.integer(0, good.length);
    const char = alphabet[prng.integer(0, alphabet.length)] ?? '';
    const changed = good.slice(0, at) + char + good.slice(at + prng.integer(0, 2));
    const collector = new DecodedCollector();
    try {
      told(changed, decoder, collector);
    } catch (thrown) {
      assert.ok(thrown instanceof FrameFault, String(thrown));
      assert.equal(collector.order.length, 0, changed);
    }
    if (i % 50 === 0) assert.deepEqual(told(good, decoder).books, expected);
  }
});

test('two instruments that are one book on the stream are refused together', () => {
  const both = [instrument(0, 'AAA-USD'), instrument(1, 'AAA-USD', 'AAA-USDC')];
  assert.throws(
    () => new CoinbaseDecoder(both),
    (thrown) => thrown instanceof XylenError && thrown.code === 'XY_USAGE',
  );
  const alias = new CoinbaseDecoder([instrument(4, 'AAA-USD', 'AAA-USDC')]);
  assert.equal(told(frame('l2_data', [book('snapshot', 'AAA-USD', [])]), alias).books[0]?.instrumentIx, 4);
});
