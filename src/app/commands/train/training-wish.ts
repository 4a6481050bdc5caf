/** The command line of `xylen train` and the configuration, made one training job. */
import { parseMomentUs, XylenError } from '#core';
import { parseVenueId, VENUE_IDS, type VenueId } from '#domain';
import type { GbmParams } from '#learn';
import { badHourRule } from '../../config/bad-hour-rule.ts';
import { entryOfVenue, type XylenConfig } from '../../config/schema.ts';
import type { TrainingJob } from '../../workers/training-job.ts';

type Options = Readonly<Record<string, unknown>>;

/** Facts of the moment that a job carries. */
export interface TrainingOccasion {
  readonly dataDir: string;
  readonly nowUs: number;
  readonly commit: string;
}

/** The models that can be trained. */
export const TRAINABLE = ['gbm'] as const;

const SEED_MAX = 4_294_967_295;
const PPM = 1_000_000;

/** Returns the job. @throws XY_USAGE naming option and value */
export function trainingJob(options: Options, config: XylenConfig, occasion: TrainingOccasion): TrainingJob {
  const model = text(options.model) ?? 'gbm';
  if (!TRAINABLE.some((known) => known === model))
    throw usage('--model', `one of ${TRAINABLE.join(', ')}`, model);
  const venueText = text(options.venue) ?? config.venues.id;
  const venue = parseVenueId(venueText);
  if (venue === undefined) throw usage('--venue', `one of ${VENUE_IDS.join(', ')} or ccxt:NAME`, venueText);
  const paths = list(options.data);
  return {
    ...occasion,
    ...trainingSettings(
      config,
      venue,
      text(options.name) ?? model,
      seedOf(options.seed) ?? config.learning.seed,
    ),
    source: paths === undefined ? { kind: 'archive' } : { kind: 'files', paths },
    venue,
    symbols: list(options.symbol) ?? config.venues.symbols,
    fromUs: moment('--from', options.from),
    toUs: moment('--to', options.to),
    specs: config.venues.instruments,
  };
}

/** Returns what the configuration says about training a model on a venue: the same for the command, the demo and a refresh. */
export function trainingSettings(
  config: XylenConfig,
  venue: VenueId,
  name: string,
  seed: number,
): Pick<TrainingJob, 'timeframesUs' | 'horizonBars' | 'quarantineUs' | 'badHours' | 'model'> {
  const { embargoUs, horizonBars, quarantineUs, validationFraction } = config.learning;
  return {
    timeframesUs: config.timeframesUs,
    horizonBars,
    quarantineUs,
    badHours: badHourRule(config),
    model: {
      name,
      seed,
      params: gbmSettings(config),
      blocks: { heldOutFraction: validationFraction, embargoUs },
      costFraction: roundTripFraction(config, venue),
    },
  };
}

function gbmSettings({ learning: { gbm } }: XylenConfig): Partial<GbmParams> {
  return {
    rounds: gbm.rounds,
    learningRate: gbm.learningRate,
    numLeaves: gbm.leavesMax,
    maxDepth: gbm.depthMax ?? -1,
    minDataInLeaf: gbm.minDataInLeaf,
    lambdaL2: gbm.lambdaL2,
    featureFraction: gbm.featureFraction,
    baggingFraction: gbm.baggingFraction,
    baggingFreq: gbm.baggingFraction < 1 ? 1 : 0,
    maxBin: gbm.binsMax,
    earlyStoppingRounds: gbm.earlyStoppingRounds ?? 0,
  };
}

/** Both sides as taker: fee, half of the spread, and as much again for slippage. */
function roundTripFraction(config: XylenConfig, venue: VenueId): number {
  const { takerPpm } = entryOfVenue(config.venues.fees, venue);
  return (2 * Math.max(0, takerPpm + 2 * config.simulation.halfSpreadPpm)) / PPM;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function list(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}

function seedOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const seed = Number(value);
  if (/^\d+$/.test(String(value)) && seed <= SEED_MAX) return seed;
  throw usage('--seed', `an integer from 0 to ${SEED_MAX}`, String(value));
}

function moment(option: string, value: unknown): number | null {
  if (value === undefined) return null;
  const us = parseMomentUs(String(value));
  if (us !== undefined) return us;
  throw usage(option, 'a UTC moment such as 2024-01-31 or 2024-01-31T12:00', String(value));
}

function usage(option: string, expected: string, found: string): XylenError {
  return new XylenError('XY_USAGE', `${option}: expected ${expected}, found '${found}'`, {
    fields: { option, value: found },
  });
}
