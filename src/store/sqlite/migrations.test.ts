import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { XylenError } from '#core';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { openForReading, openForWriting } from './database.ts';
import type { MigrationStep, StoreSchema } from './migrations.ts';
import { openRecord } from './record-reader.ts';
import { sqliteRecordSink } from './record-sink.ts';
import { migrateRecord } from './record-writer.ts';

const NOTES = `CREATE TABLE schema_migrations
  (version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;`;
const ADD_COLOUR: MigrationStep = {
  to: 2,
  name: 'colour',
  sql: `ALTER TABLE things ADD COLUMN colour TEXT; UPDATE things SET colour = 'red';`,
};
const ADD_WEIGHT: MigrationStep = {
  to: 3,
  name: 'weight',
  sql: 'ALTER TABLE things ADD COLUMN weight REAL;',
};
const WRITE = { durability: 'normal', wallNowUs: 5 } as const;

const schemaAt = (version: number, columns: string, steps: readonly MigrationStep[]): StoreSchema => ({
  name: 'a store of things',
  applicationId: 77,
  version,
  ddl: `CREATE TABLE things (${columns}) STRICT; ${NOTES}`,
  steps,
});

const V1 = schemaAt(1, 'id INTEGER PRIMARY KEY', []);
const V3 = schemaAt(3, 'id INTEGER PRIMARY KEY, colour TEXT, weight REAL', [ADD_COLOUR, ADD_WEIGHT]);

function columnsOf(path: string): readonly unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const columns = db.prepare(`SELECT name FROM pragma_table_info('things')`).all();
  db.close();
  return columns.map(({ name }) => name);
}

function versionsOf(path: string): readonly unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare('SELECT version, name FROM schema_migrations ORDER BY version').all();
  db.close();
  return rows.map(({ version, name }) => `${version} ${name}`);
}

/** A file of version 1 with one thing. */
function oldFile(dir: string): string {
  const path = join(dir, 'things.sqlite');
  const db = openForWriting(path, V1, WRITE);
  db.exec('INSERT INTO things VALUES (1)');
  db.close();
  return path;
}

describe('migrations', () => {
  it('give a fresh file the newest schema at once', (test) => {
    const path = join(tempDir(test), 'things.sqlite');
    openForWriting(path, V3, WRITE).close();
    assert.deepEqual(versionsOf(path), ['3 created']);
    assert.deepEqual(columnsOf(path), ['id', 'colour', 'weight']);
  });

  it('take an old file forward step by step and leave it as a fresh one', (test) => {
    const path = oldFile(tempDir(test));
    openForWriting(path, V3, WRITE).close();
    assert.deepEqual(versionsOf(path), ['1 created', '2 colour', '3 weight']);
    assert.deepEqual(columnsOf(path), ['id', 'colour', 'weight']);
    openForWriting(path, V3, WRITE).close();
    assert.equal(versionsOf(path).length, 3);
  });

  it('leave the version before a step that fails, and go on from there', (test) => {
    const path = oldFile(tempDir(test));
    const broken = { ...ADD_WEIGHT, sql: `${ADD_WEIGHT.sql} INSERT INTO nowhere VALUES (1);` };
    const schema = { ...V3, steps: [ADD_COLOUR, broken] };
    assert.throws(() => openForWriting(path, schema, WRITE), { code: 'XY_STORE_FAILED' });
    assert.deepEqual(versionsOf(path), ['1 created', '2 colour']);
    assert.deepEqual(columnsOf(path), ['id', 'colour']);
    openForWriting(path, V3, WRITE).close();
    assert.deepEqual(columnsOf(path), ['id', 'colour', 'weight']);
  });

  it('refuse a newer file and do not touch it', (test) => {
    const path = join(tempDir(test), 'things.sqlite');
    openForWriting(path, V3, WRITE).close();
    const isRefused = (error: unknown): boolean =>
      error instanceof XylenError &&
      error.code === 'XY_STORE_SCHEMA' &&
      /found version 3/.test(error.message);
    assert.throws(() => openForWriting(path, V1, WRITE), isRefused);
    assert.throws(() => openForReading(path, V1), isRefused);
    assert.deepEqual(versionsOf(path), ['3 created']);
  });

  it('refuse to read an older file before it is migrated', (test) => {
    const path = oldFile(tempDir(test));
    assert.throws(() => openForReading(path, V3), /found version 1; run `xylen db migrate` first/);
  });

  it('refuse a version from which no step leads on', (test) => {
    const path = oldFile(tempDir(test));
    assert.throws(() => openForWriting(path, { ...V3, steps: [ADD_WEIGHT] }, WRITE), {
      code: 'XY_STORE_SCHEMA',
    });
    assert.deepEqual(versionsOf(path), ['1 created']);
  });

  it('refuse a database of another kind', (test) => {
    const path = oldFile(tempDir(test));
    assert.throws(() => openForWriting(path, { ...V3, applicationId: 78 }, WRITE), {
      code: 'XY_FILE_DAMAGED',
    });
  });
});

describe('the version of a record', () => {
  it('is 2, noted with the time that was passed in', async (test) => {
    const path = join(tempDir(test), 'record.sqlite');
    await sqliteRecordSink(path, { runId: 'run-1', ...WRITE }).close();
    const record = openRecord(path);
    assert.deepEqual(
      [...record.rows('schema_migrations')],
      [{ table: 'schema_migrations', version: 2, name: 'created', appliedAt: 5 }],
    );
    record.close();
    assert.deepEqual(migrateRecord(path, 9), { from: 2, to: 2 });
  });

  it('is refused when a newer program wrote it', async (test) => {
    const path = join(tempDir(test), 'record.sqlite');
    await sqliteRecordSink(path, { runId: 'run-1', ...WRITE }).close();
    const db = new DatabaseSync(path);
    db.exec(`INSERT INTO schema_migrations VALUES (3, 'from the future', 1)`);
    db.close();
    for (const open of [() => openRecord(path), () => sqliteRecordSink(path, { runId: 'run-1', ...WRITE })]) {
      assert.throws(open, { code: 'XY_STORE_SCHEMA' });
    }
    assert.throws(() => migrateRecord(path, 9), { code: 'XY_STORE_SCHEMA' });
  });

  it('cannot be found out of nothing', (test) => {
    assert.throws(() => migrateRecord(join(tempDir(test), 'none.sqlite'), 1), { code: 'XY_FILE_MISSING' });
  });
});
