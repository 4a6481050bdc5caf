import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { Extreme } from './extreme.ts';
import { loadTape, saveTape } from './state-tape.ts';
import { Window } from './window.ts';

const VALUES = fc.array(
  fc.integer({ min: -5, max: 5 }).map((n) => n / 4),
  { minLength: 1, maxLength: 60 },
);
const PERIOD = fc.integer({ min: 1, max: 9 });

test('a window holds the last values, oldest first, and its reductions are those of them', () => {
  fc.assert(
    fc.property(VALUES, PERIOD, (values, period) => {
      const window = new Window(period);
      values.forEach((value, i) => {
        assert.equal(window.push(value), i + 1 >= period);
        const held = values.slice(Math.max(0, i + 1 - period), i + 1);
        assert.deepEqual([...window.values.slice(window.start, window.start + window.count)], held);
        assert.equal(window.oldest, held[0]);
        assert.equal(window.ago(0), value);
        assert.equal(
          window.sum(),
          held.reduce((sum, item) => sum + item, 0),
        );
        const mean = held.reduce((sum, item) => sum + item, 0) / held.length;
        assert.ok(Math.abs(window.mean() - mean) < 1e-12);
        assert.ok(
          Math.abs(window.squaresAround(1) - held.reduce((sum, item) => sum + (item - 1) ** 2, 0)) < 1e-12,
        );
        assert.ok(
          Math.abs(window.distancesTo(1) - held.reduce((sum, item) => sum + Math.abs(item - 1), 0)) < 1e-12,
        );
      });
    }),
    propertySettings(),
  );
});

test('the mean of a constant window is the constant, to the bit', () => {
  const window = new Window(20);
  for (let i = 0; i < 25; i++) window.push(3.11e-6);
  assert.equal(window.mean(), 3.11e-6);
  assert.equal(window.squaresAround(window.mean()), 0);
});

test('an extreme equals that of the window, the latest of equals, before and after a save', () => {
  fc.assert(
    fc.property(VALUES, PERIOD, fc.constantFrom(1 as const, -1 as const), (values, period, sign) => {
      let extreme = new Extreme(period, sign);
      values.forEach((value, i) => {
        const best = extreme.push(value);
        if (i + 1 < period) assert.ok(Number.isNaN(best));
        else {
          const held = values.slice(i + 1 - period, i + 1);
          const expected = sign === 1 ? Math.max(...held) : Math.min(...held);
          assert.equal(best, expected);
          assert.equal(extreme.age, period - 1 - held.lastIndexOf(expected));
        }
        const copy = new Extreme(period, sign);
        loadTape(copy, saveTape(extreme));
        extreme = copy;
      });
    }),
    propertySettings(),
  );
});

test('a saved state of another length is refused', () => {
  const saved = saveTape(new Window(4));
  assert.throws(() => loadTape(new Window(5), saved), /at least/);
  assert.throws(() => loadTape(new Window(3), saved), /numbers/);
});
