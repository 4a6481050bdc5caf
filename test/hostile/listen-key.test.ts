/** Binance's listen key against the hostile venue: what expires is had anew, by the real adapter and the real desk, in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { SimulatedNetwork } from '#net/simulated';
import { openBinanceUsdmEntry } from '#venues/binance';
import { ENTRY_SENDER_DEFAULTS, EntrySender, PRIVATE_STREAM_DEFAULTS, PrivateStream } from '#venues/desk';
import { HostileVenue } from './hostile-venue.ts';
import { VENUES_UNDER_TEST } from './venues.ts';

const HOST = 'venue.test';

class World {
  readonly network: SimulatedNetwork;
  readonly venue: HostileVenue;
  readonly story: string[] = [];

  constructor(seed: number) {
    const prng = new Prng(seed);
    this.network = new SimulatedNetwork(prng, 1_700_000_000_000_000);
    const under = VENUES_UNDER_TEST.find(({ venue }) => venue === 'binance-usdm');
    assert.ok(under !== undefined);
    this.venue = new HostileVenue({
      ...{ timers: this.network, prng, instruments: under.instruments(1), eventsPerS: 1 },
      protocol: under.openDialect(''),
    });
    this.network.addServer(HOST, this.venue);
    const transport = this.network.openTransport();
    const adapter = openBinanceUsdmEntry({
      hosts: { rest: `https://${HOST}`, stream: `wss://${HOST}` },
      keys: { apiKey: 'key', secret: 'secret', passphrase: '' },
      instruments: [],
    });
    const onNotice = (event: string, detail: string): unknown => this.story.push(`${event} ${detail}`);
    const sender = new EntrySender({
      ...{ adapter, transport, prng, onNotice },
      options: ENTRY_SENDER_DEFAULTS,
    });
    const unread = (): never => assert.fail('nothing happens on this account');
    const stream = new PrivateStream({
      ...{ sender, transport, prng, instruments: [] },
      plan: adapter.stream,
      options: PRIVATE_STREAM_DEFAULTS,
      sink: {
        ...{ onOrder: unread, onFill: unread, onBalance: unread, onPosition: unread, onFunding: unread },
        ...{ onStreamEnd: unread, onNotice: unread },
      },
      onUp: () => this.story.push('up'),
      onDown: (reason) => this.story.push(`down: ${reason}`),
    });
    stream.start();
    this.pass(10 * US_PER_SECOND);
  }

  pass(us: number): void {
    this.network.run(this.network.nowUs() + us);
  }
}

test('an expired listen key ends the private stream, and a new one brings it back', () => {
  const world = new World(1);
  assert.deepEqual(world.story, ['up']);
  world.venue.inject({ kind: 'expire' });
  world.pass(US_PER_MINUTE);
  assert.equal(world.story.length, 3, world.story.join('\n'));
  assert.match(world.story[1] ?? '', /^down: .*[lL]isten ?[kK]ey/);
  assert.equal(world.story[2], 'up');
  assert.equal(world.venue.sessionCount, 1);
});

test('a key that expired while nobody was connected is not used again', () => {
  const world = new World(2);
  world.network.cutSockets(HOST);
  world.venue.inject({ kind: 'expire' });
  world.pass(2 * US_PER_MINUTE);
  assert.deepEqual(
    world.story.map((line) => line.split(':')[0]),
    ['up', 'down', 'up'],
    world.story.join('\n'),
  );
});

test('a key lives as long as it is prolonged', () => {
  const world = new World(3);
  world.pass(5 * 60 * US_PER_MINUTE);
  assert.deepEqual(world.story, ['up']);
});
