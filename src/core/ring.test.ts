import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { Ring } from './ring.ts';

const capacity = fc.integer({ min: 1, max: 20 });
const values = fc.array(fc.double({ noNaN: true }), { maxLength: 100 });

function contents(ring: Ring): number[] {
  return Array.from({ length: ring.count }, (_, index) => ring.at(index));
}

test('a ring holds the last values, oldest first, and returns the one that falls out', () => {
  fc.assert(
    fc.property(capacity, values, (size, list) => {
      const ring = new Ring(size);
      let model: number[] = [];
      for (const value of list) {
        const dropped = ring.push(value);
        model = [...model, value];
        assert.equal(dropped, model.length > size ? model.shift() : Number.NaN);
        assert.deepEqual(contents(ring), model);
        assert.equal(ring.ago(0), value);
        assert.equal(ring.ago(model.length - 1), model[0]);
        assert.equal(ring.isFull, model.length === size);
      }
    }),
    propertySettings(),
  );
});

test('a ring loaded from a saved one continues as the saved one does', () => {
  fc.assert(
    fc.property(capacity, values, values, (size, before, after) => {
      const saved = new Ring(size);
      for (const value of before) saved.push(value);
      const loaded = new Ring(size);
      loaded.push(1);
      loaded.load(structuredClone(saved.save()));
      for (const value of after) assert.equal(loaded.push(value), saved.push(value));
      assert.deepEqual(contents(loaded), contents(saved));
    }),
    propertySettings(),
  );
});

test('a saved ring does not change with the live one', () => {
  const ring = new Ring(2);
  ring.push(1);
  const saved = ring.save();
  ring.push(2);
  ring.push(3);
  assert.deepEqual(saved, { values: new Float64Array([1, 0]), start: 0, count: 1 });
});

test('outside of what is held there is NaN', () => {
  const ring = new Ring(3);
  ring.push(7);
  assert.deepEqual([ring.at(-1), ring.at(1), ring.ago(1), ring.ago(-1)], Array(4).fill(Number.NaN));
});

test('clear forgets everything', () => {
  const ring = new Ring(2);
  for (const value of [1, 2, 3]) ring.push(value);
  ring.clear();
  assert.deepEqual([ring.count, ring.isFull, ring.at(0)], [0, false, Number.NaN]);
  assert.equal(ring.push(9), Number.NaN);
  assert.deepEqual(contents(ring), [9]);
});

test('a capacity that is no positive integer, or another than the saved one, is refused', () => {
  for (const bad of [0, -1, 1.5, Number.NaN]) assert.throws(() => new Ring(bad), { name: 'AssertionError' });
  assert.throws(() => new Ring(2).load(new Ring(3).save()), {
    name: 'AssertionError',
    message: /capacity 2, was 3/,
  });
});
