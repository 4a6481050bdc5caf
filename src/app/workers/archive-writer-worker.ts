/** The archive's thread of a recorder. Started by `../recording/archive-thread.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '#core';
import { runArchiveWriter } from '../recording/archive-loop.ts';
import type { ArchiveWorkerData } from '../recording/archive-messages.ts';

assert(parentPort !== null, 'the archive writer runs in a worker thread');

await runArchiveWriter(parentPort, workerData as ArchiveWorkerData);
