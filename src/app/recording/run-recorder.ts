/** A recorder from its start to its end: asks the venues for their lists, opens the recording, runs, shows how it stands, closes. */
import { formatDurationUs, type Prng, US_PER_SECOND, XylenError } from '#core';
import type { StreamKind, VenueId } from '#domain';
import type { SocketTransport } from '#net/socket';
import { RecorderMetrics } from '#telemetry/prom';
import type { CommandContext } from '../cli/command.ts';
import { loadedOf } from '../cli/context.ts';
import { openLiveVenue } from '../host/live/live-venue.ts';
import { openTransport } from '../host/live/venue-connection.ts';
import { AccessRules } from '../server/access.ts';
import { createHttpServer, listen } from '../server/http-server.ts';
import { askPatiently } from './patient-start.ts';
import { type PlannedVenue, parseKinds, planVenue, symbolsFor } from './record-wish.ts';
import { Recorder } from './recorder.ts';
import { figuresOf, tableLines, type VenueFigures } from './recorder-table.ts';
import { Recording, type RecordingStats } from './recording.ts';
import { recordingSettings } from './settings.ts';

/** What is to be recorded. */
export interface RecorderWish {
  readonly venues: readonly VenueId[];
  readonly symbols: readonly string[];
  /** `null` = as configured. */
  readonly kinds: readonly string[] | null;
  /** `null` = until it is interrupted. */
  readonly forUs: number | null;
  readonly prng: Prng;
  readonly hasMetrics: boolean;
}

/** What a recorder came to. */
export interface RecorderResult {
  readonly json: unknown;
  readonly lines: readonly string[];
}

const SHOW_TTY_US = US_PER_SECOND;
const SHOW_LINE_US = 10 * US_PER_SECOND;

/** Records until the time is over or the signal. */
export async function runRecorder(wish: RecorderWish, context: CommandContext): Promise<RecorderResult> {
  const { config, log } = context;
  await using opened = new AsyncDisposableStack();
  const transport = openTransport(config);
  opened.defer(() => transport.close());
  const venues = await planVenues(wish, transport, context);
  for (const { passedOver } of venues)
    for (const words of passedOver) log.info('stream_passed_over', { words });
  for (const { venue } of venues) opened.defer(() => venue.close());
  const instruments = venues.flatMap(({ venue, wanted }) =>
    wanted.map(({ instrument }) => ({
      ...instrument,
      tradeIds: venue.hasAggregateTrades ? ('aggregate' as const) : ('single' as const),
    })),
  );
  const recording = await Recording.open({
    dataDir: context.dataDir,
    instruments,
    settings: recordingSettings(config, context.dataDir),
    log,
    nowUs: () => transport.nowUs(),
  });
  let isClosed = false;
  opened.defer(async () => {
    if (!isClosed) await recording.close();
  });
  const keepsRaw = config.recording.keepsRaw === 'yes';
  const recorder = new Recorder({ venues, recording, transport, prng: wish.prng, keepsRaw, log });
  const screen = new RecorderScreen(recorder, recording, transport, context);
  if (wish.hasMetrics) opened.defer(await serveMetrics(screen, context));
  const startedUs = transport.nowUs();
  const streams = venues.reduce((sum, { subscriptions }) => sum + subscriptions.length, 0);
  if (!context.isJson)
    context.print(`recording ${streams} streams of ${instruments.length} instruments; Ctrl-C ends it`);
  recorder.start();
  screen.start();
  await untilOver(wish.forUs, transport, context.signal);
  screen.stop();
  const before = screen.figures();
  recorder.stop();
  // What was missing at the end stands in the ledger now.
  const figures = before.map((figure, ix) => ({
    ...figure,
    outages: 0,
    losses: recorder.states()[ix]?.counts.losses ?? figure.losses,
  }));
  const { heldBackCount } = recorder;
  isClosed = true;
  await recording.close();
  return resultOf(figures, recording.stats(), heldBackCount, transport.nowUs() - startedUs);
}

async function planVenues(
  wish: RecorderWish,
  transport: SocketTransport,
  context: CommandContext,
): Promise<PlannedVenue[]> {
  const { config, log, signal } = context;
  const kinds: readonly StreamKind[] = wish.kinds === null ? config.recording.kinds : parseKinds(wish.kinds);
  const planned: PlannedVenue[] = [];
  let count = 0;
  for (const venue of wish.venues) {
    const symbols = symbolsFor(venue, wish.symbols, wish.venues);
    if (symbols.length === 0)
      throw new XylenError('XY_USAGE', `--symbol: expected at least one symbol of ${venue}`);
    const from = count;
    const one = await askPatiently(venue, { timers: transport, signal, log }, async () => {
      const live = await openLiveVenue(venue, { config, transport, prng: wish.prng, signal });
      try {
        return await planVenue(live, symbols, kinds, from, config);
      } catch (error) {
        await live.close();
        throw error;
      }
    });
    count += one.wanted.length;
    planned.push(one);
  }
  return planned;
}

/** Resolves when the time is over or the signal is given. */
function untilOver(forUs: number | null, transport: SocketTransport, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    // Without a limit something must keep the process: the timers of the recorder do.
    const cancel = forUs === null ? () => undefined : transport.after(forUs, resolve);
    signal.addEventListener(
      'abort',
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}

/** Looks at the recorder now and then, and shows what it sees. */
class RecorderScreen {
  readonly #metrics = new RecorderMetrics();
  readonly #recorder: Recorder;
  readonly #recording: Recording;
  readonly #transport: SocketTransport;
  readonly #context: CommandContext;
  readonly #isTty: boolean;
  #before = new Map<VenueId, { messages: number; atUs: number }>();
  #figures: readonly VenueFigures[] = [];
  #shownLines = 0;
  #cancel: (() => void) | null = null;

  constructor(recorder: Recorder, recording: Recording, transport: SocketTransport, context: CommandContext) {
    this.#recorder = recorder;
    this.#recording = recording;
    this.#transport = transport;
    this.#context = context;
    this.#isTty = process.stdout.isTTY === true && !context.isJson;
  }

  start(): void {
    this.#cancel = this.#transport.after(this.#isTty ? SHOW_TTY_US : SHOW_LINE_US, () => {
      this.#show();
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Returns the figures of now. */
  figures(): readonly VenueFigures[] {
    const nowUs = this.#transport.nowUs();
    this.#figures = this.#recorder.states().map((state) => {
      const before = this.#before.get(state.venue);
      const seconds = before === undefined ? 0 : (nowUs - before.atUs) / US_PER_SECOND;
      const figures = figuresOf(state, { messages: before?.messages ?? 0, seconds });
      this.#before.set(state.venue, { messages: state.counts.messages, atUs: nowUs });
      return figures;
    });
    return this.#figures;
  }

  /** Returns the metrics of now. */
  async metricsText(): Promise<{ readonly text: string; readonly contentType: string }> {
    const { archive, log, refused, taken } = this.#recording.stats();
    const memory = process.memoryUsage();
    const states = this.#recorder.states();
    this.#metrics.set(
      {
        logBytes: log.bytes,
        logBytesMax: log.bytesMax,
        recordsTaken: taken,
        recordsRefused: refused,
        archiveBytes: archive?.partBytes ?? 0,
        archiveParts: archive?.parts ?? 0,
        isHeldBack: this.#recorder.isHeldBack,
        rssBytes: memory.rss,
        heapUsedBytes: memory.heapUsed,
      },
      states.map((state) => ({
        ...figuresOf(state, { messages: 0, seconds: 0 }),
        lags: (state.feed?.lags ?? [])
          .filter(({ count }) => count > 0)
          .map(({ p50Us, p99Us, stream }) => ({ stream, p50Seconds: p50Us / 1e6, p99Seconds: p99Us / 1e6 })),
      })),
    );
    return { text: await this.#metrics.text(), contentType: this.#metrics.contentType };
  }

  #show(): void {
    const figures = this.figures();
    if (!this.#isTty) {
      for (const {
        booksStale,
        events,
        lagP99Ms,
        losses,
        messages,
        messagesPerS,
        outages,
        venue,
      } of figures) {
        const rates = { venue, messages, events, per_s: Math.round(messagesPerS), lag_p99_ms: lagP99Ms };
        this.#context.log.info('recording', { ...rates, losses, outages, books_stale: booksStale });
      }
      return;
    }
    const lines = tableLines(figures, this.#recording.stats());
    const up = this.#shownLines === 0 ? '' : `\u001b[${this.#shownLines}A\u001b[0J`;
    this.#context.print(up + lines.join('\n'));
    this.#shownLines = lines.length;
  }
}

/** Serves `/metrics` and `/health` as configured; returns how to end it. @throws XY_PORT_IN_USE, XY_CONFIG_INVALID */
async function serveMetrics(screen: RecorderScreen, context: CommandContext): Promise<() => Promise<void>> {
  const { host, metricsPort } = context.config.monitoring;
  const token = loadedOf(context).secrets.get('XYLEN_API_TOKEN') ?? null;
  const server = createHttpServer(new AccessRules(host, token), () => true);
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await screen.metricsText();
    return reply.header('content-type', contentType).send(text);
  });
  server.get('/health', () => ({ status: 'recording' }));
  const port = await listen(server, { host, port: metricsPort, key: 'metrics_port' });
  context.log.info('metrics', { url: `http://${host}:${port}/metrics` });
  return () => server.close();
}

function resultOf(
  figures: readonly VenueFigures[],
  recording: RecordingStats,
  heldBackCount: number,
  elapsedUs: number,
): RecorderResult {
  const { archive, log, refused, taken } = recording;
  const seconds = Math.max(1, Math.round(elapsedUs / US_PER_SECOND));
  return {
    json: {
      seconds: elapsedUs / US_PER_SECOND,
      venues: figures,
      records: taken,
      refused,
      heldBack: heldBackCount,
      logBytes: log.bytes,
      archive:
        archive === null
          ? null
          : { parts: archive.parts, bytes: archive.partBytes, records: archive.records },
    },
    lines: [`recorded for ${formatDurationUs(seconds * US_PER_SECOND)}`, ...tableLines(figures, recording)],
  };
}
