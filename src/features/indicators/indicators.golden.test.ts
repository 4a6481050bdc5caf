import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import type { CandleFloats } from '../candle-floats.ts';
import { computeIndicators, INDICATOR_NAMES, type IndicatorTable } from './stream.ts';

/** Largest difference allowed, as a part of the column's largest magnitude; the tolerances of the golden folder's README. */
function toleranceOf(name: string): number {
  if (/^(correl|beta|linreg|ht_dcperiod)/.test(name)) return 1e-6;
  if (name === 'bb_pctb') return 1e-7;
  return name === 'obv' || name === 'ad' ? 1e-12 : 1e-9;
}

interface Columns {
  readonly header: readonly string[];
  readonly columns: readonly Float64Array[];
}

function readColumns(path: string): Columns {
  const [header = '', ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const cells = rows.map((row) => row.split(','));
  const names = header.split(',');
  const columns = names.map((_, j) =>
    Float64Array.from(cells, (row) => (row[j] === '' ? Number.NaN : Number(row[j]))),
  );
  return { header: names, columns };
}

function candlesOf({ columns }: Columns): CandleFloats {
  const [tsMs, open, high, low, close, volume] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return { rowCount: tsMs.length, openTsUs: tsMs.map((ts) => ts * 1000), open, high, low, close, volume };
}

/** Compares one column cell by cell: defined in the same rows, and near enough where defined. */
function assertColumn(
  name: string,
  actual: Float64Array,
  expected: Float64Array,
  largest = largestOf(expected),
): void {
  const allowed = toleranceOf(name) * largest;
  for (let row = 0; row < expected.length; row++) {
    const is = actual[row]!;
    const shouldBe = expected[row]!;
    assert.equal(Number.isNaN(is), Number.isNaN(shouldBe), `${name}[${row}] is ${is}, should be ${shouldBe}`);
    if (Number.isNaN(shouldBe)) continue;
    assert.ok(
      Math.abs(is - shouldBe) <= allowed,
      `${name}[${row}] is ${is}, should be ${shouldBe} +- ${allowed}`,
    );
  }
}

function largestOf(values: Float64Array): number {
  return values.reduce((max, value) => (Math.abs(value) > max ? Math.abs(value) : max), 0);
}

function columnOf(table: IndicatorTable, name: string): Float64Array {
  const column = table.columns[table.names.indexOf(name)];
  assert.ok(column !== undefined, `there is a column ${name}`);
  return column;
}

const FOLDER = sharedPath('golden', 'indicators');
const SERIES =
  skipWithoutShared !== false
    ? []
    : readdirSync(FOLDER)
        .map((file) => /^ohlcv_(.+)\.csv$/.exec(file)?.[1] ?? '')
        .filter((series) => series !== '' && existsSync(join(FOLDER, `ind_${series}.csv`)));

test('the golden folder holds series', { skip: skipWithoutShared }, () => {
  assert.ok(SERIES.length >= 7, `found ${SERIES.length} series`);
});

for (const series of SERIES) {
  test(`every column equals the golden series ${series}`, () => {
    const golden = readColumns(join(FOLDER, `ind_${series}.csv`));
    const table = computeIndicators(candlesOf(readColumns(join(FOLDER, `ohlcv_${series}.csv`))));
    const names = golden.header.slice(1);
    assert.deepEqual(INDICATOR_NAMES.slice(0, names.length), names, 'the columns stand in the golden order');
    for (const [j, name] of names.entries())
      assertColumn(name, columnOf(table, name), golden.columns[j + 1]!);
  });
}

interface Excerpt {
  readonly source: string;
  readonly names: readonly string[];
  /** First defined row of each column; -1 = none. */
  readonly firstRows: readonly number[];
  /** Largest magnitude of each column. */
  readonly largest: readonly (number | null)[];
  /** The rows whose values are kept. */
  readonly rows: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
  readonly candles: readonly (readonly number[])[];
}

const EXCERPTS = new URL('../fixtures/', import.meta.url);

for (const file of readdirSync(EXCERPTS).filter((name) => name.endsWith('.json'))) {
  const excerpt = JSON.parse(readFileSync(new URL(file, EXCERPTS), 'utf8')) as Excerpt;
  test(`every column equals the excerpt ${file} of the repository`, () => {
    const column = (j: number) => Float64Array.from(excerpt.candles, (candle) => candle[j]!);
    const table = computeIndicators(candlesOf({ header: [], columns: [0, 1, 2, 3, 4, 5].map(column) }));
    excerpt.names.forEach((name, j) => {
      const values = columnOf(table, name);
      assert.equal(values.findIndex(Number.isFinite), excerpt.firstRows[j], `${name} is first defined there`);
      const actual = Float64Array.from(excerpt.rows, (row) => values[row]!);
      const expected = Float64Array.from(excerpt.values, (row) => row[j] ?? Number.NaN);
      assertColumn(name, actual, expected, excerpt.largest[j] ?? 0);
    });
  });
}
