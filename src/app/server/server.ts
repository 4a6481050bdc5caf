/**
 * The dashboard's and the metrics' servers. They show what the feed tells and decide nothing; no request can change a run. One object of this
 * kind lives in the server's thread (`../workers/server-worker.ts`); tests start it in their own.
 */
import { randomUUID } from 'node:crypto';
import fastifyWebsocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import { XylenError } from '#core';
import { type BuildInfo, CoordinatorMetrics } from '#telemetry/prom';
import { type Hello, WIRE_VERSION } from '#wire';
import { AccessRules, isLoopback } from './access.ts';
import { CLIENT_MESSAGE_BYTES_MAX, ClientHub, HUB_LIMITS, type HubLimits } from './client-hub.ts';
import type { FeedMessage } from './feed.ts';
import { healthOf } from './health.ts';
import { createHttpServer, listen } from './http-server.ts';
import { MetricsFeed } from './metrics-feed.ts';
import { StateBuilder } from './state-builder.ts';
import { addWebPages, type WebState } from './web-pages.ts';

/** How the servers are started. Plain data, so that it can be handed to a thread. */
export interface ServerOptions {
  /** Address to listen on; one that other machines can reach demands a token. */
  readonly host: string;
  /** 0 = any free port. */
  readonly dashboardPort: number;
  readonly metricsPort: number;
  /** `null` = none is configured. */
  readonly token: string | null;
  /** Folder of the dashboard's build, absolute. */
  readonly distDir: string;
  readonly build: BuildInfo;
  /** Milliseconds between two updates; the default suits people. */
  readonly updateEveryMs?: number;
  readonly limits?: Partial<HubLimits>;
}

/** Milliseconds between two updates of the dashboard. */
const UPDATE_EVERY_MS = 200;
/** Milliseconds after which a heartbeat is due when there was nothing else to say. */
const HEARTBEAT_EVERY_MS = 2_000;

/** Starts both servers. @throws XY_PORT_IN_USE, XY_CONFIG_INVALID. */
export async function startServer(options: ServerOptions): Promise<DashboardServer> {
  if (options.token === null && !isLoopback(options.host)) {
    const message = `monitoring.host ${options.host} can be reached by other machines: set XYLEN_API_TOKEN, or listen on 127.0.0.1`;
    throw new XylenError('XY_CONFIG_INVALID', message, { fields: { key: 'monitoring.host' } });
  }
  const server = new DashboardServer(options);
  try {
    await server.open();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** Both servers, running. */
export class DashboardServer {
  readonly #options: ServerOptions;
  readonly #access: AccessRules;
  readonly #builder = new StateBuilder();
  readonly #metrics: CoordinatorMetrics;
  readonly #metricsFeed: MetricsFeed;
  readonly #hub: ClientHub;
  readonly #dashboard: FastifyInstance;
  readonly #metricsServer: FastifyInstance;
  readonly #serverId = randomUUID();
  readonly #startMs = performance.now();
  #seq = 0;
  #droppedMessages = 0;
  #engineHeardMs: number | null = null;
  #spokeMs = 0;
  #web: WebState = { kind: 'building' };
  #timer: NodeJS.Timeout | undefined;
  #dashboardPort = 0;
  #metricsPort = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#access = new AccessRules(options.host, options.token);
    this.#metrics = new CoordinatorMetrics(options.build);
    this.#metricsFeed = new MetricsFeed(this.#metrics);
    this.#hub = new ClientHub({
      limits: { ...HUB_LIMITS, ...options.limits },
      hello: () => this.#hello(),
      answer: ({ decisionId }) => ({
        kind: 'explanation',
        decisionId,
        explanation: this.#builder.explanation(decisionId),
      }),
      isToken: (text) => this.#access.isToken(text),
    });
    this.#dashboard = createHttpServer(this.#access, (path) => path.startsWith('/api/'));
    this.#metricsServer = createHttpServer(this.#access, () => true);
  }

  /** Where the dashboard is. */
  get dashboardUrl(): string {
    return urlOf(this.#options.host, this.#dashboardPort);
  }

  /** Where the metrics are, without the path. */
  get metricsUrl(): string {
    return urlOf(this.#options.host, this.#metricsPort);
  }

  /** Takes ports and begins to serve; called once, by `startServer`. */
  async open(): Promise<void> {
    const { dashboardPort, host, metricsPort, updateEveryMs } = this.#options;
    await this.#addDashboard();
    this.#addMetrics();
    this.#dashboardPort = await listen(this.#dashboard, { host, port: dashboardPort, key: 'dashboard_port' });
    this.#metricsPort = await listen(this.#metricsServer, { host, port: metricsPort, key: 'metrics_port' });
    this.#timer = setInterval(() => this.#update(), updateEveryMs ?? UPDATE_EVERY_MS);
  }

  /** Takes a message of the engine in. */
  accept(message: FeedMessage): void {
    if (message.kind !== 'log') this.#engineHeardMs = performance.now();
    this.#builder.accept(message);
    this.#metricsFeed.accept(message);
  }

  /** Notes how many messages the engine did not post because this thread was behind. */
  noteDropped(droppedMessages: number): void {
    this.#droppedMessages = droppedMessages;
  }

  /** Says where the build of the dashboard stands. */
  setWebState(state: WebState): void {
    this.#web = state;
  }

  /** Sends what is left, says good-bye and frees the ports, in bounded time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#update();
    await this.#hub.close();
    await Promise.all([this.#dashboard.close(), this.#metricsServer.close()]);
  }

  async #addDashboard(): Promise<void> {
    await this.#dashboard.register(fastifyWebsocket, {
      options: { maxPayload: CLIENT_MESSAGE_BYTES_MAX },
      // The hub listens to errors itself, and has closed every connection before the server closes.
      errorHandler: () => undefined,
      preClose: (done) => done(),
    });
    const sendPage = await addWebPages(this.#dashboard, this.#options.distDir, () => this.#web);
    this.#dashboard.route({
      method: 'GET',
      url: '/',
      handler: (_request, reply) => sendPage(reply),
      wsHandler: (socket, request) => this.#hub.add(socket, this.#isAuthorised(request.headers)),
    });
    this.#dashboard.get('/ws', { websocket: true }, (socket, request) => {
      this.#hub.add(socket, this.#isAuthorised(request.headers));
    });
    this.#dashboard.get('/api/state', (_request, reply) => reply.send(this.#hello()));
    this.#dashboard.get('/api/health', (_request, reply) => this.#sendHealth(reply));
  }

  #addMetrics(): void {
    this.#metricsServer.get('/metrics', async (_request, reply) =>
      reply.type(this.#metrics.contentType).send(await this.#metrics.text()),
    );
    this.#metricsServer.get('/health', (_request, reply) => this.#sendHealth(reply));
  }

  #isAuthorised({ authorization }: { readonly authorization?: string | undefined }): boolean {
    return this.#access.isAuthorised(authorization);
  }

  #sendHealth(reply: { code(status: number): { send(body: unknown): unknown } }): unknown {
    const health = healthOf({
      state: this.#builder.state,
      version: this.#options.build.version,
      uptimeMs: performance.now() - this.#startMs,
      engineAgeMs: this.#engineAgeMs(),
      dashboardClients: this.#hub.size,
      droppedMessages: this.#droppedMessages,
    });
    return reply.code(health.status === 'ok' ? 200 : 503).send(health);
  }

  #hello(): Hello {
    return {
      kind: 'hello',
      version: WIRE_VERSION,
      serverId: this.#serverId,
      seq: this.#seq,
      state: this.#builder.state,
    };
  }

  #update(): void {
    const nowMs = performance.now();
    const changes = this.#builder.takeChanges(this.#droppedMessages);
    if (changes !== null) {
      this.#hub.broadcast({ kind: 'update', seq: ++this.#seq, changes });
      this.#spokeMs = nowMs;
    } else if (nowMs - this.#spokeMs >= HEARTBEAT_EVERY_MS) {
      this.#hub.broadcast({ kind: 'heartbeat', engineAgeMs: this.#engineAgeMs() });
      this.#spokeMs = nowMs;
    }
  }

  #engineAgeMs(): number | null {
    return this.#engineHeardMs === null ? null : performance.now() - this.#engineHeardMs;
  }
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
