import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_DAY, US_PER_HOUR } from '#core';
import type { EngineSummary } from '#engine';
import { buildReport, monthReturns, type ReportInput, thin } from './report.ts';
import { escapeHtml, reportHtml } from './report-html.ts';

const DAY0 = 1_704_067_200_000_000; // 2024-01-01

const SUMMARY: EngineSummary = {
  events: 10,
  snapshots: 5,
  predictions: 5,
  decisions: 5,
  orders: 2,
  fills: 2,
  trades: 1,
  tradesClosed: 1,
  rejected: { expected_value_below_cost: 3, '<script>': 1 },
  equityStartAtoms: 1_000_000_000_000n,
  equityEndAtoms: 1_010_000_000_000n,
  closedPnlAtoms: 10_000_000_000n,
  openPnlAtoms: 0n,
  feesAtoms: 500_000_000n,
  adjustmentsAtoms: 0n,
  fundingAtoms: -100_000_000n,
  atomDecimals: 8,
  buyAndHoldPct: 3,
  barsMissing: 0,
  performance: {
    equityStart: 10_000,
    equityEnd: 10_100,
    totalReturn: 0.01,
    annualisedReturn: null,
    annualisedVolatility: null,
    sharpe: null,
    sortino: null,
    calmar: null,
    probabilisticSharpe: null,
    maxDrawdown: 0.02,
    maxDrawdownDurationUs: 0,
    dayCount: 1,
    tradeCount: 1,
    winRate: 1,
    profitFactor: null,
    expectancy: 100,
    turnover: 0.5,
    exposureTime: 0.1,
    durationUs: US_PER_DAY,
  },
};

function input(changes: Partial<ReportInput> = {}): ReportInput {
  const equity = [0, 10, 20, 31, 45].map((day, i) => ({
    tsUs: DAY0 + day * US_PER_DAY,
    equity: 10_000 + i * 25,
  }));
  return {
    title: 'Back-test of <b>me</b>',
    isSynthetic: true,
    currency: 'USDT',
    manifest: { seed: 7, note: '</script>' },
    runHash: 'abc',
    summary: SUMMARY,
    hasFundingData: true,
    fundingMissing: ['ETHUSDT: no funding data'],
    assumptions: [{ key: 'fees', value: '5 bps', text: 'taker & maker' }],
    equity,
    benchmark: equity.map((_, i) => (i === 0 ? null : 1 + i / 100)),
    trades: [
      {
        tradeId: 1,
        symbol: 'BTC"USDT',
        strategy: 's',
        side: 'LONG',
        status: 'CLOSED',
        entryTime: DAY0,
        exitTime: DAY0 + US_PER_HOUR,
        entryPrice: 100,
        exitPrice: 101,
        quantity: 1,
        pnl: 100,
        pnlPercent: 1,
        fees: 5,
        funding: -1,
      },
    ],
    ...changes,
  };
}

test('months count from their first observation, midnight belongs to the day that ends', () => {
  const points = [
    { tsUs: DAY0 + US_PER_HOUR, equity: 105 },
    { tsUs: DAY0 + 31 * US_PER_DAY, equity: 110 },
    { tsUs: DAY0 + 40 * US_PER_DAY, equity: 99 },
  ];
  const months = monthReturns(points, 100);
  assert.deepEqual(
    months.map(({ month, returnPct }) => [month, Math.round(returnPct * 1e9) / 1e9]),
    [
      ['2024-01', 10],
      ['2024-02', -10],
    ],
  );
  assert.deepEqual(monthReturns([], 100), []);
});

test('costs are told apart and add up', () => {
  const { costs } = buildReport(input());
  assert.equal(costs.netPnl, 100);
  assert.equal(costs.fees, 5);
  assert.equal(costs.funding, -1);
  assert.equal(costs.grossPnl, costs.netPnl + costs.fees + 1);
  assert.equal(buildReport(input({ hasFundingData: false })).costs.funding, null);
});

test('drawdown is the fall below the highest equity so far, the start included', () => {
  const equity = [9_000, 12_000, 9_000, 13_000].map((value, i) => ({ tsUs: DAY0 + i, equity: value }));
  const { drawdown } = buildReport(input({ equity, benchmark: [] }));
  assert.deepEqual(
    drawdown.map((fall) => Number(fall.toFixed(9))),
    [0.1, 0, 0.25, 0],
  );
});

test('thinning keeps the last point and at most what is asked for', () => {
  const equity = Array.from({ length: 10_000 }, (_, i) => ({ tsUs: DAY0 + i * US_PER_HOUR, equity: i }));
  const kept = thin(equity, 100);
  assert.ok(kept.length <= 101);
  assert.equal(kept.at(-1), 9_999);
});

test('the page escapes whatever it shows and runs nothing', () => {
  const html = reportHtml(buildReport(input()));
  assert.ok(!html.includes('<script'), 'no script element');
  assert.ok(html.includes('&lt;script&gt;'));
  assert.ok(html.includes('Back-test of &lt;b&gt;me&lt;/b&gt;'));
  assert.ok(html.includes('BTC&quot;USDT'));
  assert.ok(!/(?:src|href)=/.test(html), 'nothing is loaded');
  assert.equal(escapeHtml(`<&>"'`), '&lt;&amp;&gt;&quot;&#39;');
});

test('the page says what is synthetic, simulated, assumed and paid', () => {
  const html = reportHtml(buildReport(input()));
  for (const text of [
    'SYNTHETIC MARKET',
    'SIMULATED FILLS',
    'Assumptions',
    'taker &amp; maker',
    'Funding',
    'abc',
    'net of all costs',
  ]) {
    assert.ok(html.includes(text), text);
  }
  const real = reportHtml(buildReport(input({ isSynthetic: false, hasFundingData: false })));
  assert.ok(!real.includes('SYNTHETIC MARKET'));
  assert.ok(real.includes('no funding data given'));
});

test('an empty run still makes a page', () => {
  const html = reportHtml(
    buildReport(input({ equity: [], benchmark: [], trades: [], summary: { ...SUMMARY, rejected: {} } })),
  );
  assert.ok(html.includes('Not enough data for a chart'));
  assert.ok(html.includes('No trade was made'));
});

test('what followed the fills is shown with its sample and interval, and not at all where nothing was filled', () => {
  const row = {
    group: 'maker',
    horizonUs: 1_000_000,
    fills: 12,
    measured: 11,
    meanBps: 1.5,
    lowBps: 0.25,
    highBps: 2.75,
  } as const;
  const none = {
    ...row,
    group: 'taker',
    fills: 0,
    measured: 0,
    meanBps: null,
    lowBps: null,
    highBps: null,
  } as const;
  const page = reportHtml(buildReport(input({ markouts: [row, none] })));
  assert.match(page, /After the fills/);
  assert.match(
    page,
    /<td>Makers<\/td><td>1s<\/td><td>12<\/td><td>11<\/td><td>1\.500<\/td><td>0\.250 to 2\.750<\/td>/,
  );
  assert.doesNotMatch(page, /<td>Takers<\/td>/);
  for (const markouts of [[none], []])
    assert.doesNotMatch(reportHtml(buildReport(input({ markouts }))), /After the fills/);
});
