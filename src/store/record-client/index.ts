/** Door of the record client: a record sink whose writer lives in a worker thread, and the worker's side of it. */
export type { RecorderLink } from './messages.ts';
export { type BatchWriter, serveRecord } from './recorder.ts';
export { connectRecorder, IN_FLIGHT_HARD, IN_FLIGHT_SOFT, WorkerRecordSink } from './worker-record-sink.ts';
