import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSE_CODES, emptyState, type ServerMessage, WIRE_VERSION } from '../wire.ts';
import { BACKOFF_MS_MAX, backoffMs } from './backoff.ts';
import {
  type ConnectionState,
  LiveConnection,
  SILENCE_MS_MAX,
  type SocketListeners,
} from './live-connection.ts';

/** A browser without a network: sockets are opened on paper, time passes by hand. */
class Bench {
  readonly sockets: (SocketListeners & { readonly sent: string[]; closedWith: number | null | undefined })[] =
    [];
  readonly states: ConnectionState[] = [];
  readonly messages: ServerMessage[] = [];
  nowMs = 0;
  #timers: { readonly action: () => void; readonly atMs: number }[] = [];
  readonly connection = new LiveConnection({
    openSocket: (listeners) => {
      const socket = { ...listeners, sent: [] as string[], closedWith: null as number | null | undefined };
      this.sockets.push(socket);
      return {
        send: (data) => socket.sent.push(data),
        close: (code) => {
          socket.closedWith = code;
        },
      };
    },
    nowMs: () => this.nowMs,
    random: () => 0,
    schedule: (action, delayMs) => {
      const timer = { action, atMs: this.nowMs + delayMs };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((entry) => entry !== timer);
      };
    },
    onMessage: (message) => this.messages.push(message),
    onState: (state) => this.states.push(state),
  });

  get socket() {
    return this.sockets.at(-1) ?? assert.fail('a socket is open');
  }

  get state(): ConnectionState {
    return this.states.at(-1) ?? assert.fail('a state was told');
  }

  say(message: object): void {
    this.socket.onMessage(JSON.stringify(message));
  }

  greet(seq = 0): void {
    this.say({ kind: 'hello', version: WIRE_VERSION, serverId: 's', seq, state: emptyState() });
  }

  wait(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.nowMs = due.atMs;
      due.action();
    }
    this.nowMs = untilMs;
  }
}

test('a hello makes the connection live, updates follow in their order', () => {
  const bench = new Bench();
  bench.connection.start();
  assert.equal(bench.state.kind, 'connecting');
  bench.greet(4);
  assert.equal(bench.state.kind, 'live');
  bench.say({ kind: 'update', seq: 5, changes: {} });
  bench.say({ kind: 'update', seq: 6, changes: {} });
  assert.deepEqual(
    bench.messages.map((message) => message.kind),
    ['hello', 'update', 'update'],
  );
  assert.equal(bench.sockets.length, 1);
});

test('a gap between updates or a message that cannot be read ends the connection, the next one brings the whole state', () => {
  for (const bad of [
    '{"kind":"update","seq":9,"changes":{}}',
    'garbage',
    '{"kind":"update","seq":1,"changes":{"trades":3}}',
  ]) {
    const bench = new Bench();
    bench.connection.start();
    bench.greet();
    const first = bench.socket;
    first.onMessage(bad);
    assert.notEqual(first.closedWith, null, bad);
    assert.equal(bench.state.kind, 'away');
    bench.wait(1_000);
    assert.equal(bench.sockets.length, 2);
    first.onMessage('{"kind":"update","seq":1,"changes":{}}');
    assert.equal(bench.messages.length, 1, 'what the old socket still says is not heard');
    bench.greet();
    assert.equal(bench.state.kind, 'live');
  }
});

test('a server that is away is tried again with growing pauses, and a success starts them anew', () => {
  const bench = new Bench();
  bench.connection.start();
  const pauses: number[] = [];
  for (let i = 0; i < 8; i++) {
    bench.socket.onClose(1006, '');
    const { state } = bench;
    assert.ok(state.kind === 'away');
    assert.equal(state.attempt, i + 1);
    pauses.push(state.retryAtMs - bench.nowMs);
    bench.wait(state.retryAtMs - bench.nowMs);
  }
  assert.deepEqual(pauses, [250, 500, 1_000, 2_000, 4_000, 7_500, 7_500, 7_500]);
  bench.greet();
  bench.socket.onClose(CLOSE_CODES.goingAway, '');
  assert.ok(bench.state.kind === 'away' && bench.state.attempt === 1 && /went away/.test(bench.state.reason));
});

test('silence is noticed although the socket stays open', () => {
  const bench = new Bench();
  bench.connection.start();
  bench.greet();
  for (let i = 0; i < 5; i++) {
    bench.wait(SILENCE_MS_MAX - 1);
    bench.say({ kind: 'heartbeat', engineAgeMs: 5 });
  }
  assert.deepEqual(bench.state, { kind: 'live' });
  bench.wait(SILENCE_MS_MAX);
  const { state } = bench;
  assert.ok(state.kind === 'away' && /silent for 10 s/.test(state.reason));
});

test('the token is asked for, sent, kept for reconnects, and asked for again when it is wrong', () => {
  const bench = new Bench();
  bench.connection.start();
  bench.say({ kind: 'token_required' });
  assert.deepEqual(bench.state, { kind: 'token_required', isRejected: false });
  bench.connection.giveToken('first');
  assert.deepEqual(bench.socket.sent, ['{"kind":"token","token":"first"}']);
  bench.socket.onClose(CLOSE_CODES.unauthorised, 'the token is wrong');
  assert.deepEqual(bench.state, { kind: 'token_required', isRejected: true });
  bench.connection.giveToken('second');
  assert.equal(bench.sockets.length, 2);
  bench.say({ kind: 'token_required' });
  bench.greet();
  assert.equal(bench.state.kind, 'live');
  bench.socket.onClose(1006, '');
  bench.wait(1_000);
  bench.say({ kind: 'token_required' });
  assert.deepEqual(bench.socket.sent, ['{"kind":"token","token":"second"}'], 'nobody is asked twice');
});

test('a server that waited for the token in vain is not taken for one that refused it', () => {
  const bench = new Bench();
  bench.connection.start();
  bench.say({ kind: 'token_required' });
  bench.socket.onClose(CLOSE_CODES.unauthorised, 'no token came');
  assert.deepEqual(bench.state, { kind: 'token_required', isRejected: false });
});

test('a server of another version is not guessed at', () => {
  const bench = new Bench();
  bench.connection.start();
  bench.say({ kind: 'hello', version: WIRE_VERSION + 1, serverId: 's', seq: 0, state: emptyState() });
  assert.deepEqual(bench.state, { kind: 'incompatible', version: WIRE_VERSION + 1 });
  bench.wait(60_000);
  assert.equal(bench.sockets.length, 1, 'it is not tried again');
});

test('a stopped connection stays away', () => {
  const bench = new Bench();
  bench.connection.start();
  bench.greet();
  bench.connection.stop();
  bench.socket.onClose(1000, '');
  bench.wait(60_000);
  assert.equal(bench.sockets.length, 1);
});

test('the pauses grow to a limit and are spread over the upper half of it', () => {
  assert.equal(backoffMs(1, 0), 250);
  assert.ok(backoffMs(1, 0.999) <= 500);
  for (const attempt of [6, 7, 100, 1e9]) {
    assert.equal(backoffMs(attempt, 0), BACKOFF_MS_MAX / 2);
    assert.ok(backoffMs(attempt, 0.999) <= BACKOFF_MS_MAX);
  }
});
