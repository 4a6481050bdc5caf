import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { US_PER_DAY, US_PER_MINUTE, XylenError } from '#core';
import { FileHistory } from '#store/files';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { historyData, type TrainingQuery } from './training-data.ts';

const START_MS = Date.UTC(2024, 0, 1);

/** Writes bars of `minutes` for two days. */
function candleFile(folder: string, symbol: string, minutes: number): string {
  const lines = ['ts_ms,open,high,low,close,volume'];
  for (let bar = 0; bar < (2 * 24 * 60) / minutes; bar++) {
    lines.push(`${START_MS + bar * minutes * 60_000},100.5,101,100,100.25,${1 + (bar % 3)}`);
  }
  const path = join(folder, `${symbol}_${minutes}m.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const QUERY: TrainingQuery = {
  venue: 'binance-usdm',
  symbols: ['AAAUSDT'],
  fromUs: null,
  toUs: null,
  decisionUs: 15 * US_PER_MINUTE,
};

function open(paths: readonly string[], symbols: readonly string[]) {
  return FileHistory.open(paths, { venue: 'binance-usdm', symbols });
}

test('of several candle sets the finest that divides the decision timeframe is taken, within the range', async (t) => {
  const folder = tempDir(t);
  const paths = [30, 15, 5].map((minutes) => candleFile(folder, 'AAAUSDT', minutes));
  const history = await open(paths, ['AAAUSDT']);
  const fromUs = START_MS * 1_000 + US_PER_DAY;
  const { dataHash, feeds } = await historyData(history, { ...QUERY, fromUs });
  assert.deepEqual([feeds[0]?.timeframeUs, feeds[0]?.barCountMax], [5 * US_PER_MINUTE, 288]);
  let bars = 0;
  for await (const chunk of feeds[0]!.open()) bars += chunk.rowCount;
  assert.equal(bars, 288);
  assert.match(dataHash, /^[0-9a-f]{64}$/);
  assert.notEqual((await historyData(history, QUERY)).dataHash, dataHash);
  await history.close();
});

test('coarser candles than the decision timeframe are taken as they are', async (t) => {
  const history = await open([candleFile(tempDir(t), 'AAAUSDT', 30)], ['AAAUSDT']);
  const { feeds } = await historyData(history, QUERY);
  assert.equal(feeds[0]?.timeframeUs, 30 * US_PER_MINUTE);
  await history.close();
});

test('a symbol without candles, and symbols of different lengths, are refused', async (t) => {
  const folder = tempDir(t);
  const symbols = ['AAAUSDT', 'BBBUSDT'];
  const history = await open([candleFile(folder, 'AAAUSDT', 5), candleFile(folder, 'BBBUSDT', 15)], symbols);
  const refused = (query: TrainingQuery, expected: RegExp): Promise<void> =>
    assert.rejects(
      historyData(history, query),
      (thrown: unknown) =>
        thrown instanceof XylenError &&
        thrown.code === 'XY_DATA_INSUFFICIENT' &&
        expected.test(thrown.message),
    );
  await refused({ ...QUERY, symbols: ['CCCUSDT'] }, /candles of binance-usdm CCCUSDT .* there is/);
  await refused({ ...QUERY, symbols }, /one length, found AAAUSDT 5m, BBBUSDT 15m/);
  await history.close();
});
