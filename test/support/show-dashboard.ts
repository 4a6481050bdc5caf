/**
 * Shows the dashboard with an invented run, to look at it without the engine: `node test/support/show-dashboard.ts [BARS] [MS_PER_BAR]`.
 * Ends at Ctrl-C.
 */
import { join, resolve } from 'node:path';
import { startServerThread } from '../../src/app/server/server-thread.ts';
import { ScriptedRun } from './scripted-run.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const [bars = '400', msPerBar = '1000'] = process.argv.slice(2);

const server = await startServerThread({
  host: '127.0.0.1',
  dashboardPort: 8765,
  metricsPort: 9464,
  token: process.env.XYLEN_API_TOKEN ?? null,
  distDir: join(ROOT, 'web/dist'),
  build: { version: 'scripted', commit: '', node: process.version },
  buildRoot: ROOT,
  onWeb: (notice) => console.log('dashboard build:', notice.kind === 'failed' ? notice.message : notice.kind),
  onFailure: (message) => console.error(message),
});
const run = new ScriptedRun();
for (const message of [...run.intro(), ...run.play(Number(bars))]) server.post(message);
const timer = setInterval(() => {
  for (const message of run.bar()) server.post(message);
}, Number(msPerBar));
console.log(`dashboard ${server.dashboardUrl}, metrics ${server.metricsUrl}/metrics`);
process.once('SIGINT', () => {
  clearInterval(timer);
  void server.close();
});
