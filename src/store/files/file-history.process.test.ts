import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { BookEvent } from '#domain';
import type { MarketHistory } from '#store';
import { candleCsv, FIVE_MINUTES_US, NEW_YEAR_US, writeData } from '../../../test/support/history-rows.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { FileHistory } from './file-history.ts';

const VENUE = 'binance-usdm';

async function opens(
  history: MarketHistory,
  symbol: string,
  range: { fromUs?: number; toUs?: number } = {},
): Promise<number[]> {
  const found: number[] = [];
  for await (const { rowCount, openTsUs } of history.candles({ venue: VENUE, symbol, ...range })) {
    assert.ok(rowCount <= 8_192);
    found.push(...openTsUs.subarray(0, rowCount));
  }
  return found;
}

test('gives candles in ticks and lots of the instrument it infers', async (context) => {
  const path = writeData(tempDir(context), 'x.csv.gz', candleCsv(20_000));
  const history = await FileHistory.open([path], { venue: VENUE, symbols: ['BTCUSDT'] });
  const [info] = history.infos;
  assert.deepEqual(
    [
      info?.kind,
      info?.timeframeUs,
      info?.rowCount,
      info?.fromUs,
      info?.toUs,
      info?.priceDecimals,
      info?.qtyDecimals,
    ],
    ['candles', FIVE_MINUTES_US, 20_000, NEW_YEAR_US, NEW_YEAR_US + 20_000 * FIVE_MINUTES_US, 1, 3],
  );
  const spec = history.instrumentSpec(VENUE, 'BTCUSDT');
  assert.deepEqual([spec.tickSize, spec.lotSize, spec.rulesFrom], ['0.1', '0.001', 'inferred']);
  for await (const { closeTicks, volumeLots } of history.candles({ venue: VENUE, symbol: 'BTCUSDT' })) {
    assert.deepEqual([closeTicks[1], volumeLots[1]], [1_011, 2_001]);
    break;
  }
  assert.equal((await opens(history, 'BTCUSDT')).length, 20_000);
  await history.close();
});

test('selects bars by their open time, from the first moment up to the last', async (context) => {
  const path = writeData(tempDir(context), 'x.csv', candleCsv(10));
  const history = await FileHistory.open([path], { venue: VENUE, symbols: ['BTCUSDT'] });
  const at = (bar: number): number => NEW_YEAR_US + bar * FIVE_MINUTES_US;
  assert.deepEqual(await opens(history, 'BTCUSDT', { fromUs: at(3), toUs: at(6) }), [at(3), at(4), at(5)]);
  assert.deepEqual(await opens(history, 'BTCUSDT', { fromUs: at(8) + 1 }), [at(9)]);
  assert.deepEqual(await opens(history, 'BTCUSDT', { toUs: at(0) }), []);
});

test('merges files that overlap and counts what they share once; files that disagree are refused when opened', async (context) => {
  const folder = tempDir(context);
  const a = writeData(folder, 'a.csv', candleCsv(100));
  const b = writeData(folder, 'b.csv', candleCsv(100, { first: 50 }));
  const history = await FileHistory.open([b, a], { venue: VENUE, symbols: ['BTCUSDT'] });
  assert.equal(history.infos[0]?.rowCount, 150);
  assert.equal((await opens(history, 'BTCUSDT')).length, 150);
  const c = writeData(folder, 'c.csv', candleCsv(100, { first: 50, seed: 2 }));
  await assert.rejects(FileHistory.open([a, c], { venue: VENUE, symbols: ['BTCUSDT'] }), {
    code: 'XY_IMPORT_CONFLICT',
  });
});

test('maps files to symbols by their names or as told, and asks when it is not clear', async (context) => {
  const folder = tempDir(context);
  const btc = writeData(folder, 'btcusdt_5m.csv', candleCsv(10));
  const eth = writeData(folder, 'ETH-USDT-5m.csv', candleCsv(20));
  const plain = writeData(folder, 'data.csv', candleCsv(30));
  const both = writeData(folder, 'BTCUSDT_ETHUSDT.csv', candleCsv(5));
  const symbols = ['BTCUSDT', 'ETHUSDT'];
  const counts = async (paths: readonly string[]): Promise<number[]> =>
    (await FileHistory.open(paths, { venue: VENUE, symbols })).infos.map(({ rowCount }) => rowCount);
  assert.deepEqual(await counts([btc, eth]), [10, 20]);
  assert.deepEqual(await counts([btc, `ETHUSDT=${plain}`]), [10, 30]);
  await assert.rejects(
    counts([btc, eth, plain]),
    /data\.csv: of which of BTCUSDT, ETHUSDT is it\? its name names none/,
  );
  await assert.rejects(counts([btc, eth, both]), /its name names BTCUSDT and ETHUSDT; write SYMBOL=PATH/);
  await assert.rejects(counts([btc]), { code: 'XY_DATA_INSUFFICIENT', message: /no file of ETHUSDT/ });
  mkdirSync(join(folder, 'sub'));
  writeData(join(folder, 'sub'), 'BTCUSDT_notes.csv', 'some,notes\n1,2\n');
  writeData(join(folder, 'sub'), 'BTCUSDT.csv', candleCsv(40));
  writeData(join(folder, 'sub'), 'SOLUSDT.csv', candleCsv(50));
  const skipped: string[] = [];
  const history = await FileHistory.open([join(folder, 'sub')], {
    venue: VENUE,
    symbols: ['BTCUSDT'],
    onSkipped: (path) => skipped.push(path),
  });
  assert.deepEqual(
    history.infos.map(({ rowCount }) => rowCount),
    [40],
  );
  assert.deepEqual(skipped, [join(folder, 'sub', 'BTCUSDT_notes.csv')]);
});

test('hands out all data of a symbol in one scale, known rules included', async (context) => {
  const folder = tempDir(context);
  const candles = writeData(folder, 'c.csv', candleCsv(5));
  const trades = writeData(folder, 't.csv', `5,100.25,19.12345,7,7,${NEW_YEAR_US},false\n`);
  const history = await FileHistory.open([candles, trades], { venue: VENUE, symbols: ['BTCUSDT'] });
  assert.deepEqual(
    history.infos.map(({ priceDecimals, qtyDecimals }) => [priceDecimals, qtyDecimals]),
    [
      [2, 5],
      [2, 5],
    ],
  );
  for await (const { closeTicks } of history.candles({ venue: VENUE, symbol: 'BTCUSDT' }))
    assert.equal(closeTicks[0], 10_000);
  const specs = [
    {
      ...history.instrumentSpec(VENUE, 'BTCUSDT'),
      priceDecimals: 3,
      qtyDecimals: 1,
      lotSize: '0.1',
      rulesFrom: 'config' as const,
    },
  ];
  const known = await FileHistory.open([candles, trades], { venue: VENUE, symbols: ['BTCUSDT'], specs });
  const spec = known.instrumentSpec(VENUE, 'BTCUSDT');
  assert.deepEqual(
    [spec.priceDecimals, spec.qtyDecimals, spec.lotSize, spec.rulesFrom],
    [3, 5, '0.1', 'config'],
  );
  for await (const { priceTicks, qtyLots } of known.trades({ venue: VENUE, symbol: 'BTCUSDT' })) {
    assert.deepEqual([priceTicks[0], qtyLots[0]], [100_250, 1_912_345]);
  }
});

test('says what there is when asked for what there is not', async (context) => {
  const folder = tempDir(context);
  const path = writeData(folder, 'x.csv', candleCsv(10));
  const history = await FileHistory.open([path], { venue: VENUE, symbols: ['BTCUSDT'] });
  await assert.rejects(
    opens(history, 'ETHUSDT'),
    /no data of binance-usdm ETHUSDT candles; there is binance-usdm BTCUSDT candles/,
  );
  assert.throws(() => history.instrumentSpec('coinbase', 'BTC-USD'), { code: 'XY_DATA_INSUFFICIENT' });
  const hourly = writeData(
    folder,
    'h.csv',
    candleCsv(10).replace(/^1704\d+/gm, (ts) => String(Number(ts) + (Number(ts) - NEW_YEAR_US / 1_000) * 11)),
  );
  const two = await FileHistory.open([path, hourly], { venue: VENUE, symbols: ['BTCUSDT'] });
  await assert.rejects(opens(two, 'BTCUSDT'), /bars of 5m, 1h; name the timeframe/);
});

test('notices a file that changed after it was opened', async (context) => {
  const path = writeData(tempDir(context), 'x.csv', candleCsv(10));
  const history = await FileHistory.open([path], { venue: VENUE, symbols: ['BTCUSDT'] });
  writeFileSync(path, candleCsv(11));
  utimesSync(path, 1, 1);
  await assert.rejects(opens(history, 'BTCUSDT'), /changed after it was opened/);
});

test('one changed candle changes the content hash; another order of files does not', async (context) => {
  const folder = tempDir(context);
  const hashOf = async (...paths: readonly string[]): Promise<string> => {
    const history = await FileHistory.open(paths, { venue: VENUE, symbols: ['BTCUSDT'] });
    return history.contentHash([{ venue: VENUE, symbol: 'BTCUSDT', kind: 'candles' }]);
  };
  const whole = await hashOf(writeData(folder, 'x.csv', candleCsv(9_000)));
  const early = writeData(folder, 'a.csv.gz', candleCsv(5_000));
  const late = writeData(folder, 'b.csv', candleCsv(4_000, { first: 5_000 }));
  assert.equal(await hashOf(late, early), whole);
  const lines = candleCsv(9_000).split('\n');
  const cells = lines[7_777]?.split(',') ?? [];
  lines[7_777] = [...cells.slice(0, 5), `${cells[5]}1`].join();
  assert.notEqual(await hashOf(writeData(folder, 'y.csv', lines.join('\n'))), whole);
});

const STREAMS = [
  ['binance-usdm', 'btcusdt_20240718.gz', 'binance-usdm', 'BTCUSDT', 1, 3],
  ['binance-coinm', 'ethusd_perp_20240808.gz', 'ccxt:binancecoinm', 'ETHUSD_PERP', 2, 0],
] as const;

type Levels = readonly (readonly [string, string])[];

/** A depth update or a REST snapshot as recorded. */
interface DepthMessage {
  readonly T: number;
  readonly lastUpdateId?: number;
  readonly U?: number;
  readonly u?: number;
  readonly pu?: number;
  readonly b?: Levels;
  readonly a?: Levels;
  readonly bids?: Levels;
  readonly asks?: Levels;
}

interface RecordedMessage extends DepthMessage {
  readonly data?: DepthMessage & { readonly e?: string };
}

/** Events of a recording that are compared; enough to meet everything that occurs in it. */
const EVENTS_COMPARED = 2_000;
/** Lines that hold so many events, whatever else they hold. */
const LINES_COMPARED = 15_000;

/** Reads a decimal as an integer by moving its point: independent of the reader under test. */
function unitsOf(text: string, decimals: number): number {
  const [whole = '', fraction = ''] = text.split('.');
  return Number(whole + fraction.padEnd(decimals, '0').slice(0, decimals));
}

for (const [folder, name, venue, symbol, priceDecimals, qtyDecimals] of STREAMS) {
  test(`a recorded stream gives every book event and trade of it (${folder})`, {
    skip: skipWithoutShared,
  }, async () => {
    const path = sharedPath('data', folder, 'l2-raw', name);
    const history = await FileHistory.open([path], { venue, symbols: [symbol] });
    const events: BookEvent[] = [];
    for await (const batch of history.book({ venue, symbol })) {
      events.push(...batch);
      if (events.length > EVENTS_COMPARED) break;
    }
    const wanted = gunzipSync(readFileSync(path))
      .toString()
      .trimEnd()
      .split('\n', LINES_COMPARED)
      .map((line): [string, RecordedMessage] => [line.slice(0, 16), JSON.parse(line.slice(20))])
      .filter(([, message]) => message.lastUpdateId !== undefined || message.data?.e === 'depthUpdate');
    assert.ok(events.length === wanted.length || events.length > EVENTS_COMPARED);
    const levels = (pairs: Levels): number[] =>
      pairs.flatMap(([price, qty]) => [unitsOf(price, priceDecimals), unitsOf(qty, qtyDecimals)]);
    let lastId = -1;
    events.forEach((event, ix) => {
      const [local, message] = wanted[ix]!;
      const data = message.data ?? message;
      assert.equal(event.tsLocalUs, Number(local));
      assert.equal(event.tsVenueUs, data.T * 1_000);
      assert.equal(event.isSnapshot, message.lastUpdateId !== undefined);
      assert.equal(event.bids.join(), levels(data.b ?? data.bids ?? []).join());
      assert.equal(event.asks.join(), levels(data.a ?? data.asks ?? []).join());
      assert.equal(event.lastUpdateId, data.u ?? message.lastUpdateId);
      if (event.isSnapshot) return;
      assert.deepEqual([event.firstUpdateId, event.previousUpdateId], [data.U, data.pu]);
      assert.ok(lastId < 0 || event.previousUpdateId === lastId, 'the chain of update ids is whole');
      lastId = event.lastUpdateId;
    });
  });
}
