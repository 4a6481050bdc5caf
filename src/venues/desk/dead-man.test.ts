import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { SimulatedNetwork } from '#net/simulated';
import type { EntryAdapter } from '../entry/index.ts';
import { DeadMan, ENTRY_SENDER_DEFAULTS, EntrySender } from './index.ts';
import { fakeCall } from './test/fake-adapter.ts';
import { FAKE_EXCHANGE, FakeExchange } from './test/fake-exchange.ts';
import { FAKE_INSTRUMENT, ORDER_ADAPTER } from './test/order-adapter.ts';

const ADAPTER: EntryAdapter = {
  ...ORDER_ADAPTER,
  deadMan: (_instrument, forUs) =>
    fakeCall(
      'countdown',
      { id: String(forUs / US_PER_SECOND), method: 'POST', priority: 'protect' },
      () => undefined,
    ),
};

class World {
  readonly network = new SimulatedNetwork(new Prng(1), 1_700_000_000_000_000);
  readonly exchange = new FakeExchange(this.network);
  readonly notices: string[] = [];
  readonly deadMan: DeadMan;
  hasEntries = false;

  constructor({ adapter = ADAPTER, sparesProtection = true } = {}) {
    this.network.addServer(FAKE_EXCHANGE, this.exchange);
    const transport = this.network.openTransport();
    const onNotice = (event: string, detail: string): unknown => this.notices.push(`${event} ${detail}`);
    const options = ENTRY_SENDER_DEFAULTS;
    const sender = new EntrySender({ adapter, transport, prng: new Prng(2), options, onNotice });
    this.deadMan = new DeadMan({
      ...{ adapter, sender, onNotice, sparesProtection },
      timers: transport,
      instruments: [FAKE_INSTRUMENT],
      hasEntries: () => this.hasEntries,
    });
    this.deadMan.start();
  }

  pass(us: number): void {
    this.network.run(this.network.nowUs() + us);
  }

  /** Seconds of the countdowns that the venue was told, in order. */
  get told(): readonly string[] {
    return this.exchange.heard.map((path) => path.replace('/countdown ', ''));
  }
}

test('a countdown runs only while entry orders rest, and is prolonged meanwhile', () => {
  const world = new World();
  world.pass(5 * US_PER_MINUTE);
  assert.deepEqual(world.told, []);
  world.hasEntries = true;
  world.deadMan.look();
  world.pass(100 * US_PER_SECOND);
  assert.deepEqual(world.told, ['120', '120', '120', '120']);
  world.hasEntries = false;
  world.deadMan.look();
  world.pass(5 * US_PER_MINUTE);
  assert.deepEqual(world.told.slice(4), ['0']);
});

test('a word that is lost is given again with the next, and said', () => {
  const world = new World();
  world.hasEntries = true;
  world.exchange.faults.push('lost-before');
  world.deadMan.look();
  world.pass(US_PER_MINUTE);
  assert.ok(world.told.length >= 2, world.told.join());
  assert.match(world.notices.join(), /dead_man countdown of BTCUSDT not prolonged/);
});

test('it is not used where the venue might end protective orders, or has none', () => {
  for (const [world, words] of [
    [new World({ sparesProtection: false }), /might end protective orders too/],
    [new World({ adapter: ORDER_ADAPTER }), /has no countdown/],
  ] as const) {
    world.hasEntries = true;
    world.deadMan.look();
    world.pass(5 * US_PER_MINUTE);
    assert.deepEqual(world.told, []);
    assert.match(world.notices.join(), words);
  }
});

test('stopped, it ends its countdowns and says nothing more', () => {
  const world = new World();
  world.hasEntries = true;
  world.deadMan.look();
  world.pass(US_PER_SECOND);
  world.deadMan.stop();
  world.pass(5 * US_PER_MINUTE);
  assert.deepEqual(world.told, ['120', '0']);
  assert.equal(world.deadMan.armedCount, 0);
});
