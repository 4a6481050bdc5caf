/** What an engine is built from. Plain values; the command line and the configuration are somebody else's affair. */
import type { EpochUs } from '#core';
import type { InstrumentTable } from '#domain';
import type { RiskOptions } from '#risk';
import type { PredictorInfo } from '#serving';
import type { RunRow } from '#store';
import type { ProtectionRules } from './protection-auditor.ts';
import type { Strategy, Trigger } from './strategy.ts';

/** What may change while the engine runs. */
export interface EngineTuning {
  readonly heartbeatUs: number;
  /** Per instrument. */
  readonly decisionsPerMinuteMax: number;
  /** Answers older than this lead to no decision. */
  readonly decisionTimeoutUs: number;
  readonly risk: RiskOptions;
}

export interface EngineOptions {
  readonly instruments: InstrumentTable;
  /** The row that names the run; written first. */
  readonly run: RunRow;
  /** 8 hex digits that make client order ids unique to this run. */
  readonly runTag: string;
  readonly startCashAtoms: bigint;
  /** Leverage of the account, >= 1. */
  readonly leverage: number;
  /** First moment of the run's data. */
  readonly startUs: EpochUs;
  /** No decision, no figure before this moment: earlier events only warm features up. */
  readonly tradeFromUs: EpochUs;
  /** Length of the candles that come in, by instrument; divides the decision timeframe. */
  readonly sourceTimeframeUs: number;
  /** Decision timeframe first, then the slower ones. */
  readonly timeframesUs: readonly number[];
  readonly triggers: readonly Trigger[];
  readonly models: readonly PredictorInfo[];
  readonly tuning: EngineTuning;
  readonly strategies: readonly Strategy[];
  /** What is demanded of stops where the venue is real; absent = the usual rules. */
  readonly protection?: ProtectionRules;
  /** False when nobody keeps rows: then none is built. */
  readonly isRecorded: boolean;
}
