import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE } from '#core';
import { featureSet } from './feature-set.ts';

const TIMEFRAMES = [5 * US_PER_MINUTE, 15 * US_PER_MINUTE, US_PER_HOUR];

test('the default timeframes give about fifty features with unique names', () => {
  const set = featureSet(TIMEFRAMES);
  assert.equal(set.id, 'v1-5m-15m-1h');
  assert.ok(set.names.length >= 45 && set.names.length <= 60, `${set.names.length} features`);
  assert.equal(new Set(set.names).size, set.names.length);
  assert.deepEqual(
    set.names,
    set.definitions.map((definition) => definition.name),
  );
});

test('every feature has a formula, a unit, and a neutral value in its range', () => {
  for (const { name, formula, unit, min, max, neutral } of featureSet(TIMEFRAMES).definitions) {
    assert.ok(formula.length > 5 && unit.length > 2, name);
    assert.ok(min < max && neutral >= min && neutral <= max, name);
  }
});

test('the hash follows the content: equal for equal timeframes, another for others', () => {
  const { hash } = featureSet(TIMEFRAMES);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(featureSet([...TIMEFRAMES]).hash, hash);
  assert.notEqual(featureSet(TIMEFRAMES.slice(0, 2)).hash, hash);
  assert.notEqual(featureSet(TIMEFRAMES.slice(1)).hash, hash);
});

test('the history that suffices is the longest warm-up and a day', () => {
  assert.equal(featureSet(TIMEFRAMES).historyUs, (200 + 24) * US_PER_HOUR);
  assert.equal(featureSet([5 * US_PER_MINUTE]).historyUs, 800 * 5 * US_PER_MINUTE + 24 * US_PER_HOUR);
});
