import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chunkOf, FIVE_MINUTES_US, NEW_YEAR_US } from '../../../test/support/history-rows.ts';
import { propertySettings } from '../../../test/support/property.ts';
import { BarChecks } from './bar-checks.ts';
import { checkAgainstCoarser } from './coarser-check.ts';
import { FindingList } from './finding.ts';
import { checkMarks } from './mark-check.ts';
import { RollingQuantile } from './rolling-quantile.ts';

const at = (bar: number): number => NEW_YEAR_US + bar * FIVE_MINUTES_US;

/** A bar from its number, open and close, high and low one beyond. */
function bar(ix: number, open: number, close: number, volume = 5): number[] {
  return [at(ix), open, Math.max(open, close) + 1, Math.min(open, close) - 1, close, volume];
}

/** A quiet series: prices move by up to three units a bar, each bar opens where the one before closed. */
function quiet(count: number, first = 0): number[][] {
  const price = (i: number): number => 10_000 + (i % 4);
  return Array.from({ length: count }, (_, i) => bar(first + i, price(first + i - 1), price(first + i)));
}

function found(rows: readonly (readonly number[])[]): string[] {
  const findings = new FindingList();
  const checks = new BarChecks(FIVE_MINUTES_US, findings);
  checks.add(chunkOf('candles', rows, { price: 1 }));
  checks.finish();
  return findings.listed.map(({ check, tsUs, amount }) =>
    `${check} ${((tsUs ?? 0) - NEW_YEAR_US) / FIVE_MINUTES_US} ${check === 'outlier' || check === 'seam' ? '' : amount}`.trim(),
  );
}

test('a quiet series has no findings', () => {
  assert.deepEqual(found(quiet(500)), []);
});

test('finds gaps with their place and length, duplicates and disorder', () => {
  assert.deepEqual(found([...quiet(3), ...quiet(2, 5), ...quiet(1, 9)]), ['gap 3 2', 'gap 7 2']);
  assert.deepEqual(found([...quiet(3), ...quiet(1, 2), ...quiet(1, 1)]), ['duplicate 2 1', 'disorder 1 1']);
});

test('finds bars that make no sense', () => {
  assert.deepEqual(found([[at(0), 10, 9, 8, 9, 1]]), ['bad_price 0 1']);
  assert.deepEqual(found([[at(0), 0, 9, 0, 9, 1]]), ['bad_price 0 1']);
  assert.deepEqual(found([[at(0), 9, 9, 9, 9, -1]]), ['bad_price 0 1']);
});

test('finds runs without volume, the last one too', () => {
  const rows = quiet(10).map((row, ix) => (ix === 2 || ix === 3 || ix === 9 ? [...row.slice(0, 5), 0] : row));
  assert.deepEqual(found(rows), ['zero_volume 2 2', 'zero_volume 9 1']);
});

test('finds a jump far beyond the usual, and a bar that was stored before it was finished', () => {
  const rows = quiet(300);
  rows[200] = bar(200, 10_003, 10_900);
  rows[201] = bar(201, 10_900, 10_001);
  assert.deepEqual(
    found(rows).filter((text) => text.startsWith('outlier')),
    ['outlier 200', 'outlier 201'],
  );
  const stale = quiet(300);
  stale[250] = bar(250, 10_001, 10_020);
  assert.deepEqual(found(stale), ['seam 251']);
});

test('judges nothing across a gap', () => {
  const rows = [
    ...quiet(100),
    ...quiet(100, 200).map(([ts = 0, ...rest]) => [ts, ...rest.map((value) => value * 2)]),
  ];
  assert.deepEqual(found(rows), ['gap 100 100']);
});

test('a quantile of the last numbers is that of sorting them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, window, quantile) => {
        const rolling = new RollingQuantile(window);
        for (const value of values) rolling.add(value);
        const last = values.slice(-window).sort((a, b) => a - b);
        return (
          rolling.count === last.length &&
          rolling.at(quantile) === last[Math.floor((last.length - 1) * quantile)]
        );
      },
    ),
    propertySettings(),
  );
});

async function* stream(rows: readonly (readonly number[])[], decimals = {}) {
  yield chunkOf('candles', rows.slice(0, 4), decimals);
  yield chunkOf('candles', rows.slice(4), decimals);
}

test('coarser bars must be what the finer ones make, whatever the scales', async () => {
  const finer = quiet(9).filter((_, ix) => ix !== 7);
  const coarser = [0, 3, 6].map((ix) => {
    const [a, b, c] = quiet(3, ix);
    return [
      at(ix),
      a![1]!,
      Math.max(a![2]!, b![2]!, c![2]!),
      Math.min(a![3]!, b![3]!, c![3]!),
      c![4]!,
      15,
    ].map((value, i) => (i === 0 ? value : value * 10));
  });
  const findings = new FindingList();
  const compare = () =>
    checkAgainstCoarser(
      { timeframeUs: FIVE_MINUTES_US, rows: stream(finer) },
      { timeframeUs: 3 * FIVE_MINUTES_US, rows: stream(coarser, { price: 1, qty: 1 }) },
      findings,
    );
  assert.deepEqual(await compare(), { compared: 2, unequal: 0 });
  coarser[1]![5]! += 1;
  assert.deepEqual(await compare(), { compared: 2, unequal: 1 });
  assert.deepEqual(
    findings.listed.map(({ text }) => text),
    ['5m and 15m bars disagree at 2024-01-01T00:15:00.000Z: volume 15 made, 15.1 given'],
  );
});

test('mark prices are held against the last prices of the same moment', async () => {
  const marks = [
    [at(0), 1, 1, 1, 10_000],
    [at(3), 1, 1, 1, 10_500],
  ];
  const findings = new FindingList();
  const markRows = async function* () {
    yield chunkOf('mark', marks, { price: 1 });
  };
  const stats = await checkMarks(
    { timeframeUs: 3 * FIVE_MINUTES_US, rows: markRows() },
    { timeframeUs: FIVE_MINUTES_US, rows: stream(quiet(9), { price: 1 }) },
    findings,
  );
  assert.equal(stats.compared, 2);
  assert.ok(stats.maxAbsoluteBps > 490 && stats.maxAbsoluteBps < 510);
  assert.deepEqual(
    findings.listed.map(({ check, amount }) => [check, Math.round(amount * 100)]),
    [['mark_deviation', 5]],
  );
});

test('lists a bounded number of findings and counts all', () => {
  const findings = new FindingList(3);
  for (let i = 0; i < 10; i++) findings.add('gap', i, 1, '');
  assert.equal(findings.listed.length, 3);
  assert.equal(findings.counts.get('gap'), 10);
});
