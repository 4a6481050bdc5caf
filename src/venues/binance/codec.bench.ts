/**
 * Benchmark of the depth path: `JSON.parse` alone, the decoder alone, and frame to book, on the same seeded frames in one run. `node
 * src/venues/binance/codec.bench.ts` prints it. The rounds of the three take turns, so that a busy machine slows all of them, and the best round
 * of each counts.
 */
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type BookUpdate, DepthSequence, L2Book } from '#book';
import { Prng, Sha256 } from '#core';
import { BinanceDecoder } from './codec.ts';
import { BTCUSDT, depthFrames } from './test/frames.ts';
import { RecordingSink } from './test/recording-sink.ts';

/** How much to do. */
export interface BinanceBenchSizes {
  readonly frameCount: number;
  readonly rounds: number;
  readonly seed: number;
}

/** Figures of the bench; rates are messages a second. */
export interface BinanceBench {
  readonly frameBytesMean: number;
  readonly levelsMean: number;
  /** Of text that is there already. */
  readonly parseTextPerS: number;
  /** Of the bytes as they come from a socket, text made on the way. */
  readonly parseBytesPerS: number;
  readonly decodePerS: number;
  /** Decoder, sequence rule and book. */
  readonly toBookPerS: number;
  readonly decodeRatio: number;
  readonly toBookRatio: number;
  /** Growth of the heap while frames are decoded, before any collection. */
  readonly allocatedBytesPerMessage: number;
  /** Growth of the heap between two forced collections. */
  readonly keptBytesPerMessage: number;
  /** Of all levels decoded and of the book at the end. */
  readonly resultHash: string;
}

/** Levels of a frame in recordings of a large perpetual market, taken as the mean. */
const LEVELS_MEAN = 69;
/** Few enough that no collection of young objects comes between. */
const ALLOCATION_FRAMES = 1_000;

/** Measures the three ways on `frameCount` frames. */
export function benchBinance(sizes: BinanceBenchSizes): BinanceBench {
  const options = { frameCount: sizes.frameCount, levelsMean: LEVELS_MEAN, isSpot: false };
  const texts = depthFrames(new Prng(sizes.seed), BTCUSDT, options);
  const frames = texts.map((text) => Buffer.from(text));
  const decoder = new BinanceDecoder([BTCUSDT]);
  const sink = new CountingSink();
  const ways = [
    () => each(texts, parseOne),
    () => each(frames, (frame) => parseOne(frame.toString())),
    () => each(frames, (frame) => decoder.decode(frame, 1, sink)),
    () => runToBook(frames),
  ];
  const bestMs = ways.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < sizes.rounds; round++) {
    for (const [i, way] of ways.entries()) bestMs[i] = Math.min(bestMs[i]!, timed(way));
  }
  const [parseTextPerS = 0, parseBytesPerS = 0, decodePerS = 0, toBookPerS = 0] = bestMs.map(
    (ms) => (frames.length * 1_000) / ms,
  );
  return {
    frameBytesMean: frames.reduce((sum, { length }) => sum + length, 0) / frames.length,
    levelsMean: sink.levels / sink.messages,
    parseTextPerS,
    parseBytesPerS,
    decodePerS,
    toBookPerS,
    decodeRatio: decodePerS / parseTextPerS,
    toBookRatio: toBookPerS / parseTextPerS,
    ...heapGrowth(frames, decoder, sink),
    resultHash: hashOf(frames),
  };
}

function each<T>(items: readonly T[], work: (item: T) => void): void {
  for (const item of items) work(item);
}

function parseOne(text: string): void {
  if (JSON.parse(text).data.b === undefined) throw new Error('a depth frame has bids');
}

function timed(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

function runToBook(frames: readonly Buffer[]): L2Book {
  const decoder = new BinanceDecoder([BTCUSDT]);
  const sink = new BookSink();
  for (const frame of frames) decoder.decode(frame, 1, sink);
  if (sink.applied < frames.length - 1)
    throw new Error(`${sink.applied} of ${frames.length} updates applied`);
  return sink.book;
}

function heapGrowth(
  frames: readonly Buffer[],
  decoder: BinanceDecoder,
  sink: CountingSink,
): { allocatedBytesPerMessage: number; keptBytesPerMessage: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heapUsed = (): number => process.memoryUsage().heapUsed;
  const few = frames.slice(0, ALLOCATION_FRAMES);
  collect();
  const startBytes = heapUsed();
  for (const frame of few) decoder.decode(frame, 1, sink);
  const allocated = heapUsed() - startBytes;
  collect();
  const keptStart = heapUsed();
  for (const frame of frames) decoder.decode(frame, 1, sink);
  collect();
  return {
    allocatedBytesPerMessage: allocated / few.length,
    keptBytesPerMessage: (heapUsed() - keptStart) / frames.length,
  };
}

/** Every level that was decoded, in order, and what became of them in the book. */
function hashOf(frames: readonly Buffer[]): string {
  const hash = new Sha256();
  const decoder = new BinanceDecoder([BTCUSDT]);
  const sink = new RecordingSink();
  for (const frame of frames) {
    decoder.decode(frame, 1, sink);
    hash.update(JSON.stringify(sink.said));
    sink.said = [];
  }
  const book = runToBook(frames);
  for (const side of ['buy', 'sell'] as const) {
    for (let i = 0; i < book.levelCount(side); i++) {
      hash.update(`${book.priceTicksAt(side, i)} ${book.qtyLotsAt(side, i)}\n`);
    }
  }
  return hash.hex().slice(0, 16);
}

/** Counts and keeps nothing. */
class CountingSink extends RecordingSink {
  messages = 0;
  levels = 0;

  override onBook(update: BookUpdate): void {
    this.messages++;
    this.levels += update.bids.count + update.asks.count;
  }
}

/** One book that follows its updates from the first one on. */
class BookSink extends RecordingSink {
  readonly book = new L2Book();
  applied = 0;
  readonly #rule = new DepthSequence();

  override onBook(update: BookUpdate): void {
    if (!this.#rule.isLive) this.#rule.snapshot(update.firstId);
    if (this.#rule.judge(update.firstId, update.lastId, update.previousId) !== 'apply') return;
    this.book.applyUpdate(update);
    this.applied++;
  }
}

if (import.meta.main) {
  const figures = benchBinance({ frameCount: 5_000, rounds: 30, seed: Number(process.env.SEED ?? 7) });
  for (const [name, value] of Object.entries(figures)) {
    const text = typeof value === 'number' ? Number(value.toPrecision(5)) : value;
    process.stdout.write(`${name.padEnd(26)} ${text}\n`);
  }
}
