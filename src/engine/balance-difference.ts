/**
 * Names what a difference between the venue's balance and ours most likely is. Pure. The name never changes the amount, which is booked as it is; it decides
 * whether the amount counts as won or lost (fees, funding, forced closes, rounding) or as moved (opening balance, transfer). In doubt it costs the trader: money
 * that is missing counts as lost unless nothing was traded or held that could have lost it, and money that is there without a reason never counts as won.
 */
import { absBig, type EpochUs, US_PER_HOUR, US_PER_MINUTE } from '#core';

/** Causes in the order in which they are thought of. */
export type BalanceCause =
  | 'opening-balance'
  | 'rounding'
  | 'forced-close'
  | 'fees'
  | 'funding'
  | 'unexplained-loss'
  | 'transfer';

/** What is known about the time since both sides agreed last. */
export interface BalanceFacts {
  /** Venue's less ours. */
  readonly differenceAtoms: bigint;
  /** Nothing was compared yet in this run, and nothing traded. */
  readonly isOpening: boolean;
  readonly fills: number;
  /** Notional of fills. */
  readonly filledAtoms: bigint;
  /** Notional of positions that were booked as closed by force, at a price that nobody told. */
  readonly forcedAtoms: bigint;
  /** Largest exposure at both ends of the time. */
  readonly heldAtoms: bigint;
  readonly sinceUs: EpochUs;
  readonly nowUs: EpochUs;
}

/** A venue may round each fill's fee and profit by an atom, and so may we. */
const ROUNDING_ATOMS_PER_FILL = 2n;
/** What a forced close may cost beside the price that was guessed: a part of its notional, 1 / this. */
const FORCED_PART = 4n;
/** Fees that are told later or taken in another coin stay below 0.2 % of what was filled. */
const FEE_PART = 500n;
/** Venues cap the rate of one settlement at 2 to 3 %. */
const FUNDING_PART = 33n;

/** A settlement reaches the balance within that time. */
const SETTLING_US = 2 * US_PER_MINUTE;

/** Returns the most likely cause. */
export function explainBalance(facts: BalanceFacts): BalanceCause {
  const amount = absBig(facts.differenceAtoms);
  if (facts.isOpening) return 'opening-balance';
  if (amount <= BigInt(facts.fills) * ROUNDING_ATOMS_PER_FILL) return 'rounding';
  if (facts.forcedAtoms > 0n && amount * FORCED_PART <= facts.forcedAtoms) return 'forced-close';
  if (facts.differenceAtoms < 0n && amount * FEE_PART <= facts.filledAtoms) return 'fees';
  if (hasHourBetween(facts.sinceUs, facts.nowUs) && amount * FUNDING_PART <= facts.heldAtoms)
    return 'funding';
  const isIdle = facts.fills === 0 && facts.heldAtoms === 0n && facts.forcedAtoms === 0n;
  return facts.differenceAtoms < 0n && !isIdle ? 'unexplained-loss' : 'transfer';
}

/** True when the money was moved, not won or lost. */
export function isMoved(cause: BalanceCause): boolean {
  return cause === 'opening-balance' || cause === 'transfer';
}

/** Funding is settled at full hours, of every eighth, fourth or single one, and booked a little later. */
function hasHourBetween(fromUs: EpochUs, toUs: EpochUs): boolean {
  return Math.floor(toUs / US_PER_HOUR) > Math.floor((fromUs - SETTLING_US) / US_PER_HOUR);
}
