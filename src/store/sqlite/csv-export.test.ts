import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '#core';
import type { RecordRow, SystemEventRow } from '#store';
import { propertySettings } from '../../../test/support/property.ts';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
} from '../../../test/support/sample-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { RECORD_TABLES, type RecordTableName, tableOf } from '../record-schema.ts';
import { appendTable, type ExportResult, exportTable } from './csv-export.ts';
import { openRecord } from './record-reader.ts';
import { type SqliteRecordSink, sqliteRecordSink } from './record-sink.ts';

interface Bench {
  readonly dir: string;
  readonly sink: SqliteRecordSink;
  write(rows: readonly RecordRow[]): void;
  run(how: typeof exportTable, table: RecordTableName, file: string): ExportResult;
  text(file: string): string;
}

function bench(test: TestContext): Bench {
  const dir = tempDir(test);
  const recordPath = join(dir, 'record.sqlite');
  const sink = sqliteRecordSink(recordPath, { runId: 'run-1', durability: 'normal', wallNowUs: 1 });
  test.after(() => sink.close());
  sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  sink.write(sampleRun('run-1'));
  let seq = 0;
  return {
    dir,
    sink,
    write: (rows) => {
      for (const row of rows) sink.write(row);
      sink.checkpoint({ eventSeq: ++seq, tsUs: seq, state: new Uint8Array() });
    },
    run: (how, table, file) => {
      const record = openRecord(recordPath);
      try {
        return how(record, tableOf(table), join(dir, file));
      } finally {
        record.close();
      }
    },
    text: (file) => readFileSync(join(dir, file), 'utf8'),
  };
}

const events = (from: number, to: number): RecordRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => sampleRows(from + i)).flat();

/** Reads RFC 4180 text. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  for (const line of text.matchAll(/((?:"(?:[^"]|"")*"|[^"\n])*)\n/g)) {
    const fields = [...(line[1] ?? '').matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
    records.push(fields.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''));
  }
  return records;
}

describe('CSV export', () => {
  it('writes every exportable table with its columns as header', (test) => {
    const { write, run, text } = bench(test);
    write(events(1, 24));
    for (const { name, columns } of RECORD_TABLES.filter((table) => table.name !== 'checkpoints')) {
      const { rowCount } = run(exportTable, name as RecordTableName, 'out.csv');
      const [header, ...rows] = parseCsv(text('out.csv'));
      assert.deepEqual(
        header,
        columns.map((column) => column.name),
      );
      assert.equal(rows.length, rowCount);
      assert.ok(rowCount > 0 && rows.every((row) => row.length === columns.length), name);
    }
  });

  it('keeps exact integers, and tells NULL from an empty text', (test) => {
    const { write, run, text } = bench(test);
    const payment = sampleRows(11).find(({ table }) => table === 'funding_payments');
    assert.ok(payment?.table === 'funding_payments');
    write([{ ...payment, tradeId: null, venue: '', fundingAtoms: -(2n ** 62n) }]);
    run(exportTable, 'funding_payments', 'out.csv');
    assert.equal(
      text('out.csv').split('\n')[1],
      `1,${payment.timestamp},,"",BTCUSDT,0.0001,10,300000,-4611686018427387904`,
    );
  });

  it('carries any text through', (test) => {
    const { write, run, text } = bench(test);
    let eventId = 0;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 20 }), (messages) => {
        const rows = messages.map(
          (message): SystemEventRow => ({
            table: 'system_events',
            eventId: ++eventId,
            timestamp: 1,
            eventType: 'note',
            severity: 'info',
            component: 'test',
            message,
            details: '{}',
          }),
        );
        write(rows);
        run(appendTable, 'system_events', 'out.csv');
        const read = parseCsv(text('out.csv')).slice(-rows.length);
        assert.deepEqual(
          read.map((row) => row[5]),
          messages,
        );
      }),
      propertySettings(12),
    );
    assert.equal(parseCsv(text('out.csv')).length, eventId + 1);
  });

  it('replaces a file only by a complete one', (test) => {
    const { write, run, text } = bench(test);
    write(events(1, 3));
    run(exportTable, 'snapshots', 'out.csv');
    write(events(4, 6));
    run(exportTable, 'snapshots', 'out.csv');
    assert.equal(parseCsv(text('out.csv')).length, 7);
    assert.throws(() => run(exportTable, 'checkpoints', 'out.csv'), AssertionError);
    assert.equal(parseCsv(text('out.csv')).length, 7);
  });
});

describe('appending CSV export', () => {
  it('adds what is new and writes the header once', (test) => {
    const { write, run, text } = bench(test);
    write(events(1, 40));
    assert.equal(run(appendTable, 'system_events', 'out.csv').rowCount, 2);
    assert.equal(run(appendTable, 'system_events', 'out.csv').rowCount, 0);
    write(events(41, 100));
    assert.equal(run(appendTable, 'system_events', 'out.csv').rowCount, 3);
    run(exportTable, 'system_events', 'whole.csv');
    assert.equal(text('out.csv'), text('whole.csv'));
  });

  it('repairs a file torn at any byte', (test) => {
    const { dir, write, run, text } = bench(test);
    write(events(1, 120));
    run(exportTable, 'system_events', 'whole.csv');
    const whole = text('whole.csv');
    fc.assert(
      fc.property(fc.nat({ max: whole.length }), (bytes) => {
        writeFileSync(join(dir, 'torn.csv'), whole);
        truncateSync(join(dir, 'torn.csv'), bytes);
        const { repairedBytes } = run(appendTable, 'system_events', 'torn.csv');
        assert.equal(text('torn.csv'), whole);
        assert.ok(repairedBytes <= bytes);
      }),
      propertySettings(60),
    );
  });

  it('waits with rows that may still change, and with all after them', (test) => {
    const { write, run, text } = bench(test);
    write(events(1, 24));
    const before = run(appendTable, 'trades', 'out.csv');
    assert.deepEqual([before.rowCount, before.heldBack], [2, 1]);
    write(events(25, 27));
    const after = run(appendTable, 'trades', 'out.csv');
    assert.deepEqual([after.rowCount, after.heldBack], [1, 0]);
    const statuses = parseCsv(text('out.csv')).map((row) => row[11]);
    assert.deepEqual(statuses, ['status', 'CLOSED', 'CLOSED', 'CLOSED']);
  });

  it('appends a table with a text key once', (test) => {
    const { write, run } = bench(test);
    write([]);
    assert.equal(run(appendTable, 'runs', 'out.csv').rowCount, 1);
    assert.equal(run(appendTable, 'runs', 'out.csv').rowCount, 0);
  });

  it('refuses a file that is not an export of the table', (test) => {
    const { dir, write, run, text } = bench(test);
    write(events(1, 40));
    run(appendTable, 'fills', 'out.csv');
    const before = text('out.csv');
    assert.throws(() => run(appendTable, 'system_events', 'out.csv'), { code: 'XY_FILE_DAMAGED' });
    assert.equal(text('out.csv'), before);
    writeFileSync(join(dir, 'notes.txt'), 'dear diary\n');
    assert.throws(() => run(appendTable, 'fills', 'notes.txt'), { code: 'XY_FILE_DAMAGED' });
  });
});
