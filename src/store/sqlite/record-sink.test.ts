import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { AssertionError, XylenError } from '#core';
import type { FundingPaymentRow, OrderRow, RecordRow, TradeRow } from '#store';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
  sampleTimeUs,
} from '../../../test/support/sample-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { rowCounts } from './queries.ts';
import { openRecord } from './record-reader.ts';
import { type SqliteRecordSink, sqliteRecordSink } from './record-sink.ts';

const OPTIONS = { runId: 'run-1', durability: 'normal', wallNowUs: 1 } as const;

function openSink(path: string): SqliteRecordSink {
  const sink = sqliteRecordSink(path, OPTIONS);
  sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  return sink;
}

/** A fresh record with its run row, not yet checkpointed. */
function freshRecord(test: TestContext): { readonly path: string; readonly sink: SqliteRecordSink } {
  const path = join(tempDir(test), 'record.sqlite');
  const sink = openSink(path);
  test.after(() => sink.close());
  sink.write(sampleRun('run-1'));
  return { path, sink };
}

const checkpoint = (sink: SqliteRecordSink, eventSeq: number): void =>
  sink.checkpoint({ eventSeq, tsUs: sampleTimeUs(eventSeq), state: Uint8Array.of(eventSeq) });

function rowOf<T extends RecordRow['table']>(table: T, seq = 8): Extract<RecordRow, { table: T }> {
  const row = sampleRows(seq).find((candidate) => candidate.table === table);
  assert.ok(row !== undefined);
  return row as Extract<RecordRow, { table: T }>;
}

function readAll(path: string): { readonly trades: TradeRow[]; readonly orders: OrderRow[] } {
  const record = openRecord(path);
  const all = { trades: [...record.rows('trades')], orders: [...record.rows('orders')] };
  record.close();
  return all;
}

describe('the record sink', () => {
  it('gives back what was written', async (test) => {
    const { path, sink } = freshRecord(test);
    for (let seq = 1; seq <= 12; seq++) for (const row of sampleRows(seq)) sink.write(row);
    checkpoint(sink, 12);
    await sink.close();
    const record = openRecord(path);
    assert.deepEqual(record.run(), sampleRun('run-1'));
    assert.deepEqual([...record.rows('ensemble_decisions', { limit: 1 })], [rowOf('ensemble_decisions', 1)]);
    assert.deepEqual([...record.rows('fills')], [rowOf('fills')]);
    assert.deepEqual(
      [...record.rows('portfolio_state', { where: 'state_id = 8' })],
      [rowOf('portfolio_state')],
    );
    const [snapshot] = record.rows('snapshots', { where: 'snapshot_id = ?', values: [8] });
    assert.equal(snapshot?.rawData, '{"event_seq":8,"event_hash":"0000000000000008"}');
    assert.deepEqual(Object.keys(JSON.parse(snapshot?.features ?? '')), SAMPLE_FEATURES);
    assert.deepEqual(record.checkpoint('run-1'), {
      eventSeq: 12,
      tsUs: sampleTimeUs(12),
      state: Uint8Array.of(12),
    });
    assert.equal(record.checkpoint('run-2'), null);
    record.close();
  });

  it('keeps one row a trade and one an order: the latest', async (test) => {
    const { path, sink } = freshRecord(test);
    for (const row of sampleRows(8)) if (row.table !== 'prediction_outcomes') sink.write(row);
    const order = rowOf('orders');
    checkpoint(sink, 8);
    sink.write({ ...rowOf('trades'), status: 'CLOSED', exitPrice: 31_000, pnlAtoms: 5n });
    sink.write({ ...order, status: 'CANCELED', venueOrderId: null });
    checkpoint(sink, 9);
    await sink.close();
    const { trades, orders } = readAll(path);
    assert.deepEqual(
      trades.map(({ status, exitPrice, pnlAtoms }) => ({ status, exitPrice, pnlAtoms })),
      [{ status: 'CLOSED', exitPrice: 31_000, pnlAtoms: 5n }],
    );
    assert.deepEqual(orders, [{ ...order, status: 'CANCELED', venueOrderId: null }]);
  });

  it('lets rows refer to rows that come later before the checkpoint', async (test) => {
    const { path, sink } = freshRecord(test);
    const rows = sampleRows(8).filter(({ table }) => table !== 'prediction_outcomes');
    for (const row of rows.reverse()) sink.write(row);
    checkpoint(sink, 8);
    await sink.close();
    assert.equal(readAll(path).orders[0]?.tradeId, 1);
  });

  it('refuses a reference to a row that never came, by name, and keeps the record before it', async (test) => {
    const { path, sink } = freshRecord(test);
    checkpoint(sink, 0);
    sink.write({ ...rowOf('funding_payments', 11), tradeId: 77 });
    assert.throws(
      () => checkpoint(sink, 1),
      (error) =>
        error instanceof AssertionError &&
        /row 1 of funding_payments .* no row of trades/.test(error.message),
    );
    assert.throws(() => checkpoint(sink, 2), { code: 'XY_STORE_FAILED' });
    await sink.close();
    const record = openRecord(path);
    assert.equal(record.checkpoint('run-1')?.eventSeq, 0);
    assert.equal(rowCounts(record).funding_payments, 0);
    record.close();
  });

  it('calls a second row under one key, or one client order id, a bug', async (test) => {
    const { sink } = freshRecord(test);
    sink.write(rowOf('portfolio_state'));
    sink.write(rowOf('portfolio_state'));
    assert.throws(() => checkpoint(sink, 1), AssertionError);
    const other = freshRecord(test);
    other.sink.write({ ...rowOf('orders'), tradeId: null, decisionId: null });
    other.sink.write({ ...rowOf('orders'), tradeId: null, decisionId: null, orderId: 2 });
    assert.throws(() => checkpoint(other.sink, 1), AssertionError);
  });

  it('calls the outcome of a prediction that was never made a bug', (test) => {
    const { sink } = freshRecord(test);
    sink.write({ table: 'prediction_outcomes', predictionId: 5, outcomePnl: 0, outcomeCorrect: 1 });
    assert.throws(() => checkpoint(sink, 1), /prediction_outcomes 5 updates a row that exists/);
  });

  it('fills in the outcome of a prediction', async (test) => {
    const { path, sink } = freshRecord(test);
    for (const row of sampleRows(1)) sink.write(row);
    sink.write({ table: 'prediction_outcomes', predictionId: 2, outcomePnl: 0.25, outcomeCorrect: 1 });
    checkpoint(sink, 1);
    await sink.close();
    const record = openRecord(path);
    const outcomes = [...record.rows('model_predictions')].map((row) => [row.outcomePnl, row.outcomeCorrect]);
    assert.deepEqual(outcomes, [
      [null, null],
      [0.25, 1],
    ]);
    record.close();
  });

  it('takes only the run row of its own run, once', (test) => {
    const { sink } = freshRecord(test);
    sink.write(sampleRun('run-1'));
    assert.throws(() => checkpoint(sink, 1), AssertionError);
    const other = sqliteRecordSink(':memory:', OPTIONS);
    other.write(sampleRun('run-2'));
    assert.throws(() => checkpoint(other, 1), /record of run run-1 takes only its own run row/);
  });

  it('moves forward only', (test) => {
    const { sink } = freshRecord(test);
    checkpoint(sink, 5);
    assert.throws(() => checkpoint(sink, 4), /checkpoints move forward: 4 comes after 5/);
  });

  it('keeps money exact up to 64 bits and moments up to 2^53', async (test) => {
    const { path, sink } = freshRecord(test);
    const extremes = [2n ** 62n, -(2n ** 62n), 2n ** 63n - 1n, -(2n ** 63n), 0n, -1n];
    const payments = extremes.map(
      (fundingAtoms, i): FundingPaymentRow => ({
        ...rowOf('funding_payments', 11),
        paymentId: i + 1,
        tradeId: null,
        timestamp: i % 2 === 0 ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER,
        fundingAtoms,
      }),
    );
    for (const payment of payments) sink.write(payment);
    checkpoint(sink, 1);
    await sink.close();
    const record = openRecord(path);
    assert.deepEqual([...record.rows('funding_payments')], payments);
    record.close();
  });

  it('shows readers nothing after the last checkpoint, and drops it when closed', async (test) => {
    const { path, sink } = freshRecord(test);
    for (const row of sampleRows(1)) sink.write(row);
    checkpoint(sink, 1);
    for (let seq = 2; seq <= 400; seq++) for (const row of sampleRows(seq)) sink.write(row);
    const record = openRecord(path);
    assert.equal(rowCounts(record).snapshots, 1);
    record.close();
    await sink.close();
    const after = openRecord(path);
    assert.equal(rowCounts(after).snapshots, 1);
    assert.equal(after.checkpoint('run-1')?.eventSeq, 1);
    after.close();
  });

  it('goes on from the last checkpoint when opened again', async (test) => {
    const { path, sink } = freshRecord(test);
    for (const row of sampleRows(1)) sink.write(row);
    checkpoint(sink, 1);
    await sink.close();
    const again = openSink(path);
    for (const row of sampleRows(2)) again.write(row);
    checkpoint(again, 2);
    await again.close();
    const record = openRecord(path);
    assert.equal(rowCounts(record).snapshots, 2);
    record.close();
  });

  it('is never behind and has nothing to flush', async () => {
    const sink = openSink(':memory:');
    assert.equal(sink.isBehind, false);
    await sink.drained();
    await sink.flush();
    await sink.close();
  });
});

describe('opening a record', () => {
  const codeOf = (path: string): string => {
    try {
      openRecord(path).close();
      return 'opened';
    } catch (error) {
      assert.ok(error instanceof XylenError, String(error));
      return error.code;
    }
  };

  it('names what is wrong with the file', (test) => {
    const dir = tempDir(test);
    const make = (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    };
    assert.equal(codeOf(join(dir, 'none.sqlite')), 'XY_FILE_MISSING');
    assert.equal(codeOf(make('empty.sqlite', '')), 'XY_FILE_DAMAGED');
    assert.equal(
      codeOf(make('text.sqlite', 'not a database, but long enough to look like one '.repeat(40))),
      'XY_FILE_DAMAGED',
    );
    const other = join(dir, 'other.sqlite');
    const db = new DatabaseSync(other);
    db.exec('CREATE TABLE t (a)');
    db.close();
    assert.equal(codeOf(other), 'XY_FILE_DAMAGED');
  });

  it('reports damage that only reading finds', async (test) => {
    const { path, sink } = freshRecord(test);
    for (let seq = 1; seq <= 200; seq++) for (const row of sampleRows(seq)) sink.write(row);
    checkpoint(sink, 200);
    await sink.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xee, Math.floor(bytes.length * 0.6), Math.floor(bytes.length * 0.8)));
    const record = openRecord(path);
    assert.throws(
      () => {
        for (const name of ['snapshots', 'model_predictions', 'ensemble_decisions'] as const) {
          for (const row of record.rows(name)) assert.ok(row);
        }
      },
      { code: 'XY_FILE_DAMAGED' },
    );
    record.close();
  });
});
