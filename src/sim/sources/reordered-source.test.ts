import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, Prng } from '#core';
import { type MarketEvent, orderedUs } from '#domain';
import { eventSource, print } from '../test/market-builders.ts';
import { reorderedSource } from './reordered-source.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const WINDOW_US = 250_000;
const OPTIONS = { windowUs: WINDOW_US, feedLatencyUs: 0 };

/** Prints that arrive in order, some at once, some late, some before they happened (a clock is wrong). */
function arrivals(prng: Prng, count: number): MarketEvent[] {
  let localUs = 1_700_006_000_000_000;
  return Array.from({ length: count }, (_, at) => {
    localUs += prng.integer(0, 40_000);
    const lagUs = prng.integer(-50_000, 400_000);
    return { ...print(at, 1000, 1 + at, 'buy'), tradeId: at, tsLocalUs: localUs, tsVenueUs: localUs - lagUs };
  });
}

function drain(source: ReturnType<typeof reorderedSource>): MarketEvent[] {
  const out: MarketEvent[] = [];
  for (;;) {
    const event = source.next();
    assert.ok(!(event instanceof Promise));
    if (event === undefined) return out;
    out.push(event);
  }
}

test(`events leave by the moment at which they count, equal ones as they came (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  for (let round = 0; round < 50; round++) {
    const events = arrivals(prng, 200);
    const wanted = events
      .map((event, at) => ({ event, at, us: orderedUs(event.tsVenueUs, event.tsLocalUs, WINDOW_US) }))
      .sort((a, b) => a.us - b.us || a.at - b.at)
      .map(({ event, us }) => ({ ...event, tsVenueUs: us }));
    assert.deepEqual(drain(reorderedSource(eventSource(events), OPTIONS)), wanted);
  }
});

test('a trader sees nothing sooner than the least latency after it counts', () => {
  const events = arrivals(new Prng(SEED), 300);
  const source = reorderedSource(eventSource(events), { windowUs: WINDOW_US, feedLatencyUs: 100_000 });
  for (const { tsLocalUs, tsVenueUs } of drain(source)) assert.ok(tsLocalUs >= tsVenueUs + 100_000);
});

test('a source saved in the middle goes on with the same events', () => {
  const events = arrivals(new Prng(SEED), 300);
  const whole = drain(reorderedSource(eventSource(events), OPTIONS));
  const source = reorderedSource(eventSource(events), OPTIONS);
  for (let at = 0; at < 117; at++) source.next();
  const other = reorderedSource(eventSource(events), OPTIONS);
  other.loadState(structuredClone(source.saveState()));
  assert.deepEqual(drain(other), whole.slice(117));
});

test('a stream out of order of arrival is a bug', () => {
  const [first, second] = arrivals(new Prng(SEED), 2);
  assert.ok(first !== undefined && second !== undefined);
  const later = { ...first, tsLocalUs: second.tsLocalUs + 10_000_000 };
  assert.throws(() => drain(reorderedSource(eventSource([later, second]), OPTIONS)), AssertionError);
});
