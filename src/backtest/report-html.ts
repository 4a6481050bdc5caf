/** The HTML face of a report: one self-contained page, readable on paper and on a phone, without scripts or requests. */
import { formatDurationUs, formatIso, POW10, US_PER_DAY } from '#core';
import { type MarkoutGroup, TOXIC_QUEUE_ABOVE } from '#sim';
import { type Report, type ReportTrade, thin } from './report.ts';
import { lineChart } from './svg-chart.ts';

const CHART_POINTS_MAX = 1_500;
const TRADES_SHOWN_MAX = 200;

const STYLE = `
:root{color-scheme:dark}*{box-sizing:border-box}
body{margin:0;background:#000;color:#eee;font:15px/1.5 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:24px 16px 64px}
header{background:linear-gradient(90deg,#5C0000,#8B0000);padding:20px 16px}header div{max-width:1080px;margin:0 auto}
h1{font-size:22px;margin:0}h2{font-size:17px;margin:32px 0 8px;border-bottom:1px solid #5C0000;padding-bottom:4px}
.badge{display:inline-block;border:1px solid #fff;border-radius:4px;padding:0 8px;font-size:13px;margin-right:8px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}
th,td{padding:4px 8px;text-align:right;border-bottom:1px solid #2a2a2a}th:first-child,td:first-child{text-align:left}
th{color:#bbb;font-weight:600}.wide{overflow-x:auto}.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:8px}
.card{background:#111;border:1px solid #2a2a2a;border-radius:6px;padding:8px 12px}.card b{display:block;font-size:18px}
.card>span{color:#bbb;font-size:13px}svg{width:100%;height:auto;background:#0a0a0a;border:1px solid #2a2a2a;border-radius:6px}
.grid{stroke:#222}.tick{fill:#aaa;font-size:11px}.legend span{margin-right:16px;color:#ccc;font-size:13px}
.legend i{display:inline-block;width:12px;height:3px;margin-right:6px;vertical-align:middle}
.up{color:#7fd48a}.down{color:#ff8a80}.empty,.note{color:#bbb}code{color:#ffb4ab;overflow-wrap:anywhere}
@media print{:root{color-scheme:light}body{background:#fff;color:#000}.card,svg{background:#fff}}`;

/** Renders the report as an HTML document. */
export function reportHtml(report: Report): string {
  const { title, isSynthetic } = report;
  const badge = isSynthetic ? '<span class="badge">SYNTHETIC MARKET</span>' : '';
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>`,
    `<header><div><h1>${escapeHtml(title)}</h1><p>${badge}<span class="badge">SIMULATED FILLS</span>${period(report)}</p></div></header>`,
    `<main>${cards(report)}${charts(report)}${months(report)}${costs(report)}${activity(report)}`,
    `${assumptions(report)}${afterFills(report)}${trades(report)}${provenance(report)}</main></body></html>\n`,
  ].join('\n');
}

/** Makes text safe inside HTML, attributes included. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (char) => entities[char]!);
}

function period({ equity }: Report): string {
  const first = equity[0];
  const last = equity.at(-1);
  if (first === undefined || last === undefined) return 'no observation';
  const days = ((last.tsUs - first.tsUs) / US_PER_DAY).toFixed(1);
  return `${formatIso(first.tsUs).slice(0, 16)}Z to ${formatIso(last.tsUs).slice(0, 16)}Z, ${days} days`;
}

function cards({ summary, currency, costs: cost }: Report): string {
  const { performance } = summary;
  const ratio = (value: number | null): string => (value === null ? 'n/a' : value.toFixed(2));
  const entries: readonly (readonly [string, string])[] = [
    ['Net return', signedPct(performance.totalReturn * 100)],
    ['Buy and hold (no costs)', summary.buyAndHoldPct === null ? 'n/a' : signedPct(summary.buyAndHoldPct)],
    [`Net P&amp;L, ${escapeHtml(currency)}`, signed(cost.netPnl)],
    [`Fees, ${escapeHtml(currency)}`, cost.fees.toFixed(2)],
    [`Funding, ${escapeHtml(currency)}`, cost.funding === null ? 'no data' : signed(cost.funding)],
    ['Max drawdown', `${(performance.maxDrawdown * 100).toFixed(2)} %`],
    ['Sharpe (daily, x sqrt 365)', ratio(performance.sharpe)],
    ['Sortino', ratio(performance.sortino)],
    ['Trades closed', String(summary.tradesClosed)],
    ['Win rate', performance.winRate === null ? 'n/a' : `${(performance.winRate * 100).toFixed(1)} %`],
    ['Profit factor', ratio(performance.profitFactor)],
    [
      'Time in the market',
      performance.exposureTime === null ? 'n/a' : `${(performance.exposureTime * 100).toFixed(1)} %`,
    ],
  ];
  const items = entries.map(([name, value]) => `<div class="card"><span>${name}</span><b>${value}</b></div>`);
  return `<h2>Result, net of all costs</h2><div class="cards">${items.join('')}</div>`;
}

function charts({ equity, benchmark, drawdown, currency, summary }: Report): string {
  const index = thin(equity, CHART_POINTS_MAX);
  const times = index.map((i) => equity[i]!.tsUs);
  const start = Number(summary.equityStartAtoms) / POW10[summary.atomDecimals]!;
  const formatTime = (tsUs: number): string => formatIso(Math.round(tsUs)).slice(0, 10);
  const size = { width: 1040, formatTime };
  const money = lineChart(
    times,
    [
      { name: 'Equity, net', color: '#ff8a80', values: index.map((i) => equity[i]!.equity) },
      {
        name: 'Buy and hold, without costs',
        color: '#9e9e9e',
        values: index.map((i) =>
          benchmark[i] === null || benchmark[i] === undefined ? null : start * benchmark[i]!,
        ),
      },
    ],
    { ...size, title: 'Equity', height: 320, formatValue: (value) => value.toFixed(0) },
  );
  const fall = lineChart(
    times,
    [{ name: 'Drawdown', color: '#c62828', values: index.map((i) => -drawdown[i]! * 100), isArea: true }],
    { ...size, title: 'Drawdown', height: 180, formatValue: (value) => `${value.toFixed(1)}%` },
  );
  return `<h2>Equity, ${escapeHtml(currency)}</h2>${money}<h2>Drawdown</h2>${fall}`;
}

function months({ months: rows }: Report): string {
  if (rows.length === 0) return '';
  const years = [...new Set(rows.map(({ month }) => month.slice(0, 4)))];
  const names = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'];
  const byMonth = new Map(rows.map(({ month, returnPct }) => [month, returnPct]));
  const body = years.map((year) => {
    const cells = names.map((name) => {
      const value = byMonth.get(`${year}-${name}`);
      return value === undefined ? '<td></td>' : `<td>${signedPct(value)}</td>`;
    });
    return `<tr><td>${year}</td>${cells.join('')}</tr>`;
  });
  const head = names.map((name) => `<th>${name}</th>`).join('');
  return `<h2>Months, net</h2><div class="wide"><table><tr><th>Year</th>${head}</tr>${body.join('')}</table></div>`;
}

function costs({ costs: cost, currency, fundingMissing, hasFundingData }: Report): string {
  const rows: readonly (readonly [string, string])[] = [
    ['P&amp;L before fees and funding', signed(cost.grossPnl)],
    ['Fees', signed(-cost.fees)],
    ['Funding (received - paid)', hasFundingData ? signed(cost.funding ?? 0) : 'no funding data given'],
    ['Net P&amp;L', signed(cost.netPnl)],
  ];
  const body = rows.map(([name, value]) => `<tr><td>${name}</td><td>${value}</td></tr>`).join('');
  const inside =
    'Spread and slippage are inside the fill prices and therefore inside the P&amp;L before fees.';
  const note = [inside, ...fundingMissing.map((missing) => `${escapeHtml(missing)}.`)].join(' ');
  return `<h2>Costs, ${escapeHtml(currency)}</h2><table>${body}</table><p class="note">${note}</p>`;
}

function activity({ summary }: Report): string {
  const counts: readonly (readonly [string, number])[] = [
    ['Events', summary.events],
    ['Snapshots', summary.snapshots],
    ['Predictions', summary.predictions],
    ['Decisions', summary.decisions],
    ['Orders', summary.orders],
    ['Fills', summary.fills],
    ['Round trips', summary.trades],
    ['Bars missing in the data', summary.barsMissing],
  ];
  const rows = counts.map(([name, count]) => `<tr><td>${name}</td><td>${count}</td></tr>`).join('');
  const reasons = Object.entries(summary.rejected)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `<tr><td><code>${escapeHtml(code)}</code></td><td>${count}</td></tr>`);
  const refused =
    reasons.length === 0 ? '' : `<h2>Why nothing was done</h2><table>${reasons.join('')}</table>`;
  return `<h2>Activity</h2><table>${rows}</table>${refused}`;
}

function assumptions({ assumptions: rows }: Report): string {
  const body = rows.map(
    ({ key, value, text }) =>
      `<tr><td>${escapeHtml(key)}</td><td>${escapeHtml(value)}</td><td style="text-align:left">${escapeHtml(text)}</td></tr>`,
  );
  return `<h2>Assumptions</h2><div class="wide"><table>${body.join('')}</table></div>`;
}

const GROUP_NAMES: Readonly<Record<MarkoutGroup, string>> = {
  maker: 'Makers',
  taker: 'Takers',
  'maker-likely-toxic': `Makers behind more than ${TOXIC_QUEUE_ABOVE} orders (likely toxic)`,
  'maker-other': 'Other makers',
};

/** What followed the fills; nothing where no fill could be followed, as on candles. */
function afterFills({ markouts = [] }: Report): string {
  const rows = markouts.filter(({ fills }) => fills > 0);
  if (rows.length === 0) return '';
  const bps = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
  const body = rows.map(({ fills, group, highBps, horizonUs, lowBps, meanBps, measured }) => {
    const within = lowBps === null ? '-' : `${bps(lowBps)} to ${bps(highBps)}`;
    const cells = [GROUP_NAMES[group], formatDurationUs(horizonUs), fills, measured, bps(meanBps), within];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const head = ['Fills of', 'After', 'Fills', 'Measured', 'Against, bps', '95 % within'];
  const note =
    'Mean move of the mid price against the fill. Neighbouring fills are not independent, so the intervals are rather too narrow.';
  return `<h2>After the fills</h2><div class="wide"><table><tr>${head.map((name) => `<th>${name}</th>`).join('')}</tr>${body.join('')}</table></div><p class="note">${note}</p>`;
}

function trades({ trades: all }: Report): string {
  if (all.length === 0) return '<h2>Trades</h2><p class="empty">No trade was made.</p>';
  const shown = all.slice(-TRADES_SHOWN_MAX);
  const head = [
    'Entry (UTC)',
    'Symbol',
    'Side',
    'Entry',
    'Exit',
    'Quantity',
    'Fees',
    'Funding',
    'Net P&amp;L',
    'Net %',
    'Held',
    'Status',
  ];
  const note =
    shown.length < all.length
      ? `<p class="note">The last ${shown.length} of ${all.length}; all are in the CSV file.</p>`
      : '';
  const rows = shown.map(tradeRowHtml).join('');
  return `<h2>Trades</h2>${note}<div class="wide"><table><tr>${head.map((name) => `<th>${name}</th>`).join('')}</tr>${rows}</table></div>`;
}

function tradeRowHtml(trade: ReportTrade): string {
  const held =
    trade.exitTime === null
      ? ''
      : formatDurationUs(Math.round((trade.exitTime - trade.entryTime) / 1e6) * 1e6);
  const cells = [
    formatIso(trade.entryTime).slice(0, 16),
    escapeHtml(trade.symbol),
    trade.side,
    String(trade.entryPrice),
    trade.exitPrice === null ? '' : String(Number(trade.exitPrice.toPrecision(10))),
    String(trade.quantity),
    trade.fees.toFixed(2),
    trade.funding.toFixed(2),
    signed(trade.pnl),
    signedPct(trade.pnlPercent),
    held,
    trade.status,
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function provenance({ manifest, runHash }: Report): string {
  const json = escapeHtml(JSON.stringify(manifest, null, 2));
  return `<h2>Provenance</h2><p class="note">Run hash <code>${runHash}</code></p><pre class="wide"><code>${json}</code></pre>`;
}

function signed(value: number): string {
  const text = `${value >= 0 ? '+' : ''}${value.toFixed(2)}`;
  return `<span class="${value >= 0 ? 'up' : 'down'}">${text}</span>`;
}

function signedPct(value: number): string {
  const text = `${value >= 0 ? '+' : ''}${value.toFixed(2)} %`;
  return `<span class="${value >= 0 ? 'up' : 'down'}">${text}</span>`;
}
