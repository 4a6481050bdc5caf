/** The real program on a real page: `xylen demo` is started, watched in Chromium until it has closed a trade, and ended with Ctrl-C. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BROWSER_SKIP, useBrowser } from '../support/browser.ts';
import { buildDashboard } from '../support/dashboard.ts';
import { illegibleTexts, overflowingElements } from '../support/page-checks.ts';
import { RunningProgram } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const browser = useBrowser();

test('the page of the demo shows training, then trades, all of it labelled synthetic, and the end', {
  skip: BROWSER_SKIP,
}, async (t) => {
  await buildDashboard();
  const dir = tempDir(t);
  writeFileSync(join(dir, 'xylen.yaml'), 'monitoring: {dashboard_port: 0, metrics_port: 0}\n');
  const program = new RunningProgram(t, dir, ['demo', '--seed', '7', '--speed', '30000']);
  const url = /http:\/\/\S+/.exec(await program.line(/^dashboard /))?.[0] ?? '';
  const { page, faults } = await browser.open({ width: 1440, height: 900 });
  await page.goto(url);
  await page.getByText('SYNTHETIC MARKET').first().waitFor();
  await program.line(/ closed /);
  const trades = page.locator('[data-panel="Trades"]');
  await trades.getByText(/USDT/).first().waitFor();
  await page.locator('[data-panel="Equity"] svg path.recharts-curve').first().waitFor();
  assert.match(await page.locator('[data-panel="Decisions"]').innerText(), /gbm/);
  assert.match(await page.locator('[data-panel="Log"]').innerText(), /run_started|model_trained/);
  assert.deepEqual(await illegibleTexts(page), []);
  assert.deepEqual(await overflowingElements(page), []);
  assert.deepEqual(faults, []);
  assert.equal(await program.end('SIGINT'), 0);
  // The page says so by itself, without being loaded again.
  await page.getByTestId('connection').getByText('Live').waitFor({ state: 'detached' });
});
