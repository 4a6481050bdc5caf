/** The server's thread over real sockets: what it answers, to whom, and what nobody can make it do. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import {
  CLOSE_CODES,
  type Hello,
  healthSchema,
  LOG_MAX,
  parseServerMessage,
  type ServerMessage,
} from '#wire';
import { FEED_WEIGHT_HARD } from '../../src/app/server/feed-weight.ts';
import { type DashboardServer, type ServerOptions, startServer } from '../../src/app/server/server.ts';
import { startServerThread } from '../../src/app/server/server-thread.ts';
import { dashboardOptions, startDashboard } from '../support/dashboard.ts';
import { ScriptedRun } from '../support/scripted-run.ts';
import { tempDir } from '../support/temp-dir.ts';

const TOKEN = 'a-token-of-the-test';

/** A client that keeps what it hears. */
class Client {
  readonly messages: ServerMessage[] = [];
  readonly socket: WebSocket;
  #waiting: (() => void)[] = [];

  constructor(url: string, headers: Readonly<Record<string, string>> = {}, path = '/ws') {
    this.socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
    this.socket.on('message', (data) => {
      const parsed = parseServerMessage(String(data));
      assert.equal(parsed.kind, 'message', parsed.kind === 'problem' ? parsed.problem : '');
      if (parsed.kind === 'message') this.messages.push(parsed.message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Waits for a message of a kind (not yet taken) and returns it. */
  async next<K extends ServerMessage['kind']>(kind: K): Promise<Extract<ServerMessage, { kind: K }>> {
    for (;;) {
      const at = this.messages.findIndex((message) => message.kind === kind);
      const [found] = at < 0 ? [] : this.messages.splice(at, 1);
      if (found !== undefined) return found as Extract<ServerMessage, { kind: K }>;
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** Waits for the end of the connection and returns its close code. */
  async closed(): Promise<number> {
    const [code] = (await once(this.socket, 'close')) as [number];
    return code;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }
}

async function statusOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  return response.status;
}

/** Starts the server in this thread, where its inner limits can be set. */
async function startHere(t: TestContext, changes: Partial<ServerOptions> = {}): Promise<DashboardServer> {
  const { buildRoot: _, ...options } = dashboardOptions();
  const server = await startServer({ ...options, distDir: tempDir(t), ...changes });
  t.after(() => server.close());
  return server;
}

/** The HTTP status with which an upgrade is refused. */
async function refusal(client: Client): Promise<number> {
  const [, response] = (await once(client.socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number },
  ];
  client.socket.on('error', () => undefined);
  client.socket.terminate();
  return response.statusCode;
}

test('a browser gets the whole state, then what changes, then the explanation that it asks for', async (t) => {
  const server = await startDashboard(t);
  const run = new ScriptedRun();
  for (const message of [...run.intro(), ...run.play(30)]) server.post(message);
  const early = new Client(server.dashboardUrl);
  const { seq } = await early.next('hello');
  for (const message of run.bar()) server.post(message);
  const update = await early.next('update');
  assert.equal(update.seq, seq + 1);
  const late = new Client(server.dashboardUrl, {}, '/');
  const { state } = await late.next('hello');
  assert.equal(state.run?.runId, 'demo-20250303-7');
  assert.ok(state.decisions.length > 0 && state.status !== null);
  const decisionId = state.decisions.at(-1)?.decisionId ?? 0;
  late.send({ kind: 'explain', decisionId });
  const answer = await late.next('explanation');
  assert.equal(answer.explanation?.decisionId, decisionId);
  assert.ok((answer.explanation?.features.length ?? 0) > 0);
  late.send({ kind: 'explain', decisionId: 999_999 });
  assert.equal((await late.next('explanation')).explanation, null);
  for (const client of [early, late]) client.socket.close();
});

test('when there is nothing to say a heartbeat says how long ago the engine was heard of', async (t) => {
  const server = await startDashboard(t);
  server.post({ kind: 'phase', phase: 'trading', message: '', progress: null });
  const client = new Client(server.dashboardUrl);
  const { engineAgeMs } = await client.next('heartbeat');
  assert.ok(engineAgeMs !== null && engineAgeMs >= 0 && engineAgeMs < 60_000);
  client.socket.close();
});

test('health, state and metrics answer, other pages do not exist, no header lets a page look elsewhere', async (t) => {
  const server = await startDashboard(t);
  const run = new ScriptedRun();
  const healthOf = async (url: string) => healthSchema.parse(await (await fetch(url)).json());
  for (const message of [...run.intro(), ...run.bar()]) server.post(message);
  // Another thread takes the messages, in its own time.
  const metricsText = async () => (await fetch(`${server.metricsUrl}/metrics`)).text();
  while (!/^xylen_snapshots_collected_total [1-9]/m.test(await metricsText()));
  for (const url of [`${server.metricsUrl}/health`, `${server.dashboardUrl}/api/health`]) {
    const health = await healthOf(url);
    assert.deepEqual([health.status, health.phase, health.mode], ['ok', 'trading', 'demo']);
  }
  const state = (await (await fetch(`${server.dashboardUrl}/api/state`)).json()) as Hello;
  assert.equal(state.kind, 'hello');
  const metrics = await fetch(`${server.metricsUrl}/metrics`);
  assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await metrics.text(), /^xylen_snapshots_collected_total 3$/m);
  for (const path of [
    '/nothing',
    '/assets/nothing.js',
    '/.stamp',
    '/assets/../.stamp',
    '/index.html',
    '/api/trades',
  ]) {
    assert.equal(await statusOf(`${server.dashboardUrl}${path}`), 404, path);
  }
  const { headers } = await fetch(server.dashboardUrl);
  assert.match(
    headers.get('content-security-policy') ?? '',
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  );
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('access-control-allow-origin'), null);
});

test('the page is never kept by a browser, its assets for ever', async (t) => {
  const distDir = tempDir(t);
  mkdirSync(join(distDir, 'assets'));
  writeFileSync(join(distDir, 'index.html'), '<!doctype html>page');
  writeFileSync(join(distDir, 'assets/a-1.js'), 'code');
  const server = await startDashboard(t, { distDir });
  const page = await fetch(server.dashboardUrl);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.equal(await page.text(), '<!doctype html>page');
  const asset = await fetch(`${server.dashboardUrl}/assets/a-1.js`);
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
});

test('while the dashboard is built a page says so, and it says why when that failed', async (t) => {
  const server = await startHere(t);
  const building = await fetch(server.dashboardUrl);
  assert.equal(building.status, 503);
  assert.match(await building.text(), /Building the dashboard/);
  assert.match(building.headers.get('content-security-policy') ?? '', /style-src 'sha256-/);
  server.setWebState({ kind: 'failed', message: 'main.tsx: <b> is broken' });
  const failed = await fetch(server.dashboardUrl);
  assert.equal(failed.status, 500);
  assert.match(await failed.text(), /main\.tsx: &lt;b&gt; is broken/);
});

test('pages of other origins and foreign host names are turned away, before any upgrade', async (t) => {
  const server = await startHere(t);
  const { host, port } = new URL(server.dashboardUrl);
  const evil = { origin: 'http://evil.example' };
  assert.equal(await statusOf(`${server.dashboardUrl}/api/state`, evil), 403);
  assert.equal(await statusOf(`${server.metricsUrl}/metrics`, evil), 403);
  assert.equal(await refusal(new Client(server.dashboardUrl, evil)), 403);
  assert.equal(await refusal(new Client(server.dashboardUrl, evil, '/')), 403);
  assert.equal(await refusal(new Client(server.dashboardUrl, { host: `evil.example:${port}` })), 403);
  const own = new Client(server.dashboardUrl, { origin: `http://${host}` });
  await own.next('hello');
  own.socket.close();
});

test('with a token nothing is told to who does not have it', async (t) => {
  const server = await startHere(t, { token: TOKEN, limits: { tokenWithinMs: 50 } });
  const bearer = { authorization: `Bearer ${TOKEN}` };
  const urls = [
    `${server.dashboardUrl}/api/state`,
    `${server.dashboardUrl}/api/health`,
    `${server.metricsUrl}/metrics`,
    `${server.metricsUrl}/health`,
  ];
  for (const url of urls) {
    assert.equal(await statusOf(url), 401, url);
    assert.equal(await statusOf(url, { authorization: 'Bearer wrong' }), 401, url);
    assert.equal(await statusOf(`${url}?token=${TOKEN}`), 401, `${url}: no token in an address`);
    assert.equal(await statusOf(url, bearer), 200, url);
  }
  assert.equal(await statusOf(`${server.dashboardUrl}/favicon.svg`), 404, 'files of the page need none');

  const patient = new Client(server.dashboardUrl);
  await patient.next('token_required');
  patient.send({ kind: 'token', token: TOKEN });
  await patient.next('hello');

  const program = new Client(server.dashboardUrl, bearer);
  await program.next('hello');

  const wrong = new Client(server.dashboardUrl);
  await wrong.next('token_required');
  wrong.send({ kind: 'token', token: 'wrong' });
  assert.equal(await wrong.closed(), CLOSE_CODES.unauthorised);

  const eager = new Client(server.dashboardUrl);
  await eager.next('token_required');
  eager.send({ kind: 'explain', decisionId: 1 });
  assert.equal(await eager.closed(), CLOSE_CODES.unauthorised);

  const silent = new Client(server.dashboardUrl);
  await silent.next('token_required');
  assert.equal(await silent.closed(), CLOSE_CODES.unauthorised);
  assert.ok(![wrong, eager, silent].some((client) => client.messages.some(({ kind }) => kind === 'hello')));
  for (const client of [patient, program]) client.socket.close();
});

test('an address that others can reach demands a token', async () => {
  const { buildRoot: _, ...options } = dashboardOptions({ host: '0.0.0.0' });
  await assert.rejects(startServer(options), { code: 'XY_CONFIG_INVALID', message: /XYLEN_API_TOKEN/ });
});

test('a client that does not read is cut off and holds nothing back', async (t) => {
  const server = await startHere(t, {
    limits: { queuedBytesMax: 1024 * 1024, closeWithinMs: 100 },
    updateEveryMs: 1,
  });
  const quick = new Client(server.dashboardUrl);
  await quick.next('hello');
  const slow = rawClient(server.dashboardUrl);
  await once(slow, 'data');
  slow.pause();
  const bytesBefore = process.memoryUsage().arrayBuffers;
  // Half a megabyte each: what the system's own buffers take in is soon full.
  for (let i = 0; i < 200 && (await connectionsOf(server)) > 1; i++) {
    for (let line = 0; line < LOG_MAX; line++) server.accept({ kind: 'log', line: 'x'.repeat(1_800) });
    await quick.next('update');
  }
  assert.equal(await connectionsOf(server), 1, 'the slow client is gone');
  assert.ok(process.memoryUsage().arrayBuffers - bytesBefore < 64 * 1024 * 1024);
  const cut = once(slow, 'close');
  slow.resume();
  await cut;
  server.accept({ kind: 'log', line: 'still here' });
  await quick.next('update');
  quick.socket.close();
});

/** A client that speaks just enough of the protocol to be let in, and whose reading can be stopped. */
function rawClient(url: string): Socket {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const head = [
    'GET /ws HTTP/1.1',
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return socket;
}

async function connectionsOf(server: DashboardServer): Promise<number> {
  const health = healthSchema.parse(await (await fetch(`${server.dashboardUrl}/api/health`)).json());
  return health.dashboardClients;
}

test('a client that does not answer pings is let go', async (t) => {
  const server = await startHere(t, { limits: { pingEveryMs: 20 } });
  const deaf = rawClient(server.dashboardUrl);
  deaf.resume();
  const healthy = new Client(server.dashboardUrl);
  await healthy.next('hello');
  await once(deaf, 'close');
  assert.equal(healthy.socket.readyState, WebSocket.OPEN);
  healthy.socket.close();
});

test('a client can send little, seldom and only what is understood', async (t) => {
  const server = await startHere(t, { limits: { messagesPerSecondMax: 5 } });
  const cases: readonly (readonly [(socket: WebSocket) => void, number])[] = [
    [(socket) => socket.send('x'.repeat(5_000)), 1009],
    [(socket) => socket.send('not json'), CLOSE_CODES.badMessage],
    [(socket) => socket.send(Buffer.from('{}')), CLOSE_CODES.badMessage],
    [(socket) => socket.send('{"kind":"close_position"}'), CLOSE_CODES.badMessage],
    [
      (socket) => {
        for (let i = 0; i < 6; i++) socket.send('{"kind":"explain","decisionId":1}');
      },
      CLOSE_CODES.badMessage,
    ],
  ];
  for (const [misbehave, code] of cases) {
    const client = new Client(server.dashboardUrl);
    await client.next('hello');
    misbehave(client.socket);
    assert.equal(await client.closed(), code, misbehave.toString());
  }
});

test('the number of clients is limited, and a place that becomes free can be taken', async (t) => {
  const server = await startHere(t, { limits: { clientsMax: 2 } });
  const clients = [new Client(server.dashboardUrl), new Client(server.dashboardUrl)];
  for (const client of clients) await client.next('hello');
  assert.equal(await new Client(server.dashboardUrl).closed(), CLOSE_CODES.full);
  clients[0]?.socket.close();
  await clients[0]?.closed();
  const next = new Client(server.dashboardUrl);
  await next.next('hello');
  for (const client of [clients[1], next]) client?.socket.close();
});

test('a taken port is told with what to do, by both servers, and the other port is free again', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  for (const [changes, key] of [
    [{ dashboardPort: port }, 'dashboard_port'],
    [{ metricsPort: port }, 'metrics_port'],
  ] as const) {
    await assert.rejects(startServerThread(dashboardOptions(changes)), {
      name: 'XylenError',
      code: 'XY_PORT_IN_USE',
      message: new RegExp(`port ${port} on 127.0.0.1 is taken .* monitoring.${key} `),
    });
  }
});

test('closing tells the browsers, frees the ports and is over soon, also with a client that does not read', async (t) => {
  const server = await startDashboard(t);
  const run = new ScriptedRun();
  for (const message of run.intro()) server.post(message);
  const client = new Client(server.dashboardUrl);
  await client.next('hello');
  const deaf = rawClient(server.dashboardUrl);
  await once(deaf, 'data');
  deaf.pause();
  for (const message of run.bar()) server.post(message);
  const code = client.closed();
  await server.close();
  assert.equal(await code, CLOSE_CODES.goingAway);
  assert.ok(
    client.messages.some((message) => message.kind === 'update' && message.changes.candles !== undefined),
    'what was posted before the end was shown',
  );
  assert.equal(server.state, 'stopped');
  assert.equal(server.post({ kind: 'latency', decisionSeconds: [] }), false);
  deaf.destroy();
  const port = Number(new URL(server.dashboardUrl).port);
  const again = createServer().listen(port, '127.0.0.1');
  await once(again, 'listening');
  again.close();
});

test('an engine that is faster than the server is not held up: what is too much is dropped and counted', async (t) => {
  const server = await startDashboard(t);
  const run = new ScriptedRun();
  for (const message of run.intro()) server.post(message);
  const messages = run.play(20).filter((message) => message.kind === 'rows');
  const rows = messages.flatMap((message) => message.rows);
  let posted = 0;
  let attempts = 0;
  // Without a turn of this thread's loop in between: nothing but the shared counter can tell how far the server is.
  for (; attempts * rows.length < 4 * FEED_WEIGHT_HARD; attempts++) {
    if (server.post({ kind: 'rows', rows })) posted++;
  }
  const dropped = server.droppedCount;
  assert.ok(posted * rows.length >= FEED_WEIGHT_HARD / 2, 'what fits is posted');
  assert.equal(posted + dropped, attempts, 'every message is posted or counted');
  server.post(run.statusMessage());
  const client = new Client(server.dashboardUrl);
  const { state } = await client.next('hello');
  if (state.status === null) await client.next('update');
  const health = healthSchema.parse(await (await fetch(`${server.dashboardUrl}/api/health`)).json());
  assert.equal(health.droppedMessages, dropped);
  client.socket.close();
});

test('a fault of the thread is told once, and posting goes on without effect', async (t) => {
  const failures: string[] = [];
  const failed = Promise.withResolvers<void>();
  const onFailure = (message: string): void => {
    failures.push(message);
    failed.resolve();
  };
  const server = await startServerThread(dashboardOptions({ onFailure }));
  t.after(() => server.close());
  server.post(new ScriptedRun().runMessage());
  // An instrument that is not of the run: a fault of the program, not of the outside.
  const candle = { instrumentIx: 7, openTsUs: 1, open: 1, high: 1, low: 1, close: 1, volume: 1 };
  server.post({ kind: 'candles', candles: [candle] });
  await failed.promise;
  assert.match(failures[0] ?? '', /candle belongs to an instrument of the run, was 7/);
  assert.equal(server.state, 'failed');
  assert.equal(server.post({ kind: 'latency', decisionSeconds: [] }), false);
  assert.equal(failures.length, 1);
});
