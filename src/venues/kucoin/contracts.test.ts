/** The futures market counts contracts; behind the decoder every quantity is in base units, whatever a contract is worth. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BookUpdate } from '#book';
import { formatDecimal, XylenError } from '#core';
import { DecodedCollector } from '../../../test/support/decoded-collector.ts';
import { type FeedInstrument, FrameFault, feedInstrumentOf, type ListedInstrument } from '../market/index.ts';
import { KUCOIN_FUTURES } from './adapter.ts';
import { KucoinDecoder } from './codec.ts';

const REST = KUCOIN_FUTURES.rest(KUCOIN_FUTURES.hosts);
/** A multiplier and what 37 contracts are in base units. */
const SIZES = [
  ['0.001', '0.037'],
  ['1', '37'],
  ['10', '370'],
  ['0.05', '1.85'],
  ['1E-7', '0.0000037'],
] as const;

function contractText(more: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    symbol: 'AUSDTM',
    baseCurrency: 'A',
    quoteCurrency: 'USDT',
    type: 'FFWCSX',
    status: 'Open',
    tickSize: 0.1,
    lotSize: 1,
    maxOrderQty: 1_000,
    openInterest: '37',
    ...more,
  });
}

function listOf(contract: string): readonly ListedInstrument[] {
  return REST.instruments().parse(Buffer.from(`{"code":"200000","data":[${contract}]}`));
}

function listedWith(multiplier: string): ListedInstrument {
  const [one] = listOf(contractText({}).replace('}', `,"multiplier":${multiplier}}`));
  assert.ok(one !== undefined);
  return one;
}

function told(instrument: FeedInstrument, topic: string, subject: string, data: object): DecodedCollector {
  const collector = new DecodedCollector();
  const frame = JSON.stringify({ topic, type: 'message', subject, data });
  new KucoinDecoder([instrument]).decode(Buffer.from(frame), 1, collector);
  return collector;
}

/** Quantities of 37 contracts from everywhere the venue states them, in lots. */
function quantities(instrument: FeedInstrument): readonly (number | undefined)[] {
  const symbol = 'AUSDTM';
  const change = { sequence: 5, change: '8.1,buy,37', timestamp: 1 };
  const trade = { symbol, sequence: 5, side: 'buy', size: 37, price: '8.1', ts: 1_700_000_000_000_000_000 };
  const prices = { bestBidPrice: '8.1', bestAskPrice: '8.2', ts: 1_700_000_000_000_000_000 };
  const quote = { symbol, sequence: 5, bestBidSize: 37, bestAskSize: 37, ...prices };
  const candles = ['60', '8', '8', '8', '8', '99', '37'];
  const [interests, plan] = [
    new DecodedCollector(),
    REST.polls('open-interest', [{ instrument, restSymbol: symbol }])[0],
  ];
  plan?.decode(Buffer.from(`{"code":"200000","data":[${contractText({})}]}`), 1, interests);
  const numbers = snapshotOf(instrument, '[[8.2,37],[8.3,37]]');
  const texts = snapshotOf(instrument, '[["8.2","37"],["8.3","37"]]');
  const quotes = told(instrument, '/contractMarket/tickerV2:AUSDTM', 'tickerV2', quote).quotes[0];
  const range = { instrument, restSymbol: symbol, fromUs: 0, toUs: 60_000_000 };
  const rows = REST.candles(range, 60_000_000)?.parse(
    Buffer.from('{"code":"200000","data":[[0,8,8,8,8,37,299.7]]}'),
  );
  return [
    told(instrument, '/contractMarket/level2:AUSDTM', 'level2', change).books[0]?.bids[0]?.[1],
    ...[...numbers, ...texts],
    told(instrument, '/contractMarket/execution:AUSDTM', 'match', trade).trades[0]?.qtyLots,
    quotes?.bidLots,
    quotes?.askLots,
    told(instrument, '/contractMarket/limitCandle:AUSDTM_1min', 'candle.stick', {
      symbol,
      candles,
      time: 60_000,
    }).candles[0]?.volumeLots,
    rows?.[0]?.volumeLots,
    interests.interests[0]?.openInterestLots,
  ];
}

function snapshotOf(instrument: FeedInstrument, asks: string): readonly number[] {
  const book = new BookUpdate();
  const body = `{"code":"200000","data":{"symbol":"AUSDTM","sequence":5,"bids":[],"asks":${asks},"ts":1700000000000000000}}`;
  REST.bookSnapshot(instrument, 'AUSDTM', book)?.parse(Buffer.from(body));
  return [...book.asks.qtyLots.subarray(0, book.asks.count)];
}

for (const [multiplier, baseUnits] of SIZES) {
  test(`contracts of ${multiplier}: every quantity is in base units`, () => {
    const listed = listedWith(multiplier);
    const instrument = feedInstrumentOf(listed, 0);
    const inUnits = (lots: number | undefined): string => formatDecimal(lots ?? -1, instrument.qtyDecimals);
    const found = quantities(instrument).map(inUnits);
    assert.ok(found.length >= 10);
    assert.deepEqual(
      found,
      found.map(() => baseUnits),
    );
  });
}

test('sizes of orders are in base units, a contract is the lot', () => {
  const sizes = SIZES.map(([multiplier]) => {
    const { lotsPerContract, spec, untradable } = listedWith(multiplier);
    assert.equal(untradable, undefined);
    return [spec.qtyDecimals, lotsPerContract, spec.lotSize, spec.qtyMin, spec.qtyMax];
  });
  assert.deepEqual(sizes, [
    [3, 1, '0.001', '0.001', '1'],
    [0, 1, '1', '1', '1000'],
    [0, 10, '10', '10', '10000'],
    [2, 5, '0.05', '0.05', '50'],
    [7, 1, '0.0000001', '0.0000001', '0.0001'],
  ]);
});

test('a contract of a negative multiplier is inverse: it is listed, and says that it must not be traded', () => {
  const { lotsPerContract, spec, untradable } = listedWith('-1.0');
  assert.deepEqual([spec.qtyDecimals, lotsPerContract, spec.lotSize], [0, 1, '1']);
  assert.match(untradable ?? '', /^inverse contracts \(sized in USD, margined in coin\) are not supported/);
});

test('a contract without a size that can be read is left out', () => {
  for (const more of [{}, { multiplier: 0 }, { multiplier: null }, { multiplier: 1, lotSize: 0.5 }])
    assert.deepEqual(listOf(contractText(more)), [], JSON.stringify(more));
});

test('lots beyond the safe integers are refused, though the contracts are safe', () => {
  const instrument = feedInstrumentOf(listedWith('10'), 0);
  const most = Math.floor(Number.MAX_SAFE_INTEGER / 10);
  const bookOf = (size: number): DecodedCollector =>
    told(instrument, '/contractMarket/level2:AUSDTM', 'level2', {
      sequence: 5,
      change: `8.1,buy,${size}`,
      timestamp: 1,
    });
  assert.equal(bookOf(most).books[0]?.bids[0]?.[1], most * 10);
  assert.throws(() => bookOf(most + 1), FrameFault);
  const trade = { symbol: 'AUSDTM', sequence: 5, side: 'buy', size: most + 1, price: '8.1', ts: 1e18 };
  assert.throws(
    () => told(instrument, '/contractMarket/execution:AUSDTM', 'match', trade),
    /at most 2\^53 lots/,
  );
  for (const asks of [`[[8.2,${most + 1}]]`, `[["8.2","${most + 1}"]]`])
    assert.throws(() => snapshotOf(instrument, asks), XylenError);
});
