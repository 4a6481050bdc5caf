/** The simulated network keeps the promises of the transport port, whatever is wrong with the way, and the same seed gives the same calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import type { ClientSocket, HttpAnswer, HttpFailure, HttpRequest, SocketEnd } from '#net';
import { testSeed } from '../../../test/support/property.ts';
import { ScriptedServer } from '../../../test/support/scripted-server.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedTransport } from './simulated-transport.ts';

const START_US = 1_700_000_000_000_000;
const SECOND_US = 1_000_000;

/** What a client has heard of one socket, as text. */
class Ear {
  readonly heard: string[] = [];
  readonly ends: SocketEnd[] = [];
  socket: ClientSocket;

  constructor(transport: SimulatedTransport, path = '/', options: { max?: number; host?: string } = {}) {
    this.socket = transport.openSocket(
      {
        url: `wss://${options.host ?? 'venue.test'}${path}`,
        messageBytesMax: options.max ?? 1_000,
        connectTimeoutUs: 5 * SECOND_US,
      },
      {
        onOpen: () => this.#hear('open'),
        onMessage: (bytes) => this.#hear(Buffer.from(bytes).toString()),
        onPong: () => this.#hear('pong'),
        onEnd: (end) => {
          this.#hear(`end ${end.code}`);
          this.ends.push(end);
        },
      },
    );
  }

  #hear(what: string): void {
    assert.equal(this.ends.length, 0, `nothing after the end, was '${what}'`);
    this.heard.push(what);
  }
}

function world(server = new ScriptedServer(), seed = 1) {
  const network = new SimulatedNetwork(new Prng(seed), START_US);
  network.addServer('venue.test', server);
  const transport = network.openTransport();
  const pass = (us: number): void => network.run(network.nowUs() + us);
  return { network, transport, server, pass };
}

function ask(
  transport: SimulatedTransport,
  wish: Partial<HttpRequest> = {},
): { outcomes: (HttpAnswer | HttpFailure)[]; cancel: () => void } {
  const outcomes: (HttpAnswer | HttpFailure)[] = [];
  const request: HttpRequest = {
    method: 'GET',
    url: 'https://venue.test/depth?limit=5',
    headers: { 'X-Key': 'k' },
    body: null,
    timeoutUs: 2 * SECOND_US,
    bodyBytesMax: 100,
    ...wish,
  };
  return { outcomes, cancel: transport.request(request, (outcome) => outcomes.push(outcome)) };
}

test('messages go both ways in order, with pings, and a polite end', () => {
  const server = new ScriptedServer({ onMessage: (text, socket) => socket.send(`re ${text}`) });
  const { network, transport, pass } = world(server);
  const ear = new Ear(transport, '/hello?a=1&b=2');
  ear.socket.send('too early');
  pass(SECOND_US);
  for (const text of ['one', 'two', 'three']) ear.socket.send(text);
  ear.socket.ping();
  pass(SECOND_US);
  ear.socket.close();
  ear.socket.send('too late');
  pass(SECOND_US);
  assert.deepEqual(ear.heard, ['open', 'hello', 're one', 're two', 're three', 'pong', 'end 1000']);
  const [seen] = server.sockets;
  assert.deepEqual([seen?.path, seen?.query, seen?.pingCount, seen?.endCount], ['/hello', 'a=1&b=2', 1, 1]);
  assert.deepEqual(seen?.messages, ['one', 'two', 'three']);
  assert.deepEqual([network.socketCount, network.waitingCount, transport.openCount], [0, 0, 0]);
});

test('the bytes of a message are the owner’s during the call only', () => {
  const { server, transport, pass } = world();
  const kept: Uint8Array[] = [];
  transport.openSocket(
    { url: 'ws://venue.test/', messageBytesMax: 100, connectTimeoutUs: SECOND_US },
    {
      onOpen: () => undefined,
      onMessage: (bytes) => kept.push(bytes),
      onPong: () => undefined,
      onEnd: () => undefined,
    },
  );
  pass(SECOND_US);
  server.sockets[0]?.socket.send('abc');
  pass(SECOND_US);
  assert.deepEqual([...(kept[0] ?? [])], [0, 0, 0]);
});

test('the server ends a socket politely, or breaks it off', () => {
  const { server, transport, pass } = world();
  const ears = [new Ear(transport, '/0'), new Ear(transport, '/1')];
  pass(SECOND_US);
  server.at('/0').socket.send('last words');
  server.at('/0').socket.close(4001, 'enough');
  server.at('/0').socket.send('never sent');
  server.at('/1').socket.destroy();
  pass(SECOND_US);
  assert.deepEqual(ears[0]?.heard, ['open', 'last words', 'end 4001']);
  assert.deepEqual(ears[0]?.ends, [{ code: 4001, reason: 'enough' }]);
  assert.deepEqual(ears[1]?.heard, ['open', 'end 1006']);
  assert.deepEqual(
    server.sockets.map((seen) => seen.endCount),
    [1, 1],
  );
});

test('a half-open socket says nothing, does not end, and is let go of by its owner', () => {
  const { network, server, transport, pass } = world();
  const ears = [new Ear(transport, '/0'), new Ear(transport, '/1')];
  pass(SECOND_US);
  server.at('/0').socket.stall();
  server.at('/0').socket.send('swallowed');
  assert.equal(
    network.cutSockets('venue.test', (turn) => turn === 1),
    1,
  );
  server.at('/1').socket.send('lost');
  for (const ear of ears) {
    ear.socket.send('into the dark');
    ear.socket.ping();
  }
  pass(3_600 * SECOND_US);
  for (const ear of ears) assert.deepEqual(ear.heard, ['open']);
  ears[0]?.socket.close();
  ears[1]?.socket.destroy();
  pass(3 * SECOND_US);
  for (const ear of ears) assert.deepEqual(ear.heard, ['open', 'end 1006']);
  assert.deepEqual(
    server.sockets.map((seen) => [seen.messages.length, seen.pingCount, seen.endCount]),
    [
      [0, 0, 1],
      [0, 0, 1],
    ],
  );
  assert.equal(network.socketCount, 0);
});

test('a socket that cannot be opened ends once, in bounded time', () => {
  const { network, transport, pass } = world();
  network.addServer('gone.test', new ScriptedServer());
  network.lose('gone.test', START_US + 3_600 * SECOND_US);
  network.addServer('shut.test', new ScriptedServer());
  network.refuse('shut.test', START_US + 60 * SECOND_US);
  const ears = [
    new Ear(transport, '/mute'),
    new Ear(transport, '/status/429'),
    new Ear(transport, '/', { host: 'nobody.test' }),
    new Ear(transport, '/', { host: 'gone.test' }),
    new Ear(transport, '/', { host: 'shut.test' }),
    new Ear(transport, '/', { host: 'bad host' }),
  ];
  pass(6 * SECOND_US);
  for (const ear of ears) assert.deepEqual(ear.heard, ['end 1006']);
  const reasons = ears.map((ear) => ear.ends[0]?.reason);
  assert.match(
    reasons.join('|'),
    /no connection within .*429.*no host.*no connection.*refused.*not the address/,
  );
  assert.deepEqual([network.socketCount, transport.openCount], [0, 0]);
  pass(60 * SECOND_US);
  const again = new Ear(transport, '/', { host: 'shut.test' });
  pass(SECOND_US);
  assert.deepEqual(again.heard, ['open']);
});

test('a message that is too long ends the socket with 1009', () => {
  const { server, transport, pass } = world();
  const ear = new Ear(transport, '/', { max: 4 });
  pass(SECOND_US);
  for (const text of ['four', 'fives', 'six']) server.sockets[0]?.socket.send(text);
  pass(SECOND_US);
  assert.deepEqual(ear.heard, ['open', 'four', 'end 1009']);
  assert.equal(server.sockets[0]?.endCount, 1);
});

test('a broken way is told to both ends, a slow one only takes longer', () => {
  const { network, server, transport, pass } = world();
  const ear = new Ear(transport);
  pass(SECOND_US);
  network.delay('venue.test', 10 * SECOND_US, network.nowUs() + SECOND_US);
  server.sockets[0]?.socket.send('slow');
  pass(2 * SECOND_US);
  server.sockets[0]?.socket.send('behind the slow one');
  pass(6 * SECOND_US);
  assert.deepEqual(ear.heard, ['open']);
  pass(6 * SECOND_US);
  assert.deepEqual(ear.heard, ['open', 'slow', 'behind the slow one']);
  assert.equal(network.breakSockets('venue.test'), 1);
  pass(SECOND_US);
  assert.deepEqual(ear.heard.at(-1), 'end 1006');
  assert.equal(server.sockets[0]?.endCount, 1);
});

test('an owner may end its socket in any of its calls', () => {
  const { server, transport, pass } = world();
  const heard: string[] = [];
  const socket = transport.openSocket(
    { url: 'wss://venue.test/hello', messageBytesMax: 100, connectTimeoutUs: SECOND_US },
    {
      onOpen: () => heard.push('open'),
      onMessage: () => {
        heard.push('message');
        socket.destroy();
        socket.destroy();
        heard.push('after');
      },
      onPong: () => heard.push('pong'),
      onEnd: () => heard.push('end'),
    },
  );
  pass(SECOND_US);
  assert.deepEqual(heard, ['open', 'message', 'after', 'end']);
  assert.equal(server.sockets[0]?.endCount, 1);
});

test('a request is answered after the server’s delay, with whatever status', () => {
  const server = new ScriptedServer({
    onRequest: ({ query }) => ({
      status: 418,
      headers: { 'Retry-After': '7' },
      body: `{"q":"${query}"}`,
      delayUs: SECOND_US,
    }),
  });
  const { transport, pass } = world(server);
  const { outcomes } = ask(transport, { method: 'POST', body: '{}' });
  pass(SECOND_US);
  assert.equal(outcomes.length, 0);
  pass(SECOND_US);
  const [answer] = outcomes;
  assert.ok(answer?.kind === 'answer');
  assert.deepEqual([answer.status, answer.headers['retry-after']], [418, '7']);
  assert.equal(Buffer.from(answer.body).toString(), '{"q":"limit=5"}');
  assert.deepEqual(server.requests[0], {
    method: 'POST',
    path: '/depth',
    query: 'limit=5',
    headers: { 'x-key': 'k' },
    body: '{}',
  });
});

test('a request without an answer fails once, a cancelled one is not told', () => {
  const server = new ScriptedServer({
    onRequest: ({ path }) =>
      path === '/mute' ? 'no-answer' : { status: 200, headers: {}, body: 'x'.repeat(101), delayUs: 0 },
  });
  const { network, transport, pass } = world(server);
  network.addServer('shut.test', server);
  network.refuse('shut.test', START_US + SECOND_US);
  const asked = [
    ask(transport, { url: 'https://venue.test/mute' }),
    ask(transport),
    ask(transport, { url: 'https://nobody.test/' }),
    ask(transport, { url: 'https://shut.test/' }),
    ask(transport, { url: 'nonsense' }),
  ];
  const cancelled = ask(transport);
  cancelled.cancel();
  pass(3 * SECOND_US);
  const reasons = asked.map(({ outcomes }) =>
    outcomes.map((o) => (o.kind === 'failure' ? o.reason : 'answer')),
  );
  assert.match(
    reasons.join('|'),
    /^no answer within.*\|an answer of more than 100 bytes\|no host.*\|connection refused\|not the address/,
  );
  assert.ok(asked.every(({ outcomes }) => outcomes.length === 1));
  assert.deepEqual(cancelled.outcomes, []);
  assert.deepEqual([transport.openCount, network.waitingCount], [0, 0]);
});

test('a program that crashes hears nothing more, and its servers see it', () => {
  const { network, server, transport, pass } = world();
  const ear = new Ear(transport);
  pass(SECOND_US);
  transport.after(SECOND_US, () => assert.fail('a timer of a dead program'));
  const { outcomes } = ask(transport);
  server.sockets[0]?.socket.send('late');
  transport.crash();
  pass(5 * SECOND_US);
  assert.deepEqual(ear.heard, ['open']);
  assert.deepEqual(outcomes, []);
  assert.deepEqual([server.sockets[0]?.endCount, network.socketCount, transport.openCount], [1, 0, 0]);
  const next = new Ear(network.openTransport());
  pass(SECOND_US);
  assert.deepEqual(next.heard, ['open']);
});

/** Clients and a server that do anything at any time; returns all that was heard, with its time. */
function chaos(seed: number): readonly string[] {
  const log: string[] = [];
  const prng = new Prng(seed);
  const server = new ScriptedServer({
    onMessage: (text, socket) => {
      const dice = prng.integer(0, 20);
      if (dice === 0) socket.close(1012, 'restart');
      else if (dice === 1) socket.destroy();
      else if (dice === 2) socket.stall();
      else for (let n = 0; n < dice % 4; n++) socket.send(`${n} ${text}`);
    },
  });
  const { network, transport } = world(server, seed);
  const ends = new Map<number, number>();
  for (let id = 0; id < 40; id++) {
    const socket: ClientSocket = transport.openSocket(
      { url: 'wss://venue.test/hello', messageBytesMax: 1_000, connectTimeoutUs: 20_000 },
      {
        onOpen: () => log.push(`${network.nowUs()} ${id} open`),
        onMessage: (bytes) => {
          assert.equal(ends.get(id), undefined);
          log.push(`${network.nowUs()} ${id} ${Buffer.from(bytes)}`);
        },
        onPong: () => log.push(`${network.nowUs()} ${id} pong`),
        onEnd: ({ code }) => {
          ends.set(id, (ends.get(id) ?? 0) + 1);
          log.push(`${network.nowUs()} ${id} end ${code}`);
        },
      },
    );
    for (let n = 0; n < 20; n++) {
      transport.after(prng.integer(0, SECOND_US), () => {
        const dice = prng.integer(0, 60);
        if (dice === 0) socket.close();
        else if (dice === 1) socket.destroy();
        else if (dice === 2) network.breakSockets('venue.test', (turn) => turn === 3);
        else if (dice === 3) network.cutSockets('venue.test', (turn) => turn === 5);
        else if (dice < 10) socket.ping();
        else socket.send(`m${n}`);
      });
    }
    transport.after(2 * SECOND_US, () => socket.close());
  }
  network.run(START_US + 10 * SECOND_US);
  for (let id = 0; id < 40; id++) assert.equal(ends.get(id), 1, `socket ${id} ended once`);
  for (const seen of server.sockets) assert.equal(seen.endCount, 1, 'the server was told once');
  assert.deepEqual([network.socketCount, network.waitingCount, transport.openCount], [0, 0, 0]);
  return log;
}

test(`one seed gives the same calls, and every socket ends once at both ends (SEED=${testSeed()})`, () => {
  for (let n = 0; n < 20; n++) {
    const log = chaos(testSeed() + n);
    assert.ok(log.length > 200);
    assert.deepEqual(chaos(testSeed() + n), log);
    assert.notDeepEqual(chaos(testSeed() + n + 1_000), log);
  }
});
