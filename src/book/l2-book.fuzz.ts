/**
 * Differential fuzzer of the book: random markets are applied to `L2Book` and to the naive book, and whatever can be asked of them is asked of
 * both. A market has its own scale, density, drift, share of absurd prices, bound of levels; books are cut, cleared, saved, loaded, fed
 * through every door and with levels that are none. As a program: `node src/book/l2-book.fuzz.ts SEED UPDATES`.
 */
import assert from 'node:assert/strict';
import { Prng } from '#core';
import type { Side } from '#domain';
import { BookUpdate } from './book-update.ts';
import { L2Book } from './l2-book.ts';
import { NaiveBook } from './test/naive-book.ts';

/** What was done, so that a run can be seen to have been worth it. */
export interface FuzzFigures {
  markets: number;
  levelUpdates: number;
  refused: number;
  comparisons: number;
  reloads: number;
  levelsMost: number;
}

/** One random market. */
interface Market {
  readonly prng: Prng;
  readonly levelsMax: number;
  /** Prices are multiples of it. */
  readonly stepTicks: number;
  readonly spreadTicks: number;
  readonly driftTicks: number;
  readonly absurdShare: number;
  readonly removalShare: number;
  /** Share of the bids. */
  readonly bidShare: number;
  readonly refusedShare: number;
  touchTicks: number;
}

const MARKET_UPDATES_MAX = 30_000;
const PROBES = 4;

/** Runs markets until `updates` level updates were applied; throws at the first difference, naming the market. */
export function fuzzBook(seed: number, updates: number): FuzzFigures {
  const figures: FuzzFigures = {
    markets: 0,
    levelUpdates: 0,
    refused: 0,
    comparisons: 0,
    reloads: 0,
    levelsMost: 0,
  };
  const prng = new Prng(seed);
  while (figures.levelUpdates < updates) {
    const name = `market ${figures.markets} of seed ${seed}`;
    const most = Math.min(MARKET_UPDATES_MAX, updates - figures.levelUpdates);
    try {
      fuzzMarket(randomMarket(prng.split(name)), most, figures);
    } catch (error) {
      throw new Error(`books differ in ${name}`, { cause: error });
    }
    figures.markets++;
  }
  return figures;
}

function randomMarket(prng: Prng): Market {
  const pick = (...values: readonly number[]): number => values[prng.integer(0, values.length)]!;
  const touchTicks = pick(2, 30, 900, 50_000, 618_000, 2 ** 31 - 500, 2 ** 40, 2 ** 53 - 2 ** 16);
  return {
    prng,
    levelsMax: pick(1, 3, 40, 700, 65_536, 65_536, 65_536),
    stepTicks: pick(1, 1, 1, 5, 1000),
    spreadTicks: pick(20, 400, 5000, 200_000),
    driftTicks: pick(0, 0, 3, 300),
    absurdShare: pick(0, 0.02, 0.2),
    removalShare: pick(0.1, 0.3, 0.5, 0.8),
    bidShare: pick(0, 0.5, 0.5, 0.5, 1),
    refusedShare: pick(0, 0, 0.02),
    touchTicks,
  };
}

function fuzzMarket(market: Market, updates: number, figures: FuzzFigures): void {
  const { prng } = market;
  let book = new L2Book(market.levelsMax);
  const naive = new NaiveBook(market.levelsMax);
  const update = new BookUpdate();
  const end = figures.levelUpdates + updates;
  while (figures.levelUpdates < end) {
    market.touchTicks += market.driftTicks * prng.integer(-2, 4);
    const room = end - figures.levelUpdates;
    fillUpdate(market, update, Math.min(room, prng.integer(1, prng.uniform() < 0.05 ? 3000 : 120)));
    figures.levelUpdates += update.bids.count + update.asks.count;
    applyBoth(market, book, naive, update, figures);
    const chance = prng.uniform();
    if (chance < 0.01) {
      book.clear();
      naive.clear();
    } else if (chance < 0.06) {
      const levels = prng.integer(0, 300);
      book.truncate(levels);
      naive.truncate(levels);
    } else if (chance < 0.1) {
      book = reloaded(book, market.levelsMax);
      figures.reloads++;
    } else if (chance < 0.12) thinOut(market, book, naive);
    compare(market, book, naive);
    figures.comparisons++;
    figures.levelsMost = Math.max(figures.levelsMost, book.levelCount('buy'), book.levelCount('sell'));
  }
}

/** A book that goes on from the saved state, over levels that it must forget. */
function reloaded(book: L2Book, levelsMax: number): L2Book {
  const copy = new L2Book(levelsMax);
  copy.setLevel('buy', 7, 7);
  copy.loadState(structuredClone(book.saveState()));
  return copy;
}

/** Removes most of the levels that are there, in random order. */
function thinOut({ prng }: Market, book: L2Book, naive: NaiveBook): void {
  const keptShare = prng.uniform() * 0.3;
  for (const side of ['buy', 'sell'] as const) {
    const levels = naive.sorted(side).map(([priceTicks]) => ({ priceTicks, order: prng.uniform() }));
    for (const { priceTicks } of levels.sort((a, b) => a.order - b.order)) {
      if (prng.uniform() < keptShare) continue;
      book.setLevel(side, priceTicks, 0);
      naive.set(side, priceTicks, 0);
    }
  }
}

function fillUpdate(market: Market, update: BookUpdate, count: number): void {
  const { prng } = market;
  update.clear();
  update.isSnapshot = prng.uniform() < 0.02;
  for (let i = 0; i < count; i++) {
    const isBid = prng.uniform() < market.bidShare;
    const isRefused = prng.uniform() < market.refusedShare;
    const priceTicks = isRefused ? brokenNumber(prng, 0) : randomPrice(market, isBid);
    const isRemoval = prng.uniform() < market.removalShare;
    const lots = isRemoval ? 0 : prng.integer(1, prng.uniform() < 0.01 ? Number.MAX_SAFE_INTEGER : 5000);
    const qtyLots = isRefused && prng.uniform() < 0.5 ? brokenNumber(prng, -1) : lots;
    const sequence = prng.uniform() < 0.5 ? 0 : prng.integer(1, 100);
    (isBid ? update.bids : update.asks).push(priceTicks, qtyLots, sequence);
  }
}

function brokenNumber(prng: Prng, least: number): number {
  const values = [least, least - 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];
  return values[prng.integer(0, values.length)]!;
}

/** A price near the touch, more often than not on its own side of it, or anywhere up to a hundred times away. */
function randomPrice(market: Market, isBid: boolean): number {
  const { prng, stepTicks } = market;
  let price = market.touchTicks;
  if (prng.uniform() < market.absurdShare) {
    const factor = 100 ** prng.uniform();
    price = prng.uniform() < 0.5 ? price / factor : price * factor;
  } else {
    const distance = -Math.log(1 - prng.uniform()) * market.spreadTicks;
    price += (isBid !== prng.uniform() < 0.03 ? -1 : 1) * distance;
  }
  const ticks = Math.round(price / stepTicks) * stepTicks;
  return Math.min(Math.max(ticks, 1), Number.MAX_SAFE_INTEGER);
}

function applyBoth(
  market: Market,
  book: L2Book,
  naive: NaiveBook,
  update: BookUpdate,
  figures: FuzzFigures,
): void {
  const door = market.refusedShare > 0 ? 0 : market.prng.integer(0, 4);
  if (door === 1) {
    for (let i = 0; i < update.bids.count; i++) {
      book.setLevel('buy', update.bids.priceTicks[i]!, update.bids.qtyLots[i]!);
    }
    book.applyDelta(new Float64Array(), pairsOf(update, 'sell'));
    update.isSnapshot = false;
    naive.apply(update);
  } else if (door === 2) {
    if (update.isSnapshot) book.applySnapshot(pairsOf(update, 'buy'), pairsOf(update, 'sell'));
    else book.applyDelta(pairsOf(update, 'buy'), pairsOf(update, 'sell'));
    naive.apply(update);
  } else {
    const after = door === 3 ? market.prng.integer(-1, 100) : -1;
    const isTaken = naive.apply(update, after);
    assert.equal(book.applyUpdate(update, after), isTaken);
    if (!isTaken) figures.refused++;
  }
}

function pairsOf(update: BookUpdate, side: Side): Float64Array {
  const { count, priceTicks, qtyLots } = side === 'buy' ? update.bids : update.asks;
  return Float64Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? priceTicks : qtyLots)[i >> 1]!);
}

function compare(market: Market, book: L2Book, naive: NaiveBook): void {
  const { prng } = market;
  for (const side of ['buy', 'sell'] as const) {
    const sorted = naive.sorted(side);
    assert.equal(book.levelCount(side), sorted.length);
    const isFull = prng.uniform() < 0.1;
    const shown = isFull ? sorted.length + 2 : 50;
    for (let i = 0; i < shown; i++) {
      assert.equal(book.priceTicksAt(side, i), sorted[i]?.[0] ?? Number.NaN);
      assert.equal(book.qtyLotsAt(side, i), sorted[i]?.[1] ?? 0);
    }
    const prices = new Float64Array(shown);
    const lots = new Float64Array(shown);
    const best = sorted.slice(0, shown);
    assert.equal(book.copyBest(side, prices, lots), best.length);
    for (const [i, [priceTicks, qtyLots]] of best.entries()) {
      assert.equal(prices[i], priceTicks);
      assert.equal(lots[i], qtyLots);
    }
    for (let i = 0; i < PROBES; i++) {
      const index = prng.integer(-2, sorted.length + 2);
      assert.equal(book.qtyLotsAt(side, index), sorted[index]?.[1] ?? 0);
      assert.equal(book.priceTicksAt(side, index), sorted[index]?.[0] ?? Number.NaN);
      const priceTicks = randomPrice(market, side === 'buy');
      assert.equal(book.qtyLotsOf(side, priceTicks), naive.levels[side].get(priceTicks) ?? 0);
      assert.equal(book.depthLotsWithin(side, priceTicks), naive.depthLotsWithin(side, priceTicks));
      assert.equal(book.depthLots(side, index), naive.depthLots(side, Math.max(0, index)));
    }
  }
  const bid = naive.sorted('buy')[0]?.[0] ?? Number.NaN;
  const ask = naive.sorted('sell')[0]?.[0] ?? Number.NaN;
  assert.equal(book.bestBidTicks, bid);
  assert.equal(book.bestAskTicks, ask);
  assert.equal(book.isCrossed, bid >= ask);
}

if (import.meta.main) {
  const [seed = '1', updates = '5000000'] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(fuzzBook(Number(seed), Number(updates)))}\n`);
}
