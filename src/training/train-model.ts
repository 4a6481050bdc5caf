/**
 * One training: cut the blocks, grow the trees on the first until the second says stop, calibrate on the third, look at the fourth once.
 * Everything that is fitted is fitted inside its block; the report and the gate use nothing but the last. Same rows, settings and seed:
 * the same bytes.
 */
import { assert, formatDurationUs, Prng, sha256Hex } from '#core';
import type { VenueId } from '#domain';
import type { CalibrationMap } from '#ensemble';
import { type GbmDataset, type GbmModel, type GbmParams, gbmParams, trainGbm } from '#learn';
import type { Progress } from '#telemetry';
import type { AdmittedRows } from './data/admitted-rows.ts';
import type { LabelledRows } from './data/labelled-rows.ts';
import { crossCalibrated } from './fit/cross-fit.ts';
import { fitReturnHead, type HeadSample, moveScaleOf } from './fit/return-head.ts';
import { fitSmoothCalibration } from './fit/smooth-calibration.ts';
import { type BlockOptions, cutBlocks, labelCount, type TimeBlocks } from './fit/time-blocks.ts';
import type { ModelArtefact, ReturnHead, RowForecaster, ServeArtefact } from './forecaster.ts';
import { labelsOf, returnsOf } from './judge/block-metrics.ts';
import { forecastVariance } from './judge/forecast-variance.ts';
import { type GateVerdict, judgeCandidate } from './judge/gate.ts';
import { type Judgement, judgeOnTest, type Rule } from './judge/judgement.ts';
import { MANIFEST_SCHEMA_VERSION, type ManifestContent, versionOf } from './registry/manifest.ts';

/** What is trained. */
export interface TrainModelOptions {
  /** Name in the registry. */
  readonly name: string;
  readonly seed: number;
  readonly params: Partial<GbmParams>;
  readonly blocks: BlockOptions;
  /** Cost of a round trip, a fraction, in the plain trading rule. */
  readonly costFraction: number;
}

/** Where the rows came from, for the manifest. */
export interface RowOrigin {
  readonly venue: VenueId;
  readonly dataHash: string;
}

/** The model that serves now, to be beaten. */
export interface ServedModel {
  readonly version: string;
  readonly horizonBars: number;
  readonly forecaster: RowForecaster;
}

/** What training needs of the program. */
export interface TrainModelParts {
  /** The code that will serve the model: it is measured, not a copy of it. */
  readonly serve: ServeArtefact;
  /** Rules to stand beside. */
  readonly rules: readonly Rule[];
  readonly served: ServedModel | null;
  readonly progress: Progress;
  /** Called each round; throws to end the training. */
  readonly checkpoint: () => void;
}

/** A trained model with its report; nothing of it is written anywhere. */
export interface TrainedModel {
  readonly version: string;
  readonly content: ManifestContent;
  readonly modelText: string;
  readonly calibrationText: string;
  readonly verdict: GateVerdict;
}

/** The parts that are fitted. */
interface Fitted {
  readonly model: GbmModel;
  readonly calibration: CalibrationMap;
  readonly head: ReturnHead;
}

/** Trains. @throws XY_DATA_INSUFFICIENT when a block holds too few labels, XY_CONFIG_INVALID for a parameter */
export function trainModel(
  admitted: AdmittedRows,
  origin: RowOrigin,
  options: TrainModelOptions,
  parts: TrainModelParts,
): TrainedModel {
  const params = gbmParams({ ...options.params, objective: 'binary' });
  const blocks = cutBlocks(admitted, options.blocks);
  const fitted = fitModel(admitted, blocks, params, options.seed, parts);
  const modelText = fitted.model.toLightGbmText();
  const candidate = artefactOf(admitted, options.name, fitted, modelText);
  const forecaster = parts.serve(candidate);
  const judgement = judgeOnTest(admitted, blocks, forecaster, {
    rules: parts.rules,
    costFraction: options.costFraction,
    moveScale: fitted.head.moveScale,
    volatility: (index) => columnOf(admitted.rows, index, fitted.head.volatilityFeature),
  });
  const calibrationText = `${JSON.stringify(fitted.calibration)}\n`;
  const content = contentOf(admitted, origin, options, {
    params,
    fitted,
    judgement,
    variance: forecastVariance(judgement.metrics, judgement.priorMetrics, labelCount(admitted, blocks.test)),
    files: { model: sha256Hex(modelText), calibration: sha256Hex(calibrationText) },
  });
  const version = versionOf(content);
  // The same model again is not its own rival.
  const rival = parts.served?.version === version ? null : parts.served;
  const served = servedLogLoss(admitted, blocks, rival, judgement);
  const { metrics, skill, trading } = judgement;
  const verdict = judgeCandidate({ metrics, skill, trading, served });
  return { version, content, modelText, calibrationText, verdict };
}

function fitModel(
  admitted: AdmittedRows,
  blocks: TimeBlocks,
  params: GbmParams,
  seed: number,
  { checkpoint, progress }: TrainModelParts,
): Fitted {
  const { rows } = admitted;
  const model = trainGbm(tableOf(rows, blocks.fit), params, {
    prng: new Prng(seed).split('training'),
    valid: tableOf(rows, blocks.stop),
    onRound: ({ round, roundCount }) => {
      checkpoint();
      progress.update({ label: 'growing trees', done: round, total: roundCount, unit: 'trees' });
      return 'continue';
    },
  });
  const raw = model.predictBatch(tableOf(rows, blocks.calibrate).features, blocks.calibrate.length);
  const calibration = fitSmoothCalibration(
    raw,
    labelsOf(rows, blocks.calibrate),
    labelCount(admitted, blocks.calibrate),
  );
  const volatilityFeature = `atr_14_${formatDurationUs(rows.features.timeframesUs[0]!)}`;
  const sampleOf = (index: Int32Array): Omit<HeadSample, 'probability'> => ({
    volatility: columnOf(rows, index, volatilityFeature),
    forwardReturn: returnsOf(rows, index),
  });
  const moveScale = moveScaleOf(sampleOf(blocks.fit));
  const at = (column: Float64Array) => Float64Array.from(blocks.calibrate, (row) => column[row]!);
  const label = labelsOf(rows, blocks.calibrate);
  const times = { startUs: at(rows.startUs), labelEndUs: at(rows.labelEndUs) };
  const horizonUs = rows.horizonBars * rows.features.timeframesUs[0]!;
  const { places, probability } = crossCalibrated({ raw, label, ...times }, horizonUs);
  const sample = { ...sampleOf(places.map((place) => blocks.calibrate[place]!)), probability };
  return { model, calibration, head: fitReturnHead(volatilityFeature, moveScale, sample) };
}

/** Copies rows into a table of their own. */
function tableOf(rows: LabelledRows, index: Int32Array): GbmDataset {
  const { features: described, weight: weights } = rows;
  const { names } = described;
  const width = names.length;
  const features = new Float64Array(index.length * width);
  index.forEach((row, at) => {
    features.set(rows.matrix.subarray(row * width, (row + 1) * width), at * width);
  });
  return {
    rowCount: index.length,
    featureCount: width,
    featureNames: names,
    features,
    labels: labelsOf(rows, index),
    ...(weights === undefined ? {} : { weights: Float64Array.from(index, (row) => weights[row]!) }),
  };
}

function columnOf(rows: LabelledRows, index: Int32Array, feature: string): Float64Array {
  const { names } = rows.features;
  const place = names.indexOf(feature);
  assert(place >= 0, `the rows have the feature ${feature}`);
  return Float64Array.from(index, (row) => rows.matrix[row * names.length + place]!);
}

/** The candidate before it is measured: its version and its variance are not known yet and nothing that is measured depends on them. */
function artefactOf(
  admitted: AdmittedRows,
  name: string,
  { calibration, head }: Fitted,
  modelText: string,
): ModelArtefact {
  const { names, setHash } = admitted.rows.features;
  return {
    name,
    version: 'candidate',
    featureSetHash: setHash,
    featureNames: names,
    votesFromUs: admitted.labelEndMaxUs + admitted.quarantineUs,
    modelText,
    calibration,
    head,
    variance: 0,
  };
}

/** The serving model may have seen the rows, which speaks for it: that makes the gate stricter, never laxer. */
function servedLogLoss(
  admitted: AdmittedRows,
  blocks: TimeBlocks,
  served: ServedModel | null,
  judgement: Judgement,
): { readonly version: string; readonly logLoss: number } | null {
  const { features, horizonBars } = admitted.rows;
  const isComparable =
    served !== null &&
    served.horizonBars === horizonBars &&
    served.forecaster.featureSetHash === features.setHash;
  if (!isComparable) return null;
  const { logLoss } = judgement.metricsOf(served.forecaster, blocks.test);
  return { version: served.version, logLoss };
}

function contentOf(
  admitted: AdmittedRows,
  origin: RowOrigin,
  options: TrainModelOptions,
  made: {
    readonly params: GbmParams;
    readonly fitted: Fitted;
    readonly judgement: Judgement;
    readonly variance: number;
    readonly files: ManifestContent['files'];
  },
): ManifestContent {
  const { rows } = admitted;
  const { names, setHash, setId, timeframesUs } = rows.features;
  const { fitted, judgement } = made;
  return {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    name: options.name,
    kind: 'gbm',
    label: 'forward_return_sign',
    features: { setId, setHash, names: [...names] },
    timeframesUs: [...timeframesUs],
    horizonBars: rows.horizonBars,
    data: {
      venue: origin.venue,
      symbols: [...rows.symbols],
      hash: origin.dataHash,
      fromUs: rows.startUs.reduce((first, value) => Math.min(first, value), Number.POSITIVE_INFINITY),
      newestUs: rows.newestUs,
      rowCount: rows.rowCount,
      quarantinedCount: admitted.quarantinedCount,
      ...(rows.badHours === undefined ? {} : { badHours: { ...rows.badHours } }),
    },
    run: {
      clockUs: admitted.clockUs,
      quarantineUs: admitted.quarantineUs,
      labelEndMaxUs: admitted.labelEndMaxUs,
      seed: options.seed,
      heldOutFraction: options.blocks.heldOutFraction,
      embargoUs: options.blocks.embargoUs,
      costFraction: options.costFraction,
    },
    params: { ...made.params },
    rounds: fitted.model.bestIteration,
    blocks: [...judgement.blocks],
    contenders: [...judgement.contenders],
    skill: judgement.skill,
    head: fitted.head,
    variance: made.variance,
    files: made.files,
  };
}
