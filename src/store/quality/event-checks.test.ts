import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openSourceFile, readRows } from '#store/files';
import { chunkOf, NEW_YEAR_US } from '../../../test/support/history-rows.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { recordEnd, scaleChunk, sliceRows } from '../history/index.ts';
import { BookChecks } from './book-checks.ts';
import { FundingChecks, TradeChecks } from './event-checks.ts';
import { FindingList } from './finding.ts';

const HOUR_US = 3_600_000_000;

test('finds missing settlements and rates out of the usual', () => {
  const findings = new FindingList();
  const checks = new FundingChecks(findings);
  const times = [0, 8, 16, 40, 48].map((hour, ix) => NEW_YEAR_US + hour * HOUR_US + ix * 7_000);
  checks.add(
    chunkOf(
      'funding',
      times.map((ts, ix) => [ts, ix === 2 ? -8e9 : 1e8]),
    ),
  );
  const stats = checks.finish();
  assert.deepEqual([stats.intervalUs, stats.settlementsMissing, stats.rowCount], [8 * HOUR_US, 2, 5]);
  assert.deepEqual(
    findings.listed.map(({ check, amount }) => [check, amount]),
    [
      ['funding_gap', 2],
      ['rate_extreme', -0.008],
    ],
  );
});

test('finds missing trades, silence and prices out of line', () => {
  const findings = new FindingList();
  const checks = new TradeChecks(findings);
  const trade = (second: number, id: number, price: number): number[] => [
    NEW_YEAR_US + second * 1e6,
    NEW_YEAR_US,
    id,
    price,
    1,
    1,
  ];
  checks.add(
    chunkOf('trades', [
      trade(0, 1, 1_000),
      trade(1, 2, 1_001),
      trade(2, 5, 1_500),
      trade(2_000, 6, 1_501),
      trade(2_001, 7, 1_000),
    ]),
  );
  assert.deepEqual([checks.statistics.idsMissing, checks.statistics.silenceUsMax], [2, 1_998e6]);
  assert.deepEqual(
    findings.listed.map(({ check }) => check),
    ['id_gap', 'outlier', 'silence'],
  );
});

/** A book event: ids and levels as [side, price, quantity]. */
function event(
  ts: number,
  ids: { first: number; last: number; previous?: number; isSnapshot?: boolean },
  ...levels: readonly (readonly [number, number, number])[]
): number[][] {
  const head = [ts, ts, ids.first, ids.last, ids.previous ?? -1, ids.isSnapshot === true ? 1 : 0];
  return levels.length === 0 ? [[...head, 0, 0, 0, 0]] : levels.map((level, ix) => [...head, ix, ...level]);
}

function checked(...events: readonly (readonly number[][])[]): { checks: BookChecks; found: string[] } {
  const findings = new FindingList();
  const checks = new BookChecks(findings);
  checks.add(chunkOf('book', events.flat()));
  return { checks, found: findings.listed.map(({ check, tsUs }) => `${check} ${tsUs}`) };
}

const SNAPSHOT = event(
  2,
  { first: 10, last: 10, isSnapshot: true },
  [1, 100, 5],
  [1, 99, 5],
  [-1, 101, 5],
  [-1, 102, 5],
);

test('rebuilds the book from a snapshot that came after differences that go beyond it', () => {
  const { checks, found } = checked(
    event(0, { first: 5, last: 8, previous: 4 }, [1, 90, 1]),
    event(1, { first: 9, last: 12, previous: 8 }, [1, 100, 0], [-1, 101, 0]),
    SNAPSHOT,
    event(3, { first: 13, last: 13, previous: 12 }, [1, 99, 7]),
  );
  assert.deepEqual(found, []);
  assert.deepEqual(checks.best, { bid: 99, ask: 102, lastId: 13 });
  assert.equal(checks.statistics.bookStates, 2);
});

test('reports a break once and has no book until the next snapshot', () => {
  const { checks, found } = checked(
    SNAPSHOT,
    event(3, { first: 11, last: 11 }, [1, 100, 1]),
    event(4, { first: 13, last: 13 }, [1, 101, 1]),
    event(5, { first: 14, last: 14 }, [1, 105, 1]),
    event(6, { first: 15, last: 15, isSnapshot: true }, [1, 100, 1], [-1, 101, 1]),
    event(7, { first: 15, last: 16 }),
  );
  assert.deepEqual(found, ['sequence_break 4']);
  assert.equal(checks.statistics.breakCount, 1);
  assert.deepEqual(checks.best, { bid: 100, ask: 101, lastId: 16 });
});

test('reports a crossed book once a spell, and a snapshot that is too old', () => {
  const crossed = checked(
    SNAPSHOT,
    event(3, { first: 11, last: 11 }, [1, 101, 1]),
    event(4, { first: 12, last: 12 }),
    event(5, { first: 13, last: 13 }, [1, 101, 0]),
  );
  assert.deepEqual(crossed.found, ['crossed 3']);
  assert.equal(crossed.checks.statistics.crossedStates, 2);
  assert.deepEqual(checked(SNAPSHOT, event(3, { first: 15, last: 16 })).found, ['sequence_break 3']);
});

test('the rebuilt book equals the best prices that the venue sent with the same update id', {
  skip: skipWithoutShared,
}, async () => {
  const path = sharedPath('data', 'binance-usdm', 'l2-raw', 'btcusdt_20240718.gz');
  const tickers = new Map<number, string>();
  for (const line of gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')) {
    if (!line.includes('"e":"bookTicker"')) continue;
    const { data }: { data: { u: number; b: string; a: string } } = JSON.parse(line.slice(20));
    tickers.set(data.u, `${Number(data.b)} ${Number(data.a)}`);
  }
  const checks = new BookChecks(new FindingList());
  let compared = 0;
  const file = await openSourceFile(path);
  for await (const rows of readRows(file, { kind: 'book', timeframeUs: null, symbol: 'BTCUSDT' })) {
    const chunk = scaleChunk(rows, { priceDecimals: 1, qtyDecimals: 3 });
    for (let row = 0; row < chunk.rowCount; ) {
      const end = recordEnd(chunk, row);
      checks.add(sliceRows(chunk, row, end));
      row = end;
      const { bid, ask, lastId } = checks.best;
      const ticker = tickers.get(lastId);
      if (ticker === undefined || Number.isNaN(bid)) continue;
      assert.equal(`${bid / 10} ${ask / 10}`, ticker);
      compared++;
    }
  }
  assert.ok(compared > 100, `${compared} compared`);
  assert.deepEqual([checks.statistics.breakCount, checks.statistics.crossedStates], [0, 0]);
});
