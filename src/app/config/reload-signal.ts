/**
 * SIGHUP: the running program reloads, logs what came of it, and leaves the same in a file for `xylen config reload` to report.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '#core';
import type { Log } from '#telemetry';
import type { ConfigReloader, ReloadOutcome } from './reload.ts';

/** What a running program says about its latest reload. */
export interface ReloadReport {
  readonly pid: number;
  /** Rises by one with each reload, over restarts too. */
  readonly seq: number;
  readonly outcome: ReloadOutcome;
}

/** Name of the report in the data directory. */
export const RELOAD_REPORT_FILE = 'xylen.reload.json';

/** What `reloadOnSignal` works with. */
export interface ReloadSignalOptions {
  readonly reloader: ConfigReloader;
  /** Absolute and present. */
  readonly dataDir: string;
  readonly log: Log;
}

/** Reloads at each SIGHUP until the returned function is called. */
export function reloadOnSignal({ reloader, dataDir, log }: ReloadSignalOptions): () => void {
  let seq = readReloadReport(dataDir)?.seq ?? 0;
  const onSignal = (): void => {
    const outcome = reloader.reload();
    logOutcome(outcome, log);
    seq++;
    try {
      writeReport(dataDir, { pid: process.pid, seq, outcome });
    } catch (error) {
      log.error('reload_report_failed', { message: messageOf(error) });
    }
  };
  process.on('SIGHUP', onSignal);
  return () => process.off('SIGHUP', onSignal);
}

/** Returns the latest report in a data directory, or `undefined` when there is none that can be read. */
export function readReloadReport(dataDir: string): ReloadReport | undefined {
  try {
    const report: unknown = JSON.parse(readFileSync(join(dataDir, RELOAD_REPORT_FILE), 'utf8'));
    return isReport(report) ? report : undefined;
  } catch {
    // Missing, or cut off by a full disk: either way the program has not reported.
    return undefined;
  }
}

function isReport(value: unknown): value is ReloadReport {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, seq, outcome } = value as Partial<Record<keyof ReloadReport, unknown>>;
  return (
    Number.isSafeInteger(pid) && Number.isSafeInteger(seq) && typeof outcome === 'object' && outcome !== null
  );
}

/** A reader sees the old report or the new one, never a part. */
function writeReport(dataDir: string, report: ReloadReport): void {
  const path = join(dataDir, RELOAD_REPORT_FILE);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(report)}\n`);
  renameSync(`${path}.tmp`, path);
}

function logOutcome(outcome: ReloadOutcome, log: Log): void {
  if (outcome.kind === 'rejected') {
    for (const error of outcome.errors) log.error('config_rejected', { reason: outcome.reason, error });
    return;
  }
  if (outcome.kind === 'unchanged') log.info('config_unchanged');
  if (outcome.kind === 'applied') {
    for (const { key, from, to } of outcome.changes)
      log.info('config_changed', { key, from: JSON.stringify(from), to: JSON.stringify(to) });
  }
  if (outcome.kind === 'applied' || outcome.kind === 'restart-needed') {
    for (const { key, from, to } of outcome.restartNeeded)
      log.warn('config_restart_needed', { key, from: JSON.stringify(from), to: JSON.stringify(to) });
  }
}
