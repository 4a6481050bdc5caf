/** Levels by tick are the same as a plain map, wherever the window stands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { ReplayLevels } from './replay-levels.ts';
import { TICK_WINDOW_SPAN } from './tick-window.ts';

const NONE_BELOW = Number.NEGATIVE_INFINITY;
const NONE_ABOVE = Number.POSITIVE_INFINITY;

/** The next price below and above, the slow way. */
function neighbours(levels: ReadonlyMap<number, number>, priceTicks: number): readonly [number, number] {
  let below = NONE_BELOW;
  let above = NONE_ABOVE;
  for (const price of levels.keys()) {
    if (price < priceTicks && price > below) below = price;
    if (price > priceTicks && price < above) above = price;
  }
  return [below, above];
}

function assertSame(levels: ReplayLevels, model: ReadonlyMap<number, number>, priceTicks: number): void {
  assert.equal(levels.lotsOf(priceTicks), model.get(priceTicks) ?? 0, `lots at ${priceTicks}`);
  const found = [levels.below(priceTicks), levels.above(priceTicks)];
  assert.deepEqual(found, neighbours(model, priceTicks), `neighbours of ${priceTicks}`);
}

for (const side of ['buy', 'sell'] as const) {
  test(`${side}: a price that wanders far, with levels all over the place (SEED=${testSeed()})`, () => {
    const prng = new Prng(testSeed()).split(side);
    const levels = new ReplayLevels(side);
    const model = new Map<number, number>();
    let middle = 3 * TICK_WINDOW_SPAN;
    for (let step = 0; step < 30_000; step++) {
      middle = Math.max(1_000, middle + prng.integer(-500, 540));
      const isOutlier = prng.integer(0, 20) === 0;
      const price = isOutlier ? prng.integer(1, 6_000_000) : middle + prng.integer(-900, 900);
      const lots = prng.integer(0, 3) === 0 || model.size > 300 ? 0 : prng.integer(1, 1_000);
      const known = [...model.keys()];
      const target = lots === 0 && known.length > 0 ? known[prng.integer(0, known.length)]! : price;
      assert.equal(levels.set(target, lots), model.get(target) ?? 0);
      if (lots === 0) model.delete(target);
      else model.set(target, lots);
      if (step % 10 === 0) for (const asked of [price, target, middle]) assertSame(levels, model, asked);
    }
    assert.ok(
      Math.abs(levels.base + TICK_WINDOW_SPAN / 2 - middle) < TICK_WINDOW_SPAN,
      'the window has followed',
    );
  });
}

test('finds levels at the very ends of the window and beside them', () => {
  const levels = new ReplayLevels('buy');
  levels.set(500_000, 1);
  const { base } = levels;
  const ends = [base - 1, base, base + 31, base + TICK_WINDOW_SPAN - 1, base + TICK_WINDOW_SPAN];
  const model = new Map([[500_000, 1]]);
  for (const price of ends) {
    levels.set(price, 7);
    model.set(price, 7);
  }
  for (const end of ends) for (const asked of [end - 1, end, end + 1]) assertSame(levels, model, asked);
});

test('is empty before its first level and after it was cleared', () => {
  const levels = new ReplayLevels('sell');
  assertSame(levels, new Map(), 100);
  levels.set(100, 5);
  levels.set(9_000_000, 5);
  levels.clear();
  for (const price of [1, 99, 101, 9_000_001]) assertSame(levels, new Map(), price);
  assert.equal(levels.set(77, 1), 0);
  assertSame(levels, new Map([[77, 1]]), 77);
});

test('refuses what is no level', () => {
  const levels = new ReplayLevels('buy');
  levels.set(100, 1);
  for (const price of [0, -1, 0.5, Number.NaN])
    assert.throws(() => levels.set(price, 1), { name: 'AssertionError' });
  for (const lots of [-1, 0.5, Number.NaN, 2 ** 53])
    assert.throws(() => levels.set(100, lots), { name: 'AssertionError' });
});
