/** The damage rules V25 and V26 over recorded frames of each venue: one of every shape that its decoder understands. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Prng } from '#core';
import { type FeedInstrument, FrameFault, type MarketAdapter } from '#venues/market';
import { testSeed } from '../support/property.ts';
import { sharedPath, skipWithoutShared } from '../support/shared-data.ts';
import { ADAPTERS_UNDER_TEST } from './adapters.ts';
import { checkCuts, checkFlips } from './damage.ts';
import { decode, marketEntries } from './frame-samples.ts';
import { type JsonNode, parseJson } from './json-rewrite.ts';

/** Folder of the fixtures of a venue, and how many shapes of frames are known to be in it. */
const FOLDERS: Readonly<Record<string, readonly [folder: string, shapesMin: number]>> = {
  'binance-usdm': ['binance-usdm', 8],
  coinbase: ['coinbase', 8],
  'kraken-spot': ['kraken-spot', 8],
  'kraken-futures': ['kraken-futures', 5],
  'kucoin-spot': ['kucoin', 5],
  'kucoin-futures': ['kucoin', 5],
};
/** Fixtures state no rules of instruments: the first scale that a frame fits is taken. */
const SCALES = [
  [8, 8],
  [10, 4],
  [4, 8],
  [2, 2],
  [6, 0],
] as const;
const SYMBOL_KEYS = /^"(s|symbol|product_id|ps|pair|topic|instrument_id)"$/;
const SHAPES_MAX = 120;
const FLIPS = 40;
const FILE_BYTES_MAX = 8_000_000;
const LINES_MAX = 2_000;
const TS_LOCAL_US = 1_800_000_000_000_000;

interface Shape {
  readonly text: string;
  readonly instruments: readonly FeedInstrument[];
}

for (const { adapter, venue } of ADAPTERS_UNDER_TEST) {
  const [folder, shapesMin] = FOLDERS[venue] ?? ['', 0];
  if (folder === '') continue;
  const seed = testSeed();
  test(`V25 and V26 over the recorded frames of ${venue} (SEED=${seed})`, { skip: skipWithoutShared }, () => {
    const shapes = shapesIn(adapter, sharedPath('fixtures', folder));
    assert.ok(shapes.length >= shapesMin, `${shapes.length} shapes of frames are understood`);
    const prng = new Prng(seed).split(`fixtures ${venue}`);
    for (const { instruments, text } of shapes) {
      const subject = { text, tsLocalUs: TS_LOCAL_US, openDecoder: () => adapter.openDecoder(instruments) };
      checkCuts(subject);
      checkFlips(subject, prng, FLIPS);
    }
  });
}

/** Frames that a decoder of the venue makes something of, one of each shape. */
function shapesIn(adapter: MarketAdapter, folder: string): readonly Shape[] {
  const frames = [...framesIn(folder)];
  const symbols = [...new Set(frames.flatMap(({ tree }) => symbolsOf(tree)))];
  const shapes = new Map<string, Shape>();
  for (const { text } of frames) {
    const key = text.replaceAll(/\d+/g, '#').replaceAll(/(\[[^[\]]*\],?)+/g, '[]');
    if (shapes.has(key) || shapes.size === SHAPES_MAX) continue;
    const instruments = SCALES.map((scale) => instrumentsOf(adapter, symbols, scale)).find((list) =>
      isUnderstood(adapter, text, list),
    );
    if (instruments !== undefined) shapes.set(key, { text, instruments });
  }
  return [...shapes.values()];
}

function* framesIn(folder: string): Generator<{ readonly text: string; readonly tree: JsonNode }> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name);
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > FILE_BYTES_MAX || !/\.(nd)?json$/.test(name)) continue;
    const text = readFileSync(path, 'utf8');
    if (name.endsWith('.json')) yield { text: text.trim(), tree: parseJson(text) };
    else {
      for (const line of text.trim().split('\n').slice(0, LINES_MAX)) {
        const { raw } = JSON.parse(line) as { raw?: string };
        if (raw?.startsWith('{') || raw?.startsWith('[')) yield { text: raw, tree: parseJson(raw) };
      }
    }
  }
}

/** Names of instruments in a frame: values of the members that hold them, and the last part of a topic. */
function symbolsOf(node: JsonNode): readonly string[] {
  // The old stream of Kraken: `[1, {...}, "book-10", "XBT/USD"]`.
  if (node.kind === 'array') return node.items.flatMap((item) => [...nameIn(item), ...symbolsOf(item)]);
  if (node.kind === 'scalar') return [];
  return node.members.flatMap(([key, value]) =>
    SYMBOL_KEYS.test(key) && value.kind === 'scalar' ? nameIn(value) : symbolsOf(value),
  );
}

function nameIn(node: JsonNode): readonly string[] {
  if (node.kind !== 'scalar' || !node.raw.startsWith('"')) return [];
  const [name = ''] = /[A-Z0-9][A-Z0-9/_.-]{2,30}(?=(_\w+)?"$)/.exec(node.raw) ?? [];
  return /[A-Z]/.test(name) ? [name] : [];
}

function instrumentsOf(
  { venue }: MarketAdapter,
  symbols: readonly string[],
  [priceDecimals, qtyDecimals]: readonly [number, number],
): readonly FeedInstrument[] {
  return symbols.map((symbol, ix) => ({
    ix,
    venue,
    symbol,
    wireSymbol: symbol,
    priceDecimals,
    qtyDecimals,
  }));
}

function isUnderstood(adapter: MarketAdapter, text: string, instruments: readonly FeedInstrument[]): boolean {
  try {
    return marketEntries(decode(adapter.openDecoder(instruments), text, TS_LOCAL_US)).length > 0;
  } catch (thrown) {
    if (thrown instanceof FrameFault) return false;
    throw thrown;
  }
}
