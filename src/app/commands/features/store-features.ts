/** `xylen features --store`: model features of recorded candles into the feature store, a row a decision bar, by the pipeline that decides live. */
import { assert, formatDurationUs, US_PER_DAY, utcDay, XylenError } from '#core';
import type { CandleColumns, VenueId } from '#domain';
import { FeaturePipeline, featureSet } from '#features';
import { type FeatureRows, FeatureStore } from '#store/parquet';
import { historyData, pushBar, type TrainingFeed } from '#training';
import type { CommandContext } from '../../cli/command.ts';
import { fittingTimeframes } from '../../host/history-market.ts';
import { openHistory } from '../../host/open-history.ts';

/** What is computed. */
export interface StoreFeaturesRequest {
  /** Files, or a data directory with an archive. */
  readonly paths: readonly string[];
  readonly venue: VenueId;
  readonly symbols: readonly string[];
  /** Rows from here on; the features warm up on what lies before. */
  readonly fromUs: number | null;
  readonly toUs: number | null;
}

/** What was stored. */
export interface StoredFeatures {
  readonly featureSetHash: string;
  readonly timeframe: string;
  readonly rowCount: number;
  /** Rows whose features are not defined yet: too little history lies before them. */
  readonly coldCount: number;
  readonly dayCount: number;
}

/** Computes and stores; a day is replaced as a whole or not at all. @throws what opening data throws, XY_FEATURE_SET_MIXED, XY_INTERRUPTED */
export async function storeFeatures(
  request: StoreFeaturesRequest,
  context: CommandContext,
): Promise<StoredFeatures> {
  const { config, dataDir, progress, signal } = context;
  const history = await openHistory({ ...request, specs: config.venues.instruments, signal, progress });
  try {
    const warmupUs = featureSet(config.timeframesUs).historyUs;
    const [decisionUs = 0] = config.timeframesUs;
    const fromUs = request.fromUs === null ? null : request.fromUs - warmupUs;
    const data = await historyData(history, { ...request, fromUs, decisionUs });
    const range = {
      fromUs: request.fromUs ?? Number.NEGATIVE_INFINITY,
      toUs: request.toUs ?? Number.POSITIVE_INFINITY,
    };
    const writer = new DayWriter(new FeatureStore(dataDir), range);
    for (const feed of data.feeds) await storeFeed(feed, writer, context);
    return writer.summary(config.timeframesUs);
  } finally {
    await history.close();
  }
}

async function storeFeed(
  feed: TrainingFeed,
  writer: DayWriter,
  { config, progress, signal }: CommandContext,
): Promise<void> {
  const timeframesUs = fittingTimeframes(config.timeframesUs, feed.timeframeUs);
  const pipeline = new FeaturePipeline({ sourceTimeframeUs: feed.timeframeUs, timeframesUs });
  let done = 0;
  writer.begin(feed.symbol, pipeline, timeframesUs[0] ?? feed.timeframeUs);
  for await (const chunk of feed.open()) {
    await addChunk(chunk, feed, { pipeline, writer, signal });
    done += chunk.rowCount;
    progress.update({ label: `features of ${feed.symbol}`, done, total: feed.barCountMax, unit: 'bars' });
  }
  await writer.endDay();
}

interface FeedWork {
  readonly pipeline: FeaturePipeline;
  readonly writer: DayWriter;
  readonly signal: AbortSignal;
}

async function addChunk(
  chunk: CandleColumns,
  feed: TrainingFeed,
  { pipeline, signal, writer }: FeedWork,
): Promise<void> {
  for (let row = 0; row < chunk.rowCount; row++) {
    pushBar(pipeline, feed, chunk, row);
    if (!pipeline.decisionBarClosed) continue;
    await writer.add();
    if (signal.aborted)
      throw new XylenError('XY_INTERRUPTED', 'interrupted; the days written so far are whole');
  }
}

/** Rows of one day of one symbol, kept until the day is over. */
class DayWriter {
  readonly #store: FeatureStore;
  readonly #range: { readonly fromUs: number; readonly toUs: number };
  readonly #days = new Set<number>();
  #symbol = '';
  #pipeline: FeaturePipeline | null = null;
  #timeframeUs = 0;
  #rows: { readonly tsUs: number; readonly bar: readonly number[]; readonly values: Float32Array }[] = [];
  #rowCount = 0;
  #coldCount = 0;

  constructor(store: FeatureStore, range: { readonly fromUs: number; readonly toUs: number }) {
    this.#store = store;
    this.#range = range;
  }

  begin(symbol: string, pipeline: FeaturePipeline, timeframeUs: number): void {
    this.#symbol = symbol;
    this.#pipeline = pipeline;
    this.#timeframeUs = timeframeUs;
  }

  /** Takes what the pipeline has just decided on. */
  async add(): Promise<void> {
    const pipeline = this.#pipeline;
    assert(pipeline !== null, 'rows belong to a symbol');
    const { close, high, low, open, openTsUs, volume } = pipeline.decisionBar;
    // The moment at which the row is known.
    const tsUs = openTsUs + this.#timeframeUs;
    if (tsUs < this.#range.fromUs || tsUs >= this.#range.toUs) return;
    const [first] = this.#rows;
    if (first !== undefined && utcDay(first.tsUs) !== utcDay(tsUs)) await this.endDay();
    this.#rows.push({
      tsUs,
      bar: [open, high, low, close, volume],
      values: Float32Array.from(pipeline.values),
    });
    this.#rowCount++;
    if (!pipeline.isWarm) this.#coldCount++;
  }

  /** Adds the day's rows to the store. */
  async endDay(): Promise<void> {
    const rows = this.#rows;
    const [first] = rows;
    const pipeline = this.#pipeline;
    this.#rows = [];
    if (first === undefined || pipeline === null) return;
    const { hash, names } = pipeline.featureSet;
    const column = (at: number): Float64Array => Float64Array.from(rows, ({ bar }) => bar[at] ?? Number.NaN);
    const day: FeatureRows = {
      featureSetHash: hash,
      rowCount: rows.length,
      tsUs: Float64Array.from(rows, ({ tsUs }) => tsUs),
      symbol: rows.map(() => this.#symbol),
      timeframe: rows.map(() => formatDurationUs(this.#timeframeUs)),
      open: column(0),
      high: column(1),
      low: column(2),
      close: column(3),
      volume: column(4),
      featureNames: names,
      features: names.map((_, at) => Float32Array.from(rows, ({ values }) => values[at] ?? Number.NaN)),
    };
    const dayUs = utcDay(first.tsUs) * US_PER_DAY;
    await this.#store.mergeDay(dayUs, day);
    this.#days.add(dayUs);
  }

  summary(timeframesUs: readonly number[]): StoredFeatures {
    return {
      featureSetHash: this.#pipeline?.featureSet.hash ?? featureSet(timeframesUs).hash,
      timeframe: formatDurationUs(this.#timeframeUs),
      rowCount: this.#rowCount,
      coldCount: this.#coldCount,
      dayCount: this.#days.size,
    };
  }
}
