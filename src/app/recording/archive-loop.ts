/** The archive's thread: takes the log into the archive until it is told to stop. Reads the log by its files, like any other consumer. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { EmbeddedSource } from '#bus/embedded';
import { messageOf, US_PER_HOUR, XylenError } from '#core';
import { applyRetention, RecordedArchive } from '#store/parquet';
import { ArchiveWriter } from '#store/recording';
import { logTo } from '#telemetry';
import type { ArchiveReport, ArchiveWorkerData, StopArchive } from './archive-messages.ts';
import { LOG_FOLDER } from './archive-messages.ts';

/** Wait when nothing is to be done. */
const IDLE_MS = 20;
const REPORT_MS = 1_000;
/** Busy steps after which a compaction is let in all the same. */
const BUSY_STEPS_MAX = 32;

/** Runs an archive writer behind a port; resolves when it has stopped, however it did, and the reason was reported. */
export async function runArchiveWriter(port: MessagePort, data: ArchiveWorkerData): Promise<void> {
  const tell = (report: ArchiveReport): void => port.postMessage(report);
  const stop = new AbortController();
  port.on('message', (message: StopArchive) => {
    if (message.kind === 'stop') stop.abort();
  });
  try {
    const source = await EmbeddedSource.open(join(data.dataDir, LOG_FOLDER));
    const writer = await openWriter(source, data, tell);
    try {
      await work(writer, data, stop.signal, tell);
      await writer.stop();
      tell({ kind: 'stopped', stats: writer.stats() });
    } catch (thrown) {
      writer.abort();
      throw thrown;
    } finally {
      await source.close();
    }
  } catch (thrown) {
    tell({ kind: 'failed', message: messageOf(thrown) });
  }
  port.close();
}

async function openWriter(
  source: EmbeddedSource,
  data: ArchiveWorkerData,
  tell: (report: ArchiveReport) => void,
): Promise<ArchiveWriter> {
  const archive = new RecordedArchive(data.dataDir);
  const log = logTo(({ event, fields, level }) => {
    if (level !== 'debug') tell({ kind: 'log', level, event, text: JSON.stringify(fields) });
  });
  try {
    return await ArchiveWriter.open(
      {
        source,
        archive,
        log,
        nowUs: wallUs,
        onDamage: (topic, _lost, fromUs, toUs) => tell({ kind: 'damage', topic, fromUs, toUs }),
      },
      data.options,
    );
  } catch (thrown) {
    archive.close();
    throw thrown;
  }
}

async function work(
  writer: ArchiveWriter,
  data: ArchiveWorkerData,
  signal: AbortSignal,
  tell: (report: ArchiveReport) => void,
): Promise<void> {
  let reportMs = performance.now();
  let retainedUs = 0;
  let busySteps = 0;
  while (!signal.aborted) {
    const count = await writer.step();
    busySteps = count === 0 ? 0 : busySteps + 1;
    if (count === 0 || busySteps >= BUSY_STEPS_MAX) {
      busySteps = 0;
      const isDone = !(await writer.compactNext(signal));
      if (isDone && count === 0) {
        if (data.retention !== null && wallUs() - retainedUs >= US_PER_HOUR) {
          retainedUs = wallUs();
          await retain(data, tell);
        }
        await sleep(IDLE_MS);
      }
    }
    if (performance.now() - reportMs >= REPORT_MS) {
      reportMs = performance.now();
      tell({ kind: 'stats', stats: writer.stats() });
    }
    // Files are read without waiting: messages come in only when the loop turns.
    await nextTurn();
  }
}

/** Takes what is past its life out of the archive; an import that is writing comes first. */
async function retain(data: ArchiveWorkerData, tell: (report: ArchiveReport) => void): Promise<void> {
  if (data.retention === null) return;
  try {
    const { bytesFreed, deleted, moved } = await applyRetention(data.dataDir, wallUs(), data.retention);
    if (deleted.length + moved.length === 0) return;
    const text = JSON.stringify({ deleted: deleted.length, moved: moved.length, bytes: bytesFreed });
    tell({ kind: 'log', level: 'info', event: 'retention', text });
  } catch (thrown) {
    if (!(thrown instanceof XylenError)) throw thrown;
    const text = JSON.stringify({ reason: thrown.message });
    tell({ kind: 'log', level: 'warn', event: 'retention_failed', text });
  }
}

function wallUs(): number {
  return Date.now() * 1_000;
}
