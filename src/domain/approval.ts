/**
 * The seal that risk puts on an order. Whatever reaches a venue is a `RiskApproved<T>`, and only the room that claimed the mint
 * can make one: `claimRiskMint` answers once in a process, and the risk room claims it while it loads. A test also fails when any
 * other room names it.
 */
import { AssertionError, assert } from '#core';

const sealed = new WeakSet<object>();
let isMintClaimed = false;

/** A value that risk has approved. */
export class RiskApproved<T> {
  readonly value: T;
  /** Never set: a protected member makes the type nominal, so that a look-alike `{ value }` does not compile. */
  protected declare readonly seal: never;

  /** Not for use: only the holder of the mint makes sealed values; one made otherwise fails `assertRiskApproved`. */
  constructor(value: T) {
    this.value = value;
  }
}

/** Makes sealed values. */
export type RiskMint = <T>(value: T) => RiskApproved<T>;

/** Returns the mint to the first caller of the process; throws `AssertionError` to every other. */
export function claimRiskMint(): RiskMint {
  assert(!isMintClaimed, 'the risk mint is claimed once, by the risk room');
  isMintClaimed = true;
  return (value) => {
    const approved = new RiskApproved(value);
    sealed.add(Object.freeze(approved));
    return approved;
  };
}

/** Throws `AssertionError` unless `approved` came from the mint; each gateway calls it before anything leaves the house. */
export function assertRiskApproved(approved: RiskApproved<unknown>): void {
  if (!sealed.has(approved)) throw new AssertionError('Invariant: the order carries the seal of risk');
}
