/**
 * Versions of a store. Forward only, one transaction a step: an interrupted migration leaves the version before it. A fresh file gets the
 * newest schema at once; a file of a newer program is refused, never touched.
 */
import type { DatabaseSync } from 'node:sqlite';
import { assert, XylenError } from '#core';

/** One step from a version to the next one. */
export interface MigrationStep {
  /** The version it leads to; it starts from `to - 1`. */
  readonly to: number;
  readonly name: string;
  /** SQL statements, frozen once released. */
  readonly sql: string;
}

/** What a store looks like in this program. */
export interface StoreSchema {
  /** For messages: `a record`, `an intent log`. */
  readonly name: string;
  /** Marks the file's kind in its header. */
  readonly applicationId: number;
  readonly version: number;
  /** Creates a fresh store of this version, table `schema_migrations (version, name, applied_at)` included. */
  readonly ddl: string;
  /** Steps from older versions, ascending. */
  readonly steps: readonly MigrationStep[];
}

/** Creates the schema in an empty file or takes an older one to the version of `schema`, a transaction for each step. */
export function bringUpToDate(db: DatabaseSync, path: string, schema: StoreSchema, wallNowUs: number): void {
  const version = versionOf(db, path, schema);
  refuseNewer(version, path, schema);
  if (version === 0) {
    inTransaction(db, () => {
      db.exec(`PRAGMA application_id = ${schema.applicationId}`);
      db.exec(schema.ddl);
      noteVersion(db, schema.version, 'created', wallNowUs);
    });
    return;
  }
  for (let from = version; from < schema.version; from++) {
    const step = schema.steps.find(({ to }) => to === from + 1);
    if (step === undefined) throw schemaError(from, path, schema, ' and no migration leads on from there');
    inTransaction(db, () => {
      db.exec(step.sql);
      noteVersion(db, step.to, step.name, wallNowUs);
    });
  }
  assert(
    versionOf(db, path, schema) === schema.version,
    `${path} has version ${schema.version} after migration`,
  );
}

/** Throws XY_STORE_SCHEMA unless the file has the version of `schema`. */
export function requireVersion(db: DatabaseSync, path: string, schema: StoreSchema): void {
  const version = versionOf(db, path, schema);
  refuseNewer(version, path, schema);
  if (version === 0) throw notOurs(path, schema, 'found an empty file');
  if (version < schema.version) {
    throw schemaError(version, path, schema, '; run `xylen db migrate` first');
  }
}

/** Returns the version of the file: 0 when it is empty. */
export function versionOf(db: DatabaseSync, path: string, schema: StoreSchema): number {
  if (numberOf(db, 'SELECT count(*) AS n FROM sqlite_schema') === 0) return 0;
  const applicationId = numberOf(db, 'SELECT application_id AS n FROM pragma_application_id');
  if (applicationId !== schema.applicationId) throw notOurs(path, schema, 'found another kind of database');
  return numberOf(db, 'SELECT coalesce(max(version), 0) AS n FROM schema_migrations');
}

function refuseNewer(version: number, path: string, schema: StoreSchema): void {
  if (version > schema.version) throw schemaError(version, path, schema, '; a newer program wrote it');
}

function schemaError(version: number, path: string, schema: StoreSchema, what: string): XylenError {
  return new XylenError(
    'XY_STORE_SCHEMA',
    `expected ${schema.name} of schema version ${schema.version} at ${path}, found version ${version}${what}`,
    { fields: { path, version, versionKnown: schema.version } },
  );
}

/** Returns the error for a file that is no store of this kind. */
export function notOurs(path: string, schema: StoreSchema, found: string): XylenError {
  return new XylenError('XY_FILE_DAMAGED', `expected ${schema.name} at ${path}, ${found}`, {
    fields: { path },
  });
}

function noteVersion(db: DatabaseSync, version: number, name: string, wallNowUs: number): void {
  db.prepare('INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)').run(
    version,
    name,
    wallNowUs,
  );
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function numberOf(db: DatabaseSync, sql: string): number {
  return Number(db.prepare(sql).get()?.n);
}
