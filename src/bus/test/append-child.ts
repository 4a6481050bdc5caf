/**
 * A writer for the crash test: appends records at full speed and says on its standard output, a line a flush, how many of each topic it
 * knows to be durable. Ended by being killed.
 */
import { EmbeddedLog } from '../embedded/index.ts';
import { LOG_OPTIONS_DEFAULT, type Topic } from '../index.ts';
import { crashRecord } from './crash-record.ts';

const TOPICS: readonly Topic[] = ['crypto-orderbooks', 'crypto-trades'];
/** Records between two flushes. */
const GROUP = 400;

const [dir = ''] = process.argv.slice(2);
const log = await EmbeddedLog.open(dir, {
  ...LOG_OPTIONS_DEFAULT,
  flushIntervalMs: null,
  segmentBytes: 64 * 1024,
});
for (;;) {
  for (let i = 0; i < GROUP; i++) {
    for (const topic of TOPICS)
      log.append(topic, log.endOffset(topic), crashRecord(topic, log.endOffset(topic)));
  }
  await log.flush();
  process.stdout.write(`${TOPICS.map((topic) => log.endOffset(topic)).join(' ')}\n`);
}
