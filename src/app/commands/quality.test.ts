import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { QualityReport } from '#store/quality';
import type { CommandOptions } from '../../../test/support/command-run.ts';
import { runImport, runQuality } from '../../../test/support/data-commands.ts';
import { candleCsv, writeData } from '../../../test/support/history-rows.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';

const BTC = { venue: 'binance-usdm', symbol: 'BTCUSDT' };

async function reports(dataDir: string, options: CommandOptions = {}): Promise<readonly QualityReport[]> {
  const { json } = await runQuality(dataDir, { ...options, json: true });
  return (json as { readonly reports: readonly QualityReport[] }).reports;
}

test('reports on the archive: coverage, gaps with their places, by the range asked for', async (context) => {
  const dataDir = tempDir(context);
  const early = writeData(dataDir, 'a.csv', candleCsv(100));
  const late = writeData(dataDir, 'b.csv', candleCsv(100, { first: 150 }));
  await runImport(dataDir, [early, late], { ...BTC, kind: 'candles' });
  const [report] = await reports(dataDir, BTC);
  assert.deepEqual(report?.coverage, {
    from: '2024-01-01T00:00:00.000Z',
    to: '2024-01-01T20:50:00.000Z',
    rows: 200,
    rowsExpected: 250,
    coveragePct: 80,
  });
  assert.equal(report?.counts.gap, 1);
  assert.match(
    report?.findings.find(({ check }) => check === 'gap')?.text ?? '',
    /50 bars missing \(4 h 10 min\), 2024-01-01T08:20:00\.000Z to 2024-01-01T12:30:00\.000Z/,
  );
  assert.equal((await reports(dataDir, { ...BTC, to: '2024-01-01T08:00' }))[0]?.counts.gap, undefined);
  const { lines, exitCode } = await runQuality(dataDir, BTC);
  assert.equal(exitCode, 0);
  assert.match(
    lines.join('\n'),
    /binance-usdm BTCUSDT candles 5m.*200 rows of 250 \(80\.00 %\).*gap \(warning\): 1/s,
  );
});

test('finds an archived file whose bytes changed, and ends with 1', async (context) => {
  const dataDir = tempDir(context);
  await runImport(dataDir, [writeData(dataDir, 'a.csv', candleCsv(100))], { ...BTC, kind: 'candles' });
  const folder = join(dataDir, 'archive', 'binance-usdm', 'BTCUSDT', 'candles', '5m');
  const [name = ''] = readdirSync(folder);
  const bytes = readFileSync(join(folder, name));
  bytes[300]! ^= 1;
  writeFileSync(join(folder, name), bytes);
  const { exitCode, lines } = await runQuality(dataDir, {});
  assert.equal(exitCode, 1);
  assert.match(lines.join('\n'), /integrity \(error\): 1\n.*2024-01\.parquet/);
});

test('reports on files that cannot be imported: every damaged line, and what the rest is worth', async (context) => {
  const dataDir = tempDir(context);
  const lines = candleCsv(60).trimEnd().split('\n');
  lines[10] = `${lines[10]},1`;
  lines[20] = lines[19] ?? '';
  lines[30] = (lines[30] ?? '').replace(/,[\d.]+$/, ',-1');
  const path = writeData(dataDir, 'x.csv', `${lines.join('\n')}\n17040`);
  const [report] = await reports(dataDir, { file: [path] });
  assert.deepEqual(report?.counts, { damaged_row: 2, duplicate: 1, bad_price: 1, gap: 3 });
  const places = report?.findings
    .filter(({ tsUs }) => tsUs === null)
    .map(({ text }) => text.slice(path.length + 1).split(':')[0]);
  assert.deepEqual(places, ['11', '62', '21', '31']);
});

test('says what the archive has when asked for what it has not', async (context) => {
  const dataDir = tempDir(context);
  await assert.rejects(runQuality(dataDir, {}), { code: 'XY_DATA_INSUFFICIENT', message: /it has: nothing/ });
  await assert.rejects(runQuality(dataDir, { from: 'yesterday' }), { code: 'XY_USAGE' });
  await assert.rejects(runQuality(dataDir, { kind: 'candle' }), { code: 'XY_USAGE' });
});

test('holds bars against coarser ones of the archive', async (context) => {
  const dataDir = tempDir(context);
  const rows = candleCsv(30)
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const coarse = Array.from({ length: 10 }, (_, i) => {
    const three = rows.slice(3 * i, 3 * i + 3);
    const [first = [], last = []] = [three[0], three[2]];
    const volume = three.reduce((sum, row) => sum + (row[5] ?? 0), 0) + (i === 4 ? 1 : 0);
    return [
      first[0],
      first[1],
      Math.max(...three.map((row) => row[2] ?? 0)),
      Math.min(...three.map((row) => row[3] ?? 0)),
      last[4],
      volume.toFixed(3),
    ].join();
  });
  const header = 'ts_ms,open,high,low,close,volume\n';
  await runImport(
    dataDir,
    [
      writeData(dataDir, 'a.csv', candleCsv(30)),
      writeData(dataDir, 'b.csv', `${header}${coarse.join('\n')}\n`),
    ],
    { ...BTC, kind: 'candles' },
  );
  const [report] = await reports(dataDir, { ...BTC, timeframe: '5m' });
  assert.equal(report?.statistics.comparedWith_15m, 10);
  assert.match(
    report?.findings.find(({ check }) => check === 'coarser_bar')?.text ?? '',
    /5m and 15m bars disagree at 2024-01-01T01:00:00\.000Z: volume/,
  );
  assert.equal(report?.counts.coarser_bar, 1);
});
