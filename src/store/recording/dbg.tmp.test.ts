import { test } from 'node:test';
import { MemoryLog, MemorySource, MemoryStorage } from '#bus/memory';
import { LOG_OPTIONS_DEFAULT } from '#bus';
import { RecordedArchive } from '#store/parquet';
import { silentLog } from '#telemetry';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { syntheticEvent, syntheticInstruments } from '../../app/recording/test/synthetic-feed.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { EventEncoder } from './event-encoder.ts';
import { TOPIC_OF_KIND } from './record-form.ts';
test('x', async (c) => {
  const st = new MemoryStorage('0123456789abcdef'); const log = new MemoryLog(st, { ...LOG_OPTIONS_DEFAULT, flushIntervalMs: null });
  const inst = syntheticInstruments(8); const enc = new EventEncoder(inst); const dir = tempDir(c);
  const w = await ArchiveWriter.open({ source: new MemorySource(st), archive: new RecordedArchive(dir), log: silentLog, nowUs: () => 1, onDamage: () => {} }, { bufferBytesMax: 400_000, setBytesMax: 60_000, partIntervalUs: 1e15 });
  let n = 0;
  for (let r = 0; r < 10; r++) {
    for (let i = 0; i < 2000; i++, n++) { const e = syntheticEvent(n, 8, { startUs: 1.7e15, stepUs: 1000 }); enc.event(e); log.append(TOPIC_OF_KIND[e.kind], e.tsLocalUs, enc.bytes, 0, enc.length); }
    await log.flush();
    const t = performance.now(); let steps = 0;
    while ((await w.step()) > 0) steps++;
    console.log(r, (performance.now() - t).toFixed(0), steps, JSON.stringify(w.stats()));
  }
  w.abort();
});
