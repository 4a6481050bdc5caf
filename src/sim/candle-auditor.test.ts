import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import {
  type CandleEvent,
  InstrumentTable,
  type MarkEvent,
  type OrderRequest,
  type VenueOrder,
} from '#domain';
import { auditCandles } from './test/candle-auditor.ts';
import {
  BAR_US,
  type Bar,
  type Command,
  candle,
  fills,
  mark,
  play,
  START_US,
  TEST_RULE,
  testRules,
  testSpec,
  testWorld,
  told,
} from './test/market-builders.ts';
import { drawAnyScript } from './test/order-streams.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const ROUNDS = Number(process.env.ROUNDS ?? 150);

/** Bars of a wild little market: jumps at the open, dead bars, gaps, hardly any volume now and then. */
function drawBars(prng: Prng, count: number): CandleEvent[] {
  const bars: CandleEvent[] = [];
  let close = 1000;
  for (let at = 0; at < count; at++) {
    if (prng.uniform() < 0.08) continue;
    const open = close + (prng.uniform() < 0.25 ? prng.integer(-25, 26) : 0);
    close = Math.max(200, open + prng.integer(-20, 21));
    const high = Math.max(open, close) + prng.integer(0, 20);
    const low = Math.max(100, Math.min(open, close) - prng.integer(0, 20));
    const volume =
      prng.uniform() < 0.1 ? 0 : prng.uniform() < 0.2 ? prng.integer(1, 60) : prng.integer(100, 2000);
    const bar: Bar = [open, high, low, close, volume];
    bars.push(candle(at, bar));
  }
  return bars.length > 0 ? bars : [candle(0, [1000, 1010, 990, 1000, 500])];
}

function drawOrder(
  prng: Prng,
  id: string,
  steps: { readonly tick: number; readonly lot: number },
): OrderRequest {
  const type = (['market', 'limit', 'limit', 'limit', 'stop_market', 'take_profit_market'] as const)[
    prng.integer(0, 6)
  ]!;
  const ticks = Math.round((1000 + prng.integer(-60, 61)) / steps.tick) * steps.tick;
  const isOff = prng.uniform() < 0.02;
  return {
    clientOrderId: id,
    instrumentIx: 0,
    side: prng.uniform() < 0.5 ? 'buy' : 'sell',
    type,
    label: 'ENTRY',
    qtyLots: prng.integer(1, prng.uniform() < 0.3 ? 200 : 20) * steps.lot + (isOff ? 0.5 : 0),
    priceTicks: type === 'limit' ? ticks + (isOff ? 0.5 : 0) : null,
    triggerTicks: type === 'stop_market' || type === 'take_profit_market' ? ticks : null,
    timeInForce: (['GTC', 'GTC', 'GTC', 'IOC', 'FOK', 'GTX'] as const)[prng.integer(0, 6)]!,
    reduceOnly: prng.uniform() < 0.3,
  };
}

function drawScript(
  prng: Prng,
  barCount: number,
  steps: { readonly tick: number; readonly lot: number },
): Command[] {
  const moments = Array.from({ length: prng.integer(1, 60) }, () => {
    const afterUs = prng.integer(0, barCount * BAR_US);
    // Some commands come exactly at bends and opens, where the order of things matters most.
    return prng.uniform() < 0.3 ? Math.floor(afterUs / (BAR_US / 4)) * (BAR_US / 4) : afterUs;
  }).sort((a, b) => a - b);
  return moments.map((afterUs, at) =>
    prng.uniform() < 0.15
      ? { afterUs, cancel: `o${prng.integer(0, at + 1)}` }
      : { afterUs, submit: drawOrder(prng, `o${prng.uniform() < 0.03 ? 0 : at}`, steps) },
  );
}

function stateOf(found: VenueOrder | null, rejected: string | undefined): string {
  if (rejected !== undefined) return rejected;
  if (found === null) return 'absent';
  return ['FILLED', 'CANCELED', 'EXPIRED'].includes(found.status) ? found.status : 'open';
}

test('M6 to M24 the auditor predicts every fill and every end of random order streams', async () => {
  const seen = { fills: 0, rejected: new Set<string>(), states: new Set<string>() };
  for (let round = 0; round < ROUNDS; round++) {
    const prng = new Prng(SEED + round);
    const isCoarse = prng.uniform() < 0.4;
    const spec = testSpec(isCoarse ? { tickSize: '0.5', lotSize: '0.3', qtyMin: '0.3' } : {});
    const steps = isCoarse ? { tick: 5, lot: 3 } : { tick: 1, lot: 1 };
    const rule = {
      ...TEST_RULE,
      levelVolumePpm: prng.integer(5_000, 200_000),
      levelCountMax: prng.integer(1, 8),
    };
    const bars = drawBars(prng, 12);
    const script = drawScript(prng, 13, steps);
    const specs = [{ ...spec, notionalMin: '0' }];
    const instruments = new InstrumentTable(specs);
    const instrument = instruments.at(0);
    const audit = auditCandles({ instrument, rule, isHedged: false, markAgeUsMax: 0 }, bars, [], script);
    const setup = { rules: testRules({ depthRule: rule, ordersOpenMax: 1000 }), specs, cash: 1e9 };
    const world = testWorld(bars, setup);
    const events = play(world, script);
    const where = `seed ${SEED + round}`;
    assert.deepEqual(fills(events), audit.fills, where);
    const codes = new Map(
      events.flatMap((event) =>
        event.kind === 'order-rejected' ? [[event.clientOrderId, event.code] as const] : [],
      ),
    );
    for (const [id, state] of audit.states) {
      const expected = /^(held|conditional|resting|working)$/.test(state) ? 'open' : state;
      assert.equal(stateOf(await world.order(id, 0), codes.get(id)), expected, `${where} ${id}`);
      seen.states.add(expected);
    }
    seen.fills += audit.fills.length;
    for (const code of codes.values()) seen.rejected.add(code);
  }
  assert.ok(seen.fills > ROUNDS, `the streams trade, were ${seen.fills} fills`);
  for (const state of [
    'FILLED',
    'CANCELED',
    'EXPIRED',
    'open',
    'self_trade',
    'fok_unfilled',
    'reduce_only',
  ]) {
    assert.ok(seen.states.has(state), `the streams reach ${state}`);
  }
  for (const code of [
    'would_trigger_immediately',
    'post_only_would_take',
    'price_filter',
    'quantity_filter',
  ]) {
    assert.ok(seen.rejected.has(code), `the streams reach ${code}`);
  }
  assert.ok(START_US > 0);
});

/** Bars with marks between them, in the order in which the venue learns of them. */
function withMarks(bars: readonly CandleEvent[], marks: readonly MarkEvent[]): (CandleEvent | MarkEvent)[] {
  const learned = (event: CandleEvent | MarkEvent): number =>
    event.kind === 'candle' ? event.openTsUs : event.tsVenueUs;
  return [...bars, ...marks].sort((a, b) => learned(a) - learned(b));
}

test(`M6 to M24 M60 to M66 the auditor predicts every fill and every end of streams of all kinds of orders on candles (SEED=${SEED})`, async () => {
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
    const bars = drawBars(prng, 12);
    const shape = { steps, middleTicks: 1000, reachTicks: prng.integer(10, 60), isHedged };
    const script = drawAnyScript(prng, shape, { count: 70, spanUs: 13 * BAR_US, beatUs: BAR_US / 4 });
    const marks = Array.from({ length: prng.uniform() < 0.5 ? 0 : 60 }, (_, at) =>
      mark(
        prng.integer(at, at + 1) * (BAR_US / 5) + prng.integer(0, BAR_US / 5),
        1000 + prng.integer(-60, 61),
      ),
    );
    const instrument = new InstrumentTable(specs).at(0);
    const audit = auditCandles({ instrument, rule, isHedged, markAgeUsMax: BAR_US / 2 }, bars, marks, script);
    const rules = testRules({ depthRule: rule, ordersOpenMax: 1000, markAgeUsMax: BAR_US / 2 });
    const world = testWorld(withMarks(bars, marks), { rules, specs, cash: 1e9 });
    world.controls.setPositionMode(isHedged ? 'hedge' : 'one-way');
    const events = play(world, script);
    const where = `seed ${SEED + round}`;
    assert.deepEqual(fills(events), audit.fills, where);
    const codes = new Map(
      events.flatMap((event) =>
        event.kind === 'order-rejected' ? [[event.clientOrderId, event.code] as const] : [],
      ),
    );
    for (const [id, state] of audit.states) {
      const expected = /^(held|conditional|resting|working)$/.test(state) ? 'open' : state;
      assert.equal(stateOf(await world.order(id, 0), codes.get(id)), expected, `${where} ${id}`);
    }
    for (const line of told(events)) {
      const [kind = '', , reason = ''] = line.split(' ');
      const what =
        kind === 'fill' ? `fill ${line.split(' ').at(-1)}` : /@/.test(reason) ? kind : `${kind} ${reason}`;
      seen.set(what.trim(), (seen.get(what.trim()) ?? 0) + 1);
    }
  }
  for (const what of [
    'fill maker',
    'order-triggered',
    'order-amended',
    'order-expired self_trade',
    'order-expired fok_unfilled',
    'order-canceled amended_below_filled',
    'amend-rejected self_trade',
    'order-rejected position_side',
  ]) {
    assert.ok(seen.has(what), `the streams reach '${what}': ${[...seen.keys()]}`);
  }
});
