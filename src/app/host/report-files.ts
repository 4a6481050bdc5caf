/** Writes the report of a finished run: JSON, CSV of trades, one HTML page. Built from the record, not from memory. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildReport, type EquityPoint, type Report, type ReportTrade, reportHtml } from '#backtest';
import { assert } from '#core';
import { moneyOf } from '#domain';
import { exportableTable, exportTable, openRecord, type RecordReader, tradesAll } from '#store/sqlite';
import { plainJson } from '../cli/context.ts';
import { writeWhole } from '../runs/run-folder.ts';
import type { FinishedRun } from './recorded-run.ts';
import { summaryJson } from './summary-json.ts';

/** Paths of the files by form. */
export type ReportFiles = Readonly<Record<'json' | 'csv' | 'html', string>>;

/** Writes the three files into `outDir`, or the run's own folder. Each appears whole or not at all. */
export function writeReports(finished: FinishedRun, outDir: string | null): ReportFiles {
  const folder = outDir === null ? finished.folder.path : resolve(outDir);
  mkdirSync(folder, { recursive: true });
  const record = openRecord(finished.folder.recordPath);
  try {
    const report = reportOf(finished, record);
    const files: ReportFiles = {
      json: join(folder, 'report.json'),
      csv: join(folder, 'trades.csv'),
      html: join(folder, 'report.html'),
    };
    const { benchmark, costs, drawdown, equity, months, trades } = report;
    const series = equity.map((point, i) => ({ ...point, drawdown: drawdown[i], benchmark: benchmark[i] }));
    const json = {
      ...summaryJson(finished),
      costs,
      months,
      assumptions: finished.assumptions,
      markouts: finished.markouts,
      equity: series,
      trades,
    };
    writeWhole(files.json, `${JSON.stringify(json, plainJson, 1)}\n`);
    writeWhole(files.html, reportHtml(report));
    const table = exportableTable('trades');
    assert(table !== undefined, 'trades can be exported');
    exportTable(record, table, files.csv);
    return files;
  } finally {
    record.close();
  }
}

function reportOf(finished: FinishedRun, record: RecordReader): Report {
  const run = record.run();
  const atomDecimals = run?.atomDecimals ?? 0;
  const equity: EquityPoint[] = [];
  const benchmark: (number | null)[] = [];
  for (const row of record.rows('portfolio_state')) {
    equity.push({ tsUs: row.timestamp, equity: moneyOf(atomDecimals, row.equityAtoms) });
    benchmark.push(row.benchmark);
  }
  const trades: ReportTrade[] = [];
  for (const row of tradesAll(record)) {
    trades.push({
      ...row,
      pnl: moneyOf(atomDecimals, row.pnlAtoms),
      fees: moneyOf(atomDecimals, row.feesAtoms),
      funding: moneyOf(atomDecimals, row.fundingAtoms),
    });
  }
  const { assumptions, currency, hasFunding, isSynthetic, manifest, markouts, runHash, runId, summary } =
    finished;
  const title = `Back-test ${runId}`;
  const input = {
    title,
    isSynthetic,
    currency,
    manifest,
    runHash,
    summary,
    assumptions,
    markouts,
    equity,
    benchmark,
    trades,
  };
  return buildReport({ ...input, hasFundingData: hasFunding, fundingMissing: finished.fundingMissing });
}
