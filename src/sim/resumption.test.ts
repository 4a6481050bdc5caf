import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import type { MarketEvent } from '#domain';
import type { SimulatedWorld } from './simulated-world.ts';
import {
  assertResumable,
  BAR_US,
  bookOrder,
  type Command,
  candle,
  funding,
  mark,
  play,
  print,
  testRules,
  testWorld,
} from './test/market-builders.ts';
import { drawAnyScript, drawBookEvents, type StreamShape } from './test/order-streams.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const ROUNDS = Number(process.env.ROUNDS ?? 12);
const SPAN_US = 4 * BAR_US;

function drawPrices(prng: Prng, count: number): number[] {
  let price = 1000;
  return Array.from({ length: count }, () => {
    price += prng.integer(-6, 7);
    return price;
  });
}

/** Events of each data level over the same span, with marks and a funding payment among them. */
const LEVELS: Readonly<Record<string, (prng: Prng, shape: StreamShape) => MarketEvent[]>> = {
  candles: (prng) =>
    drawPrices(prng, 5).map((price, at) => {
      const close = price + prng.integer(-15, 16);
      const high = Math.max(price, close) + prng.integer(0, 20);
      const low = Math.min(price, close) - prng.integer(0, 20);
      return candle(at, [price, high, low, close, prng.integer(0, 800)]);
    }),
  trades: (prng) =>
    drawPrices(prng, 80).map((price, at) =>
      print(at * (SPAN_US / 80), price, prng.integer(1, 90), prng.uniform() < 0.5 ? 'buy' : 'sell'),
    ),
  book: (prng, shape) => drawBookEvents(prng, shape, { count: 80, beatUs: SPAN_US / 80, hasMark: false }),
  'order by order': (prng) =>
    drawPrices(prng, 200).map((price, at) => {
      const afterUs = at * (SPAN_US / 200);
      const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
      const ticks = 1000 + (side === 'buy' ? -prng.integer(1, 12) : prng.integer(1, 12));
      if (at > 30 && prng.uniform() < 0.3) return print(afterUs, price, prng.integer(1, 60), side);
      return bookOrder(afterUs, `r${at}`, side, ticks, prng.integer(1, 40));
    }),
};

function withMarks(prng: Prng, events: readonly MarketEvent[]): MarketEvent[] {
  const more = Array.from({ length: 12 }, (_, at) =>
    mark(Math.floor((at + prng.uniform()) * (SPAN_US / 12)), 1000 + prng.integer(-30, 31)),
  );
  const learned = (event: MarketEvent): number =>
    event.kind === 'candle' ? event.openTsUs : event.tsVenueUs;
  return [...events, ...more, funding(SPAN_US / 2, 100_000_000)].sort((a, b) => learned(a) - learned(b));
}

for (const [level, drawEvents] of Object.entries(LEVELS)) {
  test(`M40 on ${level} every kind of order and account goes on from a saved state as though nothing had happened (SEED=${SEED})`, async () => {
    let fills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const prng = new Prng(SEED + round);
      const isHedged = prng.uniform() < 0.5;
      const isIsolated = prng.uniform() < 0.5;
      const shape = { steps: { tick: 1, lot: 1 }, middleTicks: 1000, reachTicks: 20, isHedged };
      const events = withMarks(prng, drawEvents(prng, shape));
      const script: Command[] = drawAnyScript(prng, shape, {
        count: 45,
        spanUs: SPAN_US,
        beatUs: SPAN_US / 16,
      });
      const makeWorld = (): SimulatedWorld => {
        const world = testWorld(events, { rules: testRules(), cash: 100 });
        world.controls.setPositionMode(isHedged ? 'hedge' : 'one-way');
        world.controls.setMarginMode(0, isIsolated ? 'isolated' : 'cross');
        return world;
      };
      assertResumable(makeWorld, script);
      const world = makeWorld();
      let lots = 0;
      for (const event of play(world, script)) {
        if (event.kind !== 'fill') continue;
        fills++;
        lots += event.side === 'buy' ? event.qtyLots : -event.qtyLots;
      }
      const held = (await world.account()).positions.reduce((sum, { qtyLots }) => sum + qtyLots, 0);
      assert.equal(held, lots, `seed ${SEED + round}: positions are the sum of fills`);
    }
    assert.ok(fills > ROUNDS, `the streams trade, were ${fills} fills`);
  });
}
