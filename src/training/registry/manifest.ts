/**
 * The manifest of a trained model: what it was made of, what it was measured at, and when it may vote. Its form is final. The version is the
 * hash of everything in it but the circumstances (when, by which program, after which model), files included: the same data, settings and
 * seed give the same version.
 */
import { z } from 'zod';
import { canonicalJson, sha256Hex } from '#core';

/** Version of the form. */
export const MANIFEST_SCHEMA_VERSION = 1;

/** Hex digits of a version. */
const VERSION_DIGITS = 16;

const count = z.int().min(0);
const moment = z.int();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const share = z.number().min(0).max(1);

const metrics = z.strictObject({
  logLoss: z.number().min(0),
  brier: share,
  calibrationError: share,
  auc: share,
  informationCoefficient: z.number().min(-1).max(1),
});

const trading = z.strictObject({
  tradeCount: count,
  winRate: share.nullable(),
  netReturn: z.number(),
  grossReturn: z.number(),
});

const block = z.strictObject({
  name: z.enum(['fit', 'stop', 'calibrate', 'test']),
  fromUs: moment,
  toUs: moment,
  rowCount: count,
  /** Labels that do not overlap in time. */
  labelCount: count,
  /** Share of rows after which the price rose. */
  upShare: share,
  metrics,
});

const contender = z.strictObject({
  name: z.string(),
  /** `null` for what states no probability. */
  metrics: metrics.nullable(),
  trading,
});

const content = z.strictObject({
  schemaVersion: z.literal(MANIFEST_SCHEMA_VERSION),
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/),
  kind: z.literal('gbm'),
  /** 1 where the price is higher at the end of the horizon. */
  label: z.literal('forward_return_sign'),
  features: z.strictObject({ setId: z.string(), setHash: hash, names: z.array(z.string()).min(1) }),
  timeframesUs: z.array(z.int().min(1)).min(1),
  horizonBars: z.int().min(1),
  data: z.strictObject({
    venue: z.string(),
    symbols: z.array(z.string()).min(1),
    hash,
    /** First and newest decision bar of the rows. */
    fromUs: moment,
    newestUs: moment,
    rowCount: count,
    /** Rows that the quarantine kept out. */
    quarantinedCount: count,
    /** Recorded hours of which too much was missing, and what became of the rows in them; absent where there are none. */
    badHours: z
      .strictObject({
        mode: z.enum(['refuse', 'weigh', 'ignore']),
        hours: count,
        rowsRefused: count,
        rowsWeighed: count,
      })
      .optional(),
  }),
  run: z.strictObject({
    clockUs: moment,
    quarantineUs: count,
    labelEndMaxUs: moment,
    seed: count,
    heldOutFraction: share,
    embargoUs: count,
    /** Cost of a round trip in the plain trading rule. */
    costFraction: z.number().min(0),
  }),
  params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  /** Rounds that early stopping kept. */
  rounds: count,
  blocks: z.array(block).length(4),
  /** The model first, then those it stands beside, all on the test block. */
  contenders: z.array(contender).min(1),
  /** Against the better of base rate and coin. */
  skill: z.strictObject({ gain: z.number(), tStatistic: z.number(), labelCount: count }),
  head: z.strictObject({ volatilityFeature: z.string(), moveScale: z.number().min(0), returnShare: share }),
  variance: z.number().min(0),
  files: z.strictObject({ model: hash, calibration: hash }),
});

const circumstances = z.strictObject({
  /** Version that served when this one was trained. */
  parent: z.string().nullable(),
  gate: z.strictObject({
    isPassed: z.boolean(),
    rules: z.array(z.strictObject({ rule: z.string(), isPassed: z.boolean(), found: z.string() })),
  }),
  commit: z.string(),
  createdAtUs: moment,
});

const manifest = z.strictObject({
  version: z.string().regex(new RegExp(`^[0-9a-f]{${VERSION_DIGITS}}$`)),
  content,
  circumstances,
});

/** What the version is the hash of. */
export type ManifestContent = z.infer<typeof content>;

/** When and after what a model was made. */
export type ManifestCircumstances = z.infer<typeof circumstances>;

/** The manifest as it lies in the registry. */
export type ModelManifest = z.infer<typeof manifest>;

/** One forecaster, or a way of not forecasting, on the test block. */
export type Contender = z.infer<typeof contender>;

/** One block of time with the model's figures on it. */
export type BlockReport = z.infer<typeof block>;

/** Returns the version of a content. */
export function versionOf(of: ManifestContent): string {
  return sha256Hex(canonicalJson(of)).slice(0, VERSION_DIGITS);
}

/** Returns the moment from which on a model may vote: the end of the last label it saw, and the quarantine. */
export function votesFromUs({ run }: ManifestContent): number {
  return run.labelEndMaxUs + run.quarantineUs;
}

/** Checks the form of a manifest; returns what is wrong with it as text instead of throwing. */
export function parseManifest(data: unknown): ModelManifest | string {
  const parsed = manifest.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return issue === undefined ? 'not a manifest' : `${issue.path.join('.') || 'manifest'}: ${issue.message}`;
}
