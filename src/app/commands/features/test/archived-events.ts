/** Events written into an archive the way a recorder writes them: through its log (in memory) and the archive writer. */
import assert from 'node:assert/strict';
import { LOG_OPTIONS_DEFAULT, type LogOptions } from '#bus';
import { MemoryLog, MemorySource, MemoryStorage } from '#bus/memory';
import { US_PER_DAY } from '#core';
import type { FeedEvent, LedgerEntry } from '#domain';
import { RecordedArchive } from '#store/parquet';
import { ArchiveWriter, EventEncoder, type RecordedInstrument, TOPIC_OF_KIND } from '#store/recording';
import { silentLog } from '#telemetry';

const LOG: LogOptions = { ...LOG_OPTIONS_DEFAULT, flushIntervalMs: null };

/** What is recorded, and in how large parts. */
export interface ArchivedEvents {
  readonly instruments: readonly RecordedInstrument[];
  /** In the order in which they arrived. */
  readonly events: readonly FeedEvent[];
  readonly losses?: readonly LedgerEntry[];
  /** Events of a part. */
  readonly partEvents: number;
  /** True: the parts are merged in the end. */
  readonly isCompacted: boolean;
}

/** Records into the archive of a data directory. */
export async function archiveEvents(dataDir: string, recorded: ArchivedEvents): Promise<void> {
  const { events, instruments, isCompacted, losses = [], partEvents } = recorded;
  const storage = new MemoryStorage('0123456789abcdef');
  const log = new MemoryLog(storage, LOG);
  const encoder = new EventEncoder(instruments);
  const append = (topic: (typeof TOPIC_OF_KIND)['book'], tsLocalUs: number): void => {
    assert.equal(log.append(topic, tsLocalUs, encoder.bytes, 0, encoder.length), 'ok');
  };
  let nowUs = (events[0]?.tsLocalUs ?? 0) + US_PER_DAY;
  const writer = await ArchiveWriter.open(
    {
      source: new MemorySource(storage),
      archive: new RecordedArchive(dataDir),
      log: silentLog,
      nowUs: () => nowUs,
      onDamage: () => assert.fail('memory is not damaged'),
    },
    { partIntervalUs: 365 * US_PER_DAY, partsMax: 1_000_000 },
  );
  const flush = async (): Promise<void> => {
    await log.flush();
    while ((await writer.step()) > 0);
    await writer.flush();
  };
  for (const [at, event] of events.entries()) {
    encoder.event(event);
    append(TOPIC_OF_KIND[event.kind], event.tsLocalUs);
    if (at % partEvents === partEvents - 1) await flush();
  }
  for (const loss of losses) {
    encoder.ledger(loss, loss.toUs);
    append('feed-ledger', loss.toUs);
  }
  await flush();
  if (!isCompacted) {
    writer.abort();
    return;
  }
  nowUs += US_PER_DAY;
  await writer.stop();
}
