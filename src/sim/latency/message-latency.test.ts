import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MS, XylenError } from '#core';
import { InstrumentTable } from '#domain';
import { testSpec } from '../test/market-builders.ts';
import { LATENCY_DEFAULTS, type LatencyTable, latencyOf, MessageLatency } from './message-latency.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const TABLE = new InstrumentTable([testSpec(), testSpec({ venue: 'binance-usdm' })]);

function line(table: LatencyTable, seed = SEED): MessageLatency {
  return new MessageLatency(new Prng(seed), TABLE.all, table);
}

test('M3 latencies are uniform in their range with rare spikes', () => {
  const rule = { minUs: 50_000, maxUs: 100_000, spikePpm: 20_000, spikeFactorMax: 5 };
  const latency = line({ sim: rule });
  const drawn = Array.from({ length: 20_000 }, (_, i) => {
    const sentUs = i * 1e9;
    return latency.arrivalUs(i % 2 ? 'request' : 'response', 0, sentUs) - sentUs;
  });
  assert.ok(drawn.every((us) => us >= 50_000 && us <= 500_000 && Number.isInteger(us)));
  const plain = drawn.filter((us) => us <= 100_000);
  const spikes = drawn.length - plain.length;
  assert.ok(spikes > 300 && spikes < 500, `2 % of 20,000 are spikes, were ${spikes}`);
  const mean = plain.reduce((sum, us) => sum + us, 0) / plain.length;
  assert.ok(Math.abs(mean - 75_000) < 500, `mean of the others is 75 ms, was ${mean}`);
});

test('M4 messages of one direction and venue keep their order', () => {
  const latency = line({ sim: { minUs: 0, maxUs: 100_000, spikePpm: 0, spikeFactorMax: 2 } });
  let last = 0;
  for (let i = 0; i < 1000; i++) {
    const arrivalUs = latency.arrivalUs('request', 0, i * 1000);
    assert.ok(arrivalUs >= last && arrivalUs >= i * 1000);
    last = arrivalUs;
  }
  // The other venue and the other direction have connections of their own.
  assert.ok(latency.arrivalUs('response', 0, 0) <= 100_000);
  assert.ok(latency.arrivalUs('request', 1, 0) <= 500_000);
});

test('M40 a restored latency draws as the saved one', () => {
  const latency = line({});
  for (let i = 0; i < 10; i++) latency.arrivalUs('request', i % 2, i);
  const copy = line({}, SEED + 1);
  copy.loadState(structuredClone(latency.saveState()));
  for (let i = 0; i < 50; i++) {
    assert.equal(copy.arrivalUs('response', i % 2, i * 7), latency.arrivalUs('response', i % 2, i * 7));
  }
});

test('every first-class venue has its default; an impossible range is refused', () => {
  assert.equal(LATENCY_DEFAULTS['binance-usdm']?.minUs, 50 * US_PER_MS);
  assert.equal(latencyOf({}, 'coinbase').maxUs, 200 * US_PER_MS);
  assert.equal(latencyOf({}, 'ccxt:nowhere').minUs, 100 * US_PER_MS);
  const rule = { minUs: 5, maxUs: 1, spikePpm: 0, spikeFactorMax: 2 };
  assert.throws(() => latencyOf({ sim: rule }, 'sim'), XylenError);
});
