/** Draws faults of all kinds. */
import { type Prng, US_PER_SECOND } from '#core';
import type { Fault } from './fault.ts';
import type { TrueInstrument } from './true-market.ts';

/** Returns a fault: each kind about as often as another, losses of single messages twice as often. */
export function drawFault(prng: Prng, instruments: readonly TrueInstrument[]): Fault {
  const symbol = instruments[prng.integer(0, instruments.length)]?.symbol ?? '';
  const forUs = prng.integer(1, 6) * US_PER_SECOND;
  const faults: readonly Fault[] = [
    { kind: 'drop', symbol },
    { kind: 'drop', symbol },
    { kind: 'duplicate', symbol },
    { kind: 'swap', symbol },
    { kind: 'bad-checksum', symbol },
    { kind: 'garbage', symbol },
    { kind: 'disconnect' },
    { kind: 'close' },
    { kind: 'expire' },
    { kind: 'stall' },
    { kind: 'silent', forUs },
    { kind: 'refuse', forUs },
    { kind: 'limit', status: 429, retryAfterS: prng.integer(1, 5) },
    { kind: 'limit', status: 418, retryAfterS: prng.integer(5, 20) },
    { kind: 'unavailable', forUs },
    { kind: 'slow', delayUs: prng.integer(0, 3) * US_PER_SECOND, forUs },
    { kind: 'old', forUs },
    { kind: 'no-answer', forUs },
    { kind: 'skew', byUs: prng.integer(-3, 4) * US_PER_SECOND },
  ];
  return faults[prng.integer(0, faults.length)] ?? { kind: 'disconnect' };
}
