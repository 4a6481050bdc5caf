import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import {
  type ExecutionEvent,
  type FillEvent,
  InstrumentTable,
  type MarketEvent,
  type OrderRequest,
  type PositionSide,
  type VenuePosition,
} from '#domain';
import { SYNTHETIC_SYMBOLS, syntheticMarket } from './synthetic/index.ts';
import { money, START_US, testRules, testWorld } from './test/market-builders.ts';
import { drawAnyOrder } from './test/order-streams.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const ROUNDS = Number(process.env.ROUNDS ?? 40);
const BAR_US = 300_000_000;
const CASH = 400;
const RULES = testRules({
  leverage: 20,
  latency: { sim: { minUs: 1_000, maxUs: 400_000, spikePpm: 50_000, spikeFactorMax: 20 } },
});

/** How an account is set up: hedged or not, which of two instruments are isolated. */
interface Mode {
  readonly name: string;
  readonly isHedged: boolean;
  readonly isolated: readonly number[];
}

const MODES: readonly Mode[] = [
  { name: 'one-way, cross', isHedged: false, isolated: [] },
  { name: 'hedge, cross', isHedged: true, isolated: [] },
  { name: 'one-way, isolated', isHedged: false, isolated: [0, 1] },
  { name: 'hedge, one of two isolated', isHedged: true, isolated: [1] },
];

interface Run {
  readonly requests: ReadonlyMap<string, OrderRequest>;
  readonly seen: readonly (MarketEvent | ExecutionEvent)[];
  readonly cashAtoms: bigint;
  readonly positions: readonly VenuePosition[];
  readonly table: InstrumentTable;
  readonly moves: number;
}

/** A reckless trader: orders of all kinds on two symbols, changes, and margin moved to and fro. */
async function run(seed: number, mode: Mode): Promise<Run> {
  const market = syntheticMarket({
    symbols: SYNTHETIC_SYMBOLS.slice(0, 2).map((symbol) => ({ ...symbol, dailyVolatility: 0.15 })),
    startUs: START_US - (START_US % BAR_US),
    endUs: START_US + 120 * BAR_US,
    barUs: BAR_US,
    seed,
    feedLatencyUs: 10_000,
  });
  const events: MarketEvent[] = [];
  for (let event = market.next(); event !== undefined; event = market.next()) events.push(event);
  const specs = market.instrumentSpecs.map((spec) => ({
    ...spec,
    marginTiers: [
      { notionalMax: '4500', maintenanceMarginPpm: spec.maintenanceMarginPpm, leverageMax: spec.leverageMax },
      { notionalMax: null, maintenanceMarginPpm: 3 * spec.maintenanceMarginPpm, leverageMax: 10 },
    ],
  }));
  const world = testWorld(events, { specs, seed, cash: CASH, rules: RULES });
  world.controls.setPositionMode(mode.isHedged ? 'hedge' : 'one-way');
  for (const ix of mode.isolated) world.controls.setMarginMode(ix, 'isolated');
  const prng = new Prng(seed);
  const requests = new Map<string, OrderRequest>();
  const seen: (MarketEvent | ExecutionEvent)[] = [];
  let moves = 0;
  for (let step = world.advance(1e18); step !== 'end'; step = world.advance(1e18)) {
    assert.ok(typeof step === 'object' && !(step instanceof Promise));
    const { event } = step;
    seen.push(event);
    if (event.kind !== 'candle' || prng.uniform() < 0.3) continue;
    const { closeTicks, instrumentIx, tsLocalUs } = event;
    const shape = {
      steps: { tick: 1, lot: instrumentIx === 0 ? 12 : 200 },
      middleTicks: closeTicks,
      reachTicks: Math.ceil(closeTicks * 0.002),
      isHedged: mode.isHedged,
    };
    for (let left = prng.integer(1, 4); left > 0; left--) {
      const request = { ...drawAnyOrder(prng, `o${requests.size}`, shape), instrumentIx };
      requests.set(request.clientOrderId, request);
      world.receiveOrder(request, tsLocalUs);
    }
    const clientOrderId = `o${prng.integer(0, requests.size)}`;
    if (prng.uniform() < 0.3) world.cancel({ clientOrderId, instrumentIx }, tsLocalUs);
    else
      world.amend({ clientOrderId, instrumentIx, priceTicks: closeTicks + prng.integer(-40, 41) }, tsLocalUs);
    const positionSide: PositionSide = mode.isHedged ? (prng.uniform() < 0.5 ? 'long' : 'short') : 'both';
    const amountAtoms = BigInt(prng.integer(-20_000_000, 50_000_000));
    const refusal = world.controls.adjustMargin({ instrumentIx, positionSide, amountAtoms }, tsLocalUs);
    moves += refusal === null ? 1 : 0;
  }
  const { cashAtoms, positions } = await world.account();
  return { requests, seen, cashAtoms, positions, table: new InstrumentTable(specs), moves };
}

const keyOf = (ix: number, side: PositionSide = 'both'): string => `${ix}|${side}`;
const isFill = (event: MarketEvent | ExecutionEvent): event is FillEvent => event.kind === 'fill';

/** Holds what an account has at its end against what it was told on the way. */
function assertConserved({ cashAtoms, positions, seen, table }: Run, where: string): void {
  const lots = new Map<string, number>();
  const spent = new Map<string, bigint>();
  let expected = money(CASH);
  for (const event of seen) {
    if (event.kind === 'funding-payment') {
      assert.equal(event.positionLots, lots.get(keyOf(event.instrumentIx, event.positionSide)), where);
      expected += event.amountAtoms;
    }
    if (!isFill(event)) continue;
    const key = keyOf(event.instrumentIx, event.positionSide);
    const signed = event.side === 'buy' ? event.qtyLots : -event.qtyLots;
    lots.set(key, (lots.get(key) ?? 0) + signed);
    spent.set(key, (spent.get(key) ?? 0n) + BigInt(signed) * BigInt(event.priceTicks));
    expected -= event.feeAtoms;
    if (event.positionSide === 'long') assert.ok((lots.get(key) ?? 0) >= 0, `${where}: long is never short`);
    if (event.positionSide === 'short') assert.ok((lots.get(key) ?? 0) <= 0, `${where}: short is never long`);
  }
  const held = new Map(positions.map((one) => [keyOf(one.instrumentIx, one.positionSide), one]));
  for (const [key, sum] of lots) {
    const position = held.get(key);
    assert.equal(position?.qtyLots ?? 0, sum, `${where}: ${key} is the sum of its fills`);
    const cost = position?.costTickLots ?? 0n;
    const { atomsPerTickLot } = table.at(Number.parseInt(key, 10));
    expected += (cost - (spent.get(key) ?? 0n)) * BigInt(atomsPerTickLot);
  }
  assert.equal(cashAtoms, expected, `${where}: cash is what the events say`);
}

/** M9 M11 M66: nothing that only closes ever opens, and nothing fills beyond its quantity or its limit. */
function assertBounded({ requests, seen }: Run, where: string): void {
  const lots = new Map<string, number>();
  const sizes = new Map([...requests].map(([id, request]) => [id, request.qtyLots]));
  const limits = new Map([...requests].map(([id, request]) => [id, request.priceTicks]));
  const filled = new Map<string, number>();
  for (const event of seen) {
    if (event.kind === 'order-amended') {
      sizes.set(event.clientOrderId, event.qtyLots);
      limits.set(event.clientOrderId, event.priceTicks);
    }
    if (!isFill(event)) continue;
    const { clientOrderId: id, priceTicks, qtyLots, side } = event;
    const key = keyOf(event.instrumentIx, event.positionSide);
    const before = lots.get(key) ?? 0;
    const after = before + (side === 'buy' ? qtyLots : -qtyLots);
    lots.set(key, after);
    const request = requests.get(id);
    assert.ok(
      event.isLiquidation !== (request !== undefined),
      `${where}: ${id} is an order or a forced close`,
    );
    const isClosing = request === undefined || request.reduceOnly || request.closePosition === true;
    if (isClosing)
      assert.ok(Math.abs(after) < Math.abs(before) && after * before >= 0, `${where}: ${id} closes`);
    if (request === undefined) continue;
    filled.set(id, (filled.get(id) ?? 0) + qtyLots);
    if (request.closePosition !== true)
      assert.equal(event.leavesLots, (sizes.get(id) ?? 0) - (filled.get(id) ?? 0));
    assert.ok(event.leavesLots >= 0, `${where}: ${id} fills at most its quantity`);
    const limit = limits.get(id) ?? null;
    if (limit === null) continue;
    assert.ok(
      side === 'buy' ? priceTicks <= limit : priceTicks >= limit,
      `${where}: ${id} fills within its limit`,
    );
  }
}

for (const mode of MODES) {
  test(`M34 M66 M70 an account that is ${mode.name} balances to the atom over streams of all kinds (SEED=${SEED})`, async () => {
    let liquidations = 0;
    let payments = 0;
    let moves = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const done = await run(SEED + round, mode);
      const where = `seed ${SEED + round}`;
      assertConserved(done, where);
      assertBounded(done, where);
      for (const { instrumentIx, marginAtoms } of done.positions) {
        assert.equal(marginAtoms !== undefined, mode.isolated.includes(instrumentIx), where);
      }
      liquidations += done.seen.filter((event) => isFill(event) && event.isLiquidation).length;
      payments += done.seen.filter((event) => event.kind === 'funding-payment').length;
      moves += done.moves;
    }
    assert.ok(liquidations > 0, 'some positions are liquidated');
    assert.ok(payments > 0, 'some funding is paid');
    assert.equal(moves > 0, mode.isolated.length > 0, 'margin is moved where it can be');
  });
}
