/**
 * The engine trading for real, but for the venue: session, gateway, sender and private stream in simulated time against the made-up exchange, with lost answers,
 * limits, broken and half-open connections, expired tickets. Once quiet, both sides hold the same orders and the same position.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { Engine, Session, type Strategy, type StrategyContext } from '#engine';
import { SimulatedNetwork } from '#net/simulated';
import {
  ENTRY_GATEWAY_DEFAULTS,
  ENTRY_SENDER_DEFAULTS,
  EntryGateway,
  EntrySender,
  LiveWorld,
  PRIVATE_STREAM_DEFAULTS,
  PrivateStream,
} from '#venues/desk';
import { BAR_US, engineOptions, START_US } from '../../src/engine/test/fixture.ts';
import { type ExchangeFault, FAKE_EXCHANGE } from '../../src/venues/desk/test/fake-exchange.ts';
import { FAKE_INSTRUMENT, ORDER_ADAPTER } from '../../src/venues/desk/test/order-adapter.ts';
import { OrderExchange } from '../../src/venues/desk/test/order-exchange.ts';
import { testSeed } from '../support/property.ts';

const BARS = 60;
const FAULTS: readonly ExchangeFault[] = [
  ...(['lost-before', 'lost-after', 'limited', 'unavailable', 'garbage', 'error-after'] as const),
];

/** Opens with a stop, closes two bars later, in turns long and short. */
class Turner implements Strategy {
  readonly name = 'turner';
  #bars = 0;

  onCandle({ closeTicks }: { readonly closeTicks: number }, context: StrategyContext): void {
    const turn = this.#bars++;
    if (context.positionLots(0) !== 0) {
      if (turn % 2 === 0) context.closePosition(0, 'turn');
      return;
    }
    const isLong = turn % 8 < 4;
    context.submit({
      instrumentIx: 0,
      side: isLong ? 'buy' : 'sell',
      qtyLots: 10,
      protection: { stopTicks: closeTicks + (isLong ? -3_000 : 3_000), targetTicks: null },
      reason: 'turn',
    });
  }
}

/** Everything between a strategy and the exchange. */
class LiveStory {
  readonly network: SimulatedNetwork;
  readonly exchange: OrderExchange;
  readonly engine = new Engine(engineOptions([new Turner()]));
  readonly world: LiveWorld;
  readonly gateway: EntryGateway;
  readonly notices: string[] = [];
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed).split('story');
    this.network = new SimulatedNetwork(this.#prng, START_US);
    this.exchange = new OrderExchange(this.network);
    this.exchange.priceTicks = 300_000;
    this.network.addServer(FAKE_EXCHANGE, this.exchange);
    const transport = this.network.openTransport();
    const prng = this.#prng.split('client');
    const adapter = ORDER_ADAPTER;
    const onNotice = (event: string, detail: string): unknown => this.notices.push(`${event} ${detail}`);
    const sender = new EntrySender({ adapter, transport, prng, options: ENTRY_SENDER_DEFAULTS, onNotice });
    this.gateway = new EntryGateway({
      ...{ adapter, sender, onNotice },
      timers: transport,
      instruments: [FAKE_INSTRUMENT],
      account: { currency: 'USDT', atomDecimals: 8 },
      convert: () => null,
      onEvent: (event) => this.world.push(event),
      options: ENTRY_GATEWAY_DEFAULTS,
    });
    this.world = new LiveWorld({ gateway: this.gateway, timers: transport });
    const stream = new PrivateStream({
      ...{ sender, transport, prng, plan: adapter.stream },
      instruments: [FAKE_INSTRUMENT],
      options: PRIVATE_STREAM_DEFAULTS,
      sink: this.gateway,
      onUp: () => this.gateway.onStreamUp(),
      onDown: () => this.gateway.onStreamDown(),
    });
    stream.start();
    for (let bar = 0; bar < BARS; bar++) transport.after((bar + 1) * BAR_US, () => this.#onBar(bar));
    transport.after((BARS + 2) * BAR_US, () => this.world.end());
  }

  /** Runs the session to its end, one call of the network at a time. */
  async run(): Promise<string> {
    const session = new Session(
      {
        ...{ engine: this.engine, world: this.world, models: null, record: null, intents: null },
        pacer: { waitUntil: () => undefined, yieldNow: async () => undefined },
        observer: null,
        serialize: () => new Uint8Array(),
      },
      { checkpointEvents: 1_000, modelLatencyUs: 0, yieldEvents: 100 },
    );
    await session.start();
    let outcome = '';
    let failure: unknown = null;
    session.run(new AbortController().signal).then(
      (how) => {
        outcome = how;
      },
      (error: unknown) => {
        failure = error;
        outcome = 'failed';
      },
    );
    while (outcome === '') {
      // What was promised by the last call is carried out before the next one.
      await new Promise((resolve) => setImmediate(resolve));
      if (outcome === '') assert.ok(this.network.step(), 'a session that goes on has something to wait for');
    }
    if (failure !== null) throw failure;
    return outcome;
  }

  #onBar(bar: number): void {
    const prng = this.#prng;
    const { exchange, network } = this;
    exchange.priceTicks += prng.integer(-500, 501);
    const openTsUs = START_US + bar * BAR_US;
    const price = exchange.priceTicks;
    this.world.push({
      ...{ kind: 'candle', instrumentIx: 0, timeframeUs: BAR_US, openTsUs },
      ...{ tsVenueUs: openTsUs + BAR_US, tsLocalUs: openTsUs + BAR_US, volumeLots: 1_000 },
      ...{ openTicks: price, highTicks: price, lowTicks: price, closeTicks: price },
    });
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
    const told = story.notices.join('\n');
    assert.equal(positionLots, exchange.positionLots, told);
    const own = engine.orderDesk.orders.openOrders.map(({ request }) => request.clientOrderId);
    assert.deepEqual(own.toSorted(), exchange.open.map(({ id }) => id).toSorted(), told);
    assert.ok(exchange.fills.length > 5, `${exchange.fills.length} fills`);
    for (const count of exchange.placed.values()) assert.equal(count, 1);
    const stops = exchange.open.reduce((sum, { qtyLots }) => sum + qtyLots, 0);
    assert.equal(stops, Math.abs(positionLots), 'a position has its stop, and nothing else rests');
  });
}
