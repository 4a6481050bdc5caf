/** A dashboard server in a thread of its own, as the program starts it, for tests. */
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type ServerThread,
  type ServerThreadOptions,
  startServerThread,
} from '../../src/app/server/server-thread.ts';
import { ensureWebBuild } from '../../src/app/server/web-build.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Returns the options of a server on free ports that serves the dashboard as it was built. */
export function dashboardOptions(changes: Partial<ServerThreadOptions> = {}): ServerThreadOptions {
  return {
    host: '127.0.0.1',
    dashboardPort: 0,
    metricsPort: 0,
    token: null,
    distDir: join(ROOT, 'web/dist'),
    build: { version: 'test', commit: '', node: process.version },
    buildRoot: null,
    updateEveryMs: 20,
    ...changes,
  };
}

/** Starts a server that is closed when the test ends. */
export async function startDashboard(
  test: TestContext,
  changes: Partial<ServerThreadOptions> = {},
): Promise<ServerThread> {
  const server = await startServerThread(dashboardOptions(changes));
  test.after(() => server.close());
  return server;
}

/** Builds the dashboard when it is stale. */
export async function buildDashboard(): Promise<void> {
  await ensureWebBuild({ root: ROOT, signal: new AbortController().signal });
}
