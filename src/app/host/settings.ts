/** From the configuration to what the rooms are built from. One place, so that back-test, paper and demo cannot differ in it. */
import { assert } from '#core';
import { CostModel, DEPTH_RULE_DEFAULT, FeeSchedule, type FeeTier } from '#costs';
import { parseVenueId, VENUE_IDS, type VenueId } from '#domain';
import type { RiskOptions } from '#risk';
import { defaultRiskOptions } from '#risk';
import {
  type LatencyLeg,
  type LatencyRule,
  type LegRule,
  type LegTable,
  type SimRules,
  simRules,
  type VolumeTier,
  type VolumeTierTable,
} from '#sim';
import { OTHER_VENUE } from '../config/market-sections.ts';
import { atomsOfMoney } from '../config/money.ts';
import { entryOfVenue, type XylenConfig } from '../config/schema.ts';
import { readLatencies } from './latency-file.ts';

const PPM = 1_000_000;

/** Returns the cost model that decisions and the simulated venue share. */
export function costModelOf(config: XylenConfig): CostModel {
  const choices: Partial<Record<VenueId, FeeTier>> = {};
  for (const venue of VENUE_IDS) {
    const { makerPpm, takerPpm } = entryOfVenue(config.venues.fees, venue);
    choices[venue] = { name: 'config', makerPpm, takerPpm };
  }
  const { halfSpreadPpm, participationMax, slippagePpm } = config.simulation;
  return new CostModel(new FeeSchedule(choices), {
    ...DEPTH_RULE_DEFAULT,
    halfSpreadPpm,
    slippagePpm,
    participationMaxPpm: Math.round(participationMax * PPM),
  });
}

/**
 * Returns the rules of the simulated venue of an account of `atomDecimals`; `ordersKeptMax` finished orders can still be asked for.
 * @throws XY_CONFIG_INVALID, and what the reader of recorded latencies throws.
 */
export function simRulesOf(
  config: XylenConfig,
  costs: CostModel,
  { atomDecimals, ordersKeptMax }: { readonly atomDecimals: number; readonly ordersKeptMax: number },
): SimRules {
  const latency: Partial<Record<VenueId, LatencyRule>> = {};
  for (const venue of VENUE_IDS) {
    const { maxUs, minUs, spikeFactor, spikeProbability } = entryOfVenue(config.simulation.latency, venue);
    const spikePpm = Math.round(spikeProbability * PPM);
    latency[venue] = { minUs, maxUs, spikePpm, spikeFactorMax: Math.max(2, spikeFactor) };
  }
  const { impact, leverage, liquidationFeePpm, queue } = config.simulation;
  return simRules({
    costs,
    latency,
    latencyLegs: legsOf(config),
    feeTiers: feeTiersOf(config, atomDecimals),
    queue,
    impact,
    leverage,
    liquidationFeePpm,
    ordersKeptMax,
  });
}

/** Returns the legs with a rule of their own; a line for all others reaches the venues that have none for that leg. */
function legsOf({ simulation }: XylenConfig): LegTable {
  const legs: Partial<Record<VenueId, Partial<Record<LatencyLeg, LegRule>>>> = {};
  for (const record of simulation.latencyLegs) {
    const rule = legRuleOf(record);
    const venues =
      record.venue === OTHER_VENUE
        ? VENUE_IDS.filter(
            (id) => !simulation.latencyLegs.some(({ leg, venue }) => venue === id && leg === record.leg),
          )
        : [parseVenueId(record.venue)];
    for (const venue of venues) if (venue !== undefined) legs[venue] = { ...legs[venue], [record.leg]: rule };
  }
  return legs;
}

function legRuleOf(record: XylenConfig['simulation']['latencyLegs'][number]): LegRule {
  const { capUs, file, maxUs, medianUs, minUs, model, sigma, spikeFactor, spikeProbability, us } = record;
  switch (model) {
    case 'constant':
      return { model, us };
    case 'uniform':
      return {
        model,
        minUs,
        maxUs,
        spikePpm: Math.round(spikeProbability * PPM),
        spikeFactorMax: spikeFactor,
      };
    case 'log_normal':
      return { model, medianUs, sigma, capUs };
    case 'recorded':
      assert(file !== null, 'recorded latencies come from a file');
      return { model, recorded: readLatencies(file) };
  }
}

function feeTiersOf({ simulation }: XylenConfig, atomDecimals: number): VolumeTierTable {
  const tiers: Partial<Record<VenueId, VolumeTier[]>> = {};
  for (const { makerPpm, takerPpm, venue, volume30d } of simulation.feeTiers) {
    tiers[venue] = [
      ...(tiers[venue] ?? []),
      { volumeAtoms: atomsOfMoney(volume30d, atomDecimals), makerPpm, takerPpm },
    ];
  }
  return tiers;
}

/** Returns the limits of risk for an account of `atomDecimals`. */
export function riskOptionsOf(config: XylenConfig, atomDecimals: number): RiskOptions {
  const { risk, sizing } = config;
  const atoms = (text: string): bigint => atomsOfMoney(text, atomDecimals);
  return {
    ...defaultRiskOptions(atomDecimals),
    sizingMethod: sizing.method,
    riskFraction: sizing.riskFraction,
    signalScale: sizing.signalScale,
    kellyFraction: sizing.kellyFraction,
    fixedAmountAtoms: atoms(sizing.fixedAmount),
    orderNotionalMinAtoms: atoms(sizing.orderNotionalMin),
    positionFractionMax: sizing.positionFractionMax,
    exposureMax: risk.exposureMax,
    leverageMax: risk.leverageMax,
    stopLossMax: risk.stopLossMax,
    takeProfitMax: risk.takeProfitMax,
    baseRisk: risk.baseRisk,
    rewardRiskMin: risk.rewardRiskMin,
    rewardRiskMax: risk.rewardRiskMax,
    dailyLossMax: risk.dailyLossMax,
    dailyLossMaxAtoms: risk.dailyLossMaxAmount === null ? null : atoms(risk.dailyLossMaxAmount),
    drawdownMax: risk.drawdownMax,
    emergencyDailyLoss: risk.emergencyDailyLoss,
    consecutiveLossesMax: risk.consecutiveLossesMax,
    cooldownUs: risk.cooldownUs,
    cooldownGrowth: risk.cooldownGrowth,
    cooldownMaxUs: risk.cooldownMaxUs,
    dataStaleAfterUs: risk.dataStaleAfterUs,
  };
}
