/** The recorder's side of the link: applies messages in order to the writer of a record and stops at the first error. */
import { messageOf } from '#core';
import type { Checkpoint } from '../record-port.ts';
import type { RecordBatch } from '../record-schema.ts';
import {
  CONTROL_DONE,
  CONTROL_FAILED,
  type RecorderLink,
  type RecordFailure,
  type RecordMessage,
} from './messages.ts';

/** What the recorder needs of a writer. */
export interface BatchWriter {
  registerFeatureSet(hash: string, names: readonly string[]): void;
  apply(batch: RecordBatch): void;
  checkpoint(checkpoint: Checkpoint): void;
  /** Drops what was not checkpointed. */
  close(): void;
}

/**
 * Serves a record until it is told to close. The opening of the writer counts as the first message done. An error is reported to the
 * other side, which throws it at its next call; nothing more is taken then.
 */
export function serveRecord({ port, control }: RecorderLink, openWriter: () => BatchWriter): void {
  let writer: BatchWriter | undefined;
  const attempt = (work: () => void): void => {
    try {
      work();
      Atomics.add(control, CONTROL_DONE, 1);
    } catch (error) {
      // The message goes first: whoever sees the flag finds it.
      port.postMessage({ message: messageOf(error) } satisfies RecordFailure);
      Atomics.store(control, CONTROL_FAILED, 1);
      port.close();
      writer?.close();
    }
    Atomics.notify(control, CONTROL_DONE);
  };
  attempt(() => {
    writer = openWriter();
  });
  port.on('message', (message: RecordMessage) => {
    const isFailed = Atomics.load(control, CONTROL_FAILED) === 1;
    if (writer === undefined || isFailed) return;
    const open = writer;
    attempt(() => handle(open, message));
    if (message.kind === 'close') port.close();
  });
}

function handle(writer: BatchWriter, message: RecordMessage): void {
  switch (message.kind) {
    case 'rows':
      if (message.batch !== null) writer.apply(message.batch);
      if (message.checkpoint !== null) writer.checkpoint(message.checkpoint);
      break;
    case 'feature_set':
      writer.registerFeatureSet(message.hash, message.names);
      break;
    case 'close':
      writer.close();
      break;
  }
}
