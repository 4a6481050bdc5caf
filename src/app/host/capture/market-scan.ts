/**
 * The first look through a capture: which books it holds, how precise their numbers are, how deep they are. Precision is that of the wire, the
 * largest number of decimals anywhere: a venue that pads its numbers shows its own, for others trailing zeros mean nothing. Pure.
 */
import { POW10, plainDecimal, XylenError } from '#core';
import type { VenueId } from '#domain';
import { FrameFault, JsonCursor } from '#venues/market';
import { type JsonTree, readTree } from './json-tree.ts';
import { NAMELESS, type Sketch, type SketchListener, sketchOf, sketchSnapshot } from './wire-sketch.ts';

/** A market as a capture shows it. */
export interface ScannedMarket {
  /** Its name on the wire. */
  readonly symbol: string;
  /** Decimals that the numbers need. */
  readonly priceDecimals: number;
  /**
   * Likewise, but at most so many that the largest quantity stays a safe integer of them: a market with one order of 452338153.08 and another of
   * 2287.04744145 has no exact scale for both, and decoders then cut the finer one.
   */
  readonly qtyDecimals: number;
  /** Decimals that are written, zeros included; at least as many. */
  readonly priceWireDecimals: number;
  readonly qtyWireDecimals: number;
  /** Levels of a side that the venue keeps for this subscription, as far as the capture shows it; `null` = it does not. */
  readonly depth: number | null;
}

/** Markets of a capture; more is no capture of a feed. */
const MARKETS_MAX = 10_000;
/** Depths that Kraken offers; a snapshot is as deep as its subscription unless the book has fewer levels. */
const OFFERED_DEPTHS = [10, 25, 100, 500, 1_000];

interface Found {
  hasBook: boolean;
  price: Precision;
  qty: Precision;
  statedDepth: number;
  snapshotLevels: number;
}

interface Precision {
  needed: number;
  written: number;
  largest: number;
}

/** Takes frames and snapshots, in any order, and says what they are about. */
export class MarketScan implements SketchListener {
  readonly #cursor = new JsonCursor();
  readonly #sketch: Sketch;
  readonly #markets = new Map<string, Found>();
  #statedDepth = 0;

  /** @throws XY_USAGE for a venue whose captures cannot be read. */
  constructor(venue: VenueId) {
    const sketch = sketchOf(venue);
    if (sketch === undefined) throw new XylenError('XY_USAGE', `captures of ${venue} cannot be read`);
    this.#sketch = sketch;
  }

  /** Looks at a frame; a damaged one says nothing. */
  addFrame(bytes: Uint8Array): void {
    const tree = this.#read(bytes);
    if (tree !== undefined) this.#sketch(tree, this);
  }

  /** Looks at a book by request. Returns false when it is none. */
  addSnapshot(bytes: Uint8Array, symbol: string): boolean {
    const tree = this.#read(bytes);
    return tree !== undefined && sketchSnapshot(tree, symbol, this);
  }

  /** Returns the markets that have a book, in the order in which they came. */
  markets(): readonly ScannedMarket[] {
    const nameless = this.#markets.get(NAMELESS);
    return [...this.#markets]
      .filter(([, found]) => found.hasBook)
      .map(([symbol, found]) => ({
        symbol,
        priceDecimals: Math.max(found.price.needed, nameless?.price.needed ?? 0),
        qtyDecimals: fitting(
          Math.max(found.qty.needed, nameless?.qty.needed ?? 0),
          Math.max(found.qty.largest, nameless?.qty.largest ?? 0),
        ),
        priceWireDecimals: Math.max(found.price.written, nameless?.price.written ?? 0),
        qtyWireDecimals: Math.max(found.qty.written, nameless?.qty.written ?? 0),
        depth: depthOf(found.statedDepth || this.#statedDepth, found.snapshotLevels),
      }));
  }

  onBook(symbol: string): void {
    this.#market(symbol).hasBook = true;
  }

  onPrice(symbol: string, text: string | undefined): void {
    if (text !== undefined) widen(this.#market(symbol).price, text);
  }

  onQty(symbol: string, text: string | undefined): void {
    if (text !== undefined) widen(this.#market(symbol).qty, text);
  }

  onDepth(symbol: string | null, depth: number): void {
    if (symbol === null) this.#statedDepth = depth;
    else this.#market(symbol).statedDepth = depth;
  }

  onSnapshotLevels(symbol: string, count: number): void {
    const market = this.#market(symbol);
    market.snapshotLevels = Math.max(market.snapshotLevels, count);
  }

  #read(bytes: Uint8Array): JsonTree {
    this.#cursor.load(bytes);
    try {
      return readTree(this.#cursor);
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      // Counted when the frame is decoded.
      return undefined;
    }
  }

  #market(symbol: string): Found {
    const known = this.#markets.get(symbol);
    if (known !== undefined) return known;
    if (this.#markets.size === MARKETS_MAX) {
      const message = `expected a capture of at most ${MARKETS_MAX} markets, found more; the last is '${symbol.slice(0, 40)}'`;
      throw new XylenError('XY_FILE_DAMAGED', message);
    }
    const found: Found = {
      hasBook: false,
      price: { needed: 0, written: 0, largest: 0 },
      qty: { needed: 0, written: 0, largest: 0 },
      statedDepth: 0,
      snapshotLevels: 0,
    };
    this.#markets.set(symbol, found);
    return found;
  }
}

/** A stated depth holds; else the least that is offered and holds the deepest snapshot. */
function depthOf(stated: number, levels: number): number | null {
  if (stated > 0) return stated;
  if (levels === 0) return null;
  return OFFERED_DEPTHS.find((depth) => depth >= levels) ?? null;
}

/** The most decimals, up to `needed`, in which a number is a safe integer. */
function fitting(needed: number, largest: number): number {
  let decimals = needed;
  while (decimals > 0 && largest * (POW10[decimals] ?? 1) > Number.MAX_SAFE_INTEGER) decimals--;
  return decimals;
}

function widen(precision: Precision, text: string): void {
  const value = Number(text);
  if (value > precision.largest) precision.largest = value;
  const dot = text.indexOf('.');
  if (/[eE]/.test(text)) widenPlain(precision, plainDecimal(text) ?? '');
  else if (dot >= 0) widenPlain(precision, text);
}

function widenPlain(precision: Precision, text: string): void {
  const dot = text.indexOf('.');
  if (dot < 0) return;
  const written = text.length - dot - 1;
  // Nearly every number has the form of the ones before.
  if (written > precision.written) precision.written = Math.min(written, POW10.length - 1);
  if (written <= precision.needed) return;
  let needed = written;
  while (needed > precision.needed && text.charCodeAt(dot + needed) === 0x30) needed--;
  precision.needed = Math.min(needed, POW10.length - 1);
}
