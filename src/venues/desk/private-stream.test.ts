import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { SimulatedNetwork, type SimulatedTransport } from '#net/simulated';
import { ENTRY_SENDER_DEFAULTS, EntrySender, PRIVATE_STREAM_DEFAULTS, PrivateStream } from './index.ts';
import { FAKE_ADAPTER, KEEP_ALIVE_US, LIFE_US } from './test/fake-adapter.ts';
import { FAKE_EXCHANGE, FakeExchange } from './test/fake-exchange.ts';

class World {
  readonly network: SimulatedNetwork;
  readonly exchange: FakeExchange;
  readonly transport: SimulatedTransport;
  readonly sender: EntrySender;
  readonly stream: PrivateStream;
  /** What was told, in order: `up`, `down: ...`, notices. */
  readonly story: string[] = [];

  constructor(seed = 1) {
    const prng = new Prng(seed);
    this.network = new SimulatedNetwork(prng, 1_700_000_000_000_000);
    this.exchange = new FakeExchange(this.network);
    this.network.addServer(FAKE_EXCHANGE, this.exchange);
    this.transport = this.network.openTransport();
    const { transport } = this;
    const options = ENTRY_SENDER_DEFAULTS;
    this.sender = new EntrySender({
      adapter: FAKE_ADAPTER,
      transport,
      prng,
      options,
      onNotice: () => undefined,
    });
    const unread = (): never => assert.fail('the made-up exchange says no such thing');
    this.stream = new PrivateStream({
      plan: FAKE_ADAPTER.stream,
      instruments: [],
      sender: this.sender,
      transport,
      prng,
      options: PRIVATE_STREAM_DEFAULTS,
      sink: {
        ...{ onOrder: unread, onFill: unread, onBalance: unread, onPosition: unread, onFunding: unread },
        onStreamEnd: unread,
        onNotice: (detail) => this.story.push(detail),
      },
      onUp: () => this.story.push('up'),
      onDown: (reason) => this.story.push(`down: ${reason}`),
    });
    this.stream.start();
    this.pass(5 * US_PER_SECOND);
  }

  pass(us: number): void {
    this.network.run(this.network.nowUs() + us);
  }
}

test('it comes up with a ticket, is heard, and stays up by pings', () => {
  const world = new World();
  world.exchange.tell('note a');
  world.pass(10 * US_PER_MINUTE);
  assert.deepEqual(world.story, ['up', 'a']);
  assert.equal(world.exchange.ticketCount, 1);
  assert.deepEqual(world.stream.status, { isUp: true, lastReason: '', connectCount: 1 });
});

test('an expired ticket ends the connection, and the next one has a new ticket', () => {
  const world = new World();
  world.exchange.expire();
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.story, ['up', 'down: the ticket has expired', 'up']);
  assert.equal(world.exchange.ticketCount, 2);
  assert.equal(world.exchange.socketCount, 1);
});

test('a ticket that expired without a word shows when it is prolonged', () => {
  const world = new World();
  world.exchange.forgetTickets();
  world.pass(KEEP_ALIVE_US - US_PER_MINUTE);
  assert.equal(world.story.length, 1);
  world.pass(3 * US_PER_MINUTE);
  assert.deepEqual(world.story, ['up', 'down: the ticket was not prolonged: no such ticket', 'up']);
});

test('a ticket is prolonged as long as it is used', () => {
  const world = new World();
  world.pass(5 * KEEP_ALIVE_US);
  assert.deepEqual(world.story, ['up']);
  assert.equal(world.exchange.keepAliveCount, 5);
});

test('a prolongation that fails is tried again soon, and three in a row end the connection', () => {
  const world = new World();
  world.network.refuse(FAKE_EXCHANGE, world.network.nowUs() + KEEP_ALIVE_US + 2 * US_PER_MINUTE);
  world.pass(KEEP_ALIVE_US + 10 * US_PER_MINUTE);
  assert.deepEqual(world.story, ['up'], 'one failure is outlived');
  assert.ok(world.exchange.keepAliveCount >= 1);
});

test('a half-open connection is found by its pings', () => {
  const world = new World();
  world.network.cutSockets(FAKE_EXCHANGE);
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.story, ['up', 'down: a ping was not answered within 10s', 'up']);
});

test('a connection that breaks is followed by another, after pauses that grow while the venue is away', () => {
  const world = new World();
  world.network.refuse(FAKE_EXCHANGE, world.network.nowUs() + 5 * US_PER_MINUTE);
  world.network.breakSockets(FAKE_EXCHANGE);
  world.pass(5 * US_PER_MINUTE);
  assert.equal(world.stream.status.isUp, false);
  assert.ok(
    world.stream.status.connectCount < 45,
    `${world.stream.status.connectCount} attempts in five minutes`,
  );
  world.pass(2 * US_PER_MINUTE);
  assert.equal(world.stream.status.isUp, true);
  assert.deepEqual(
    world.story.map((line) => line.split(':')[0]),
    ['up', 'down', 'up'],
  );
});

test('a venue that does not confirm is not taken for one that does', () => {
  const world = new World();
  world.exchange.isTalking = false;
  world.network.breakSockets(FAKE_EXCHANGE);
  world.pass(US_PER_MINUTE);
  assert.equal(world.stream.status.isUp, false);
  world.exchange.isTalking = true;
  world.pass(US_PER_MINUTE);
  assert.equal(world.stream.status.isUp, true);
});

test('before its age ends a connection, another one has taken over, and nothing is missed', () => {
  const world = new World();
  for (let at = 0; at < 200; at++) {
    world.pass(LIFE_US / 60);
    world.exchange.tell(`note ${at}`);
    world.pass(US_PER_SECOND);
  }
  assert.equal(world.story.filter((line) => line.startsWith('down')).length, 0);
  assert.ok(world.stream.status.connectCount >= 4);
  const notes = world.story.filter((line) => line !== 'up');
  assert.deepEqual(
    [...new Set(notes)],
    Array.from({ length: 200 }, (_, at) => `${at}`),
  );
  assert.equal(world.exchange.socketCount, 1, 'old connections are let go');
});

test('a message that cannot be read ends the connection: it may have been a fill', () => {
  const world = new World();
  world.exchange.tell('{"cut":');
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.story, ['up', 'down: binance-usdm message: no JSON text', 'up']);
});

test('stopped, it leaves no socket and no timer, wherever it was', () => {
  for (let us = 0; us < 200_000; us += 2_500) {
    const world = new World(us + 1);
    world.exchange.expire();
    world.pass(us);
    world.stream.stop();
    world.sender.stop();
    world.pass(10 * US_PER_MINUTE);
    assert.equal(world.transport.openCount, 0, `after ${us} us`);
    assert.equal(world.exchange.socketCount, 0);
  }
});
