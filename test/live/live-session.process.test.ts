/**
 * The engine trading for real, but for the venue: session, gateway, sender and private stream in simulated time against the made-up exchange, with lost answers,
 * limits, broken and half-open connections, expired tickets. Once quiet, both sides hold the same orders and the same position.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { Engine } from '#engine';
import { SimulatedNetwork } from '#net/simulated';
import { BAR_US, engineOptions, START_US } from '../../src/engine/test/fixture.ts';
import { type ExchangeFault, FAKE_EXCHANGE } from '../../src/venues/desk/test/fake-exchange.ts';
import { FAKE_INSTRUMENT, ORDER_ADAPTER } from '../../src/venues/desk/test/order-adapter.ts';
import { OrderExchange } from '../../src/venues/desk/test/order-exchange.ts';
import { testSeed } from '../support/property.ts';
import { flatBar, type LiveDesk, openDesk, runSession, Turner } from './live-desk.ts';

const BARS = 60;
const FAULTS: readonly ExchangeFault[] = [
  ...(['lost-before', 'lost-after', 'limited', 'unavailable', 'garbage', 'error-after'] as const),
];

/** Everything between a strategy and the exchange. */
class LiveStory {
  readonly network: SimulatedNetwork;
  readonly exchange: OrderExchange;
  readonly engine = new Engine(engineOptions([new Turner(() => 3_000)]));
  readonly desk: LiveDesk;
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed).split('story');
    this.network = new SimulatedNetwork(this.#prng, START_US);
    this.exchange = new OrderExchange(this.network);
    this.exchange.priceTicks = 300_000;
    this.network.addServer(FAKE_EXCHANGE, this.exchange);
    const transport = this.network.openTransport();
    this.desk = openDesk({
      ...{ adapter: ORDER_ADAPTER, instrument: FAKE_INSTRUMENT, atomDecimals: 8 },
      ...{ transport, prng: this.#prng.split('client') },
    });
    for (let bar = 0; bar < BARS; bar++) transport.after((bar + 1) * BAR_US, () => this.#onBar(bar));
    transport.after((BARS + 2) * BAR_US, () => this.desk.world.end());
  }

  /** Runs the session to its end. */
  run(): Promise<string> {
    return runSession(this.engine, this.desk.world, this.network);
  }

  #onBar(bar: number): void {
    const prng = this.#prng;
    const { exchange, network } = this;
    exchange.priceTicks += prng.integer(-500, 501);
    this.desk.world.push(flatBar(START_US + bar * BAR_US, exchange.priceTicks));
    // The last bars are calm: what went wrong before must have been put right by then.
    if (bar > BARS - 8) return;
    if (prng.uniform() < 0.5) exchange.faults.push(FAULTS[prng.integer(0, FAULTS.length)]!);
    if (prng.uniform() < 0.2)
      network.after(prng.integer(0, US_PER_MINUTE), () => network.breakSockets(FAKE_EXCHANGE));
    if (prng.uniform() < 0.1)
      network.after(prng.integer(0, US_PER_MINUTE), () => network.cutSockets(FAKE_EXCHANGE));
    if (prng.uniform() < 0.1) network.after(prng.integer(0, US_PER_MINUTE), () => exchange.expire());
    if (prng.uniform() < 0.3) network.after(prng.integer(1, 200) * US_PER_SECOND, () => this.#hitStop());
  }

  /** A stop that rests for a position of its size is hit. */
  #hitStop(): void {
    const { positionLots } = this.exchange;
    const stop = this.exchange.open.find(
      ({ qtyLots, side }) => qtyLots === Math.abs(positionLots) && (side === 'sell') === positionLots > 0,
    );
    if (stop !== undefined) this.exchange.fill(stop, stop.qtyLots);
  }
}

const SEED = testSeed();
for (let round = 0; round < 10; round++) {
  const seed = SEED + round;
  test(`the engine and the venue agree once quiet, whatever went wrong (SEED=${seed})`, async () => {
    const story = new LiveStory(seed);
    assert.equal(await story.run(), 'ended');
    const { engine, exchange } = story;
    const positionLots = engine.portfolio.positionLots(0);
    const told = story.desk.notices.join('\n');
    assert.equal(positionLots, exchange.positionLots, told);
    const own = engine.orderDesk.orders.openOrders.map(({ request }) => request.clientOrderId);
    assert.deepEqual(own.toSorted(), exchange.open.map(({ id }) => id).toSorted(), told);
    assert.ok(exchange.fills.length > 5, `${exchange.fills.length} fills`);
    for (const count of exchange.placed.values()) assert.equal(count, 1);
    const stops = exchange.open.reduce((sum, { qtyLots }) => sum + qtyLots, 0);
    assert.equal(stops, Math.abs(positionLots), 'a position has its stop, and nothing else rests');
  });
}
