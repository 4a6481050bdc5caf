/** A made-up session of a Binance USD-M stream with times: book changes, aggregate trades, marks with funding rates, as they would have been received. */
import { Prng, US_PER_MS } from '#core';

/** Milliseconds between changes of the book. */
const STEP_MS = 100;
const LEVELS = 12;

/** A frame and when it came. */
export interface SessionFrame {
  readonly atUs: number;
  readonly raw: string;
  readonly kind: 'depth' | 'trade' | 'mark';
}

/** A session of one market. */
export interface CaptureSession {
  readonly frames: readonly SessionFrame[];
  /** The body of a request for the book that was answered before the frame of that index. */
  snapshotAt(index: number): string;
}

/** What a session is like. */
export interface SessionOptions {
  readonly symbol: string;
  readonly seed: number;
  readonly startUs: number;
  readonly seconds: number;
  /** Middle of the book at the beginning, in hundredths. */
  readonly middle?: number;
}

/** Makes a session: every 100 ms a change of the book or two, now and then trades, every second a mark. */
export function captureSession({
  middle = 10_000,
  seconds,
  seed,
  startUs,
  symbol,
}: SessionOptions): CaptureSession {
  const prng = new Prng(seed).split(symbol);
  const book = new SessionBook(prng, middle);
  const frames: SessionFrame[] = [];
  const snapshots: (() => string)[] = [];
  let lastId = 1_000;
  let tradeId = 500;
  const add = (kind: SessionFrame['kind'], venueMs: number, lateUs: number, data: object): void => {
    const body = { lastUpdateId: lastId, E: venueMs, T: venueMs, ...book.levels() };
    snapshots.push(() => JSON.stringify(body));
    const stream = `${symbol.toLowerCase()}@${kind}`;
    const atUs = Math.max(venueMs * US_PER_MS + lateUs, (frames.at(-1)?.atUs ?? 0) + 1);
    frames.push({ kind, atUs, raw: JSON.stringify({ stream, data }) });
  };
  for (let step = 0; step < (seconds * 1_000) / STEP_MS; step++) {
    const ms = startUs / US_PER_MS + step * STEP_MS;
    const late = (): number => prng.integer(3_000, 40_000);
    for (let n = prng.integer(0, 3); n > 0; n--) {
      const price = fixed(book.middle + prng.integer(-1, 2), 2);
      const said = { p: price, q: fixed(prng.integer(1, 4_000), 3), m: prng.uniform() < 0.5 };
      const T = ms + prng.integer(0, 40);
      add('trade', T, late(), {
        e: 'aggTrade',
        E: T,
        s: symbol,
        a: tradeId,
        f: tradeId,
        l: tradeId++,
        T,
        ...said,
      });
    }
    const before = { pu: lastId, U: lastId + 1 };
    const changes = book.change();
    lastId += prng.integer(1, 6);
    add('depth', ms + 60, late(), {
      e: 'depthUpdate',
      E: ms + 61,
      T: ms + 60,
      s: symbol,
      ...before,
      u: lastId,
      ...changes,
    });
    if (step % 10 !== 9) continue;
    const mark = {
      p: fixed(book.middle, 2),
      i: fixed(book.middle - 3, 2),
      r: fixed(prng.integer(0, 900), 7),
    };
    const T = (Math.floor(ms / 28_800_000) + 1) * 28_800_000;
    add('mark', ms + 80, late(), { e: 'markPriceUpdate', E: ms + 80, s: symbol, ...mark, T });
  }
  return { frames, snapshotAt: (index) => snapshots[index]?.() ?? '' };
}

/** Returns the frames as lines of a capture: `{"t","raw"}`. */
export function wrappedLines(frames: readonly SessionFrame[]): string[] {
  return frames.map(({ atUs, raw }) => JSON.stringify({ t: atUs / 1_000_000, raw }));
}

/** Returns the frames as lines of a capture: nanoseconds, a space, the frame. */
export function stampedLines(frames: readonly SessionFrame[]): string[] {
  return frames.map(({ atUs, raw }) => `${atUs}000 ${raw}`);
}

/** A book around a middle that walks. */
class SessionBook {
  middle: number;
  readonly #prng: Prng;
  readonly #sides = { b: new Map<number, number>(), a: new Map<number, number>() };

  constructor(prng: Prng, middle: number) {
    this.#prng = prng;
    this.middle = middle;
    this.change();
  }

  /** Moves the middle or not, and returns the levels that are not what they were. */
  change(): { b: string[][]; a: string[][] } {
    if (this.#prng.uniform() < 0.2) this.middle += this.#prng.integer(-2, 3);
    const changed = { b: [] as string[][], a: [] as string[][] };
    for (const side of ['b', 'a'] as const) {
      const sign = side === 'b' ? -1 : 1;
      const levels = this.#sides[side];
      const wanted = new Map<number, number>();
      for (let i = 1; i <= LEVELS; i++) {
        const price = this.middle + sign * i;
        const stays = levels.has(price) && this.#prng.uniform() < 0.7;
        wanted.set(price, stays ? (levels.get(price) ?? 1) : this.#prng.integer(1, 9_000));
      }
      for (const price of levels.keys()) if (!wanted.has(price)) changed[side].push(level(price, 0));
      for (const [price, lots] of wanted)
        if (levels.get(price) !== lots) changed[side].push(level(price, lots));
      this.#sides[side] = wanted;
    }
    return changed;
  }

  levels(): { readonly bids: readonly string[][]; readonly asks: readonly string[][] } {
    const of = (side: 'a' | 'b'): string[][] =>
      [...this.#sides[side]].map(([price, lots]) => level(price, lots));
    return { bids: of('b'), asks: of('a') };
  }
}

function level(price: number, lots: number): string[] {
  return [fixed(price, 2), fixed(lots, 3)];
}

/** Formats an integer count of 10^-`decimals` with all its decimals. */
function fixed(units: number, decimals: number): string {
  const digits = String(units).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
