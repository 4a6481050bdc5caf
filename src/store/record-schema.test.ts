import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { sqlName } from './record-column.ts';
import { databaseDocs, RECORD_TABLES, recordDdl, sqlTypeOf, viewName } from './record-schema.ts';

/** Section 4 of the specification, word for word: these names are contracts. */
const SPECIFIED: Readonly<Record<string, string>> = {
  trades: `trade_id, timestamp, symbol, side, entry_price, exit_price, quantity, pnl, pnl_percent, status, entry_order_id,
    exit_order_id, entry_time, exit_time, hold_duration, decision_confidence, decision_expected_value, risk_exposure,
    max_drawdown, snapshot_id, model_votes`,
  orders: `order_id, trade_id, timestamp, symbol, side, type, quantity, price, filled_qty, avg_fill_price, status,
    order_type_label, stop_loss_order_id, take_profit_order_id, created_at, updated_at`,
  snapshots: `snapshot_id, timestamp, symbol, current_price, bid, ask, spread, volume_24h, price_change_24h, features,
    raw_data`,
  model_predictions: `prediction_id, timestamp, snapshot_id, model_name, model_endpoint, action, confidence, probability,
    expected_return, latency_ms, raw_response, outcome_pnl, outcome_correct`,
  ensemble_decisions: `decision_id, timestamp, snapshot_id, final_action, final_confidence, expected_value,
    aggregation_method, model_count, model_agreement, uncertainty, risk_check_passed, position_size, rejected,
    rejection_reason`,
  system_events: 'event_id, timestamp, event_type, severity, component, message, details',
  portfolio_state: 'timestamp, cash_balance, total_value, positions, daily_pnl, max_drawdown',
};

/** The exact integers that stand beside the readable columns of trades and orders. */
const EXACT: Readonly<Record<string, readonly string[]>> = {
  trades: ['price_ticks', 'qty_lots', 'pnl_atoms', 'fees_atoms', 'funding_atoms'],
  orders: ['price_ticks', 'qty_lots', 'fees_atoms'],
  fills: ['price_ticks', 'qty_lots', 'pnl_atoms', 'fees_atoms'],
};

const namesOf = (table: string): readonly string[] =>
  RECORD_TABLES.find(({ name }) => name === table)?.columns.map(({ name }) => name) ?? [];

function freshDatabase(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec(recordDdl());
  return db;
}

describe('the schema of the record', () => {
  for (const [table, columns] of Object.entries(SPECIFIED)) {
    it(`has every column that the specification names in ${table}`, () => {
      const missing = columns.split(/,\s*/).filter((column) => !namesOf(table).includes(column));
      assert.deepEqual(missing, []);
    });
  }

  it('keeps exact integers beside the readable columns', () => {
    for (const [table, columns] of Object.entries(EXACT)) {
      for (const column of columns) assert.ok(namesOf(table).includes(column), `${table}.${column}`);
    }
  });

  it('spells fields as columns', () => {
    const names = ['volume24h', 'priceChange24h', 'entryPrice', 'avgFillPrice', 'pnl'].map(sqlName);
    assert.deepEqual(names, ['volume_24h', 'price_change_24h', 'entry_price', 'avg_fill_price', 'pnl']);
  });

  it('creates exactly the columns and types of the definition', () => {
    const db = freshDatabase();
    for (const table of RECORD_TABLES) {
      const created = db.prepare(`SELECT name, type, "notnull" AS required FROM pragma_table_info(?)`);
      const found = created.all(table.name).map(({ name, type, required }) => [name, type, required]);
      const expected = table.columns.map((column) => [
        column.name,
        sqlTypeOf(column),
        column.isNullable ? 0 : 1,
      ]);
      assert.deepEqual(found, expected, table.name);
    }
    db.close();
  });

  it('refuses values of another type', () => {
    const db = freshDatabase();
    assert.throws(
      () => db.exec(`INSERT INTO schema_migrations VALUES (1, 'x', 'yesterday')`),
      /cannot store TEXT value in INTEGER column/,
    );
    db.close();
  });

  it('indexes time, status or action, symbol, and every foreign key', () => {
    const db = freshDatabase();
    const isIndexed = (table: string, column: string): boolean =>
      db
        .prepare(
          `SELECT 1 FROM pragma_index_list(?1) AS list, pragma_index_info(list.name) AS info
           WHERE info.seqno = 0 AND info.name = ?2`,
        )
        .get(table, column) !== undefined;
    const always = ['timestamp', 'status', 'action', 'final_action', 'symbol'];
    for (const table of RECORD_TABLES) {
      if (table.name === 'checkpoints') continue;
      for (const { name, references } of table.columns) {
        if (always.includes(name) || references !== null) {
          assert.ok(isIndexed(table.name, name), `${table.name}.${name}`);
        }
      }
    }
    db.close();
  });

  it('shows times in seconds in the views', () => {
    const db = freshDatabase();
    db.exec(`INSERT INTO system_events VALUES (1, 1700000000123456, 'e', 'info', 'c', 'm', '{}')`);
    const row = db.prepare('SELECT event_id, timestamp, message FROM v_system_events').get();
    assert.deepEqual({ ...row }, { event_id: 1, timestamp: 1700000000.123456, message: 'm' });
    for (const table of RECORD_TABLES) db.prepare(`SELECT * FROM ${viewName(table)}`).all();
    db.close();
  });

  it('leaves out of the hash only what differs between equal runs', () => {
    const unhashed = RECORD_TABLES.flatMap((table) =>
      table.columns.filter(({ isHashed }) => !isHashed).map(({ name }) => `${table.name}.${name}`),
    );
    assert.deepEqual(unhashed, ['runs.run_id', 'runs.wall_started_at', 'runs.commit_id']);
    const tables = RECORD_TABLES.filter(({ isHashed }) => !isHashed).map(({ name }) => name);
    assert.deepEqual(tables, ['checkpoints', 'schema_migrations']);
  });

  it('is what docs/database.md says (else: bin/xylen db schema > docs/database.md)', () => {
    const written = readFileSync(new URL('../../docs/database.md', import.meta.url), 'utf8');
    assert.equal(written, `${databaseDocs().trimEnd()}\n`);
  });
});
