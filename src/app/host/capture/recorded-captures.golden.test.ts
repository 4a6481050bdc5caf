/** Recorded captures give the books that independent scripts found, satisfy every checksum, and agree with the venue's own best bid and ask. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { QuotePrint } from '#venues/market';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import { loadAdapter } from '../venue-adapters.ts';
import type { CaptureReport, CaptureWatcher } from './book-capture.ts';
import type { BookReport, CapturedBook } from './captured-book.ts';
import { runCapture } from './run-capture.ts';

const skip = skipWithoutShared;

async function runFiles(
  venue: string,
  rawFiles: readonly string[],
  snapshotFiles: readonly string[] = [],
  watcher: CaptureWatcher = {},
): Promise<CaptureReport> {
  const { signal } = new AbortController();
  const adapter = await loadAdapter(venue);
  return runCapture(adapter, { rawFiles, snapshotFiles, symbols: [] }, { signal, watcher });
}

/** The one book of a capture, which must be right and whole. */
function onlyBook(report: CaptureReport, what: string): BookReport {
  const [book, ...others] = Object.values(report.symbols);
  assert.ok(book !== undefined && others.length === 0, what);
  assertRight(book, what);
  assert.equal(report.damaged, 0, what);
  return book;
}

function assertRight(book: BookReport, what: string): void {
  assert.deepEqual([book.stale, book.gaps, book.checksumFailures, book.crossed], [false, 0, 0, 0], what);
  assert.equal(book.applied + book.dropped, book.frames, what);
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

type Levels = readonly (readonly [string, string])[];

/** The best levels are those that are expected, digit by digit. */
function assertLevels(book: BookReport, expected: unknown, what: string): void {
  const { asks, bids } = expected as { readonly asks: Levels; readonly bids: Levels };
  assert.ok(bids.length > 0 && asks.length > 0, what);
  assert.deepEqual(book.bids.slice(0, bids.length), bids, `${what}: bids`);
  assert.deepEqual(book.asks.slice(0, asks.length), asks, `${what}: asks`);
}

function folders(...path: readonly string[]): readonly string[] {
  const root = sharedPath(...path);
  return readdirSync(root).map((name) => join(root, name));
}

test('Binance USD-M: captures with a snapshot', { skip }, async () => {
  for (const folder of folders('fixtures/binance-usdm/capture-2021-07-22')) {
    const expected = readJson(join(folder, 'expected.json'));
    const snapshot = join(folder, 'rest_depth_limit1000.json');
    const book = onlyBook(await runFiles('binance-usdm', [join(folder, 'ws.ndjson')], [snapshot]), folder);
    assert.deepEqual(
      [book.applied, book.dropped, book.lastSequence],
      [expected.depthEventsApplied, expected.depthEventsDroppedBeforeSync, expected.finalUpdateId],
      folder,
    );
    assertLevels(book, expected.finalTop10, folder);
  }
});

test('KuCoin spot: captures with a snapshot', { skip }, async () => {
  for (const folder of folders('fixtures/kucoin/capture-2021-04-25')) {
    const expected = readJson(join(folder, 'expected.json'));
    const snapshot = join(folder, 'rest_level2.json');
    const book = onlyBook(await runFiles('kucoin-spot', [join(folder, 'ws.ndjson')], [snapshot]), folder);
    assert.deepEqual(
      [book.applied, book.dropped, book.lastSequence],
      [expected.applied, expected.dropped, expected.finalSequence],
      folder,
    );
    assertLevels(book, expected.finalTop5, folder);
  }
});

test('Kraken futures: numbered captures', { skip }, async () => {
  const files = folders('fixtures/kraken-futures/book').filter((path) => path.endsWith('.ndjson'));
  assert.ok(files.length > 0);
  for (const file of files) {
    const expected = readJson(file.replace(/_\d{4}-\d\d-\d\d\.ndjson$/, '_expected.json'));
    const book = onlyBook(await runFiles('kraken-futures', [file]), file);
    assert.deepEqual([book.frames, book.lastSequence], [expected.messages, expected.finalSeq], file);
    assertLevels(book, expected.finalTop5, file);
  }
});

test('Kraken spot: every checksum of both streams holds', { skip }, async () => {
  const files = ['v1', 'v2'].flatMap((version) =>
    folders('fixtures/kraken-spot', `book-${version}`).filter((path) => path.endsWith('.ndjson')),
  );
  assert.ok(files.length > 0);
  for (const file of files) {
    const book = onlyBook(await runFiles('kraken-spot', [file]), file);
    assert.equal(book.applied, book.frames, file);
  }
});

test('whole sessions of many markets, with the answers to requests in a file of their own', {
  skip,
}, async () => {
  const at = (name: string): string => sharedPath('data/raw-captures', `${name}.txt.gz`);
  const sessions: readonly (readonly [venue: string, raw: string, http: string | null, markets: number])[] = [
    ['binance-usdm', 'BINANCE_FUTURES/BINANCE_FUTURES.ws.1.0', 'BINANCE_FUTURES/BINANCE_FUTURES.http.0.0', 4],
    ['binance-spot', 'BINANCE/BINANCE.ws.1.0', 'BINANCE/BINANCE.http.0.0', 4],
    ['kucoin-spot', 'KUCOIN/KUCOIN.ws.1.0', 'KUCOIN/KUCOIN.http.0.0', 9],
    ['kraken-spot', 'KRAKEN/KRAKEN.ws.50.0', null, 10],
    ['coinbase', 'COINBASE/COINBASE.ws.28.0', null, 10],
  ];
  for (const [venue, raw, http, markets] of sessions) {
    const report = await runFiles(venue, [at(raw)], http === null ? [] : [at(http)]);
    assert.deepEqual([Object.keys(report.symbols).length, report.damaged], [markets, 0], raw);
    for (const [symbol, book] of Object.entries(report.symbols)) assertRight(book, `${raw} ${symbol}`);
  }
});

/** Quotes that are remembered until the book has reached their number. */
const QUOTES_MAX = 100_000;

/** Holds the book against the venue's quote wherever both have the same number; returns how often that was. */
class QuoteCheck implements CaptureWatcher {
  checked = 0;
  readonly #quotes = new Map<number, string>();

  onQuote(book: CapturedBook, quote: QuotePrint): void {
    const { askLots, askTicks, bidLots, bidTicks, updateId } = quote;
    if (this.#quotes.size < QUOTES_MAX)
      this.#quotes.set(updateId, `${bidTicks} ${bidLots} ${askTicks} ${askLots}`);
    if (book.keeper.isUsable && book.keeper.lastUpdateId === updateId) this.#check(book, updateId);
  }

  onApplied(book: CapturedBook, update: { readonly lastId: number; readonly isSnapshot: boolean }): void {
    if (!update.isSnapshot && this.#quotes.has(update.lastId)) this.#check(book, update.lastId);
  }

  #check({ keeper }: CapturedBook, updateId: number): void {
    const { book } = keeper;
    const top = [
      book.priceTicksAt('buy', 0),
      book.qtyLotsAt('buy', 0),
      book.priceTicksAt('sell', 0),
      book.qtyLotsAt('sell', 0),
    ];
    assert.equal(top.join(' '), this.#quotes.get(updateId), `at update ${updateId}`);
    this.checked++;
  }
}

/** Recordings with snapshots in them, and how many of their quotes have the number of a book message. */
const RECORDINGS: readonly (readonly [venue: string, files: readonly string[], checked: number])[] = [
  ['binance-usdm', ['binance-usdm/l2-raw/btcusdt_20240808'], 629],
  ['binance-usdm', ['binance-usdm/l2-raw/ethusdt_20240808'], 551],
  ['binance-usdm', ['binance-usdm/l2-raw/btcusdt_20240718', 'binance-usdm/l2-raw/btcusdt_20240719'], 625],
  ['binance-usdm', ['binance-coinm/l2-raw/ethusd_perp_20240808'], 1_345],
  ['binance-spot', ['binance-spot/l2-raw/btcusdt_20240808', 'binance-spot/l2-raw/btcusdt_20240809'], 1_072],
];

for (const [venue, names, checked] of RECORDINGS) {
  test(`${names.join(' and ')}: the book is the venue's own at every comparable number`, {
    skip,
  }, async () => {
    const watcher = new QuoteCheck();
    const files = names.map((name) => sharedPath('data', `${name}.gz`));
    onlyBook(await runFiles(venue, files, [], watcher), names.join());
    assert.equal(watcher.checked, checked);
  });
}
