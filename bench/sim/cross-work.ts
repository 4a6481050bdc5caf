/**
 * The work of the bar and tick benchmarks: an EMA cross that is always in the market, through the simulated world and venue: orders with margin checks,
 * fills against the assumed depth, fees, positions, liquidation watched. What it is not: a strategy anybody should trade.
 */
import { Prng } from '#core';
import { type InstrumentSpec, InstrumentTable, type OrderRequest } from '#domain';
import { type MarketSource, SimulatedWorld, simRules } from '#sim';

/** What a run came to. */
export interface CrossResult {
  readonly events: number;
  readonly orders: number;
  readonly fills: number;
  readonly hash: string;
}

/** Averages in events: 10 and 20 bars as the peers' example has it, longer ones for ticks. */
export interface CrossSpans {
  readonly fast: number;
  readonly slow: number;
}

/** The peers' example for bars; as long as it takes to trade about as rarely for ticks. */
export const CROSS_SPANS: Readonly<Record<'bars' | 'ticks', CrossSpans>> = {
  bars: { fast: 10, slow: 20 },
  ticks: { fast: 100, slow: 200 },
};

const QTY_LOTS = 10;
const CASH = 10_000_000n;

/** Runs the cross over a source of one instrument. */
export function runCross(
  source: MarketSource,
  spec: InstrumentSpec,
  spans: CrossSpans,
  seed: number,
): CrossResult {
  const instruments = new InstrumentTable([spec]);
  const world = new SimulatedWorld({
    source,
    instruments,
    cashAtoms: CASH * 10n ** BigInt(instruments.atomDecimals),
    rules: simRules(),
    prng: new Prng(seed),
  });
  const trader = new CrossTrader(world, spans);
  let hash = 0;
  let events = 0;
  let fills = 0;
  for (;;) {
    const step = world.advance(Number.POSITIVE_INFINITY);
    if (typeof step === 'string' || step instanceof Promise) break;
    const { event } = step;
    if (event.kind === 'candle') {
      events++;
      trader.onPrice(event.closeTicks, event.tsLocalUs);
    } else if (event.kind === 'trade') {
      events++;
      trader.onPrice(event.priceTicks, event.tsLocalUs);
    } else if (event.kind === 'fill') {
      fills++;
      hash = mixed(mixed(mixed(hash, event.tsLocalUs), event.priceTicks), event.qtyLots);
    } else if (event.kind === 'order-rejected') throw new Error(`an order was refused: ${event.message}`);
  }
  return { events, orders: trader.orderCount, fills, hash: hash.toString(16) };
}

/** Mixes a whole number into a checksum: enough to see that two runs came to the same, and cheap. */
function mixed(hash: number, value: number): number {
  return (
    Math.imul(Math.imul(hash ^ (value % 0x1_0000_0000), 0x01000193) ^ (value / 0x1_0000_0000), 0x01000193) >>>
    0
  );
}

/** Long above, short below: closes what is open and opens the other way at every cross. */
class CrossTrader {
  readonly #world: SimulatedWorld;
  readonly #fastShare: number;
  readonly #slowShare: number;
  readonly #warmUp: number;
  #fast = Number.NaN;
  #slow = Number.NaN;
  #side: 1 | -1 | 0 = 0;
  #seen = 0;
  orderCount = 0;

  constructor(world: SimulatedWorld, { fast, slow }: CrossSpans) {
    this.#world = world;
    this.#fastShare = 2 / (fast + 1);
    this.#slowShare = 2 / (slow + 1);
    this.#warmUp = slow;
  }

  onPrice(ticks: number, nowUs: number): void {
    if (this.#seen === 0) this.#fast = this.#slow = ticks;
    this.#fast += (ticks - this.#fast) * this.#fastShare;
    this.#slow += (ticks - this.#slow) * this.#slowShare;
    if (++this.#seen < this.#warmUp) return;
    const side = this.#fast >= this.#slow ? 1 : -1;
    if (side === this.#side) return;
    if (this.#side !== 0) this.#send(side, true, nowUs);
    this.#send(side, false, nowUs);
    this.#side = side;
  }

  #send(side: 1 | -1, reduceOnly: boolean, nowUs: number): void {
    const order: OrderRequest = {
      clientOrderId: `x${this.orderCount++}`,
      instrumentIx: 0,
      side: side === 1 ? 'buy' : 'sell',
      type: 'market',
      label: 'ENTRY',
      qtyLots: QTY_LOTS,
      priceTicks: null,
      triggerTicks: null,
      timeInForce: 'GTC',
      reduceOnly,
    };
    this.#world.receiveOrder(order, nowUs);
  }
}
