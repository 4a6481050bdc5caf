/** A local mirror of archives and venues for commands that run as processes of their own, also while this thread waits for one of them. */
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';

/** Starts a mirror and returns its address; it ends with the test. */
export async function startMirror(context: TestContext): Promise<string> {
  const worker = new Worker(new URL('./mirror-worker.ts', import.meta.url));
  context.after(() => worker.terminate());
  const [url] = (await once(worker, 'message')) as [string];
  return url;
}
