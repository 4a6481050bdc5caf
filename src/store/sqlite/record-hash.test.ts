import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { Prng } from '#core';
import type { RecordRow } from '#store';
import { testSeed } from '../../../test/support/property.ts';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
  sampleTimeUs,
} from '../../../test/support/sample-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { type ColumnKind, RECORD_TABLES } from '../record-schema.ts';
import { hashRecord } from './record-hash.ts';
import { openRecord } from './record-reader.ts';
import { sqliteRecordSink } from './record-sink.ts';

const EVENTS = 24;

const OTHER_VALUE: Readonly<Partial<Record<ColumnKind, string>>> = {
  int: '987654321',
  time: '987654321',
  duration: '987654321',
  atoms: '987654321',
  real: '0.987654321',
  bool: '7',
  blob: "x'00'",
};

interface Way {
  readonly runId?: string;
  readonly checkpointEvery?: number;
  /** Changes the order of the rows of a transaction. */
  readonly arrange?: (rows: RecordRow[]) => RecordRow[];
}

/** Writes the invented run in some way and returns the path of its record. */
async function recordOf(test: TestContext, way: Way = {}): Promise<string> {
  const path = join(tempDir(test), 'record.sqlite');
  const runId = way.runId ?? 'run-1';
  const sink = sqliteRecordSink(path, { runId, durability: 'normal', wallNowUs: runId.length });
  sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  sink.write(sampleRun(runId));
  const every = way.checkpointEvery ?? EVENTS;
  let rows: RecordRow[] = [];
  for (let seq = 1; seq <= EVENTS; seq++) {
    rows.push(...sampleRows(seq));
    if (seq % every !== 0 && seq !== EVENTS) continue;
    for (const row of way.arrange?.(rows) ?? rows) sink.write(row);
    sink.checkpoint({ eventSeq: seq, tsUs: sampleTimeUs(seq), state: new Uint8Array(every) });
    rows = [];
  }
  await sink.close();
  return path;
}

function hashOf(path: string): string {
  const record = openRecord(path);
  try {
    return hashRecord(record);
  } finally {
    record.close();
  }
}

/** Rows that may come in any order, shuffled; updates and rewrites stay last and in order. */
function shuffled(rows: RecordRow[]): RecordRow[] {
  const isOrdered = ({ table }: RecordRow): boolean => table === 'prediction_outcomes' || table === 'trades';
  const free = rows.filter((row) => !isOrdered(row));
  const prng = new Prng(testSeed());
  for (let i = free.length - 1; i > 0; i--) {
    const j = prng.integer(0, i);
    [free[i], free[j]] = [free[j]!, free[i]!];
  }
  return [...free, ...rows.filter(isOrdered)];
}

function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  db.exec(`PRAGMA synchronous = OFF; ${sql}`);
  db.close();
}

let known: string | undefined;

/** The hash of the invented run, however it was written. */
async function hashOfRun(test: TestContext): Promise<string> {
  known ??= hashOf(await recordOf(test));
  assert.match(known, /^[0-9a-f]{64}$/);
  return known;
}

describe('the hash of a record', () => {
  it('does not depend on the order of insertion', async (test) => {
    assert.equal(hashOf(await recordOf(test, { arrange: shuffled })), await hashOfRun(test));
  });

  it('does not depend on how often the run was checkpointed', async (test) => {
    for (const checkpointEvery of [1, 7]) {
      assert.equal(hashOf(await recordOf(test, { checkpointEvery })), await hashOfRun(test));
    }
  });

  it('does not depend on the id of the run and the wall clock', async (test) => {
    assert.equal(hashOf(await recordOf(test, { runId: 'another-run' })), await hashOfRun(test));
  });

  it('does not depend on page size, journal mode, or whether the log was folded in', async (test) => {
    const expected = await hashOfRun(test);
    const path = await recordOf(test);
    edit(path, 'PRAGMA journal_mode = DELETE; PRAGMA page_size = 16384; VACUUM');
    assert.equal(hashOf(path), expected);
    const db = new DatabaseSync(path);
    db.exec('PRAGMA journal_mode = WAL; UPDATE trades SET pnl = pnl');
    assert.equal(hashOf(path), expected);
    db.close();
  });

  it('changes with every hashed column of every table and with no other', async (test) => {
    const expected = await hashOfRun(test);
    const path = await recordOf(test);
    edit(path, 'PRAGMA journal_mode = DELETE');
    const edited = `${path}.edited`;
    for (const table of RECORD_TABLES) {
      for (const { name, kind, isHashed } of table.columns) {
        if (table.name === 'schema_migrations' && name === 'version') continue;
        copyFileSync(path, edited);
        edit(
          edited,
          `UPDATE ${table.name} SET ${name} = ${OTHER_VALUE[kind] ?? "'~'"}
           WHERE rowid = (SELECT min(rowid) FROM ${table.name})`,
        );
        const isSame = hashOf(edited) === expected;
        assert.equal(isSame, !(isHashed && table.isHashed), `${table.name}.${name}`);
      }
    }
  });

  it('changes when a row is missing', async (test) => {
    const path = await recordOf(test);
    edit(path, 'DELETE FROM system_events WHERE event_id = 1');
    assert.notEqual(hashOf(path), await hashOfRun(test));
  });

  it('tells texts apart that only a careless concatenation would join', async (test) => {
    const [one, two] = [await recordOf(test), await recordOf(test)];
    edit(one, `UPDATE system_events SET component = 'ab', message = 'c' WHERE event_id = 1`);
    edit(two, `UPDATE system_events SET component = 'a', message = 'bc' WHERE event_id = 1`);
    assert.notEqual(hashOf(one), hashOf(two));
  });

  it('reads long texts and texts beyond ASCII whole', async (test) => {
    const path = await recordOf(test);
    const hashes = new Set<string>();
    for (const message of ['漢字', '漢子', `${'x'.repeat(100_000)}a`, `${'x'.repeat(100_000)}b`]) {
      edit(path, `UPDATE system_events SET message = '${message}' WHERE event_id = 1`);
      hashes.add(hashOf(path));
    }
    assert.equal(hashes.size, 4);
  });
});
