/** One training from its candles to the registry, as the training thread does it. */
import { canonicalJson, floorToTimeframe, sha256Hex, XylenError } from '#core';
import { gbmForecaster, trendRule } from '#serving';
import { type SyntheticMarket, syntheticInstrument, syntheticMarket, takeCandles } from '#sim';
import type { MarketHistory } from '#store';
import type { Progress } from '#telemetry';
import {
  AdmittedRows,
  buildDataset,
  historyData,
  type ManifestCircumstances,
  ModelRegistry,
  type TrainingData,
  trainModel,
} from '#training';
import { fittingTimeframes } from '../host/history-market.ts';
import { openHistory } from '../host/open-history.ts';
import type { TrainingJob, TrainingResult } from './training-job.ts';

/** What a run reports to and is stopped by. */
export interface TrainingRunParts {
  readonly progress: Progress;
  /** Throws when the run is to end. */
  readonly checkpoint: () => void;
  /** Keeps unfinished files of two programs apart. */
  readonly tag: string;
}

/** The thread is stopped by its checkpoint alone. */
const NEVER_ABORTED = new AbortController().signal;

/** Trains, saves, and promotes what passes the gate. @throws as the parts; XY_INTERRUPTED from the checkpoint, with nothing written */
export async function runTraining(job: TrainingJob, parts: TrainingRunParts): Promise<TrainingResult> {
  await using opened = new AsyncDisposableStack();
  const data = await openData(job, parts, opened);
  const [feed] = data.feeds;
  if (feed === undefined) throw new XylenError('XY_USAGE', 'a training has at least one symbol');
  const timeframesUs = fittingTimeframes(job.timeframesUs, feed.timeframeUs);
  const { checkpoint, progress } = parts;
  const { horizonBars, quarantineUs } = job;
  const rows = await buildDataset(data, { timeframesUs, horizonBars, progress, checkpoint });
  // The clock of research: no recorded bar is newer than the wall clock, so that this is the stricter of the two.
  const admitted = AdmittedRows.load(rows, { clockUs: rows.newestUs, quarantineUs });
  const registry = new ModelRegistry(job.dataDir, parts.tag);
  const serving = registry.loadCurrent(job.model.name);
  const trained = trainModel(admitted, data, job.model, {
    serve: gbmForecaster,
    rules: [{ name: 'trend', forecaster: trendRule({ timeframesUs, horizonBars }) }],
    served:
      serving === null
        ? null
        : {
            version: serving.manifest.version,
            horizonBars: serving.manifest.content.horizonBars,
            forecaster: gbmForecaster(serving.artefact),
          },
    progress,
    checkpoint,
  });
  // From here on nothing stops it half-way.
  checkpoint();
  const { verdict, version } = trained;
  const circumstances: ManifestCircumstances = {
    parent: serving?.manifest.version ?? null,
    gate: { isPassed: verdict.isPassed, rules: [...verdict.rules] },
    commit: job.commit,
    createdAtUs: job.nowUs,
  };
  registry.save(trained, circumstances);
  const isServing = serving?.manifest.version === version;
  const rival = serving?.manifest.version ?? null;
  if (!verdict.isPassed || isServing)
    return { manifest: { version, content: trained.content, circumstances }, isPromoted: isServing };
  if (registry.promote(job.model.name, version, job.nowUs, rival))
    return { manifest: { version, content: trained.content, circumstances }, isPromoted: true };
  throw new XylenError(
    'XY_MODEL_CHANGED',
    `another version of model '${job.model.name}' began to serve while this one was trained; ${version} is kept and does not serve: train again to have it compared with the new one`,
    { fields: { model: job.model.name, version } },
  );
}

async function openData(
  job: TrainingJob,
  parts: TrainingRunParts,
  opened: AsyncDisposableStack,
): Promise<TrainingData> {
  if (job.source.kind === 'synthetic') return syntheticData(job, parts);
  const history = await openRecorded(job, parts);
  opened.defer(() => history.close());
  const [decisionUs = 0] = job.timeframesUs;
  return historyData(history, { ...job, decisionUs });
}

async function openRecorded(
  job: TrainingJob,
  { checkpoint, progress }: TrainingRunParts,
): Promise<MarketHistory> {
  const { dataDir, source, specs, symbols, venue } = job;
  if (source.kind !== 'files') {
    const { ArchiveHistory } = await import('#store/parquet');
    return ArchiveHistory.open(dataDir, { venue, symbols, specs });
  }
  return openHistory({
    ...{ paths: source.paths, venue, symbols, specs },
    signal: NEVER_ABORTED,
    progress: {
      update(state) {
        checkpoint();
        progress.update(state);
      },
    },
  });
}

/** Invents the market's past. Whoever has the options has the data: they are what is hashed. */
function syntheticData({ source, venue }: TrainingJob, parts: TrainingRunParts): TrainingData {
  if (source.kind !== 'synthetic') throw new XylenError('XY_USAGE', 'a synthetic source has a market');
  const { options } = source;
  const { barUs, endUs, startUs, symbols } = options;
  const barCount = Math.max(1, (floorToTimeframe(endUs, barUs) - startUs) / barUs);
  const made = reported(syntheticMarket(options), barCount * symbols.length, parts);
  const columns = takeCandles(made, symbols.length, barCount);
  const feeds = symbols.map((symbol, at) => {
    const { priceDecimals, qtyDecimals } = syntheticInstrument(symbol);
    const candles = columns[at];
    async function* open() {
      if (candles !== undefined) yield candles;
    }
    const { symbol: name } = symbol;
    const range = { barCountMax: barCount, fromUs: startUs, toUs: endUs };
    return { symbol: name, timeframeUs: barUs, priceDecimals, qtyDecimals, ...range, open };
  });
  return { venue, feeds, dataHash: sha256Hex(canonicalJson({ synthetic: options })) };
}

/** Events between two looks at the clock and the stop. */
const REPORT_EVENTS = 8_192;

/** Returns the market as a source that says how far it is and can be stopped. */
function reported(market: SyntheticMarket, total: number, { checkpoint, progress }: TrainingRunParts) {
  let done = 0;
  return {
    next: () => {
      if (done++ % REPORT_EVENTS === 0) {
        checkpoint();
        progress.update({ label: 'making the past', done: Math.min(done, total), total, unit: 'candles' });
      }
      return market.next();
    },
  };
}
