import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { InstrumentTable, type MarkEvent, type TradeEvent } from '#domain';
import {
  fills,
  mark,
  play,
  print,
  TEST_RULE,
  testRules,
  testSpec,
  testWorld,
  told,
} from './test/market-builders.ts';
import { drawAnyScript } from './test/order-streams.ts';
import { auditTrades } from './test/trade-auditor.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const ROUNDS = Number(process.env.ROUNDS ?? 200);
const BEAT_US = 3_000_000;
const EVENTS = 120;

/** Prints that wander, now and then with jumps and pauses of more than a minute, and marks among them. */
function drawPrints(prng: Prng, hasMark: boolean): (TradeEvent | MarkEvent)[] {
  const events: (TradeEvent | MarkEvent)[] = [];
  let middle = 1000;
  let afterUs = 0;
  for (let at = 0; at < EVENTS; at++) {
    middle += prng.uniform() < 0.1 ? prng.integer(-15, 16) : prng.integer(-3, 4);
    const isMark = hasMark && prng.uniform() < 0.2;
    const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const lots = prng.integer(1, prng.uniform() < 0.2 ? 400 : 60);
    events.push(isMark ? mark(afterUs, middle + prng.integer(-6, 7)) : print(afterUs, middle, lots, side));
    if (prng.uniform() > 0.3) afterUs += prng.uniform() < 0.03 ? 70_000_000 : prng.integer(1, 2 * BEAT_US);
  }
  return events;
}

test(`M26 to M28 M60 to M66 the auditor predicts every fill and every end of streams of all kinds of orders on prints (SEED=${SEED})`, async () => {
  const seen = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const prng = new Prng(SEED + round);
    const isCoarse = prng.uniform() < 0.4;
    const isHedged = prng.uniform() < 0.4;
    const steps = isCoarse ? { tick: 5, lot: 3 } : { tick: 1, lot: 1 };
    const specs = [
      testSpec({ notionalMin: '0', ...(isCoarse ? { tickSize: '0.5', lotSize: '0.3', qtyMin: '0.3' } : {}) }),
    ];
    const rule = {
      ...TEST_RULE,
      levelVolumePpm: prng.integer(5_000, 200_000),
      levelCountMax: prng.integer(1, 8),
    };
    const events = drawPrints(prng, prng.uniform() < 0.5);
    const shape = { steps, middleTicks: 1000, reachTicks: prng.integer(5, 40), isHedged };
    const script = drawAnyScript(prng, shape, { count: 110, spanUs: EVENTS * BEAT_US, beatUs: BEAT_US });
    const instrument = new InstrumentTable(specs).at(0);
    const audit = auditTrades({ instrument, rule, isHedged, markAgeUsMax: 10 * BEAT_US }, events, script);
    const rules = testRules({ depthRule: rule, ordersOpenMax: 1000, markAgeUsMax: 10 * BEAT_US });
    const world = testWorld(events, { rules, specs, cash: 1e9 });
    world.controls.setPositionMode(isHedged ? 'hedge' : 'one-way');
    const told1 = play(world, script);
    const where = `seed ${SEED + round}`;
    assert.deepEqual(fills(told1), audit.fills, where);
    const codes = new Map(
      told1.flatMap((event) =>
        event.kind === 'order-rejected' ? [[event.clientOrderId, event.code] as const] : [],
      ),
    );
    for (const [id, state] of audit.states) {
      const expected = /^(held|conditional|resting|working)$/.test(state) ? 'open' : state;
      const status = (await world.order(id, 0))?.status ?? 'absent';
      const found = codes.get(id) ?? (['FILLED', 'CANCELED', 'EXPIRED'].includes(status) ? status : 'open');
      assert.equal(found, expected, `${where} ${id}`);
    }
    for (const line of told(told1)) {
      const [kind = '', , reason = ''] = line.split(' ');
      const what =
        kind === 'fill' ? `fill ${line.split(' ').at(-1)}` : /@/.test(reason) ? kind : `${kind} ${reason}`;
      seen.set(what.trim(), (seen.get(what.trim()) ?? 0) + 1);
    }
  }
  for (const what of [
    'fill maker',
    'fill taker',
    'order-triggered',
    'order-amended',
    'order-expired self_trade',
    'order-expired reduce_only',
    'order-expired no_liquidity',
    'order-canceled amended_below_filled',
    'order-rejected position_side',
  ]) {
    assert.ok(seen.has(what), `the streams reach '${what}': ${[...seen.keys()]}`);
  }
});
