import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { TimedHeap } from './heap.ts';

/** Few different times, so that equal ones are common. */
const times = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 300 });

function drain<T>(heap: TimedHeap<T>): (T | undefined)[] {
  const items: (T | undefined)[] = [];
  while (heap.count > 0) items.push(heap.pop());
  return items;
}

test('items leave by time, equal times in the order they came', () => {
  fc.assert(
    fc.property(times, (list) => {
      const heap = new TimedHeap<number>();
      for (const [index, ts] of list.entries()) heap.push(ts, index);
      const wanted = list
        .map((ts, index) => ({ ts, index }))
        .sort((a, b) => a.ts - b.ts || a.index - b.index)
        .map((item) => item.index);
      assert.deepEqual(drain(heap), wanted);
    }),
    propertySettings(),
  );
});

/** Pushes for numbers, pops for `null`. */
const steps = fc.array(fc.option(fc.integer({ min: 0, max: 5 }), { freq: 2 }), { maxLength: 200 });

test('pushes and pops in any mixture agree with a sorted list', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const heap = new TimedHeap<number>();
      let model: { ts: number; id: number }[] = [];
      for (const [id, ts] of list.entries()) {
        if (ts !== null) {
          heap.push(ts, id);
          model = [...model, { ts, id }].sort((a, b) => a.ts - b.ts || a.id - b.id);
        } else assert.equal(heap.pop(), model.shift()?.id);
        assert.deepEqual(
          [heap.count, heap.nextTsUs, heap.peek()],
          [model.length, model[0]?.ts ?? Number.POSITIVE_INFINITY, model[0]?.id],
        );
      }
    }),
    propertySettings(),
  );
});

test('a heap loaded from a saved one continues as the saved one does', () => {
  fc.assert(
    fc.property(times, times, fc.nat(300), (before, after, popCount) => {
      const saved = new TimedHeap<string>();
      for (const [index, ts] of before.entries()) saved.push(ts, `before ${index}`);
      for (let i = 0; i < popCount; i++) saved.pop();
      const loaded = new TimedHeap<string>();
      loaded.push(1, 'is replaced');
      loaded.load(structuredClone(saved.save()));
      for (const [index, ts] of after.entries()) {
        saved.push(ts, `after ${index}`);
        loaded.push(ts, `after ${index}`);
      }
      assert.deepEqual(drain(loaded), drain(saved));
    }),
    propertySettings(),
  );
});

test('a saved heap does not change with the live one', () => {
  const heap = new TimedHeap<number>();
  heap.push(5, 50);
  const saved = heap.save();
  heap.push(1, 10);
  heap.pop();
  assert.deepEqual(saved, { nextSeq: 1, entries: [{ tsUs: 5, seq: 0, item: 50 }] });
});

test('an empty heap has nothing and is due never', () => {
  const heap = new TimedHeap<number>();
  assert.deepEqual(
    [heap.count, heap.nextTsUs, heap.peek(), heap.pop()],
    [0, Number.POSITIVE_INFINITY, undefined, undefined],
  );
});

test('the heap is bounded, and a time that is no number is refused', () => {
  const heap = new TimedHeap<number>(2);
  heap.push(1, 1);
  heap.push(2, 2);
  assert.throws(() => heap.push(3, 3), { name: 'AssertionError', message: /at most 2/ });
  heap.pop();
  assert.throws(() => heap.push(Number.NaN, 3), { name: 'AssertionError' });
  assert.equal(heap.count, 1);
});
