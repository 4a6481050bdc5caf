/** From the configuration to what the rooms are built from. One place, so that back-test, paper and demo cannot differ in it. */
import { CostModel, DEPTH_RULE_DEFAULT, FeeSchedule, type FeeTier } from '#costs';
import { VENUE_IDS, type VenueId } from '#domain';
import type { RiskOptions } from '#risk';
import { defaultRiskOptions } from '#risk';
import { type LatencyRule, type SimRules, simRules } from '#sim';
import { atomsOfMoney } from '../config/money.ts';
import { entryOfVenue, type XylenConfig } from '../config/schema.ts';

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

/** Returns the rules of the simulated venue; `ordersKeptMax` finished orders can still be asked for. */
export function simRulesOf(config: XylenConfig, costs: CostModel, ordersKeptMax: number): SimRules {
  const latency: Partial<Record<VenueId, LatencyRule>> = {};
  for (const venue of VENUE_IDS) {
    const { maxUs, minUs, spikeFactor, spikeProbability } = entryOfVenue(config.simulation.latency, venue);
    const spikePpm = Math.round(spikeProbability * PPM);
    latency[venue] = { minUs, maxUs, spikePpm, spikeFactorMax: Math.max(2, spikeFactor) };
  }
  const { leverage, liquidationFeePpm } = config.simulation;
  return simRules({ costs, latency, leverage, liquidationFeePpm, ordersKeptMax });
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
