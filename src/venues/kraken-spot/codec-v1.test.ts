/** Frames of the v1 stream, as captures hold them: books, trades, events; two parts in one frame, republished levels, names of either spelling. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FeedInstrument, FrameFault } from '#venues/market';
import { DecodedLog, decodedBy } from '../../../test/support/decoded-log.ts';
import { KrakenSpotDecoder } from './codec.ts';

const PAIR: FeedInstrument = {
  ix: 0,
  venue: 'kraken-spot',
  symbol: 'BTC/CHF',
  wireSymbol: 'BTC/CHF',
  priceDecimals: 5,
  qtyDecimals: 8,
};
const LOCAL_US = 1_700_000_000_000_000;

function decode(text: string, decoder = new KrakenSpotDecoder([PAIR])): DecodedLog {
  return decodedBy(decoder, text, LOCAL_US);
}

function refused(text: string): void {
  const log = new DecodedLog();
  const decoder = new KrakenSpotDecoder([PAIR]);
  assert.throws(
    () => decoder.decode(Buffer.from(text), LOCAL_US, log),
    (error) => error instanceof FrameFault,
    text,
  );
  assert.deepEqual(log.entries, [], text);
}

test('a snapshot has both sides, the time of its newest level and no checksum', () => {
  const text =
    '[464,{"as":[["56218.30000","0.15000000","1618678117.243818"]],"bs":[["56111.80000","0.01203000","1618678118.121264"]]},"book-1000","XBT/CHF"]';
  assert.deepEqual(decode(text).books, [
    {
      instrumentIx: 0,
      tsVenueUs: 1_618_678_118_121_264,
      tsLocalUs: LOCAL_US,
      isSnapshot: true,
      firstId: -1,
      lastId: -1,
      previousId: -1,
      checksum: -1,
      bids: [[5_611_180_000, 1_203_000]],
      asks: [[5_621_830_000, 15_000_000]],
    },
  ]);
});

test('two parts of a frame are one update with the checksum of the last; a republished level is a level', () => {
  const text =
    '[0,{"a":[["5.00000","1.00000000","1.000001"],["5.00000","2.00000000","1.000001"]]},{"b":[["4.00000","3.00000000","2.0","r"]],"c":"4294967295"},"book-10","XBT/CHF"]';
  const [update, ...more] = decode(text).books;
  assert.deepEqual(
    [update?.isSnapshot, update?.checksum, update?.asks, update?.bids, update?.tsVenueUs, more],
    [
      false,
      4_294_967_295,
      [
        [500_000, 100_000_000],
        [500_000, 200_000_000],
      ],
      [[400_000, 300_000_000]],
      2_000_000,
      [],
    ],
  );
});

test('an ask too far away to be a number is left out', () => {
  const text =
    '[1,{"as":[["99999999999.00000","3.00000000","2.0"]],"bs":[["4.00000","3.00000000","2.0"]]},"book-10","XBT/CHF"]';
  const [update] = decode(text).books;
  assert.deepEqual([update?.asks, update?.bids], [[], [[400_000, 300_000_000]]]);
});

test('an empty snapshot is an empty book at the time it came', () => {
  const [update] = decode('[6304,{"as":[],"bs":[]},"book-25","XBT/CHF"]').books;
  assert.deepEqual([update?.isSnapshot, update?.tsVenueUs, update?.bids.length], [true, LOCAL_US, 0]);
});

test('a pair is found by either spelling, and by itself where an instrument is named the old way', () => {
  const text = '[1,{"b":[["4.00000","3.00000000","2.0"]],"c":"1"},"book-10","XBT/CHF"]';
  assert.equal(decode(text).books.length, 1);
  const old = new KrakenSpotDecoder([{ ...PAIR, wireSymbol: 'XBT/CHF' }]);
  assert.equal(decode(text, old).books.length, 1);
  const both = new KrakenSpotDecoder([PAIR, { ...PAIR, ix: 1, wireSymbol: 'XBT/CHF' }]);
  assert.equal(decode(text, both).books[0]?.instrumentIx, 1);
  assert.equal(decode(text.replace('XBT/CHF', 'XBT\\/CHF')).books.length, 1);
});

test('trades are numbered as they come, because the old stream has no ids', () => {
  const decoder = new KrakenSpotDecoder([PAIR]);
  const text =
    '[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""],["6060.00000","0.02455000","1534614057.324998","b","m","x"]],"trade","XBT/CHF"]';
  const first = decode(text, decoder).of('trade');
  assert.deepEqual(first, [
    {
      instrumentIx: 0,
      tsVenueUs: 1_534_614_057_321_597,
      tradeId: 1,
      priceTicks: 554_120_000,
      qtyLots: 15_850_568,
      takerSide: 'sell',
    },
    {
      instrumentIx: 0,
      tsVenueUs: 1_534_614_057_324_998,
      tradeId: 2,
      priceTicks: 606_000_000,
      qtyLots: 2_455_000,
      takerSide: 'buy',
    },
  ]);
  assert.equal((decode(text, decoder).of('trade')[0] as { tradeId: number }).tradeId, 3);
});

test('events are controls; numbers beyond the safe integers in them do no harm', () => {
  const table: readonly (readonly [string, readonly unknown[]])[] = [
    ['{"event":"heartbeat"}', [{ kind: 'heartbeat' }]],
    [
      '{"connectionID":18239578009413566319,"event":"systemStatus","status":"online","version":"1.8.3"}',
      [{ kind: 'welcome', pingIntervalUs: null }],
    ],
    [
      '{"channelID":464,"channelName":"book-1000","event":"subscriptionStatus","pair":"XBT/CHF","status":"subscribed","subscription":{"depth":1000,"name":"book"}}',
      [{ kind: 'subscribed', channel: 'book', symbol: 'XBT/CHF' }],
    ],
    [
      '{"errorMessage":"Subscription depth not supported","event":"subscriptionStatus","pair":"XBT/CHF","status":"error","reqid":4,"subscription":{"depth":42,"name":"book"}}',
      [
        {
          kind: 'refused',
          id: '4',
          channel: 'book',
          symbol: 'XBT/CHF',
          message: 'Subscription depth not supported',
        },
      ],
    ],
  ];
  for (const [text, expected] of table) assert.deepEqual(decode(text).of('control'), expected, text);
});

test('other channels and pairs are ignored, damaged frames refused as a whole', () => {
  const decoder = new KrakenSpotDecoder([PAIR]);
  const ignored = [
    '[341,["31760.00000","31760.10000","1654031976.197239","0.02","6.4"],"spread","XBT/CHF"]',
    '[1,{"a":[["x"]]},"book-10","ETH/CHF"]',
    '[[{"t":1}],"ownTrades",{"sequence":1}]',
  ];
  for (const text of ignored) assert.deepEqual(decode(text, decoder).entries, [], text);
  assert.equal(decoder.ignoredCount, ignored.length);
  refused('[1,{"a":[["5.0","1.0"]],"c":"1"},"book-10","XBT/CHF"]');
  refused('[1,{"a":[["0.00000","1.0","1.0"]],"c":"1"},"book-10","XBT/CHF"]');
  refused('[1,{"a":[["5.000001","1.0","1.0"]],"c":"1"},"book-10","XBT/CHF"]');
  refused('[1,{"a":[["5.0","1.0","1.0"]],"c":"-1"},"book-10","XBT/CHF"]');
  refused('[1,{"as":[]},"book-10","XBT/CHF"]');
  refused('[1,{"c":"1"},"book-10","XBT/CHF"]');
  refused('[0,[["5.0","1.0","1.0","x","l",""]],"trade","XBT/CHF"]');
  refused('[1,{"a":[["5.0","1.0","1.0"]],"c":"1"},"book-10","XBT/CHF"');
});
