import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '#core';
import { propertySettings } from '../../test/support/property.ts';
import type { ColumnDef } from './record-column.ts';
import { BATCH_ROWS_MAX, BatchBuilder, BatchReader, type BoundValue, FeatureSets } from './record-schema.ts';
import { ROW_SHAPES, type RowShape } from './row-shapes.ts';
import type { RecordRow, SnapshotRow, SystemEventRow } from './rows.ts';

const NAMES = ['first', 'se"cond', 'third'];

function featureSets(): FeatureSets {
  const sets = new FeatureSets();
  sets.register('abc', NAMES);
  return sets;
}

/** Packs rows into batches and unpacks them again. */
function roundTrip(rows: readonly RecordRow[]): { shapeIx: number; values: BoundValue[] }[] {
  const builder = new BatchBuilder(featureSets());
  const reader = new BatchReader(featureSets());
  const read: { shapeIx: number; values: BoundValue[] }[] = [];
  const take = (): void =>
    reader.read(builder.take(), (shapeIx, values) => read.push({ shapeIx, values: [...values] }));
  for (const row of rows) {
    if (builder.isFull) take();
    builder.add(row);
  }
  take();
  return read;
}

function valueFor({ kind, isNullable, field }: ColumnDef): fc.Arbitrary<unknown> {
  if (field === 'featureSetHash') return fc.constant('abc');
  const of = {
    int: fc.maxSafeInteger(),
    time: fc.maxSafeInteger(),
    duration: fc.maxSafeInteger(),
    bool: fc.boolean(),
    atoms: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    real: fc.double({ noNaN: true, noDefaultInfinity: true }),
    text: fc.string({ unit: 'binary' }),
    json: fc.json(),
    features: fc.array(fc.double(), { minLength: 3, maxLength: 3 }).map((list) => Float64Array.from(list)),
    event_ref: fc.constant(undefined),
    blob: fc.constant(undefined),
  }[kind] as fc.Arbitrary<unknown>;
  return isNullable ? fc.option(of) : of;
}

function rowFor(shape: RowShape): fc.Arbitrary<{ row: RecordRow; expected: BoundValue[] }> {
  const fields = Object.fromEntries(shape.columns.map((column) => [column.field, valueFor(column)]));
  return fc.record(fields).map((values) => {
    const row: object = { ...values, table: shape.rowName, eventSeq: 5, eventHash: '0123456789abcdef' };
    const expected = shape.columns.map((column) => boundValue(column, values[column.field]));
    return { row: row as RecordRow, expected };
  });
}

function boundValue({ kind }: ColumnDef, value: unknown): BoundValue {
  if (kind === 'event_ref') return '{"event_seq":5,"event_hash":"0123456789abcdef"}';
  if (value instanceof Float64Array) {
    const named = NAMES.map((name, i) => [name, Number.isFinite(value[i]) ? value[i] : null] as const);
    return JSON.stringify(Object.fromEntries(named));
  }
  return typeof value === 'boolean' ? Number(value) : (value as BoundValue);
}

const EVENT: SystemEventRow = {
  table: 'system_events',
  eventId: 1,
  timestamp: 2,
  eventType: 'start',
  severity: 'info',
  component: 'engine',
  message: 'hello',
  details: '{}',
};

const SNAPSHOT: SnapshotRow = {
  table: 'snapshots',
  snapshotId: 1,
  timestamp: 2,
  venue: 'sim',
  symbol: 'BTCUSDT',
  currentPrice: 3,
  bid: null,
  ask: null,
  spread: null,
  volume24h: null,
  priceChange24h: null,
  featureSetHash: 'abc',
  features: Float64Array.of(1.5, Number.NaN, -0.1),
  eventSeq: 9,
  eventHash: '00000000000000ff',
};

describe('batches of record rows', () => {
  it('carry any rows unchanged', () => {
    const rows = fc.array(fc.oneof(...ROW_SHAPES.map(rowFor)), { maxLength: 15 });
    fc.assert(
      fc.property(rows, (made) => {
        const read = roundTrip(made.map(({ row }) => row));
        assert.deepEqual(
          read.map(({ values }) => values),
          made.map(({ expected }) => expected),
        );
      }),
      propertySettings(25),
    );
  });

  it('name features and refer to the event of a snapshot', () => {
    const [read] = roundTrip([SNAPSHOT]);
    const [features, rawData] = read?.values.slice(-2) ?? [];
    assert.equal(features, '{"first":1.5,"se\\"cond":null,"third":-0.1}');
    assert.equal(rawData, '{"event_seq":9,"event_hash":"00000000000000ff"}');
  });

  it('do not alias the features of a snapshot', () => {
    const builder = new BatchBuilder(featureSets());
    const features = Float64Array.of(1, 2, 3);
    builder.add({ ...SNAPSHOT, features });
    features.fill(0);
    assert.ok(builder.take().numbers.includes(3));
  });

  it('are full after a bounded number of rows, features and characters', () => {
    const count = (row: RecordRow): number => {
      const builder = new BatchBuilder(featureSets());
      let rows = 0;
      for (; !builder.isFull; rows++) builder.add(row);
      return rows;
    };
    assert.equal(count(EVENT), BATCH_ROWS_MAX);
    assert.equal(count({ ...EVENT, details: 'x'.repeat(100_000) }), 3);
  });

  const refused: readonly (readonly [string, RecordRow, RegExp])[] = [
    [
      'NaN for a required float',
      { ...SNAPSHOT, currentPrice: Number.NaN },
      /snapshots\.current_price is real, was NaN/,
    ],
    [
      'NaN for an optional float',
      { ...SNAPSHOT, bid: Number.NaN },
      /snapshots\.bid is real or null, was NaN/,
    ],
    ['an infinite float', { ...SNAPSHOT, ask: Infinity }, /snapshots\.ask is real or null, was Infinity/],
    ['a fraction for an integer', { ...EVENT, timestamp: 1.5 }, /system_events\.timestamp is time, was 1\.5/],
    ['an unsafe integer', { ...EVENT, eventId: 2 ** 53 }, /system_events\.event_id is int/],
    ['features of another length', { ...SNAPSHOT, features: Float64Array.of(1) }, /has 3 features, had 1/],
    ['features of an unknown set', { ...SNAPSHOT, featureSetHash: 'def' }, /feature set def is registered/],
    ['a bad event hash', { ...SNAPSHOT, eventHash: 'xyz' }, /16 hex digits/],
  ];
  for (const [what, row, message] of refused) {
    it(`refuse ${what} and keep the rows before it`, () => {
      const builder = new BatchBuilder(featureSets());
      builder.add(EVENT);
      assert.throws(
        () => builder.add(row),
        (error) => error instanceof AssertionError && message.test(error.message),
      );
      const read: number[] = [];
      new BatchReader(featureSets()).read(builder.take(), (shapeIx) => read.push(shapeIx));
      assert.equal(read.length, 1);
    });
  }

  it('refuse money beyond 64 bits', () => {
    const shape = ROW_SHAPES.find(({ rowName }) => rowName === 'funding_payments');
    assert.ok(shape !== undefined);
    const [made] = fc.sample(rowFor(shape), propertySettings(1));
    const row = { ...made?.row, fundingAtoms: 2n ** 63n } as RecordRow;
    assert.throws(
      () => new BatchBuilder(featureSets()).add(row),
      /funding_atoms is atoms, was 9223372036854775808/,
    );
  });
});

describe('feature sets', () => {
  it('accept the same names again and refuse other ones under a known hash', () => {
    const sets = featureSets();
    sets.register('abc', NAMES);
    assert.throws(() => sets.register('abc', ['first']), AssertionError);
    assert.equal(sets.sizeOf('abc'), 3);
    assert.equal(sets.sizeOf('def'), undefined);
  });
});
