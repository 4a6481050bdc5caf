/** What KuCoin says becomes exact records or nothing at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BookUpdate } from '#book';
import { Prng } from '#core';
import { DecodedCollector } from '../../../test/support/decoded-collector.ts';
import { type FeedInstrument, FrameFault } from '../market/index.ts';
import { KUCOIN_FUTURES, KUCOIN_SPOT } from './adapter.ts';
import { KucoinDecoder } from './codec.ts';
import { sortBySequence } from './level-order.ts';

const SEED = Number(process.env.SEED ?? 1);
const TS_LOCAL_US = 1_700_000_000_000_001;

const SPOT: FeedInstrument = {
  ix: 3,
  venue: 'kucoin-spot',
  symbol: 'AAA-USDT',
  wireSymbol: 'AAA-USDT',
  priceDecimals: 4,
  qtyDecimals: 2,
};
const CONTRACT: FeedInstrument = {
  ix: 5,
  venue: 'kucoin-futures',
  symbol: 'AAAUSDTM',
  wireSymbol: 'AAAUSDTM',
  priceDecimals: 1,
  qtyDecimals: 0,
};

function told(frame: unknown, decoder = new KucoinDecoder([SPOT, CONTRACT])): DecodedCollector {
  const collector = new DecodedCollector();
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
  decoder.decode(Buffer.from(text), TS_LOCAL_US, collector);
  return collector;
}

function spotBook(first: number, last: number, changes: unknown, more: object = {}): object {
  const data = { sequenceStart: first, sequenceEnd: last, symbol: 'AAA-USDT', changes, ...more };
  return { type: 'message', topic: '/market/level2:AAA-USDT', subject: 'trade.l2update', data };
}

/** The same message with its members in the order of old captures. */
function reversed(message: object): object {
  return Object.fromEntries(Object.entries(message).reverse());
}

test('a spot book message: levels in the order of their numbers, a price of 0 is no level', () => {
  const message = spotBook(
    10,
    14,
    {
      bids: [
        ['1.5', '3', '13'],
        ['0', '0', '14'],
        ['1.5', '7.25', '11'],
        ['0.0001', '0', '10'],
      ],
      asks: [['2', '900719925474.09', '12']],
    },
    { time: 1_729_816_425_625 },
  );
  for (const variant of [message, reversed(message)]) {
    assert.deepEqual(told(variant).books, [
      {
        instrumentIx: 3,
        tsVenueUs: 1_729_816_425_625_000,
        isSnapshot: false,
        firstId: 10,
        lastId: 14,
        previousId: -1,
        bids: [
          [1, 0, 10],
          [15_000, 725, 11],
          [15_000, 300, 13],
        ],
        asks: [[20_000, 90_071_992_547_409, 12]],
      },
    ]);
  }
});

test('a message of 2021 has no time: the time of its arrival stands for it', () => {
  assert.equal(told(spotBook(1, 1, { bids: [], asks: [] })).books[0]?.tsVenueUs, TS_LOCAL_US);
});

test('quantities finer than lots are cut to lots, prices finer than ticks are refused', () => {
  const fine = told(
    spotBook(1, 3, {
      bids: [
        ['1', '2.999', '1'],
        ['2', '0.001', '2'],
      ],
      asks: [['3', '0.000', '3']],
    }),
  );
  assert.deepEqual(fine.books[0]?.bids, [
    [10_000, 299, 1],
    [20_000, 1, 2],
  ]);
  assert.deepEqual(fine.books[0]?.asks, [[30_000, 0, 3]]);
  assert.throws(
    () => told(spotBook(1, 1, { bids: [['1.00001', '1', '1']], asks: [] })),
    /at most 4 decimals/,
  );
});

test('numbers beyond the safe integers are refused in words', () => {
  assert.throws(
    () => told(spotBook(1, 1, { bids: [['1', '90071992547409.92', '1']], asks: [] })),
    /2\^53 lots/,
  );
  assert.throws(
    () => told(spotBook(1, 1, { bids: [['900719925474.0992', '1', '1']], asks: [] })),
    FrameFault,
  );
  assert.throws(() => told(spotBook(1, 1, { bids: [['1', '1', '9007199254740993']], asks: [] })), FrameFault);
});

test('a book message with numbers out of order, a negative level or another symbol is refused', () => {
  const none = { bids: [], asks: [] };
  for (const bad of [
    spotBook(5, 4, none),
    spotBook(-1, 4, none),
    spotBook(1, 1, { bids: [['1', '-1', '1']], asks: [] }),
    spotBook(1, 1, { bids: [['-1', '1', '1']], asks: [] }),
    spotBook(1, 1, { bids: [['1', '1']], asks: [] }),
    spotBook(1, 1, none, { symbol: 'BBB-USDT' }),
  ]) {
    assert.throws(() => told(bad), FrameFault, JSON.stringify(bad));
  }
});

function futuresBook(sequence: number, change: string): object {
  const data = { sequence, change, timestamp: 1_731_897_467_182 };
  return { topic: '/contractMarket/level2:AAAUSDTM', type: 'message', subject: 'level2', sn: 1, data };
}

test('a futures book message is one level with one number', () => {
  const book = told(futuresBook(18, '90631.2,sell,2')).books[0];
  assert.deepEqual(book?.asks, [[906_312, 2, 18]]);
  assert.deepEqual([book?.firstId, book?.lastId, book?.tsVenueUs], [18, 18, 1_731_897_467_182_000]);
  assert.deepEqual(told(reversed(futuresBook(19, '5000.0,buy,0'))).books[0]?.bids, [[50_000, 0, 19]]);
  assert.deepEqual(told(futuresBook(20, '0.0,buy,0')).books[0]?.bids, []);
});

test('a change that is not price, side and size is refused', () => {
  for (const change of [
    '',
    '1.0',
    '1.0,buy',
    '1.0,hold,1',
    '1.0,buy,1,',
    ',buy,1',
    '1.0,buy,',
    '1.05,buy,1',
    '1.0,buy,0.5',
    '-1.0,buy,1',
  ]) {
    assert.throws(() => told(futuresBook(1, change)), FrameFault, change);
  }
});

test('trades carry the taker side, the number of their message and nanoseconds cut to microseconds', () => {
  const spot = {
    topic: '/market/match:AAA-USDT',
    subject: 'trade.l3match',
    type: 'message',
    data: {
      symbol: 'AAA-USDT',
      sequence: '1614503482134',
      side: 'sell',
      size: '0.5',
      price: '57.6596',
      time: '1616362370760468781',
      tradeId: '60ab',
    },
  };
  assert.deepEqual(told(spot).trades, [
    {
      instrumentIx: 3,
      tsVenueUs: 1_616_362_370_760_468,
      tradeId: 1_614_503_482_134,
      priceTicks: 576_596,
      qtyLots: 50,
      takerSide: 'sell',
    },
  ]);
  const futures = `{"topic":"/contractMarket/execution:AAAUSDTM","type":"message","subject":"match","data":{"symbol":"AAAUSDTM","sequence":17,"side":"buy","size":2,"price":90503.9,"tradeId":"1","ts":1731898619520000999}}`;
  assert.deepEqual(told(futures).trades, [
    {
      instrumentIx: 5,
      tsVenueUs: 1_731_898_619_520_000,
      tradeId: 17,
      priceTicks: 905_039,
      qtyLots: 2,
      takerSide: 'buy',
    },
  ]);
  for (const [key, value] of [
    ['side', 'hold'],
    ['price', '0'],
    ['sequence', '-1'],
    ['time', 'now'],
  ] as const) {
    const bad = { ...spot, data: { ...spot.data, [key]: value } };
    assert.throws(() => told(bad), FrameFault, key);
  }
});

test('quotes: spot with the number of the book, futures without; one side alone is none', () => {
  const data = {
    bestAsk: '1.1',
    bestAskSize: '4',
    bestBid: '1',
    bestBidSize: '3',
    sequence: '7',
    time: 1_653_955_200_018,
  };
  const quote = {
    instrumentIx: 3,
    tsVenueUs: 1_653_955_200_018_000,
    updateId: 7,
    bidTicks: 10_000,
    bidLots: 300,
    askTicks: 11_000,
    askLots: 400,
  };
  assert.deepEqual(told({ topic: '/market/ticker:AAA-USDT', subject: 'trade.ticker', data }).quotes, [quote]);
  assert.deepEqual(told({ topic: '/market/ticker:all', subject: 'AAA-USDT', data }).quotes, [quote]);
  const empty = told({
    topic: '/market/ticker:AAA-USDT',
    subject: 'trade.ticker',
    data: { ...data, bestBid: '', bestBidSize: null },
  });
  assert.equal(empty.order.length, 0);
  const futures = {
    symbol: 'AAAUSDTM',
    sequence: 9,
    bestBidSize: 795,
    bestBidPrice: '3200.0',
    bestAskPrice: '3600.5',
    bestAskSize: 284,
    ts: 1_553_846_081_210_005_000,
  };
  const text = JSON.stringify({
    topic: '/contractMarket/tickerV2:AAAUSDTM',
    subject: 'tickerV2',
    data: futures,
  });
  assert.deepEqual(told(text).quotes[0]?.updateId, -1);
  assert.deepEqual(told(text).quotes[0]?.askTicks, 36_005);
});

function candleMessage(start: number, close: string, volume: string): object {
  const candles = [String(start), '1.0', close, '1.9', '0.5', volume, '99.123456789'];
  const data = { symbol: 'AAA-USDT', candles, time: 1_619_378_328_806 };
  return { topic: '/market/candles:AAA-USDT_1min', subject: 'trade.candles.update', type: 'message', data };
}

test('a candle is finished by the next one and then never told again', () => {
  const decoder = new KucoinDecoder([SPOT]);
  const rows = [
    ...told(candleMessage(60, '1.2', '5'), decoder).candles,
    ...told(candleMessage(60, '1.3', '6.5'), decoder).candles,
    ...told(candleMessage(120, '1.4', '1'), decoder).candles,
    ...told(candleMessage(60, '1.5', '9'), decoder).candles,
  ];
  assert.deepEqual(
    rows.map(({ closeTicks, isClosed, openTsUs, timeframeUs, volumeLots }) => [
      openTsUs,
      closeTicks,
      volumeLots,
      isClosed,
      timeframeUs,
    ]),
    [
      [60_000_000, 12_000, 500, false, 60_000_000],
      [60_000_000, 13_000, 650, false, 60_000_000],
      [60_000_000, 13_000, 650, true, 60_000_000],
      [120_000_000, 14_000, 100, false, 60_000_000],
    ],
  );
});

test('futures candles have their contracts in the seventh place, months have no length', () => {
  const data = {
    symbol: 'AAAUSDTM',
    candles: ['1731898200', '90638.6', '90638.6', '90638.6', '90638.6', '77.0', '21'],
    time: 1_731_898_208_357,
  };
  const topic = '/contractMarket/limitCandle:AAAUSDTM';
  assert.equal(told({ topic: `${topic}_1min`, subject: 'candle.stick', data }).candles[0]?.volumeLots, 21);
  assert.equal(told({ topic: `${topic}_1month`, subject: 'candle.stick', data }).order.length, 0);
  const bad = { ...data, candles: ['1731898200', '2', '1', '1', '1', '0', '1'] };
  assert.throws(() => told({ topic: `${topic}_1min`, subject: 'candle.stick', data: bad }), /low <= open/);
});

test('mark prices are rounded to 10^-8, funding says whether it is settled', () => {
  const topic = '/contract/instrument:AAAUSDTM';
  const mark = `{"topic":"${topic}","subject":"mark.index.price","data":{"markPrice":0.0000073456,"indexPrice":7.34e-06,"granularity":1000,"timestamp":1551770400000}}`;
  assert.deepEqual(told(mark).marks, [
    { instrumentIx: 5, tsVenueUs: 1_551_770_400_000_000, markE8: 735, indexE8: 734 },
  ]);
  const rate = { granularity: 60_000, fundingRate: -0.002966, timestamp: 1_551_770_400_000 };
  assert.deepEqual(told({ topic, subject: 'funding.rate', data: rate }).fundings, [
    {
      instrumentIx: 5,
      tsVenueUs: 1_551_770_400_000_000,
      rateE12: -2_966_000_000,
      nextFundingUs: -1,
      isSettled: false,
    },
  ]);
  const settled = {
    symbol: 'AAAUSDTM',
    fundingTime: 1_551_770_400_000,
    fundingRate: 1e-4,
    timestamp: 1_551_770_410_000,
  };
  const announcement = { topic: '/contract/announcement', subject: 'funding.begin', data: settled };
  assert.deepEqual(told(announcement).fundings, [
    {
      instrumentIx: 5,
      tsVenueUs: 1_551_770_400_000_000,
      rateE12: 100_000_000,
      nextFundingUs: -1,
      isSettled: true,
    },
  ]);
  assert.equal(told({ ...announcement, subject: 'funding.end' }).order.length, 0);
  assert.equal(told({ ...announcement, data: { ...settled, symbol: 'BBBUSDTM' } }).order.length, 0);
});

test('the conversation: welcome, answers by id, refusals with their words, pongs', () => {
  const table: readonly (readonly [unknown, unknown])[] = [
    [
      { id: 'x', type: 'welcome', pingInterval: 18_000, pingTimeout: 10_000 },
      { kind: 'welcome', pingIntervalUs: 18_000_000 },
    ],
    [
      { id: 'x', type: 'welcome' },
      { kind: 'welcome', pingIntervalUs: null },
    ],
    [
      { id: 7, type: 'ack' },
      { kind: 'ack', id: '7' },
    ],
    [{ type: 'pong', id: '9' }, { kind: 'pong' }],
    [
      { id: 'a', type: 'error', code: 404, data: 'topic /x is not found' },
      { kind: 'refused', id: 'a', channel: null, symbol: null, message: '404 topic /x is not found' },
    ],
    [
      { data: { why: 1 }, type: 'error', id: null },
      { kind: 'refused', id: '', channel: null, symbol: null, message: '{"why":1}' },
    ],
  ];
  for (const [frame, message] of table) assert.deepEqual(told(frame).controls, [message]);
});

test('what is of no interest is counted, and its form still checked', () => {
  const decoder = new KucoinDecoder([SPOT, CONTRACT]);
  for (const frame of [
    { topic: '/market/level2:BBB-USDT', subject: 'trade.l2update', data: { changes: 'whatever' } },
    { topic: '/spotMarket/level2Depth50:AAA-USDT', subject: 'level2', data: { bids: [['1', '1']] } },
    { T: 'trade.SPOT', P: 1, d: { s: 'AAA-USDT' } },
    { id: '1', result: true },
    {},
    { type: 'message', topic: '/account/balance', channelType: 'private', data: {} },
  ]) {
    assert.equal(told(frame, decoder).order.length, 0);
  }
  assert.equal(decoder.ignoredCount, 6);
  assert.throws(() => told('{"topic":"/account/balance","data":{"a":01}}', decoder), FrameFault);
});

test('members written with escapes are the same members', () => {
  const text = JSON.stringify(spotBook(1, 1, { bids: [['1', '1', '1']], asks: [] }));
  assert.equal(told(text.replaceAll('/', '\\/').replace('"symbol"', '"\\u0073ymbol"')).books.length, 1);
});

test('a message that is cut anywhere, or followed by anything, delivers nothing', () => {
  const messages = [
    spotBook(1, 2, { bids: [['1', '1', '1']], asks: [['2', '1', '2']] }),
    futuresBook(1, '1.0,buy,1'),
    candleMessage(60, '1', '1'),
  ];
  for (const message of messages.flatMap((one) => [one, reversed(one)])) {
    const text = JSON.stringify(message);
    for (let length = 0; length <= text.length; length++) {
      const collector = new DecodedCollector();
      const damaged = length < text.length ? text.slice(0, length) : `${text}}`;
      assert.throws(
        () => new KucoinDecoder([SPOT, CONTRACT]).decode(Buffer.from(damaged), 1, collector),
        FrameFault,
      );
      assert.equal(collector.order.length, 0);
    }
  }
});

test(`messages with random changes are read or refused, and leave no trace for the next (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  const good = JSON.stringify(
    spotBook(10, 12, { bids: [['1.5', '3', '11']], asks: [['2', '1', '12']] }, { time: 1_729_816_425_625 }),
  );
  const expected = told(good).books;
  const decoder = new KucoinDecoder([SPOT, CONTRACT]);
  const alphabet = '{}[]",:0123456789.-eE\\ntu ';
  for (let i = 0; i < 3_000; i++) {
    const at = prng.integer(0, good.length);
    const char = alphabet[prng.integer(0, alphabet.length)] ?? '';
    const changed = good.slice(0, at) + char + good.slice(at + prng.integer(0, 2));
    const collector = new DecodedCollector();
    try {
      decoder.decode(Buffer.from(changed), 1, collector);
    } catch (thrown) {
      assert.ok(thrown instanceof FrameFault, String(thrown));
      assert.equal(collector.order.length, 0, changed);
    }
    if (i % 50 === 0) assert.deepEqual(told(good, decoder).books, expected);
  }
});

test('sorting keeps what is in order and leaves the last of two changes of a price last', () => {
  const side = new BookUpdate().bids;
  for (const [price, sequence] of [
    [5, 9],
    [4, 2],
    [5, 3],
    [1, 2],
  ] as const)
    side.push(price, price * 10 + sequence, sequence);
  sortBySequence(side);
  const rows = Array.from({ length: side.count }, (_, i) => [
    side.priceTicks[i],
    side.qtyLots[i],
    side.sequence[i],
  ]);
  assert.deepEqual(rows, [
    [4, 42, 2],
    [1, 12, 2],
    [5, 53, 3],
    [5, 59, 9],
  ]);
});

/** Verdicts of the venue's rule over messages [first, last]. */
function judged(messages: readonly (readonly [number, number])[], isSpot: boolean): string {
  const rule = (isSpot ? KUCOIN_SPOT.bookPolicy(SPOT) : KUCOIN_FUTURES.bookPolicy(CONTRACT)).newRule();
  rule.snapshot(100);
  const decoder = new KucoinDecoder([SPOT, CONTRACT]);
  const verdicts = messages.map(([first, last]) => {
    const frame = isSpot ? spotBook(first, last, { bids: [], asks: [] }) : futuresBook(last, '1.0,buy,1');
    const [book] = told(frame, decoder).books;
    assert.ok(book !== undefined);
    return rule.judge(book.firstId, book.lastId, book.previousId);
  });
  return verdicts.join(' ');
}

test('a message that is lost, swapped or repeated is found out, and only a repeated one is harmless', () => {
  const spot = [
    [99, 100],
    [100, 102],
    [103, 103],
    [104, 107],
    [108, 108],
  ] as const;
  assert.equal(judged(spot, true), 'drop apply apply apply apply');
  assert.match(judged(spot.toSpliced(2, 1), true), /^drop apply gap/);
  assert.match(judged([spot[0], spot[1], spot[3], spot[2], spot[4]], true), /^drop apply gap/);
  assert.equal(judged(spot.toSpliced(2, 0, spot[2]), true), 'drop apply apply drop apply apply');
  const futures = [
    [100, 100],
    [101, 101],
    [102, 102],
    [103, 103],
  ] as const;
  assert.equal(judged(futures, false), 'drop apply apply apply');
  assert.match(judged(futures.toSpliced(1, 1), false), /^drop gap/);
  assert.equal(judged(futures.toSpliced(2, 0, futures[1]), false), 'drop apply drop apply apply');
});
