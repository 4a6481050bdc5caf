/** All tables of the record in one list, and the types of their stored rows. */
import { AssertionError } from '#core';
import {
  ENSEMBLE_DECISIONS,
  MODEL_PREDICTIONS,
  SNAPSHOTS,
  type StoredSnapshotRow,
} from './decision-tables.ts';
import {
  CHECKPOINTS,
  type CheckpointRow,
  RUNS,
  SCHEMA_MIGRATIONS,
  type SchemaMigrationRow,
  SYSTEM_EVENTS,
} from './program-tables.ts';
import type { TableDef } from './record-column.ts';
import type {
  EnsembleDecisionRow,
  FillRow,
  FundingPaymentRow,
  ModelPredictionRow,
  OrderRow,
  PortfolioStateRow,
  RunRow,
  SystemEventRow,
  TradeRow,
} from './rows.ts';
import { FILLS, FUNDING_PAYMENTS, ORDERS, PORTFOLIO_STATE, TRADES } from './trading-tables.ts';

/** Version of the schema that `RECORD_TABLES` describes. The first is 2: version 1 was the design's and never left paper. */
export const RECORD_SCHEMA_VERSION = 2;

/** Every table of the record, in the order of creation, hashing and documentation. */
export const RECORD_TABLES: readonly TableDef[] = [
  RUNS,
  SNAPSHOTS,
  MODEL_PREDICTIONS,
  ENSEMBLE_DECISIONS,
  TRADES,
  ORDERS,
  FILLS,
  FUNDING_PAYMENTS,
  PORTFOLIO_STATE,
  SYSTEM_EVENTS,
  CHECKPOINTS,
  SCHEMA_MIGRATIONS,
];

/** The type of a stored row by the name of its table. */
export interface StoredRows {
  readonly runs: RunRow;
  readonly snapshots: StoredSnapshotRow;
  readonly model_predictions: ModelPredictionRow;
  readonly ensemble_decisions: EnsembleDecisionRow;
  readonly trades: TradeRow;
  readonly orders: OrderRow;
  readonly fills: FillRow;
  readonly funding_payments: FundingPaymentRow;
  readonly portfolio_state: PortfolioStateRow;
  readonly system_events: SystemEventRow;
  readonly checkpoints: CheckpointRow;
  readonly schema_migrations: SchemaMigrationRow;
}

/** Name of a table of the record. */
export type RecordTableName = keyof StoredRows;

/** Returns the definition of a known table. */
export function tableOf(name: RecordTableName): TableDef {
  const table = RECORD_TABLES.find((known) => known.name === name);
  if (table === undefined) throw new AssertionError(`Invariant: ${name} is a table of the record`);
  return table;
}

/** Names of the tables that can be written as CSV: those without bytes. */
export function exportableTableNames(): readonly string[] {
  return RECORD_TABLES.filter(isExportable).map(({ name }) => name);
}

/** Returns the definition of a table that can be written as CSV, or `undefined`. */
export function exportableTable(name: string): TableDef | undefined {
  return RECORD_TABLES.filter(isExportable).find((table) => table.name === name);
}

function isExportable(table: TableDef): boolean {
  return table.columns.every(({ kind }) => kind !== 'blob');
}
