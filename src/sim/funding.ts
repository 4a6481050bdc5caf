/** What a funding settlement moves (rule M36). */
import { divFloor } from '#core';
import { FUNDING_RATE_DECIMALS, type Instrument } from '#domain';

const RATE_UNIT = 10n ** BigInt(FUNDING_RATE_DECIMALS);

/**
 * Returns what a settlement adds to cash: minus position x mark x rate, rounded down to the atom, so that a payment is never too small and
 * a receipt never too large.
 */
export function fundingPaymentAtoms(settlement: {
  readonly instrument: Instrument;
  readonly positionLots: number;
  readonly markTicks: number;
  readonly rateE12: number;
}): bigint {
  const { instrument, positionLots, markTicks, rateE12 } = settlement;
  const notional = BigInt(positionLots) * BigInt(markTicks) * BigInt(instrument.atomsPerTickLot);
  return divFloor(-notional * BigInt(rateE12), RATE_UNIT);
}
