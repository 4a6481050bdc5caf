import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absBig, Prng } from '#core';
import { feeAtoms } from '#costs';
import {
  type CandleEvent,
  type ExecutionEvent,
  type FillEvent,
  InstrumentTable,
  type MarketEvent,
  notionalAtoms,
  type OrderRequest,
} from '#domain';
import { SYNTHETIC_SYMBOLS, syntheticMarket } from './synthetic/index.ts';
import { limit, money, order, START_US, stop, target, testRules, testWorld } from './test/market-builders.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const BAR_US = 300_000_000;
const CASH = 400;
const RULES = testRules({
  leverage: 20,
  latency: { sim: { minUs: 1_000, maxUs: 400_000, spikePpm: 50_000, spikeFactorMax: 20 } },
});

/** Everything that one random run has produced. */
interface Run {
  readonly requests: Map<string, OrderRequest>;
  readonly seen: (MarketEvent | ExecutionEvent)[];
  readonly cashAtoms: bigint;
  readonly table: InstrumentTable;
  readonly positions: Map<number, { readonly lots: number; readonly cost: bigint }>;
}

const runs = new Map<number, Promise<Run>>();

/** Each seed is run once, whatever is asked of it. */
function runOf(seed: number): Promise<Run> {
  const known = runs.get(seed) ?? run(seed);
  runs.set(seed, known);
  return known;
}

/** A reckless trader on a small account: positions on both symbols, all kinds of orders, funding, liquidations. */
async function run(seed: number): Promise<Run> {
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
  const specs = market.instrumentSpecs;
  const world = testWorld(events, { specs, seed, cash: CASH, rules: RULES });
  const prng = new Prng(seed);
  const requests = new Map<string, OrderRequest>();
  const seen: Run['seen'] = [];
  for (let step = world.advance(1e18); step !== 'end'; step = world.advance(1e18)) {
    assert.ok(typeof step === 'object' && !(step instanceof Promise));
    seen.push(step.event);
    if (step.event.kind !== 'candle' || prng.uniform() < 0.4) continue;
    for (let left = prng.integer(1, 4); left > 0; left--) {
      const request = drawRequest(prng, `o${requests.size}`, step.event);
      requests.set(request.clientOrderId, request);
      world.receiveOrder(request, step.event.tsLocalUs);
    }
    if (prng.uniform() < 0.3) {
      const clientOrderId = `o${prng.integer(0, requests.size)}`;
      world.cancel({ clientOrderId, instrumentIx: step.event.instrumentIx }, step.event.tsLocalUs);
    }
  }
  const account = await world.account();
  const table = new InstrumentTable(specs);
  const positions = new Map(
    account.positions.map((one) => [one.instrumentIx, { lots: one.qtyLots, cost: one.costTickLots }]),
  );
  return { requests, seen, cashAtoms: account.cashAtoms, table, positions };
}

function drawRequest(prng: Prng, id: string, event: CandleEvent): OrderRequest {
  const { instrumentIx, closeTicks } = event;
  const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
  const ticks = Math.round(closeTicks * (1 + (prng.uniform() - 0.5) * 0.003));
  const qtyLots = prng.integer(1, 150) * (instrumentIx === 0 ? 1 : 20);
  const of = { instrumentIx, qtyLots, reduceOnly: prng.uniform() < 0.25 };
  const kind = prng.integer(0, 6);
  if (kind === 0) return stop(id, side, ticks, of);
  if (kind === 1) return target(id, side, ticks, of);
  return kind === 2 ? order(id, { ...of, side }) : limit(id, side, ticks, of);
}

const isFill = (event: MarketEvent | ExecutionEvent): event is FillEvent => event.kind === 'fill';

test('M34 cash, positions, fees and funding balance to the atom over random order streams', async () => {
  let liquidations = 0;
  let payments = 0;
  for (let round = 0; round < 25; round++) {
    const { seen, cashAtoms, table, positions } = await runOf(SEED + round);
    const lots = [0, 0];
    const spent = [0n, 0n];
    let expected = money(CASH);
    for (const event of seen) {
      if (event.kind === 'funding-payment') {
        payments++;
        assert.equal(event.positionLots, lots[event.instrumentIx]);
        expected += event.amountAtoms;
      }
      if (!isFill(event)) continue;
      liquidations += event.isLiquidation ? 1 : 0;
      const signed = event.side === 'buy' ? event.qtyLots : -event.qtyLots;
      lots[event.instrumentIx] = lots[event.instrumentIx]! + signed;
      spent[event.instrumentIx] = spent[event.instrumentIx]! + BigInt(signed) * BigInt(event.priceTicks);
      expected -= event.feeAtoms;
      assertFee(event, table);
    }
    for (const { ix, atomsPerTickLot } of table.all) {
      const position = positions.get(ix) ?? { lots: 0, cost: 0n };
      assert.equal(position.lots, lots[ix], `seed ${SEED + round}: position is the sum of fills`);
      expected += (position.cost - spent[ix]!) * BigInt(atomsPerTickLot);
    }
    assert.equal(cashAtoms, expected, `seed ${SEED + round}: cash is what the events say`);
  }
  assert.ok(liquidations > 0, 'some account is liquidated');
  assert.ok(payments > 0, 'some funding is paid');
});

function assertFee(event: FillEvent, table: InstrumentTable): void {
  const notional = notionalAtoms(table.at(event.instrumentIx), event.priceTicks, event.qtyLots);
  const fee = feeAtoms(notional, event.liquidity === 'maker' ? 200 : 500);
  if (event.isLiquidation) assert.ok(absBig(event.feeAtoms) <= feeAtoms(notional, 500 + 12_500));
  else assert.equal(event.feeAtoms, fee);
}

test('M11 no order fills above its quantity, worse than its limit or after its end', async () => {
  for (let round = 0; round < 25; round++) {
    const { seen, requests } = await runOf(SEED + round);
    const filled = new Map<string, number>();
    const ended = new Set<string>();
    for (const event of seen) {
      if (
        event.kind === 'order-canceled' ||
        event.kind === 'order-expired' ||
        event.kind === 'order-rejected'
      ) {
        assert.ok(!ended.has(event.clientOrderId), `${event.clientOrderId} ends once`);
        ended.add(event.clientOrderId);
      }
      if (!isFill(event) || event.isLiquidation) continue;
      const request = requests.get(event.clientOrderId)!;
      const sum = (filled.get(event.clientOrderId) ?? 0) + event.qtyLots;
      filled.set(event.clientOrderId, sum);
      assert.equal(event.leavesLots, request.qtyLots - sum);
      assert.ok(event.leavesLots >= 0 && !ended.has(event.clientOrderId));
      if (request.priceTicks === null) continue;
      const isGood =
        request.side === 'buy'
          ? event.priceTicks <= request.priceTicks
          : event.priceTicks >= request.priceTicks;
      assert.ok(isGood, `${event.clientOrderId} fills at its limit or better`);
      if (event.liquidity === 'maker') assert.equal(event.priceTicks, request.priceTicks);
    }
  }
});

test('M9 a reduce-only order never opens or turns a position', async () => {
  let count = 0;
  for (let round = 0; round < 25; round++) {
    const { seen, requests } = await runOf(SEED + round);
    const lots = [0, 0];
    for (const event of seen.filter(isFill)) {
      const before = lots[event.instrumentIx]!;
      const after = before + (event.side === 'buy' ? event.qtyLots : -event.qtyLots);
      lots[event.instrumentIx] = after;
      if (!event.isLiquidation && requests.get(event.clientOrderId)!.reduceOnly !== true) continue;
      count++;
      assert.ok(Math.abs(after) < Math.abs(before) && after * before >= 0, `${before} -> ${after}`);
    }
  }
  assert.ok(count > 20, `reduce-only orders trade, were ${count} fills`);
});

test('M17 M18 no fill is outside the range of its bar by more than spread and ladder', async () => {
  for (let round = 0; round < 25; round++) {
    const { seen } = await runOf(SEED + round);
    const bars = new Map<string, CandleEvent>();
    for (const event of seen)
      if (event.kind === 'candle') bars.set(`${event.instrumentIx}|${event.openTsUs}`, event);
    for (const event of seen.filter(isFill)) {
      const bar = bars.get(`${event.instrumentIx}|${Math.floor(event.tsVenueUs / BAR_US) * BAR_US}`);
      if (bar === undefined || event.isLiquidation) continue;
      // Half a spread and ten levels of 1000 ppm each; the synthetic market opens at its last close.
      const reach = Math.ceil(bar.highTicks * 0.012) + 12;
      assert.ok(event.priceTicks <= bar.highTicks + reach && event.priceTicks >= bar.lowTicks - reach);
      // A maker fills where the price has been, or inside the assumed spread around it.
      const spread = Math.ceil(bar.highTicks * 0.001);
      if (event.liquidity === 'maker') {
        assert.ok(event.priceTicks <= bar.highTicks + spread && event.priceTicks >= bar.lowTicks - spread);
      }
    }
  }
});

test('M19 own resting orders at one price fill in the order of their arrival', async () => {
  let compared = 0;
  for (let round = 0; round < 25; round++) {
    const { seen, requests } = await runOf(SEED + round);
    const waiting: string[] = [];
    for (const event of seen) {
      if (event.kind === 'order-accepted') waiting.push(event.clientOrderId);
      const isOver = event.kind === 'order-canceled' || event.kind === 'order-expired';
      if (isOver) remove(waiting, event.clientOrderId);
      if (!isFill(event) || event.isLiquidation) continue;
      const mine = requests.get(event.clientOrderId)!;
      if (event.liquidity === 'maker') {
        for (const id of waiting.slice(0, waiting.indexOf(event.clientOrderId))) {
          const other = requests.get(id)!;
          const isSame =
            other.priceTicks === mine.priceTicks &&
            other.side === mine.side &&
            other.instrumentIx === mine.instrumentIx;
          compared++;
          assert.ok(!isSame, `seed ${SEED + round}: ${event.clientOrderId} fills before ${id}`);
        }
      }
      if (event.leavesLots === 0) remove(waiting, event.clientOrderId);
    }
  }
  assert.ok(compared > 0);
});

function remove(list: string[], item: string): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
