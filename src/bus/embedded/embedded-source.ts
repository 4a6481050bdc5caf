/** The reading side of a log in a folder: needs no lock and no writer, sees what is durable. */
import { XylenError } from '#core';
import type { LogSource, TopicOffsets, TopicReader } from '../event-log.ts';
import type { Topic } from '../topics.ts';
import { readOffsets, writeOffsets } from './consumer-offsets.ts';
import { listSegments } from './log-files.ts';
import { readLogId } from './log-identity.ts';
import { SegmentReader } from './segment-reader.ts';
import { WatermarkFile } from './watermarks.ts';

/** Reads the log of a folder. */
export class EmbeddedSource implements LogSource {
  readonly id: string;
  readonly #dir: string;
  readonly #marks: WatermarkFile;

  private constructor(dir: string, id: string) {
    this.#dir = dir;
    this.id = id;
    this.#marks = new WatermarkFile(dir, 'read');
  }

  /** @throws XY_FILE_MISSING when there is no log in the folder; XY_STORE_SCHEMA */
  static async open(dir: string): Promise<EmbeddedSource> {
    const id = readLogId(dir);
    if (id === null)
      throw new XylenError('XY_FILE_MISSING', `${dir} holds no event log`, { fields: { folder: dir } });
    return new EmbeddedSource(dir, id);
  }

  async range(topic: Topic): Promise<{ readonly startOffset: number; readonly durableOffset: number }> {
    const durableOffset = this.#marks.read(topic)?.offset ?? 0;
    const startOffset = listSegments(this.#dir, topic)[0]?.baseOffset ?? durableOffset;
    return { startOffset: Math.min(startOffset, durableOffset), durableOffset };
  }

  reader(topic: Topic, fromOffset: number): TopicReader {
    return new SegmentReader(this.#dir, topic, this.#marks, fromOffset);
  }

  async committed(consumer: string): Promise<TopicOffsets> {
    return readOffsets(this.#dir, this.id, consumer);
  }

  async commit(consumer: string, offsets: TopicOffsets): Promise<void> {
    writeOffsets(this.#dir, this.id, consumer, offsets);
  }

  async close(): Promise<void> {
    this.#marks.close();
  }
}
