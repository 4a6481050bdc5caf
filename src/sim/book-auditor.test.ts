import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { type ExecutionEvent, InstrumentTable, type MarketEvent } from '#domain';
import { auditBook } from './test/book-auditor.ts';
import {
  type Command,
  isPrivate,
  play,
  START_US,
  testRules,
  testSpec,
  testWorld,
  told,
} from './test/market-builders.ts';
import { drawAnyScript, drawBookEvents } from './test/order-streams.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const ROUNDS = Number(process.env.ROUNDS ?? 250);
const BEAT_US = 1_000_000;
const EVENTS = 120;
const ORDERS_OPEN_MAX = 12;

/** Private events in short, each with its moment. */
function said(events: readonly (MarketEvent | ExecutionEvent)[]): string[] {
  return events.filter(isPrivate).flatMap((event) => {
    return told([event]).map((line) => `${event.tsVenueUs - START_US} ${line}`);
  });
}

interface Case {
  readonly events: readonly MarketEvent[];
  readonly script: readonly Command[];
  readonly isHedged: boolean;
  readonly specs: readonly ReturnType<typeof testSpec>[];
}

function drawCase(prng: Prng): Case {
  const isCoarse = prng.uniform() < 0.3;
  const isHedged = prng.uniform() < 0.4;
  const changes = isCoarse ? { tickSize: '0.2', lotSize: '0.3', qtyMin: '0.3' } : {};
  const shape = {
    steps: isCoarse ? { tick: 2, lot: 3 } : { tick: 1, lot: 1 },
    middleTicks: 1000,
    reachTicks: prng.integer(3, 40),
    isHedged,
  };
  const hasMark = prng.uniform() < 0.6;
  return {
    events: drawBookEvents(prng, shape, { count: EVENTS, beatUs: BEAT_US, hasMark }),
    script: drawAnyScript(prng, shape, { count: 120, spanUs: EVENTS * BEAT_US, beatUs: BEAT_US }),
    isHedged,
    specs: [testSpec({ ...changes, notionalMin: '0' })],
  };
}

test(`M6 to M11 M29 to M32 M61 to M66 the auditor predicts every private event of random order streams on books (SEED=${SEED})`, async () => {
  const reached = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const { events, isHedged, script, specs } = drawCase(new Prng(SEED + round));
    const rules = testRules({ ordersOpenMax: ORDERS_OPEN_MAX, markAgeUsMax: 20 * BEAT_US });
    const world = testWorld(events, { rules, specs, cash: 1e9 });
    assert.equal(world.controls.setPositionMode(isHedged ? 'hedge' : 'one-way'), null);
    const instrument = new InstrumentTable(specs).at(0);
    const setup = { instrument, isHedged, ordersOpenMax: ORDERS_OPEN_MAX, markAgeUsMax: 20 * BEAT_US };
    const audited = auditBook(setup, events, script);
    const lines = said(play(world, script));
    const where = `seed ${SEED + round}`;
    for (const [at, line] of lines.entries()) assert.equal(line, audited.said[at], `${where} event ${at}`);
    assert.equal(lines.length, audited.said.length, where);
    const found = { both: 0, long: 0, short: 0 };
    for (const { positionSide = 'both', qtyLots } of (await world.account()).positions) {
      found[positionSide] = qtyLots;
    }
    assert.deepEqual(found, audited.positions, where);
    for (const line of lines) {
      const [, kind = '', , more = ''] = line.split(' ');
      const what =
        kind === 'fill' ? `fill ${line.split(' ').at(-1)}` : `${kind} ${/@/.test(more) ? '' : more}`.trim();
      reached.set(what, (reached.get(what) ?? 0) + 1);
    }
  }
  for (const what of REACHED)
    assert.ok(reached.has(what), `the streams reach '${what}': ${[...reached.keys()]}`);
});

const REACHED: readonly string[] = [
  'fill maker',
  'fill taker',
  'order-accepted',
  'order-triggered',
  'order-amended',
  ...['price_filter', 'quantity_filter', 'position_side', 'reduce_only', 'would_trigger_immediately'].map(
    (code) => `order-rejected ${code}`,
  ),
  ...['self_trade', 'post_only_would_take', 'fok_unfilled', 'too_many_orders'].map(
    (code) => `order-rejected ${code}`,
  ),
  ...[
    'reduce_only',
    'self_trade',
    'no_liquidity',
    'not_filled_at_once',
    'fok_unfilled',
    'post_only_would_take',
  ].map((reason) => `order-expired ${reason}`),
  ...['requested', 'amended_below_filled', 'post_only_would_take'].map(
    (reason) => `order-canceled ${reason}`,
  ),
  ...['unknown_order', 'other', 'self_trade'].map((code) => `amend-rejected ${code}`),
  'cancel-rejected unknown_order',
];
