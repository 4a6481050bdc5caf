/** The recorder's thread: owns the one writer of a record. Started by `../runs/run-record.ts`. */
import { workerData } from 'node:worker_threads';
import { type RecorderLink, serveRecord } from '#store/record-client';
import { type RecordWriteOptions, RecordWriter } from '#store/sqlite';

/** What the worker is started with. */
export interface RecordWorkerData {
  readonly link: RecorderLink;
  readonly path: string;
  readonly options: RecordWriteOptions;
}

const { link, path, options } = workerData as RecordWorkerData;

serveRecord(link, () => new RecordWriter(path, options));
