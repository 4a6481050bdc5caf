/** The server's thread: dashboard, WebSocket, health and metrics, and the build of the dashboard. Started by `../server/server-thread.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, messageOf, XylenError } from '#core';
import { CONTROL_DONE, CONTROL_DROPPED, weightOf } from '../server/feed-weight.ts';
import { type DashboardServer, startServer } from '../server/server.ts';
import { ensureWebBuild } from '../server/web-build.ts';
import type {
  FromServerWorker,
  ServerWorkerData,
  ToServerWorker,
  WebNotice,
} from '../server/worker-messages.ts';

const port = parentPort;
assert(port !== null, 'the server worker runs in a worker thread');
const { buildRoot, control, options } = workerData as ServerWorkerData;
const ending = new AbortController();

function tell(message: FromServerWorker): void {
  port?.postMessage(message);
}

/** Builds the dashboard while the server already answers. */
async function build(server: DashboardServer, root: string): Promise<void> {
  let notice: WebNotice;
  try {
    const { isBuilt, seconds } = await ensureWebBuild({ root, signal: ending.signal });
    notice = isBuilt ? { kind: 'built', seconds } : { kind: 'fresh' };
    server.setWebState({ kind: 'ready' });
  } catch (error) {
    notice = { kind: 'failed', message: messageOf(error) };
    server.setWebState(notice);
  }
  if (!ending.signal.aborted) tell({ kind: 'web', notice });
}

/** Takes messages until it is told to close. */
function serve(server: DashboardServer): void {
  port?.on('message', (message: ToServerWorker) => {
    if (message.kind === 'feed') {
      server.accept(message.message);
      Atomics.add(control, CONTROL_DONE, weightOf(message.message));
      server.noteDropped(Atomics.load(control, CONTROL_DROPPED));
    } else {
      ending.abort();
      void server.close().finally(() => port?.close());
    }
  });
}

try {
  const server = await startServer(options);
  tell({ kind: 'ready', dashboardUrl: server.dashboardUrl, metricsUrl: server.metricsUrl });
  serve(server);
  if (buildRoot === null) server.setWebState({ kind: 'ready' });
  else await build(server, buildRoot);
} catch (error) {
  const isKnown = error instanceof XylenError;
  const fields = isKnown ? error.fields : {};
  tell({ kind: 'refused', code: isKnown ? error.code : null, message: messageOf(error), fields });
  port.close();
}
