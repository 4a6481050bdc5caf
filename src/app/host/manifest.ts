/** The manifest of a run: everything that its result depends on, and nothing of when or where it ran. */
import { canonicalJson, formatDurationUs, formatIso, sha256Hex } from '#core';
import type { InstrumentSpec } from '#domain';
import { featureSet } from '#features';
import type { PredictorInfo } from '#serving';
import type { Assumption } from '#sim';
import type { XylenConfig } from '../config/schema.ts';
import type { PreparedMarket } from './history-market.ts';

/** Version of the manifest's form. */
const MANIFEST_SCHEMA = 1;

export interface ManifestParts {
  readonly config: XylenConfig;
  readonly seed: number;
  readonly isSynthetic: boolean;
  readonly market: PreparedMarket;
  readonly specs: readonly InstrumentSpec[];
  readonly strategies: readonly {
    readonly name: string;
    readonly parameters: Readonly<Record<string, unknown>>;
  }[];
  readonly models: readonly PredictorInfo[];
  readonly assumptions: readonly Assumption[];
}

/** Returns the manifest as plain data with sorted keys. */
export function buildManifest(parts: ManifestParts): Readonly<Record<string, unknown>> {
  const { market } = parts;
  return {
    schema: MANIFEST_SCHEMA,
    program: 'xylen',
    seed: parts.seed,
    synthetic: parts.isSynthetic,
    config_hash: configHash(parts.config),
    data: {
      hash: market.dataHash,
      sets: market.dataSets,
      funding: market.hasFunding,
      ...(market.badHours === undefined || market.badHours.length === 0
        ? {}
        : { bad_hours: market.badHours }),
      from: formatIso(market.startUs),
      to: formatIso(market.endUs),
      trade_from: formatIso(market.tradeFromUs),
    },
    timeframes: market.timeframesUs.map(formatDurationUs),
    source_timeframe: formatDurationUs(market.sourceTimeframeUs),
    feature_set: featureSet(market.timeframesUs).hash,
    instruments: parts.specs,
    strategies: parts.strategies,
    models: parts.models.map(({ isTrained, name, version, votesFromUs }) => ({
      name,
      version,
      trained: isTrained,
      votes_from: votesFromUs === 0 ? null : formatIso(votesFromUs),
    })),
    assumptions: parts.assumptions,
  };
}

/** Returns the hash of all settings that can change a result: where files and ports are is left out. */
export function configHash(config: XylenConfig): string {
  const {
    monitoring: _monitoring,
    storage: _storage,
    demo: _demo,
    recording: _recording,
    live: _live,
    ...rest
  } = config;
  const { feeds, ...deciding } = rest;
  return sha256Hex(canonicalJson({ ...deciding, reorderWindowUs: feeds.reorderWindowUs }));
}
