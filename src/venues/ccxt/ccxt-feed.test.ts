import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE, US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import type { StreamKind } from '#domain';
import type { Subscription } from '../market/index.ts';
import { FakeCcxtError } from './test/fake-exchange.ts';
import { FeedStage, instrumentOf, START_US } from './test/feed-stage.ts';

const BTC = instrumentOf('BTC/USDT', 0);
const ETH = instrumentOf('ETH/USDT', 1);

function wish(stream: StreamKind, instrument = BTC): Subscription {
  return { instrument, stream, timeframeUs: stream === 'candles' ? US_PER_MINUTE : null };
}

function bookOf(bid: number, ask: number, timestamp: number | undefined = START_US / 1_000) {
  return {
    bids: [
      [bid, 1],
      [bid - 1, 2],
    ],
    asks: [
      [ask, 3],
      [ask + 1, 4],
    ],
    timestamp,
  };
}

const TRADE = { id: '17', timestamp: START_US / 1_000, side: 'buy', price: 100.5, amount: 0.25 };

test('a book begins with a snapshot and goes on with what differs, at most every so often', async () => {
  const stage = new FeedStage([wish('book')]);
  stage.feed.start();
  const book = bookOf(100, 101);
  await stage.answer('book BTC/USDT', book);
  assert.deepEqual(stage.books[0], {
    ix: 0,
    isSnapshot: true,
    bids: [
      [10_000, 1_000],
      [9_900, 2_000],
    ],
    asks: [
      [10_100, 3_000],
      [10_200, 4_000],
    ],
  });
  assert.deepEqual(stage.states, ['0 true live']);
  assert.equal(stage.exchange.openCount('book BTC/USDT'), 0, 'nobody asks during the pause');
  // ccxt changes its book meanwhile, and answers nobody.
  book.bids[0] = [100, 7];
  book.asks.shift();
  await stage.pass(99 * US_PER_MS);
  assert.equal(stage.books.length, 1);
  await stage.pass(2 * US_PER_MS);
  assert.deepEqual(stage.books[1], {
    ix: 0,
    isSnapshot: false,
    bids: [[10_000, 7_000]],
    asks: [[10_100, 0]],
  });
  assert.deepEqual(stage.kept.get(0), {
    bids: [
      [10_000, 7_000],
      [9_900, 2_000],
    ],
    asks: [[10_200, 4_000]],
  });
  assert.equal(stage.exchange.openCount('book BTC/USDT'), 1, 'and then asks again');
});

test('trades come once, with side, number and exact numbers; one that cannot be read costs itself alone', async () => {
  const stage = new FeedStage([wish('trades')]);
  stage.feed.start();
  const bad = { ...TRADE, id: '18', side: undefined };
  await stage.answer('trades BTC/USDT', [TRADE, bad, { ...TRADE, id: 'a1b', side: 'sell' }]);
  await stage.answer('trades BTC/USDT', [TRADE, { ...TRADE, id: '19', timestamp: undefined }]);
  assert.deepEqual(
    stage.trades.map(({ priceTicks, qtyLots, takerSide, tradeId }) => [
      tradeId,
      takerSide,
      priceTicks,
      qtyLots,
    ]),
    [
      [17, 'buy', 10_050, 250],
      [START_US, 'sell', 10_050, 250],
      [19, 'buy', 10_050, 250],
    ],
  );
  assert.equal(stage.feed.status().duplicateCount, 1);
  assert.deepEqual(
    stage.ledger.map(({ cause, detail, stream }) => [stream, cause, detail]),
    [['trades', 'damaged-frame', 'expected a trade of BTC/USDT, found undefined 0.25 at 100.5']],
  );
});

test('what is told has times that increase, over all streams', async () => {
  const stage = new FeedStage([wish('book'), wish('trades'), wish('book', ETH)]);
  stage.feed.start();
  const book = bookOf(100, 101);
  for (let n = 0; n < 20; n++) {
    book.bids[0] = [100, 1 + n];
    await stage.answer('book BTC/USDT', book);
    await stage.answer(
      'trades BTC/USDT',
      [1, 2, 3].map((at) => ({ ...TRADE, id: `${3 * n + at}` })),
    );
    await stage.answer('book ETH/USDT', bookOf(10 + n, 40));
    await stage.pass(100 * US_PER_MS);
  }
  assert.ok(stage.stamps.length > 90);
  assert.ok(stage.stamps.every((us, at) => at === 0 || us > (stage.stamps[at - 1] ?? 0)));
});

test('a candle is told when a later one comes, or when its end is long enough ago, and never twice', async () => {
  const stage = new FeedStage([wish('candles')]);
  stage.feed.start();
  const openMs = Math.floor(START_US / US_PER_MINUTE) * 60_000;
  const row = (minute: number, close: number) => [openMs + minute * 60_000, 10, 12, 9, close, 1.5];
  await stage.answer('candles BTC/USDT', [row(0, 10)]);
  await stage.answer('candles BTC/USDT', [row(0, 11)]);
  assert.equal(stage.candles.length, 0);
  await stage.answer('candles BTC/USDT', [row(0, 11.5), row(1, 11)]);
  assert.deepEqual(
    stage.candles.map(({ closeTicks, isClosed }) => [closeTicks, isClosed]),
    [[1_150, true]],
  );
  await stage.pass(2 * US_PER_MINUTE, US_PER_SECOND);
  assert.equal(stage.candles.length, 2);
  assert.equal(stage.candles[1]?.openTsUs, openMs * 1_000 + US_PER_MINUTE);
  await stage.answer('candles BTC/USDT', [row(0, 9), row(1, 9)]);
  assert.equal(stage.candles.length, 2, 'what was told is not told anew');
});

test('a failure costs one stream: it is in the ledger, the others go on, and the book begins with a snapshot again', async () => {
  const stage = new FeedStage([wish('book'), wish('book', ETH)]);
  stage.feed.start();
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  await stage.answer('book ETH/USDT', bookOf(10, 11));
  await stage.pass(US_PER_SECOND);
  await stage.fail(
    'book BTC/USDT',
    new FakeCcxtError('ChecksumError', 'orderbook data checksum does not match'),
  );
  assert.deepEqual(stage.states.slice(2), ['0 false ChecksumError: orderbook data checksum does not match']);
  assert.equal(stage.feed.status().outages.length, 1);
  assert.equal(stage.exchange.openCount('book ETH/USDT'), 1);
  await stage.pass(US_PER_SECOND);
  await stage.answer('book BTC/USDT', bookOf(90, 91));
  assert.equal(stage.books.at(-1)?.isSnapshot, true);
  const [entry] = stage.ledger;
  assert.deepEqual(
    [entry?.symbol, entry?.stream, entry?.cause, entry?.fromUs, entry?.lostFromId],
    ['BTC/USDT', 'book', 'checksum', START_US, -1],
  );
  assert.ok((entry?.toUs ?? 0) > START_US + US_PER_SECOND);
  assert.equal(stage.ledger.length, 1);
  assert.equal(stage.feed.status().books[0]?.resyncCount, 1);
});

test('failures are retried ever more slowly, and what was never right loses nothing', async () => {
  const stage = new FeedStage([wish('trades')]);
  stage.feed.start();
  for (let n = 0; n < 50; n++) {
    await stage.fail('trades BTC/USDT', new FakeCcxtError('NetworkError', 'no route'));
    await stage.pass(500 * US_PER_MS);
  }
  const asked = stage.exchange.asked.length;
  assert.ok(asked > 5 && asked < 30, `${asked} questions in 25 s`);
  assert.deepEqual(stage.ledger, []);
  assert.ok(stage.notices.length <= 60 && stage.notices.some(({ kind }) => kind === 'disconnected'));
});

test('a refusal is told as one and tried again after a pause', async () => {
  const stage = new FeedStage([wish('book')]);
  stage.feed.start();
  await stage.fail('book BTC/USDT', new FakeCcxtError('BadSymbol', 'no such market'));
  const [refusal] = stage.feed.status().refusals;
  assert.deepEqual(
    [refusal?.symbol, refusal?.message, refusal?.count, refusal?.retryUs],
    ['BTC/USDT', 'BadSymbol: no such market', 1, START_US + US_PER_MINUTE],
  );
  assert.equal(stage.notices[0]?.kind, 'refused');
  await stage.pass(59 * US_PER_SECOND);
  assert.equal(stage.exchange.asked.length, 1);
  await stage.pass(2 * US_PER_SECOND);
  await stage.answer('book BTC/USDT', bookOf(10, 11));
  assert.deepEqual(stage.feed.status().refusals, []);
});

test('a book that cannot be read is given up, and comes back with the next good one', async () => {
  const stage = new FeedStage([wish('book')]);
  stage.feed.start();
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  await stage.pass(US_PER_SECOND);
  await stage.answer('book BTC/USDT', bookOf(100.001, 101));
  assert.equal(stage.feed.status().books[0]?.isUsable, false);
  assert.equal(stage.notices.at(-1)?.kind, 'damaged');
  await stage.pass(US_PER_SECOND);
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  assert.equal(stage.feed.status().books[0]?.isUsable, true);
  assert.deepEqual(
    stage.ledger.map(({ cause }) => cause),
    ['damaged-frame'],
  );
});

test('a change during the pause that cannot be read gives the book up, too', async () => {
  const stage = new FeedStage([wish('book')]);
  stage.feed.start();
  const book = bookOf(100, 101);
  await stage.answer('book BTC/USDT', book);
  book.bids[0] = [99.999, 1];
  await stage.pass(US_PER_SECOND);
  assert.equal(stage.feed.status().books[0]?.isUsable, false);
  assert.equal(stage.exchange.openCount('book BTC/USDT'), 1);
});

test('a crossed book is not used, and begun anew when it stays crossed', async () => {
  const stage = new FeedStage([wish('book')]);
  stage.feed.start();
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  await stage.pass(US_PER_SECOND);
  await stage.answer('book BTC/USDT', bookOf(105, 101));
  assert.deepEqual(stage.states, ['0 true live', '0 false crossed']);
  await stage.pass(4 * US_PER_SECOND, US_PER_SECOND);
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  assert.deepEqual(
    stage.ledger.map(({ cause }) => cause),
    ['crossed'],
  );
  assert.equal(stage.states.at(-1), '0 true live');
});

test('books that stand still with the whole exchange are asked for anew, and in the end all connections are', async () => {
  const stage = new FeedStage([wish('book'), wish('book', ETH)], {}, (exchange) => {
    exchange.has.unWatchOrderBook = true;
  });
  stage.feed.start();
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  await stage.answer('book ETH/USDT', bookOf(10, 11));
  await stage.pass(62 * US_PER_SECOND, US_PER_SECOND);
  assert.deepEqual(
    stage.feed.status().outages.map(({ cause, symbol }) => [symbol, cause]),
    [
      ['BTC/USDT', 'stall'],
      ['ETH/USDT', 'stall'],
    ],
  );
  assert.ok(stage.exchange.asked.includes('unwatch BTC/USDT'));
  assert.equal(stage.exchange.openCount('book BTC/USDT'), 1, 'it was asked anew, and once');
  assert.equal(stage.exchange.closeCount, 0);
  await stage.pass(130 * US_PER_SECOND, US_PER_SECOND);
  assert.equal(stage.exchange.closeCount, 1);
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  await stage.answer('book ETH/USDT', bookOf(10, 11));
  assert.deepEqual(stage.feed.status().outages, []);
  assert.deepEqual(
    stage.ledger.map(({ cause }) => cause),
    ['stall', 'stall'],
  );
});

test('a book that stands still while others move is a quiet market for ten minutes', async () => {
  const stage = new FeedStage([wish('book'), wish('trades', ETH)]);
  stage.feed.start();
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  for (let n = 0; n < 19; n++) {
    await stage.answer('trades ETH/USDT', [{ ...TRADE, id: `${n}` }]);
    await stage.pass(30 * US_PER_SECOND, 10 * US_PER_SECOND);
  }
  assert.deepEqual(stage.feed.status().outages, []);
  await stage.answer('trades ETH/USDT', [{ ...TRADE, id: '99' }]);
  await stage.pass(31 * US_PER_SECOND, 10 * US_PER_SECOND);
  assert.deepEqual(
    stage.feed.status().outages.map(({ cause }) => cause),
    ['stall'],
  );
});

test('an exchange that answers at once does not make it spin', async () => {
  const stage = new FeedStage([wish('trades')], { answersAtOnceMax: 10 }, (exchange) => {
    exchange.watchTrades = async () => {
      exchange.asked.push('trades');
      return [];
    };
  });
  stage.feed.start();
  await stage.settle();
  assert.equal(stage.exchange.asked.length, 11);
});

test('what an exchange throws instead of answering is a failure like others', async () => {
  const stage = new FeedStage([wish('trades')], {}, (exchange) => {
    exchange.watchTrades = () => {
      throw new FakeCcxtError('NotSupported', 'not here');
    };
  });
  stage.feed.start();
  await stage.settle();
  assert.equal(stage.feed.status().refusals[0]?.message, 'NotSupported: not here');
});

test('after stop nothing is told: open losses are written before, late answers are passed over, sockets are ended', async () => {
  const stage = new FeedStage([wish('book'), wish('trades')]);
  stage.feed.start();
  await stage.answer('book BTC/USDT', bookOf(100, 101));
  await stage.answer('trades BTC/USDT', [TRADE]);
  await stage.fail('trades BTC/USDT', new FakeCcxtError('NetworkError', 'gone'));
  stage.feed.stop();
  stage.feed.stop();
  assert.match(stage.ledger[0]?.detail ?? '', /^NetworkError: gone; not over when the feed was stopped$/);
  const told = [stage.books.length, stage.states.length, stage.notices.length, stage.ledger.length];
  await stage.answer('book BTC/USDT', bookOf(90, 91));
  await stage.pass(5 * US_PER_MINUTE, US_PER_SECOND);
  assert.deepEqual(
    [stage.books.length, stage.states.length, stage.notices.length, stage.ledger.length],
    told,
  );
  assert.equal(stage.exchange.closeCount, 1);
  assert.equal(stage.network.step(), false, 'nothing is left in the timers');
});

test('a stream that the exchange does not offer is refused before anything is asked', () => {
  const isUsage = (thrown: unknown): boolean => thrown instanceof XylenError && thrown.code === 'XY_USAGE';
  assert.throws(() => new FeedStage([wish('mark-price')]), isUsage);
  const without = (stream: StreamKind) => () =>
    new FeedStage([wish(stream)], {}, (exchange) => {
      exchange.has.watchTrades = false;
    });
  assert.throws(without('trades'), isUsage);
  assert.throws(() => new FeedStage([{ ...wish('candles'), timeframeUs: 7 }]), isUsage);
});
