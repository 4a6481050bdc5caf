/** Requests of a feed: one budget, the venue's word above all, fair to all symbols, nothing after the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BookUpdate } from '#book';
import { Prng } from '#core';
import type { ServedAnswer, ServedRequest } from '#net';
import { testSeed } from '../../../test/support/property.ts';
import { ScriptedServer } from '../../../test/support/scripted-server.ts';
import { SimulatedNetwork } from '../../net/simulated/index.ts';
import { FrameFault, type MarketRest, type RestCall } from '../market/index.ts';
import { ClockOffset } from './clock-offset.ts';
import { Notices } from './notices.ts';
import { FEED_OPTIONS_DEFAULT } from './options.ts';
import { Poller } from './poller.ts';
import { RestGate } from './rest-gate.ts';
import { type SnapshotClient, SnapshotQueue } from './snapshot-queue.ts';
import { FakeAdapter } from './test/fake-adapter.ts';
import { FeedWorld } from './test/feed-world.ts';

const SEED = testSeed();
const SECOND_US = 1_000_000;
const HOST = 'rest.test';

const OK: ServedAnswer = { status: 200, headers: {}, body: '1', delayUs: 0 };

function setup(
  onRequest: (request: ServedRequest) => ServedAnswer | 'no-answer',
  weightPerMinuteMax = 1_000,
) {
  const network = new SimulatedNetwork(new Prng(SEED), 1_700_000_000_000_000);
  const server = new ScriptedServer({ onRequest });
  network.addServer(HOST, server);
  const transport = network.openTransport();
  const adapter = new FakeAdapter({
    style: 'numbered',
    limits: {},
    hasToken: false,
    weightPerMinuteMax,
    resyncEveryUs: null,
    pingEveryUs: SECOND_US,
  });
  const rest: MarketRest = { ...adapter.rest(adapter.hosts), usedWeightHeader: 'x-used' };
  const options = FEED_OPTIONS_DEFAULT;
  const world = new FeedWorld({ seed: SEED, style: 'numbered' });
  const gate = new RestGate({ rest, transport, options, notices: new Notices(world, 1_000, 1) });
  const pass = (us: number): void => network.run(network.nowUs() + us);
  return { network, server, transport, gate, options, pass, world };
}

function callOf<T>(path: string, weight: number, parse: (body: Uint8Array) => T): RestCall<T> {
  return { method: 'GET', url: `https://${HOST}${path}`, headers: {}, body: null, weight, parse };
}

test('what the venue asks for is obeyed by everybody: 429, 418 and used weight stop all requests', () => {
  const answers: ServedAnswer[] = [
    { ...OK, status: 429, headers: { 'Retry-After': '7' } },
    { ...OK, status: 418, headers: { 'Retry-After': '120' } },
    { ...OK, headers: { 'X-Used': '1000' } },
  ];
  const { gate, network, pass } = setup(() => answers.shift() ?? OK);
  const outcomes: string[] = [];
  const send = (): boolean =>
    gate.send(
      callOf('/a', 1, () => 1),
      () => 1,
      ({ kind }) => outcomes.push(kind),
    ) !== null;
  const waitForTurn = (): number => {
    const startUs = network.nowUs();
    while (!send()) pass(SECOND_US);
    return Math.round((network.nowUs() - startUs) / SECOND_US);
  };
  assert.ok(send());
  pass(SECOND_US);
  assert.ok(Math.abs(waitForTurn() - 7) <= 1);
  pass(SECOND_US);
  assert.ok(Math.abs(waitForTurn() - 119) <= 1);
  pass(SECOND_US);
  const leftUs = 60 * SECOND_US - (network.nowUs() % (60 * SECOND_US));
  assert.ok(Math.abs(waitForTurn() - leftUs / SECOND_US) <= 1, 'until the minute of the venue is over');
  assert.deepEqual(outcomes, ['failed', 'failed', 'good']);
  assert.equal(gate.status.limitedCount, 2);
});

test('no minute costs more than the budget, and a request dearer than the bucket still goes out', () => {
  const { gate, network, pass } = setup(() => OK, 400);
  const sent: { atUs: number; weight: number }[] = [];
  for (let i = 0; i < 3_000; i++) {
    if (
      gate.send(
        callOf('/a', 20, () => 1),
        () => 1,
        () => undefined,
      ) !== null
    )
      sent.push({ atUs: network.nowUs(), weight: 20 });
    pass(100_000);
  }
  for (const { atUs } of sent) {
    const inMinute = sent.filter((other) => other.atUs >= atUs && other.atUs < atUs + 60 * SECOND_US);
    assert.ok(inMinute.reduce((sum, { weight }) => sum + weight, 0) <= 400);
  }
  assert.ok(sent.length * 20 > 5 * 300, 'and the budget is used');
  pass(60 * SECOND_US);
  assert.ok(
    gate.send(
      callOf('/a', 5_000, () => 1),
      () => 1,
      () => undefined,
    ) !== null,
  );
});

test('an answer that cannot be read is a failure, a bug of the reader is not hidden', () => {
  const { gate, pass, world } = setup(() => OK);
  const outcomes: string[] = [];
  const read = (error: Error) => (): number => {
    throw error;
  };
  gate.send(
    callOf('/a?key=1', 1, () => 1),
    read(new FrameFault('cut', 3)),
    ({ kind }) => outcomes.push(kind),
  );
  pass(SECOND_US);
  assert.deepEqual(outcomes, ['failed']);
  assert.deepEqual(
    [world.notices[0]?.subject, world.notices[0]?.message],
    ['GET /a', 'the answer could not be read: cut'],
  );
  gate.send(
    callOf('/a', 1, () => 1),
    read(new TypeError('bug')),
    () => undefined,
  );
  assert.throws(() => pass(SECOND_US), TypeError);
  gate.stop();
  assert.equal(
    gate.send(
      callOf('/a', 1, () => 1),
      () => 1,
      () => undefined,
    ),
    null,
  );
});

/** A book that wants snapshots until it has had enough of them. */
class Wanting implements SnapshotClient {
  readonly askedUs: number[] = [];
  answers = 0;
  wanted = 1;
  readonly #queue: () => SnapshotQueue;
  readonly #nowUs: () => number;
  readonly #path: string;

  constructor(path: string, queue: () => SnapshotQueue, nowUs: () => number) {
    this.#path = path;
    this.#queue = queue;
    this.#nowUs = nowUs;
  }

  snapshotCall(): RestCall<BookUpdate> {
    this.askedUs.push(this.#nowUs());
    return callOf(this.#path, 20, () => new BookUpdate());
  }

  onSnapshotAnswer(): void {
    this.answers++;
    if (this.answers < this.wanted) this.#queue().ask(this, this.#nowUs());
    else this.#queue().succeed(this);
  }
}

test('two hundred symbols that come back together are served in their order, few at a time, within the budget', () => {
  let underWay = 0;
  let most = 0;
  const { gate, network, options, pass, server } = setup(() => {
    most = Math.max(most, ++underWay);
    network.after(20_000, () => underWay--);
    return { ...OK, delayUs: 20_000 };
  }, 1_920);
  const queue = new SnapshotQueue(gate, options);
  const clients = Array.from(
    { length: 200 },
    (_, i) =>
      new Wanting(
        `/${i}`,
        () => queue,
        () => network.nowUs(),
      ),
  );
  for (const client of clients) queue.ask(client, network.nowUs());
  for (const client of clients) queue.ask(client, network.nowUs());
  let beats = 0;
  while (queue.counts.queued + queue.counts.inFlight > 0 && beats++ < 2_000) {
    pass(250_000);
    queue.pump(network.nowUs());
  }
  assert.deepEqual(server.requests.map(({ path }) => path).sort(), clients.map((_, i) => `/${i}`).sort());
  const order = server.requests.map(({ path }) => Number(path.slice(1)));
  assert.ok(
    order.every((place, i) => Math.abs(place - i) < options.snapshotsInFlightMax),
    'nobody is overtaken by much',
  );
  assert.ok(most <= options.snapshotsInFlightMax, `${most} under way`);
  assert.ok((beats * 250_000) / SECOND_US < 180, `took ${(beats * 250_000) / SECOND_US} s`);
});

test('a symbol is asked for at most every two seconds, more seldom with every answer that did not help', () => {
  const { gate, network, options, pass } = setup(() => OK);
  const queue = new SnapshotQueue(gate, options);
  const client = new Wanting(
    '/a',
    () => queue,
    () => network.nowUs(),
  );
  client.wanted = 5;
  queue.ask(client, network.nowUs());
  const run = (seconds: number): void => {
    for (let i = 0; i < seconds * 4; i++) {
      pass(250_000);
      queue.pump(network.nowUs());
    }
  };
  run(60);
  const gaps = client.askedUs.slice(1).map((atUs, i) => Math.floor((atUs - client.askedUs[i]!) / SECOND_US));
  assert.deepEqual(gaps, [2, 4, 8, 16]);
  client.wanted = 6;
  queue.ask(client, network.nowUs());
  run(1);
  client.wanted = 7;
  queue.ask(client, network.nowUs());
  run(3);
  assert.equal(client.answers, 7, 'after a success the pace is quick again');
});

test('a failed snapshot is asked for again, behind the others; a dropped one never answers', () => {
  let isDown = true;
  const { gate, network, options, pass, server } = setup(() => (isDown ? { ...OK, status: 503 } : OK));
  const queue = new SnapshotQueue(gate, options);
  const [a, b] = ['/a', '/b'].map(
    (path) =>
      new Wanting(
        path,
        () => queue,
        () => network.nowUs(),
      ),
  );
  assert.ok(a !== undefined && b !== undefined);
  queue.ask(a, network.nowUs());
  pass(SECOND_US);
  isDown = false;
  for (let i = 0; i < 12; i++) {
    pass(250_000);
    queue.pump(network.nowUs());
  }
  assert.deepEqual([a.answers, server.requests.length], [1, 2]);
  queue.ask(b, network.nowUs());
  queue.drop(b);
  pass(5 * SECOND_US);
  assert.equal(b.answers, 0);
  assert.deepEqual(queue.counts, { queued: 0, inFlight: 0 });
  queue.ask(b, network.nowUs());
  queue.stop();
  pass(5 * SECOND_US);
  assert.equal(b.answers, 0);
});

test("the venue's clock is measured by the fastest of three questions, again after five minutes", () => {
  const delays = [50_000, 0, 90_000];
  const { gate, network, pass, server } = setup(() => {
    const body = String(network.nowUs() + 250_000);
    return { ...OK, body, delayUs: delays.shift() ?? 0 };
  });
  const clock = new ClockOffset(
    gate,
    callOf('/time', 1, (body) => Number(Buffer.from(body).toString())),
    300 * SECOND_US,
  );
  clock.pump(network.nowUs());
  pass(SECOND_US);
  const { reading } = clock;
  assert.ok(reading !== null);
  assert.ok(Math.abs(reading.offsetUs - 250_000) <= reading.roundTripUs / 2);
  assert.ok(reading.roundTripUs < 50_000);
  assert.equal(server.requests.length, 3);
  clock.pump(network.nowUs());
  pass(SECOND_US);
  assert.equal(server.requests.length, 3);
  pass(300 * SECOND_US);
  clock.pump(network.nowUs());
  pass(SECOND_US);
  assert.equal(server.requests.length, 6);
  new ClockOffset(gate, null, 1).pump(network.nowUs());
});

test('polls keep their interval, come back sooner after a failure, and stop', () => {
  let isDown = false;
  const { gate, network, pass, server, world } = setup(() => (isDown ? { ...OK, status: 503 } : OK));
  const decoded: string[] = [];
  const plans = ['/a', '/b'].map((path) => ({
    stream: 'open-interest' as const,
    everyUs: 10 * SECOND_US,
    call: callOf(path, 1, () => undefined),
    decode: () => void decoded.push(path),
  }));
  // The sink is not used by these plans.
  const sink = world as never;
  const poller = new Poller(gate, plans, () => ({ sink, tsLocalUs: network.nowUs() }));
  const run = (seconds: number): void => {
    for (let i = 0; i < seconds * 4; i++) {
      poller.pump(network.nowUs());
      pass(250_000);
    }
  };
  run(21);
  assert.deepEqual([...decoded].sort(), ['/a', '/a', '/a', '/b', '/b', '/b']);
  const [state] = poller.states;
  assert.deepEqual([state?.stream, state?.everyUs], ['open-interest', 10 * SECOND_US]);
  isDown = true;
  run(10);
  isDown = false;
  run(4);
  assert.equal(decoded.length, 8, 'not at the next interval only');
  poller.stop();
  const { length } = server.requests;
  run(30);
  assert.equal(server.requests.length, length);
});
