import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentMap } from './recent-map.ts';

test('the entry that was set longest ago goes first', () => {
  const map = new RecentMap<number, string>(2);
  map.set(1, 'a');
  map.set(2, 'b');
  map.set(1, 'c');
  map.set(3, 'd');
  assert.deepEqual([map.get(1), map.get(2), map.get(3), map.size], ['c', undefined, 'd', 2]);
  assert.deepEqual(map.takeAll(), ['c', 'd']);
  assert.equal(map.size, 0);
});
