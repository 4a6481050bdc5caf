/** The files that this program and the peers read: the recorded events where they lie beside the repository, and what is made up here. */

import { once } from 'node:events';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { REPLAY_EVENT } from '#sim';
import { PROGRAM_ROOT } from '../../src/app/host/program.ts';
import { depthMarket } from './depth-market.ts';
import { walkCandles, walkTrades } from './walk-columns.ts';

const START_US = 1_704_067_200_000_000;
/** Rows that are written at once. */
const ROWS = 20_000;
const TICK_DECIMALS = 1;
const LOT_DECIMALS = 3;

/** Returns the path of the recorded BTCUSDT depth and trades; `null` where they are absent. */
export function recordedEventsPath(): string | null {
  const path = resolve(PROGRAM_ROOT, '../shared/golden/fills/events.csv.gz');
  return existsSync(path) ? path : null;
}

/** Writes a synthetic market as a file of events. */
export async function writeDepth(folder: string, eventCount: number, seed: number): Promise<string> {
  const path = join(folder, 'synthetic-events.csv');
  const file = createWriteStream(path);
  file.write('ev,exch_ts,local_ts,side,price_ticks,qty_lots\n');
  const options = { seed, eventCount, stepMeanUs: 1_000, startUs: START_US };
  for (const { count, exchUs, kind, localUs, priceTicks, qtyLots } of depthMarket(options)) {
    let rows = '';
    for (let at = 0; at < count; at++) {
      const ev = kind[at]! === REPLAY_EVENT.bid || kind[at]! === REPLAY_EVENT.ask ? 'D' : 'T';
      const side = kind[at]! === REPLAY_EVENT.bid || kind[at]! === REPLAY_EVENT.boughtTrade ? 'B' : 'S';
      rows += `${ev},${exchUs[at]!}000,${localUs[at]!}000,${side},${priceTicks[at]!},${qtyLots[at]!}\n`;
    }
    await write(file, rows);
  }
  return await close(file, path);
}

/** Writes the candles of the bar benchmark as the peer reads them. */
export async function writeBars(folder: string, count: number, seed: number): Promise<string> {
  const path = join(folder, 'bars.csv');
  const { closeTicks, highTicks, lowTicks, openTicks, openTsUs, volumeLots } = walkCandles(count, seed);
  return await writeRows(path, 'ts_ms,open,high,low,close,volume', count, (row) => {
    const prices = [openTicks, highTicks, lowTicks, closeTicks].map((ticks) =>
      decimal(ticks[row]!, TICK_DECIMALS),
    );
    return `${openTsUs[row]! / 1_000},${prices.join(',')},${decimal(volumeLots[row]!, LOT_DECIMALS)}\n`;
  });
}

/** Writes the trades of the tick benchmark as the peer reads them. */
export async function writeTicks(folder: string, count: number, seed: number): Promise<string> {
  const path = join(folder, 'ticks.csv');
  const { priceTicks, qtyLots, takerSign, tradeId, tsVenueUs } = walkTrades(count, seed);
  return await writeRows(path, 'ts_ns,price,qty,side,id', count, (row) => {
    const price = decimal(priceTicks[row]!, TICK_DECIMALS);
    const side = takerSign[row]! > 0 ? 'B' : 'S';
    return `${tsVenueUs[row]!}000,${price},${decimal(qtyLots[row]!, LOT_DECIMALS)},${side},${tradeId[row]!}\n`;
  });
}

async function writeRows(
  path: string,
  header: string,
  count: number,
  rowOf: (row: number) => string,
): Promise<string> {
  const file = createWriteStream(path);
  file.write(`${header}\n`);
  for (let from = 0; from < count; from += ROWS) {
    let rows = '';
    for (let row = from; row < Math.min(count, from + ROWS); row++) rows += rowOf(row);
    await write(file, rows);
  }
  return await close(file, path);
}

async function write(file: WriteStream, text: string): Promise<void> {
  if (!file.write(text)) await once(file, 'drain');
}

async function close(file: WriteStream, path: string): Promise<string> {
  file.end();
  await once(file, 'close');
  return path;
}

function decimal(units: number, decimals: number): string {
  return (units / 10 ** decimals).toFixed(decimals);
}
