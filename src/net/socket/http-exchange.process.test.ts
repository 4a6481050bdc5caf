/** Requests over real sockets: every status is an answer, everything else a failure, once, within the deadline and the bytes that were stated. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { HttpAnswer, HttpFailure, HttpRequest } from '#net';
import { serveNetwork } from '#net/server';
import { onHead, RawServer } from '../../../test/support/raw-server.ts';
import { ScriptedServer } from '../../../test/support/scripted-server.ts';
import { SocketTransport } from './socket-transport.ts';

function openTransport(context: TestContext): SocketTransport {
  const transport = new SocketTransport();
  context.after(() => transport.close());
  return transport;
}

/** Asks, and sees that the outcome comes once and not before the call returns. */
function ask(
  transport: SocketTransport,
  url: string,
  wish: Partial<HttpRequest> = {},
): Promise<HttpAnswer | HttpFailure> {
  return new Promise((resolve) => {
    let count = 0;
    let hasReturned = false;
    const request: HttpRequest = {
      method: 'GET',
      url,
      headers: {},
      body: null,
      timeoutUs: 5_000_000,
      bodyBytesMax: 100_000,
      ...wish,
    };
    transport.request(request, (outcome) => {
      assert.ok(hasReturned, 'an outcome comes after the call');
      assert.equal(++count, 1, 'an outcome comes once');
      resolve(outcome);
    });
    hasReturned = true;
  });
}

function textOf(outcome: HttpAnswer | HttpFailure): string {
  return outcome.kind === 'answer'
    ? `${outcome.status} ${Buffer.from(outcome.body).toString()}`
    : `failure: ${outcome.reason}`;
}

test('an answer of any status is an answer, a redirection too', async (context) => {
  const served = new ScriptedServer({
    onRequest: ({ body, method, path, query }) => ({
      status: Number(path.slice(1)),
      headers: { 'Retry-After': '7', Location: '/200', 'X-MBX-USED-WEIGHT-1M': '12' },
      body: `${method} ${query} ${body}`,
      delayUs: 0,
    }),
  });
  const server = await serveNetwork(served);
  context.after(() => server.close());
  const transport = openTransport(context);
  for (const status of [200, 302, 404, 418, 429, 503]) {
    const outcome = await ask(transport, `${server.restUrl}/${status}?a=%20b`, {
      method: 'POST',
      body: '{"ä":1}',
      headers: { 'X-Key': 'k' },
    });
    assert.ok(outcome.kind === 'answer');
    assert.equal(textOf(outcome), `${status} POST a=%20b {"ä":1}`);
    assert.deepEqual([outcome.headers['retry-after'], outcome.headers['x-mbx-used-weight-1m']], ['7', '12']);
  }
  assert.equal(served.requests.length, 6);
  assert.equal(served.requests[0]?.headers['x-key'], 'k');
  assert.equal(server.connectionCount, 1, 'one connection serves request after request');
  assert.equal(transport.openCount, 0);
});

test('many requests at once are all answered, over few connections', async (context) => {
  const served = new ScriptedServer({
    onRequest: ({ path }) => ({ status: 200, headers: {}, body: path, delayUs: 1_000 }),
  });
  const server = await serveNetwork(served);
  context.after(() => server.close());
  const transport = openTransport(context);
  const asked = Array.from({ length: 200 }, (_, n) => ask(transport, `${server.restUrl}/${n}`));
  for (const [n, outcome] of (await Promise.all(asked)).entries()) assert.equal(textOf(outcome), `200 /${n}`);
  assert.ok(server.connectionCount <= 8);
});

test('more requests at a time than the bound fail at once', async (context) => {
  const server = await serveNetwork(new ScriptedServer({ onRequest: () => 'no-answer' }));
  context.after(() => server.close());
  const transport = openTransport(context);
  for (let n = 0; n < 512; n++) void ask(transport, server.restUrl);
  assert.match(textOf(await ask(transport, server.restUrl)), /512 requests are under way/);
});

test('a cancelled request is not told and lets go of its connection', async (context) => {
  const server = await serveNetwork(new ScriptedServer({ onRequest: () => 'no-answer' }));
  context.after(() => server.close());
  const transport = openTransport(context);
  const request: HttpRequest = {
    method: 'GET',
    url: server.restUrl,
    headers: {},
    body: null,
    timeoutUs: 100_000,
    bodyBytesMax: 10,
  };
  const cancel = transport.request(request, () => assert.fail('was cancelled'));
  cancel();
  cancel();
  assert.equal(transport.openCount, 0);
  assert.match(textOf(await ask(transport, server.restUrl, { timeoutUs: 200_000 })), /no answer within/);
});

const HEAD = 'HTTP/1.1 200 Ok\r\n';

/** What a peer does instead of answering, and what the failure says. */
const PEERS: readonly (readonly [name: string, act: (socket: Socket) => void, reason: RegExp])[] = [
  ['never answers', () => undefined, /no answer within/],
  ['resets', (socket) => socket.resetAndDestroy(), /ECONNRESET|hang up/],
  ['ends', (socket) => socket.end(), /hang up/],
  ['speaks something else', (socket) => socket.end('220 mail.test ESMTP\r\n'), /Parse Error/],
  ['cuts its headers', (socket) => socket.end(`${HEAD}Content-Le`), /hang up|Parse Error/],
  ['cuts the body', (socket) => socket.end(`${HEAD}Content-Length: 100\r\n\r\n{"a":`), /broke off/],
  [
    'cuts a body in pieces',
    (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n`),
    /broke off/,
  ],
  [
    'sends pieces that are none',
    (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{"a":\r\n`),
    /broke off|Parse Error/,
  ],
  [
    'sends a body that is too long',
    (socket) => socket.write(`${HEAD}Content-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`),
    /more than 100000 bytes/,
  ],
  [
    'sends a body without end',
    (socket) => {
      socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      const chunk = `1000\r\n${'x'.repeat(4_096)}\r\n`;
      const timer = setInterval(() => socket.write(chunk.repeat(10)), 1);
      socket.on('close', () => clearInterval(timer));
    },
    /more than 100000 bytes/,
  ],
  [
    'sends a byte at a time',
    (socket) => {
      socket.write(`${HEAD}Content-Length: 50000\r\n\r\n`);
      const timer = setInterval(() => socket.write('x'), 5);
      socket.on('close', () => clearInterval(timer));
    },
    /no answer within/,
  ],
  [
    'sends headers without end',
    (socket) => socket.write(`${HEAD}${'X-Y: zzzz\r\n'.repeat(50_000)}`),
    /overflow/,
  ],
  [
    'changes the protocol',
    (socket) => socket.write('HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    /changed the protocol/,
  ],
  [
    'promises to go on',
    (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(20)),
    /no answer within/,
  ],
];

test('a peer that does not answer properly is a failure, in time', async (context) => {
  const transport = openTransport(context);
  const run = async ([name, act, reason]: (typeof PEERS)[number]): Promise<void> => {
    const server = await RawServer.start(context, (socket) => onHead(socket, () => act(socket)));
    const outcome = await ask(transport, `http://127.0.0.1:${server.port}/`, { timeoutUs: 1_500_000 });
    assert.equal(outcome.kind, 'failure', name);
    assert.match(textOf(outcome), reason, name);
  };
  await Promise.all(PEERS.map(run));
  assert.equal(transport.openCount, 0);
});

test('a body without a length that ends with the connection is whole', async (context) => {
  const server = await RawServer.start(context, (socket) =>
    onHead(socket, () => socket.end(`${HEAD}Connection: close\r\n\r\n{"a":1}`)),
  );
  const outcome = await ask(openTransport(context), `http://127.0.0.1:${server.port}/`);
  assert.equal(textOf(outcome), '200 {"a":1}');
});

test('a connection that the peer closes between two requests costs a GET nothing, a POST is not sent twice', async (context) => {
  const heads: string[] = [];
  const server = await RawServer.start(context, (socket) => {
    onHead(socket, (head) => {
      heads.push(head.slice(0, 5));
      socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}`);
      // The next request on this connection finds it closed.
      onHead(socket, () => socket.resetAndDestroy());
    });
  });
  const transport = openTransport(context);
  const url = `http://127.0.0.1:${server.port}/`;
  assert.equal(textOf(await ask(transport, url)), '200 {}');
  assert.equal(textOf(await ask(transport, url)), '200 {}');
  assert.equal(server.acceptedCount, 2);
  assert.match(textOf(await ask(transport, url, { method: 'POST', body: '{}' })), /failure/);
  assert.deepEqual(heads, ['GET /', 'GET /']);
});

test('what cannot be sent is a failure, not an exception', async (context) => {
  const transport = openTransport(context);
  assert.match(textOf(await ask(transport, 'nonsense')), /expected an address https:\/\//);
  assert.match(textOf(await ask(transport, 'http://venue.invalid/')), /expected https: for venue.invalid/);
  assert.match(
    textOf(await ask(transport, 'https://127.0.0.1/', { headers: { 'a b': 'c' } })),
    /Header name/,
  );
  const gone = await RawServer.start(context, () => undefined);
  assert.match(
    textOf(await ask(transport, `https://127.0.0.1:${gone.port}/`, { timeoutUs: 200_000 })),
    /no answer/,
  );
});
