import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { SimulatedNetwork } from '#net/simulated';
import { testSeed } from '../../../test/support/property.ts';
import type { EntryAdapter } from '../entry/index.ts';
import { ENTRY_SENDER_DEFAULTS, EntrySender, type KillReport, KillSwitch } from './index.ts';
import { cancelCall } from './test/fake-adapter.ts';
import { type ExchangeFault, FAKE_EXCHANGE } from './test/fake-exchange.ts';
import { FAKE_INSTRUMENT, ORDER_ADAPTER } from './test/order-adapter.ts';
import { OrderExchange, type TrueOrder } from './test/order-exchange.ts';

class World {
  readonly network: SimulatedNetwork;
  readonly exchange: OrderExchange;
  readonly reports: KillReport[] = [];
  readonly notices: string[] = [];
  readonly #prng: Prng;

  constructor(seed = 1) {
    this.#prng = new Prng(seed);
    this.network = new SimulatedNetwork(this.#prng, 1_700_000_000_000_000);
    this.exchange = new OrderExchange(this.network);
    this.network.addServer(FAKE_EXCHANGE, this.exchange);
  }

  rest(id: string, side: 'buy' | 'sell', qtyLots: number): TrueOrder {
    const order: TrueOrder = {
      ...{ id, venueId: `v-${id}`, side, qtyLots },
      ...{ filledLots: 0, status: 'ACCEPTED', updatedUs: 1 },
    };
    this.exchange.orders.set(id, order);
    return order;
  }

  pull(adapter: EntryAdapter = ORDER_ADAPTER): void {
    const transport = this.network.openTransport();
    const onNotice = (event: string, detail: string): unknown => this.notices.push(`${event} ${detail}`);
    const common = { adapter, onNotice };
    const options = ENTRY_SENDER_DEFAULTS;
    const sender = new EntrySender({ ...common, transport, prng: this.#prng, options });
    let id = 0;
    new KillSwitch({
      ...{ ...common, sender },
      timers: transport,
      instruments: [FAKE_INSTRUMENT],
      nextId: () => `kill-${id++}`,
    }).pull((report) => this.reports.push(report));
  }

  pass(us: number): void {
    this.network.run(this.network.nowUs() + us);
  }
}

test('an account with orders and a position is flat in a second, and the report says how long it took', () => {
  const world = new World();
  world.exchange.fill(world.rest('a', 'buy', 10), 7);
  world.rest('b', 'sell', 5);
  world.pull();
  world.pass(2 * US_PER_SECOND);
  const [report] = world.reports;
  assert.deepEqual([report?.isFlat, report?.rounds, report?.left], [true, 1, []]);
  assert.ok((report?.elapsedUs ?? 0) < US_PER_SECOND);
  assert.equal(world.exchange.open.length, 0);
  assert.equal(world.exchange.positionLots, 0);
});

test('a venue whose orders are ended one by one is asked for them first', () => {
  const world = new World();
  world.rest('a', 'buy', 10);
  world.rest('b', 'sell', 5);
  let listed: readonly string[] = [];
  const [list] = ORDER_ADAPTER.openOrders([]);
  assert.ok(list !== undefined);
  world.pull({
    ...ORDER_ADAPTER,
    openOrders: () => [
      {
        ...list,
        parse: (body) => {
          const records = list.parse(body);
          listed = records.map(({ clientOrderId }) => clientOrderId);
          return records;
        },
      },
    ],
    cancelAll: () => listed.map(cancelCall),
  });
  world.pass(2 * US_PER_SECOND);
  assert.deepEqual([world.reports[0]?.isFlat, world.reports[0]?.rounds], [true, 1]);
});

test('a market that takes a position in pieces is asked again until nothing is left', () => {
  const world = new World();
  world.exchange.marketLots = 3;
  world.exchange.fill(world.rest('a', 'sell', 10), 10);
  world.pull();
  world.pass(US_PER_MINUTE);
  const [report] = world.reports;
  assert.deepEqual([report?.isFlat, report?.rounds], [true, 4]);
  assert.equal(world.exchange.positionLots, 0);
});

test('a venue that stays away is given up in the end, with what is not known', () => {
  const world = new World();
  world.exchange.fill(world.rest('a', 'buy', 10), 10);
  world.network.refuse(FAKE_EXCHANGE, world.network.nowUs() + 30 * US_PER_MINUTE);
  world.pull();
  world.pass(20 * US_PER_MINUTE);
  const [report] = world.reports;
  assert.equal(report?.isFlat, false);
  assert.deepEqual(report?.left, [
    'the venue did not list its open orders',
    'the venue did not list its positions',
  ]);
});

const SEED = testSeed();
for (let round = 0; round < 10; round++) {
  const seed = SEED + round;
  test(`whatever goes wrong, flat is said only of an account that is flat (SEED=${seed})`, () => {
    const world = new World(seed);
    const prng = new Prng(seed).split('kill');
    const kinds: readonly ExchangeFault[] = [
      ...(['lost-before', 'lost-after', 'limited', 'unavailable', 'garbage', 'error-after'] as const),
    ];
    for (let i = 0; i < 6; i++) {
      const order = world.rest(`o${i}`, prng.uniform() < 0.5 ? 'buy' : 'sell', 10);
      world.exchange.fill(order, prng.integer(0, 11));
    }
    world.exchange.marketLots = prng.integer(2, 20);
    for (let i = 0; i < 12; i++) world.exchange.faults.push(kinds[prng.integer(0, kinds.length)]!);
    world.pull();
    world.pass(10 * US_PER_MINUTE);
    const [report] = world.reports;
    assert.ok(report !== undefined);
    const isFlat = world.exchange.positionLots === 0 && world.exchange.open.length === 0;
    assert.equal(report.isFlat, true, report.left.join());
    assert.equal(isFlat, true);
  });
}
