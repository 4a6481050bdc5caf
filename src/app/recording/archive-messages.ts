/** What passes between a recorder and the thread that takes its log into the archive. All plain data. */
import type { Topic } from '#bus';
import type { RetentionPolicy } from '#store';
import type { ArchiveWriterOptions, ArchiveWriterStats } from '#store/recording';

/** What the thread is started with. */
export interface ArchiveWorkerData {
  readonly dataDir: string;
  readonly options: Partial<ArchiveWriterOptions>;
  /** Applied to the archive now and then; `null` = never. */
  readonly retention: RetentionPolicy | null;
}

/** From the recorder: take in what is durable, compact, and end. */
export interface StopArchive {
  readonly kind: 'stop';
}

/** From the thread. */
export type ArchiveReport =
  | { readonly kind: 'stats'; readonly stats: ArchiveWriterStats }
  /** Records of the log were damaged on the disk: nothing in (`fromUs`, `toUs`) of the topic's streams is complete. */
  | { readonly kind: 'damage'; readonly topic: Topic; readonly fromUs: number; readonly toUs: number }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly event: string;
      readonly text: string;
    }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped'; readonly stats: ArchiveWriterStats };

/** Folder of the event log in a data directory. */
export const LOG_FOLDER = 'bus';
