/** The dashboard in a real browser, served by the real server thread and fed by an invented run. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { startServer } from '../../src/app/server/server.ts';
import { type ServerThread, startServerThread } from '../../src/app/server/server-thread.ts';
import { BROWSER_SKIP, useBrowser } from '../support/browser.ts';
import { buildDashboard, dashboardOptions, startDashboard } from '../support/dashboard.ts';
import { illegibleTexts, overflowingElements } from '../support/page-checks.ts';
import { ScriptedRun } from '../support/scripted-run.ts';
import { tempDir } from '../support/temp-dir.ts';

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const SIZES = [DESK, PHONE];
const OPTIONS = { skip: BROWSER_SKIP };

const browser = useBrowser();
before(async () => {
  if (BROWSER_SKIP === false) await buildDashboard();
});

/** Keeps a picture of the whole page: in `XYLEN_SCREENSHOTS`, or in a folder that goes with the test. */
async function picture(t: TestContext, page: Page, name: string): Promise<void> {
  const named = process.env.XYLEN_SCREENSHOTS;
  const folder = named === undefined || named === '' ? tempDir(t) : named;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}-${page.viewportSize()?.width}.png`), fullPage: true });
}

/** Starts a server that shows a run of so many bars. */
async function showRun(t: TestContext, run: ScriptedRun, barCount: number): Promise<ServerThread> {
  const server = await startDashboard(t);
  for (const message of [...run.intro(), ...run.play(barCount)]) server.post(message);
  return server;
}

function panel(page: Page, title: string) {
  return page.locator(`[data-panel="${title}"]`);
}

/** Waits until the page is live and both charts are drawn. */
async function drawn(page: Page): Promise<void> {
  await page.getByTestId('connection').getByText('Live').waitFor();
  await panel(page, 'Price').locator('canvas').first().waitFor();
  await panel(page, 'Equity').locator('svg path.recharts-curve').first().waitFor();
}

for (const size of SIZES) {
  test(
    `every section shows its figures at ${size.width} px, all legible, nothing beyond the edge`,
    OPTIONS,
    async (t) => {
      const run = new ScriptedRun();
      const server = await showRun(t, run, 400);
      const { page, faults } = await browser.open(size);
      await page.goto(server.dashboardUrl);
      await drawn(page);
      await picture(t, page, 'trading');

      assert.match(await page.getByTestId('mode').innerText(), /synthetic market\s+paper/i);
      assert.match(await page.locator('header').first().innerText(), /demo-20250303-7[\s\S]*300×/);
      const figures = await panel(page, 'Key figures').innerText();
      for (const text of [
        'Equity',
        'net of fees and funding',
        'buy and hold',
        'no costs',
        'Closed trades',
        'Costs paid',
      ]) {
        assert.ok(figures.includes(text), text);
      }
      assert.match(
        (await panel(page, 'Price').getByRole('img').first().getAttribute('aria-label')) ?? '',
        /^Price of BTCUSDT: 400 candles/,
      );
      assert.match(
        await panel(page, 'Equity').innerText(),
        /Equity [+−]?\d+\.\d\d\s%\s+Buy and hold [+−]?\d/,
      );
      assert.equal(
        await panel(page, 'Equity').locator('path.recharts-curve').count(),
        3,
        'line, area and buy and hold',
      );
      assert.match(
        await panel(page, 'Models').innerText(),
        /trend-rule[\s\S]*gbm-5m[\s\S]*gbm-1h[\s\S]*Ensemble/,
      );
      assert.match(
        await panel(page, 'Risk').innerText(),
        /circuit breaker closed[\s\S]*29\.\d\s% of 30\.0\s%[\s\S]*exposure_cap/i,
      );
      assert.equal(await panel(page, 'Decisions').locator('[data-decision]').count(), 120);
      assert.ok((await panel(page, 'Positions and orders').locator('[data-position]').count()) > 0);
      assert.ok((await panel(page, 'Trades').locator('[data-trade]').count()) > 20);
      assert.match(await panel(page, 'Trades').innerText(), /fees \d/i);
      assert.match(await panel(page, 'Log').innerText(), /run_started demo run started/);
      assert.match(
        await page.locator('footer').innerText(),
        /No real money[\s\S]*TradingView Lightweight Charts/,
      );

      assert.deepEqual(await overflowingElements(page), []);
      assert.deepEqual(await illegibleTexts(page), []);
      assert.deepEqual(faults, []);
    },
  );
}

test('news arrives by itself, in figures, charts and lists', OPTIONS, async (t) => {
  const run = new ScriptedRun();
  const server = await showRun(t, run, 60);
  const { page, faults } = await browser.open(DESK);
  await page.goto(server.dashboardUrl);
  await drawn(page);
  const chart = panel(page, 'Price').getByRole('img').first();
  assert.match((await chart.getAttribute('aria-label')) ?? '', /: 60 candles/);
  const newest = panel(page, 'Decisions').locator('[data-decision]').first();
  const before = await newest.getAttribute('data-decision');
  for (const message of run.play(3)) server.post(message);
  await page.getByTestId('run-time').getByText('2025-03-03 05:15:00 UTC').waitFor();
  await page.locator('[aria-label^="Price of BTCUSDT: 63 candles"]').waitFor();
  assert.equal(Number(await newest.getAttribute('data-decision')), Number(before) + 9);
  await panel(page, 'Price').getByRole('button', { name: 'ETHUSDT' }).click();
  await page.locator('[aria-label^="Price of ETHUSDT: 63 candles"]').waitFor();
  assert.match(await panel(page, 'Models').innerText(), /newest votes on ETHUSDT/);
  assert.deepEqual(faults, []);
});

for (const size of SIZES) {
  test(
    `a decision opens by keyboard to everything that led to it, at ${size.width} px`,
    OPTIONS,
    async (t) => {
      const server = await showRun(t, new ScriptedRun(), 120);
      const { page, faults } = await browser.open(size);
      await page.goto(server.dashboardUrl);
      await drawn(page);
      const decisions = panel(page, 'Decisions');
      await decisions.getByRole('button', { name: 'Ordered', exact: true }).click();
      const row = decisions.locator('[data-decision]').first();
      assert.match(await row.innerText(), /ordered/i);
      const opener = row.locator('> button');
      await opener.focus();
      await page.keyboard.press('Enter');
      const detail = page.getByTestId('explanation');
      await detail.waitFor();
      const text = await detail.innerText();
      for (const part of [
        'Votes, fused by inverse variance',
        'Gates of the ensemble',
        'expected_value_below_cost',
        'Expected value after costs',
        'Rules of risk: approved',
        'What the engine saw',
        'rsi_14_5m',
      ]) {
        assert.ok(text.includes(part), part);
      }
      assert.doesNotMatch(text, /price_filter/, 'rules that passed are not in the way');
      await detail.getByRole('button', { name: /Show all \d+ rules/ }).click();
      await detail.getByText('price_filter').waitFor();
      assert.equal(await detail.locator('dt', { hasText: 'week_cos' }).count(), 0);
      await detail.getByRole('button', { name: 'Show all 55 features' }).click();
      await detail.locator('dt', { hasText: 'week_cos' }).waitFor();
      await picture(t, page, 'decision');
      assert.deepEqual(await overflowingElements(page), []);
      assert.deepEqual(await illegibleTexts(page), []);
      await opener.press('Enter');
      await detail.waitFor({ state: 'detached' });
      assert.deepEqual(faults, []);
    },
  );
}

test('an explanation that the server no longer has is not invented', OPTIONS, async (t) => {
  const run = new ScriptedRun();
  const server = await showRun(t, run, 20);
  const { page } = await browser.open(DESK);
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((message) => {
      const { decisionId } = JSON.parse(String(message)) as { readonly decisionId: number };
      socket.send(JSON.stringify({ kind: 'explanation', decisionId, explanation: null }));
    });
    upstream.onMessage((message) => socket.send(message));
  });
  await page.goto(server.dashboardUrl);
  await drawn(page);
  const row = panel(page, 'Decisions').locator('[data-decision]').first();
  await row.locator('> button').click();
  await row.getByText('The server no longer has this explanation').waitFor();
});

for (const size of SIZES) {
  test(
    `before the first data every panel says what it waits for, at ${size.width} px`,
    OPTIONS,
    async (t) => {
      const server = await startDashboard(t);
      const message = 'gradient boosting on 60 days of synthetic history';
      server.post({ kind: 'phase', phase: 'training', message, progress: 0.43 });
      const { page, faults } = await browser.open(size);
      await page.goto(server.dashboardUrl);
      const phase = page.getByTestId('phase');
      await phase.getByText(/^43\s%$/).waitFor();
      assert.match(await phase.innerText(), /Training the models\s+gradient boosting/);
      await picture(t, page, 'training');
      const hints = [
        'No candle of any symbol',
        'The curve begins',
        'No model has voted',
        'Risk has not been heard',
        'Nothing has been decided',
        'Flat: no position',
        'No trade has been closed',
        'Nothing has been logged',
      ];
      for (const hint of hints) assert.equal(await page.getByText(hint).count(), 1, hint);
      assert.deepEqual(await overflowingElements(page), []);
      assert.deepEqual(await illegibleTexts(page), []);
      const run = new ScriptedRun();
      for (const next of [...run.intro(), ...run.play(3)]) server.post(next);
      await drawn(page);
      assert.equal(await phase.count(), 0, 'while it trades there is nothing to wait for');
      assert.deepEqual(faults, []);
    },
  );
}

for (const size of SIZES) {
  test(
    `a server that goes away leaves stale figures and a word about it, and is found again, at ${size.width} px`,
    OPTIONS,
    async (t) => {
      const server = await startDashboard(t);
      const run = new ScriptedRun();
      for (const message of [...run.intro(), ...run.play(60)]) server.post(message);
      const { page } = await browser.open(size);
      await page.goto(server.dashboardUrl);
      await drawn(page);
      const equity = await page.getByTestId('equity').innerText();
      await server.close();
      await page
        .getByRole('alert')
        .getByText(/No connection: .*stale/)
        .waitFor();
      await page.getByTestId('connection').getByText('Stale').waitFor();
      assert.equal(await page.getByTestId('equity').innerText(), equity, 'the last figures stay');
      await picture(t, page, 'away');
      assert.deepEqual(await overflowingElements(page), []);
      assert.deepEqual(await illegibleTexts(page), []);
      const dashboardPort = Number(new URL(server.dashboardUrl).port);
      const second = await startServerThread(dashboardOptions({ dashboardPort }));
      t.after(() => second.close());
      const other = new ScriptedRun({ seed: 8, runId: 'demo-second-8' });
      for (const message of [...other.intro(), ...other.play(10)]) second.post(message);
      await page.getByText('demo-second-8').waitFor();
      await drawn(page);
      assert.equal(await page.getByRole('alert').count(), 0);
      assert.match(
        (await panel(page, 'Price').getByRole('img').first().getAttribute('aria-label')) ?? '',
        /: 10 candles/,
      );
    },
  );
}

test(
  'a message that cannot be read is not shown: the page says so and asks for the whole state again',
  OPTIONS,
  async (t) => {
    const run = new ScriptedRun();
    const server = await showRun(t, run, 20);
    const { page, faults } = await browser.open(DESK);
    let isHealed = false;
    await page.routeWebSocket(/\/ws$/, (socket) => {
      if (isHealed) socket.connectToServer();
      else socket.send('{"kind":"hello","version":1,"state":"none of your business"}');
    });
    await page.goto(server.dashboardUrl);
    await page
      .getByRole('alert')
      .getByText(/could not be read/)
      .waitFor();
    assert.equal(await page.getByText('demo-20250303-7').count(), 0);
    isHealed = true;
    await drawn(page);
    assert.deepEqual(faults, []);
  },
);

test('a server of another version is told apart, with a way to the page that fits', OPTIONS, async (t) => {
  const server = await showRun(t, new ScriptedRun(), 5);
  const { page } = await browser.open(DESK);
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const upstream = socket.connectToServer();
    upstream.onMessage((message) => socket.send(String(message).replace('"version":1', '"version":2')));
  });
  await page.goto(server.dashboardUrl);
  await page.getByRole('alert').getByText('speaks version 2 now').waitFor();
  assert.equal(await page.getByTestId('connection').innerText(), 'Outdated page');
});

for (const size of SIZES) {
  test(`with a token the page is locked until it has it, at ${size.width} px`, OPTIONS, async (t) => {
    const server = await startDashboard(t, { token: 'open-sesame' });
    const run = new ScriptedRun();
    for (const message of [...run.intro(), ...run.play(5)]) server.post(message);
    const { page, faults } = await browser.open(size);
    await page.goto(server.dashboardUrl);
    const field = page.getByLabel(/XYLEN_API_TOKEN/);
    await field.waitFor();
    await picture(t, page, 'locked');
    assert.equal(await page.getByText('demo-20250303-7').count(), 0, 'nothing is told before');
    assert.deepEqual(await illegibleTexts(page), []);
    await field.fill('open');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('did not accept this token').waitFor();
    await field.fill('open-sesame');
    await page.getByRole('button', { name: 'Open' }).click();
    await drawn(page);
    assert.deepEqual(faults, []);
  });
}

for (const size of SIZES) {
  test(`an open breaker and a halt stand out, at ${size.width} px`, OPTIONS, async (t) => {
    const hours = (count: number): number => count * 3_600_000_000;
    const breaker = await showRun(
      t,
      new ScriptedRun({
        risk: { consecutiveLossesMax: 2, cooldownUs: hours(40), cooldownMaxUs: hours(400) },
      }),
      400,
    );
    const { page, faults } = await browser.open(size);
    await page.goto(breaker.dashboardUrl);
    await page
      .getByTestId('breaker')
      .getByText(/No entry for another \d+ h/)
      .waitFor();
    await picture(t, page, 'breaker');
    assert.deepEqual(await illegibleTexts(page), []);
    const halted = await showRun(t, new ScriptedRun({ risk: { drawdownMax: 0.002 } }), 200);
    await page.goto(halted.dashboardUrl);
    await panel(page, 'Risk').getByText('Trading has ended until a person resumes').waitFor();
    assert.match(await panel(page, 'Risk').innerText(), /· reached/);
    assert.match(await panel(page, 'Log').innerText(), /critical|warning/);
    await picture(t, page, 'halted');
    assert.deepEqual(await overflowingElements(page), []);
    assert.deepEqual(await illegibleTexts(page), []);
    assert.deepEqual(faults, []);
  });
}

test('a run that failed says why, one that ended is no longer called live', OPTIONS, async (t) => {
  const server = await showRun(t, new ScriptedRun(), 10);
  const { page } = await browser.open(DESK);
  await page.goto(server.dashboardUrl);
  await drawn(page);
  server.post({ kind: 'phase', phase: 'ended', message: 'all data were played', progress: null });
  await page.getByTestId('connection').getByText('Run ended').waitFor();
  assert.match(await page.getByTestId('phase').innerText(), /The run has ended\s+all data were played/);
  server.post({ kind: 'phase', phase: 'failed', message: 'the disk is full', progress: null });
  await page.getByRole('alert').getByText('The run failed: the disk is full').waitFor();
});

test(
  'while the dashboard is built a page says so, and the dashboard follows by itself',
  OPTIONS,
  async (t) => {
    const { buildRoot: _, ...options } = dashboardOptions();
    const server = await startServer(options);
    t.after(() => server.close());
    const { page } = await browser.open(PHONE);
    await page.goto(server.dashboardUrl);
    await page.getByRole('heading', { name: 'Building the dashboard' }).waitFor();
    await picture(t, page, 'building');
    assert.deepEqual(await overflowingElements(page), []);
    server.setWebState({ kind: 'ready' });
    await page.getByTestId('connection').getByText('Live').waitFor();
  },
);

test('the page can be used by keyboard, and stands still for who asks for that', OPTIONS, async (t) => {
  const server = await showRun(t, new ScriptedRun(), 10);
  const { page } = await browser.open(DESK);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(server.dashboardUrl);
  await drawn(page);
  const focused = page.locator(':focus');
  await page.keyboard.press('Tab');
  assert.equal(await focused.innerText(), 'Skip to the content');
  await page.keyboard.press('Tab');
  assert.equal(await focused.innerText(), 'BTCUSDT');
  const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
  assert.equal(outline, 'solid', 'the focus can be seen');
  const moving = 'document.getAnimations().filter((a) => a.effect.getComputedTiming().duration > 1).length';
  assert.equal(await page.evaluate(moving), 0);
});
