/** The same server says and hears the same in the simulated network and over real sockets; clients beyond a bound are broken off. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Prng } from '#core';
import type { HttpAnswer, HttpFailure, Transport } from '#net';
import { SimulatedNetwork } from '#net/simulated';
import { SocketTransport } from '#net/socket';
import { ScriptedServer } from '../../../test/support/scripted-server.ts';
import { SocketEar } from '../../../test/support/socket-ear.ts';
import { type RealServerOptions, serveNetwork } from './real-server.ts';

/** A server that echoes, ends on demand and answers requests with what was asked. */
function talkingServer(): ScriptedServer {
  return new ScriptedServer({
    onMessage: (text, socket) => {
      if (text === 'end') socket.close(4001, 'as you wish');
      else if (text === 'break') socket.destroy();
      else socket.send(`re ${text}`);
    },
    onRequest: ({ body, headers, method, path, query }) => ({
      status: path === '/teapot' ? 418 : 200,
      headers: { 'X-Own': headers['x-own'] ?? '' },
      body: `${method} ${path} ${query} ${body}`,
      delayUs: 1_000,
    }),
  });
}

/** Everything that client and server notice in one conversation. */
interface Conversation {
  readonly heard: readonly string[];
  readonly end: number;
  readonly seen: readonly unknown[];
}

async function converse(
  transport: Transport,
  served: ScriptedServer,
  url: string,
  last: string,
): Promise<Conversation> {
  const ear = new SocketEar(transport, `${url}/hello?last=${last}`);
  await ear.hears(2);
  for (const text of ['one', 'Ω', '{"a":[]}']) ear.socket.send(text);
  ear.socket.ping();
  await ear.hears(6);
  if (last === 'close') ear.socket.close();
  else ear.socket.send(last);
  const end = await ear.ended;
  const socket = served.sockets.at(-1);
  assert.ok(socket !== undefined);
  while (socket.endCount === 0) await new Promise((resolve) => setImmediate(resolve));
  const seen = [socket.path, socket.query, socket.messages, socket.pingCount, socket.endCount];
  return { heard: ear.heard, end: end.code, seen };
}

function get(transport: Transport, url: string, body: string | null): Promise<HttpAnswer | HttpFailure> {
  const method = body === null ? 'GET' : 'POST';
  const request = {
    method,
    url,
    headers: { 'X-Own': 'q' },
    body,
    timeoutUs: 5_000_000,
    bodyBytesMax: 1_000,
  } as const;
  return new Promise((resolve) => transport.request(request, resolve));
}

/** Lets simulated time pass until a promise is done. */
async function during<T>(network: SimulatedNetwork, work: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    network.run(network.nowUs() + 1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return watched;
}

async function realWorld(
  context: TestContext,
  served: ScriptedServer,
  options: RealServerOptions = {},
): Promise<{ transport: SocketTransport; socketUrl: string; restUrl: string }> {
  const server = await serveNetwork(served, options);
  const transport = new SocketTransport();
  context.after(() => {
    transport.close();
    return server.close();
  });
  return { transport, socketUrl: server.socketUrl, restUrl: server.restUrl };
}

test('a conversation is the same in both worlds', async (context) => {
  const [served, simulated] = [talkingServer(), talkingServer()];
  const real = await realWorld(context, served);
  const network = new SimulatedNetwork(new Prng(1), 1_700_000_000_000_000);
  network.addServer('venue.test', simulated);
  const transport = network.openTransport();
  for (const last of ['close', 'end', 'break']) {
    const inReal = await converse(real.transport, served, real.socketUrl, last);
    const inSimulated = await during(network, converse(transport, simulated, 'wss://venue.test', last));
    assert.deepEqual(inSimulated, inReal, last);
  }
  for (const [path, body] of [
    ['/time?a=1&b=%20', null],
    ['/teapot', '{"ä":1}'],
  ] as const) {
    const inReal = await get(real.transport, real.restUrl + path, body);
    const inSimulated = await during(network, get(transport, `https://venue.test${path}`, body));
    assert.ok(inReal.kind === 'answer' && inSimulated.kind === 'answer');
    assert.deepEqual(
      [inSimulated.status, inSimulated.headers['x-own']],
      [inReal.status, inReal.headers['x-own']],
    );
    assert.equal(Buffer.from(inSimulated.body).toString(), Buffer.from(inReal.body).toString());
  }
});

test('a client that sends too much is broken off', async (context) => {
  const { restUrl, socketUrl, transport } = await realWorld(context, talkingServer(), {
    messageBytesMax: 1_000,
  });
  const ear = new SocketEar(transport, socketUrl);
  await ear.hears(1);
  ear.socket.send('x'.repeat(1_001));
  assert.equal((await ear.ended).code, 1009);
  assert.equal((await get(transport, restUrl, 'x'.repeat(900))).kind, 'answer');
  assert.equal((await get(transport, restUrl, 'x'.repeat(100_000))).kind, 'failure');
});

test('connections beyond the bound are refused', async (context) => {
  const { socketUrl, transport } = await realWorld(context, talkingServer(), { connectionsMax: 2 });
  const ears = [new SocketEar(transport, socketUrl), new SocketEar(transport, socketUrl)];
  await Promise.all(ears.map((ear) => ear.hears(1)));
  const third = new SocketEar(transport, socketUrl);
  assert.equal((await third.ended).code, 1006);
  ears[0]?.socket.close();
  assert.equal((await ears[0]?.ended)?.code, 1000);
});

test('says which port is taken, and that it does not answer is bounded by the client', async (context) => {
  const served = new ScriptedServer({ onRequest: () => 'no-answer' });
  const server = await serveNetwork(served);
  context.after(() => server.close());
  await assert.rejects(serveNetwork(served, { port: server.port }), { code: 'XY_PORT_IN_USE' });
  const transport = new SocketTransport();
  context.after(() => transport.close());
  const request = {
    method: 'GET',
    url: server.restUrl,
    headers: {},
    body: null,
    timeoutUs: 50_000,
    bodyBytesMax: 1,
  } as const;
  const outcome = await new Promise<HttpAnswer | HttpFailure>((resolve) =>
    transport.request(request, resolve),
  );
  assert.equal(outcome.kind, 'failure');
});
