/** Every order of the reference fills on recorded BTCUSDT data is met: quantity, price, status, both times (M44 to M56). */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { FillReplay, type QueueModel, queueModelOf, type ReplayChunk } from '#sim';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import { readEvents } from './event-file.ts';
import { compareFills } from './fills-file.ts';
import { readSchedule } from './order-file.ts';
import { runFills } from './run-fills.ts';

const FOLDER = sharedPath('golden', 'fills');
const NAME = /^fills_(.+?)_(\d+ms(?:_\d+ms)?)_no_partial\.csv$/;
const LOT_SIZE = '0.001';
/** Value of one tick x one lot in quote currency, and the fees of the reference. */
const TICK_LOT = 0.1 * 0.001;
const FEES = { maker: 0.0002, taker: 0.0005 };

interface Reference {
  readonly file: string;
  readonly queue: string;
  /** As in the summary. */
  readonly latency: string;
  readonly entryUs: number;
  readonly responseUs: number;
}

const references: readonly Reference[] = skipWithoutShared
  ? []
  : readdirSync(FOLDER).flatMap((file) => {
      const [, queue, latency] = NAME.exec(file) ?? [];
      if (queue === undefined || latency === undefined) return [];
      const [entryUs = 0, responseUs = entryUs] = latency
        .split('_')
        .map((text) => Number.parseInt(text, 10) * 1000);
      return [{ file, queue, latency, entryUs, responseUs }];
    });

const reading = { signal: new AbortController().signal };
const chunks: ReplayChunk[] = [];
let lastLocalUs = 0;

before(async () => {
  if (skipWithoutShared) return;
  const onChunk = ({ count, exchUs, kind, priceTicks, qtyLots }: ReplayChunk): void => {
    chunks.push({
      count,
      kind: kind.slice(0, count),
      exchUs: exchUs.slice(0, count),
      priceTicks: priceTicks.slice(0, count),
      qtyLots: qtyLots.slice(0, count),
    });
  };
  ({ lastLocalUs } = await readEvents(join(FOLDER, 'events.csv.gz'), onChunk, reading));
});

function modelOf(name: string): QueueModel {
  const queue = queueModelOf(name, { lotUnit: Number(LOT_SIZE) });
  assert.ok(queue !== undefined, name);
  return queue;
}

test('there are fifteen references', { skip: skipWithoutShared }, () => {
  assert.equal(references.length, 15);
});

for (const { entryUs, file, queue, responseUs } of references) {
  test(`meets ${file} order by order`, { skip: skipWithoutShared }, async () => {
    const { ids, orders } = await readSchedule(join(FOLDER, 'orders.csv'), reading);
    const options = { exchange: 'no-partial', entryUs, responseUs, orders } as const;
    const replay = new FillReplay({ queue: modelOf(queue), ...options });
    for (const chunk of chunks) replay.play(chunk);
    replay.finish(lastLocalUs);
    const differences = await compareFills(join(FOLDER, file), { ids, orders: replay.orders }, reading);
    assert.deepEqual(differences, []);
    assert.equal(ids.length, 2118);
  });
}

test('writes the reference, and its totals are those of the summary', {
  skip: skipWithoutShared,
}, async (context) => {
  const [reference] = references.filter(
    ({ latency, queue }) => latency === '75ms_40ms' && queue === 'log_prob',
  );
  assert.ok(reference !== undefined);
  const { entryUs, file, latency, queue, responseUs } = reference;
  const outPath = join(tempDir(context), 'fills.csv');
  const files = {
    eventsPath: join(FOLDER, 'events.csv.gz'),
    ordersPath: join(FOLDER, 'orders.csv'),
    outPath,
    comparePath: join(FOLDER, file),
  };
  const wish = { ...files, queue: modelOf(queue), lotSize: LOT_SIZE, entryUs, responseUs };
  const { differences, statuses, totals } = await runFills({ ...wish, exchange: 'no-partial' }, reading);
  assert.deepEqual(differences, []);
  assert.equal(readFileSync(outPath, 'utf8'), readFileSync(join(FOLDER, file), 'utf8').replaceAll('\r', ''));
  const row = summaryOf(queue, latency);
  assert.deepEqual([statuses.filled, totals.fills], [Number(row.filled_orders), Number(row.fills)]);
  close(totals.volumeLots * Number(LOT_SIZE), row.volume_base, 1e-9);
  close(totals.positionLots * Number(LOT_SIZE), row.position_base, 1e-9);
  const { cashValue, makerValue, takerValue } = totals;
  const fees = (Number(makerValue) * FEES.maker + Number(takerValue) * FEES.taker) * TICK_LOT;
  close(fees, row.fee_quote, 1e-5);
  close(Number(cashValue) * TICK_LOT, row.balance_quote, 1e-3);
});

function summaryOf(queue: string, latency: string): Readonly<Record<string, string>> {
  const [header = '', ...lines] = readFileSync(join(FOLDER, 'summary.csv'), 'utf8').trim().split(/\r?\n/);
  const names = header.split(',');
  const rows = lines.map((line) =>
    Object.fromEntries(line.split(',').map((value, at) => [names[at] ?? '', value])),
  );
  const row = rows.find((found) => found.queue === queue && found.latency === latency);
  assert.ok(row !== undefined, 'the summary has it');
  return row;
}

function close(found: number, expected: string | undefined, tolerance: number): void {
  assert.ok(Math.abs(found - Number(expected)) <= tolerance, `expected ${expected}, found ${found}`);
}
