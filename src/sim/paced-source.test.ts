/** A source that is read as time passes gives the world the same events as one that was there from the start. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EpochUs, Prng } from '#core';
import { type ExecutionEvent, InstrumentTable, type MarketEvent } from '#domain';
import { SimulatedWorld } from './simulated-world.ts';
import { learnedUs, type PacedSource, type Quiet } from './source.ts';
import {
  BAR_US,
  book,
  candle,
  eventSource,
  limit,
  money,
  order,
  print,
  START_US,
  testRules,
  testSpec,
} from './test/market-builders.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const LATE = testRules({
  latency: { sim: { minUs: 50_000, maxUs: 100_000, spikePpm: 100_000, spikeFactorMax: 5 } },
});

type Seen = MarketEvent | ExecutionEvent;

/** Says at random that nothing happens for a while, and tells events only when they are asked for. */
function paced(events: readonly MarketEvent[], prng: Prng): PacedSource {
  let at = 0;
  let toldUs = 0;
  return {
    feeds: eventSource(events).feeds,
    next(limitUs: EpochUs): MarketEvent | Quiet | undefined {
      const event = events[at];
      if (event === undefined) return undefined;
      const dueUs = learnedUs(event);
      assert.ok(limitUs >= toldUs, 'what was told to be quiet is not asked for again');
      if (dueUs > limitUs && prng.uniform() < 0.9) {
        toldUs = limitUs + prng.integer(1, dueUs - limitUs + 1);
        return { kind: 'quiet', untilUs: toldUs };
      }
      at++;
      return event;
    },
    saveState: () => at,
    loadState: () => undefined,
  };
}

function market(prng: Prng): MarketEvent[] {
  const events: MarketEvent[] = [book(0, true, [999, 500], [1001, 500])];
  for (let us = 0; us < 2 * BAR_US; us += prng.integer(1, 3_000_000)) {
    const isBook = prng.uniform() < 0.4;
    const shift = prng.integer(0, 5);
    const levels = [prng.integer(0, 300), prng.integer(0, 300)] as const;
    if (isBook) events.push(book(us, false, [999 - shift, levels[0]], [1001 + shift, levels[1]]));
    else events.push(print(us, 998 + shift, prng.integer(1, 50), shift > 2 ? 'buy' : 'sell'));
  }
  const summary: MarketEvent = { ...candle(0, [1000, 1002, 998, 1001, 4000]), isSummary: true };
  events.push(summary);
  return events.sort((a, b) => learnedUs(a) - learnedUs(b));
}

/** Advances in steps of a heartbeat, as a session with timers does, and trades on what it sees. */
function play(source: PacedSource, seed: number): Seen[] {
  const world = new SimulatedWorld({
    source,
    instruments: new InstrumentTable([testSpec()]),
    cashAtoms: money(10_000),
    rules: LATE,
    prng: new Prng(seed),
  });
  const seen: Seen[] = [];
  let heartbeatUs = START_US + 7_000_000;
  let count = 0;
  for (;;) {
    const step = world.advance(heartbeatUs);
    assert.ok(!(step instanceof Promise));
    if (step === 'end') return seen;
    if (step === 'idle') {
      count++;
      world.receiveOrder(count % 2 === 0 ? order(`h${count}`) : limit(`h${count}`, 'buy', 999), heartbeatUs);
      heartbeatUs += 7_000_000;
    } else seen.push(step.event);
  }
}

test(`telling a market bit by bit changes nothing of what a trader sees (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  for (let round = 0; round < 30; round++) {
    const events = market(prng.split(`market ${round}`));
    const wanted = play(eventSource(events), round);
    assert.ok(wanted.some((event) => event.kind === 'fill'));
    assert.ok(wanted.some((event) => event.kind === 'candle'));
    assert.deepEqual(play(paced(events, prng.split(`pace ${round}`)), round), wanted);
  }
});
