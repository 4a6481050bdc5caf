import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { InstrumentTable } from '#domain';
import { SimulatedWorld } from '../simulated-world.ts';
import { dataCardOf } from '../source.ts';
import {
  book,
  bookOrder,
  fills,
  limit,
  money,
  play,
  print,
  testRules,
  testSpec,
} from '../test/market-builders.ts';
import { mergeSources, orderSource, tradeSource } from './index.ts';

test('M96 a recorded book order by order makes its instrument one of level 3, with recorded receive times', () => {
  const events = [
    bookOrder(0, 'a', 'buy', 990, 20),
    bookOrder(0, 'b', 'sell', 1010, 20),
    { ...bookOrder(5, 'c', 'buy', 990, 30), tsLocalUs: bookOrder(9, 'c', 'buy', 990, 30).tsVenueUs },
    book(30, true, [], []),
  ];
  const prints = [print(20, 990, 24, 'sell')];
  const column = (pick: (of: (typeof prints)[number]) => number): Float64Array =>
    Float64Array.from(prints, pick);
  const columns = {
    rowCount: prints.length,
    tsVenueUs: column(({ tsVenueUs }) => tsVenueUs),
    tsLocalUs: column(({ tsLocalUs }) => tsLocalUs),
    tradeId: column(({ tradeId }) => tradeId),
    priceTicks: column(({ priceTicks }) => priceTicks),
    qtyLots: column(({ qtyLots }) => qtyLots),
    takerSign: Int8Array.of(-1),
  };
  const sources = () =>
    mergeSources([
      tradeSource({ instrumentIx: 0, feedLatencyUs: 0, open: () => [columns] }),
      orderSource({ instrumentIx: 0, feedLatencyUs: 2, open: () => [events] }),
    ]);
  assert.equal(dataCardOf(sources().feeds, 0)?.level, 'l3');
  const world = new SimulatedWorld({
    source: sources(),
    instruments: new InstrumentTable([testSpec()]),
    cashAtoms: money(100_000),
    rules: testRules(),
    prng: new Prng(1),
  });
  const seen = play(world, [{ afterUs: 2, submit: limit('l', 'buy', 990, { qtyLots: 10 }) }]);
  // Behind a alone: c came later.
  assert.deepEqual(fills(seen), ['20 l buy 4@990 maker']);
  const lags = seen.flatMap((event) =>
    event.kind === 'book-order' ? [event.tsLocalUs - event.tsVenueUs] : [],
  );
  assert.deepEqual(lags, [2, 2, 4]);
  const queue = world.assumptions().find(({ key }) => key === 'queue.sim:AAAUSDT');
  assert.equal(queue?.value, 'exact, first in, first out');
});
