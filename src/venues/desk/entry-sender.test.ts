import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { SimulatedNetwork, type SimulatedTransport } from '#net/simulated';
import { testSeed } from '../../../test/support/property.ts';
import type { EntryCall } from '../entry/index.ts';
import { ENTRY_SENDER_DEFAULTS, type EntryOutcome, EntrySender, type EntrySenderOptions } from './index.ts';
import { askCall, cancelCall, FAKE_ADAPTER, placeCall } from './test/fake-adapter.ts';
import { type ExchangeFault, FAKE_EXCHANGE, FAKE_LIMIT, FakeExchange } from './test/fake-exchange.ts';

const START_US = 1_700_000_000_000_000;

class World {
  readonly network: SimulatedNetwork;
  readonly exchange: FakeExchange;
  readonly transport: SimulatedTransport;
  readonly sender: EntrySender;
  readonly notices: string[] = [];

  constructor(seed = 1, options: Partial<EntrySenderOptions> = {}) {
    const prng = new Prng(seed);
    this.network = new SimulatedNetwork(prng, START_US);
    this.exchange = new FakeExchange(this.network);
    this.network.addServer(FAKE_EXCHANGE, this.exchange);
    this.transport = this.network.openTransport();
    this.sender = new EntrySender({
      adapter: FAKE_ADAPTER,
      transport: this.transport,
      prng: prng.split('sender'),
      options: { ...ENTRY_SENDER_DEFAULTS, ...options },
      onNotice: (event, detail) => this.notices.push(`${event} ${detail}`),
    });
  }

  /** Sends a call and keeps its outcomes. */
  send<T>(call: EntryCall<T>, untilUs?: number): EntryOutcome<T>[] {
    const outcomes: EntryOutcome<T>[] = [];
    this.sender.send(call, (outcome) => outcomes.push(outcome), untilUs);
    assert.equal(outcomes.length, 0, 'the outcome never comes before send returns');
    return outcomes;
  }

  pass(us: number): void {
    this.network.run(this.network.nowUs() + us);
  }
}

test('the clock is measured before anything is signed, and requests are then as the venue wants them', () => {
  const world = new World();
  world.exchange.offsetUs = 7 * US_PER_SECOND;
  const placed = world.send(placeCall('a'));
  world.pass(US_PER_SECOND);
  assert.deepEqual(placed, [{ kind: 'good', value: 'v-a' }]);
  assert.deepEqual(world.exchange.heard, ['/order a'], 'no stamp was refused');
  assert.ok(Math.abs(world.sender.status.clockOffsetUs - 7 * US_PER_SECOND) < 20_000);
});

test('a clock that jumps costs one refusal: it is measured anew, and the order is placed once', () => {
  const world = new World();
  world.send(placeCall('a'));
  world.pass(US_PER_SECOND);
  world.exchange.offsetUs = -30 * US_PER_SECOND;
  const placed = world.send(placeCall('b'));
  world.pass(5 * US_PER_SECOND);
  assert.deepEqual(placed, [{ kind: 'good', value: 'v-b' }]);
  assert.deepEqual(world.exchange.heard, ['/order a', '/order b', '/order b']);
  assert.match(world.notices.join(), /venue_clock/);
});

test('cancels go before everything that waits, protective orders before others, questions last', () => {
  const world = new World(1, { inFlightMax: 1 });
  for (let i = 0; i < 5; i++) world.send(askCall(`q${i}`));
  world.send(placeCall('entry'));
  world.send(placeCall('stop', 'protect'));
  world.send(cancelCall('old'));
  world.pass(US_PER_SECOND);
  assert.deepEqual(world.exchange.heard.slice(0, 4), [
    '/cancel old',
    '/order stop',
    '/order entry',
    '/order q0',
  ]);
});

test('questions leave half of the budget for what is urgent', () => {
  const world = new World();
  world.pass(US_PER_SECOND);
  for (let i = 0; i < 100; i++) world.send(askCall(`q${i}`));
  world.pass(50_000);
  const before = world.exchange.heard.length;
  assert.ok(before <= FAKE_LIMIT / 4, `${before} questions at once`);
  const canceled = world.send(cancelCall('x'));
  world.pass(50_000);
  assert.equal(canceled.length, 1, 'a cancel does not wait behind them');
});

test('a request whose answer was lost is unknown, and never sent again', () => {
  for (const fault of ['lost-before', 'lost-after', 'garbage', 'error-after'] as const) {
    const world = new World();
    world.exchange.faults.push(fault);
    const placed = world.send(placeCall('a'));
    world.pass(US_PER_MINUTE);
    assert.equal(placed[0]?.kind, 'unknown', fault);
    assert.equal(world.exchange.heard.length, 1, fault);
    assert.equal(world.sender.status.unknownCount, 1);
  }
});

test('a question whose answer was lost is asked again, some times', () => {
  const world = new World();
  world.exchange.faults.push('lost-before', 'unavailable', 'error-after');
  const asked = world.send(askCall('a'));
  world.pass(2 * US_PER_MINUTE);
  assert.deepEqual(asked, [{ kind: 'good', value: false }]);
  world.exchange.faults.push(...Array.from({ length: 5 }, (): ExchangeFault => 'unavailable'));
  const inVain = world.send(askCall('b'));
  world.pass(2 * US_PER_MINUTE);
  assert.deepEqual(inVain, [{ kind: 'failed', message: 'busy' }]);
});

test('a venue that asks to wait is obeyed by everything, and what it refused is sent when it may be', () => {
  const world = new World();
  world.exchange.faults.push('banned');
  const placed = world.send(placeCall('a'));
  world.pass(US_PER_SECOND);
  const canceled = world.send(cancelCall('b'));
  world.pass(25 * US_PER_SECOND);
  assert.deepEqual([placed.length, canceled.length, world.exchange.heard.length], [0, 0, 1]);
  assert.match(world.notices.join(), /venue_ban .*nothing is sent for/);
  world.pass(10 * US_PER_SECOND);
  assert.deepEqual([placed[0]?.kind, canceled[0]?.kind], ['good', 'good']);
  assert.equal(world.exchange.placed.get('a'), 1);
});

test('what waits too long is not sent any more', () => {
  const world = new World();
  world.exchange.faults.push('limited');
  world.send(askCall('a'));
  world.pass(US_PER_SECOND / 2);
  const late = world.send(placeCall('b'), world.network.nowUs() + US_PER_SECOND);
  world.pass(5 * US_PER_SECOND);
  assert.deepEqual(late, [{ kind: 'failed', message: 'it waited too long to be sent' }]);
  assert.equal(world.exchange.placed.has('b'), false);
});

test('what waits is bounded, and more is refused at once', () => {
  const world = new World(1, { waitingMax: 10 });
  const outcomes = Array.from({ length: 15 }, (_, i) => world.send(placeCall(`o${i}`)));
  world.pass(0);
  assert.equal(outcomes.filter(([outcome]) => outcome?.kind === 'failed').length, 5);
  world.pass(US_PER_MINUTE);
  assert.equal(outcomes.filter(([outcome]) => outcome?.kind === 'good').length, 10);
});

test('a closed desk fails what waits, sends nothing any more, and leaves no timer', () => {
  const world = new World();
  const waiting = world.send(placeCall('a'));
  world.sender.stop();
  const after = world.send(placeCall('b'));
  world.pass(US_PER_MINUTE);
  assert.deepEqual([waiting[0]?.kind, after[0]?.kind], ['failed', 'failed']);
  assert.equal(world.exchange.placed.size, 0);
  assert.equal(world.transport.openCount, 0);
});

const SEED = testSeed();
for (let round = 0; round < 20; round++) {
  const seed = SEED + round;
  test(`whatever goes wrong, no order is placed twice and no outcome lies (SEED=${seed})`, () => {
    const world = new World(seed);
    const prng = new Prng(seed).split('load');
    const kinds: readonly ExchangeFault[] = [
      ...(['lost-before', 'lost-after', 'limited', 'unavailable', 'garbage', 'error-after'] as const),
    ];
    const placed = new Map<string, EntryOutcome<string>[]>();
    for (let i = 0; i < 150; i++) {
      if (prng.uniform() < 0.2) world.exchange.faults.push(kinds[prng.integer(0, kinds.length)]!);
      if (prng.uniform() < 0.02) world.exchange.offsetUs += prng.integer(-5, 6) * US_PER_SECOND;
      const id = `o${i}`;
      if (prng.uniform() < 0.6) placed.set(id, world.send(placeCall(id)));
      else if (prng.uniform() < 0.5) world.send(cancelCall(id));
      else world.send(askCall(id));
      world.pass(prng.integer(0, 80_000));
    }
    world.pass(10 * US_PER_MINUTE);
    assert.equal(world.exchange.overspentCount, 0, 'the venue was never asked too often');
    for (const [id, outcomes] of placed) {
      assert.equal(outcomes.length, 1, `${id} has one outcome`);
      const [outcome] = outcomes;
      const count = world.exchange.placed.get(id) ?? 0;
      assert.ok(count <= 1, `${id} was placed ${count} times`);
      if (outcome?.kind === 'good') assert.equal(count, 1, id);
      if (outcome?.kind === 'failed' || outcome?.kind === 'refused') assert.equal(count, 0, id);
    }
    const { inFlight, waiting } = world.sender.status;
    assert.deepEqual([inFlight, ...Object.values(waiting)], [0, 0, 0, 0, 0]);
  });
}
