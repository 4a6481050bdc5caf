/** The tables about the program itself: runs, system events, checkpoints, migrations. Definitions only. */

import { atoms, blob, defineTable, int, json, text, time } from './record-column.ts';
import type { RunRow, SystemEventRow } from './rows.ts';

/** A checkpoint as it lies in the store, one row a run. */
export interface CheckpointRow {
  readonly runId: string;
  readonly eventSeq: number;
  readonly timestamp: number;
  readonly state: Uint8Array;
}

/** A schema version that was reached. */
export interface SchemaMigrationRow {
  readonly version: number;
  readonly name: string;
  readonly appliedAt: number;
}

/** The run that this record belongs to. */
export const RUNS = defineTable<RunRow>({
  name: 'runs',
  meaning: 'The run that this file records; exactly one row.',
  write: 'insert',
  fields: {
    runId: text('id of the run, the name of its folder', { hashed: false }),
    mode: text(
      'replay, backtest, paper, demo, dry-run (live market, nothing sent), testnet (orders at an exchange of invented money) or live',
    ),
    seed: int('seed of all randomness'),
    atomDecimals: int('an atom is 10^-atom_decimals of the currency'),
    currency: text('currency of the account'),
    equityStartAtoms: atoms('equity at the start'),
    manifest: json('canonical manifest without wall clock, host or commit'),
    wallStartedAt: time('wall clock at the start', { hashed: false }),
    commitId: text('commit of the program', { hashed: false }),
  },
});

/** What happened to the program. */
export const SYSTEM_EVENTS = defineTable<SystemEventRow>({
  name: 'system_events',
  meaning: 'What happened to the program itself: starts, stops, gaps, breakers, errors.',
  write: 'insert',
  fields: {
    eventId: int('number of the event in the run, from 1'),
    timestamp: time("moment, on the run's clock", { indexed: true }),
    eventType: text('kind of event', { indexed: true }),
    severity: text('debug, info, warning, error or critical', { indexed: true }),
    component: text('part of the program'),
    message: text('for people'),
    details: json('for programs'),
  },
});

/** The newest moment from which the run can continue. */
export const CHECKPOINTS = defineTable<CheckpointRow>({
  name: 'checkpoints',
  meaning:
    'The newest moment from which the run can continue; overwritten, committed together with the rows before it.',
  write: 'upsert',
  isHashed: false,
  fields: {
    runId: text('the run', { references: 'runs' }),
    eventSeq: int('events that the engine had stepped through'),
    timestamp: time("the run's clock"),
    state: blob('serialised state of engine and world'),
  },
});

/** Versions of the schema that this file has gone through. */
export const SCHEMA_MIGRATIONS = defineTable<SchemaMigrationRow>({
  name: 'schema_migrations',
  meaning: 'Schema versions that this file has gone through; the largest is its version.',
  write: 'insert',
  isHashed: false,
  fields: {
    version: int('schema version'),
    name: text('what the step did'),
    appliedAt: time('wall clock'),
  },
});
