/** Faults that belong together, by name: what `--faults NAME` begins with. All of them are read by the parser that reads everybody's. */
import { XylenError } from '#core';
import type { Fault } from './fault.ts';
import { readFaults } from './fault-form.ts';

const ORDERS = { path: '/fapi/v1/order' };
const CUTS = [{ kind: 'cut', every_s: 5, after_s: 5 }];
const LOSSY = [
  { kind: 'drop', share: 0.1 },
  { kind: 'duplicate', share: 0.1 },
  { kind: 'delay', share: 0.1, ms: 100, jitter_ms: 900 },
];
const SLOW = [{ kind: 'latency', share: 1, ms: 50, jitter_ms: 450 }];
const FLAKY = [
  { kind: 'error', share: 0.03, status: 503, effect: true, ...ORDERS },
  { kind: 'error', share: 0.03, status: 503, ...ORDERS },
  { kind: 'error', share: 0.02, status: 408, effect: true, ...ORDERS },
  { kind: 'error', share: 0.02, status: 502, method: 'GET' },
  { kind: 'no-answer', share: 0.01, effect: true, ...ORDERS },
  { kind: 'no-answer', share: 0.01, ...ORDERS },
];
const LIMITS = [
  { kind: 'too-many', after_s: 20, every_s: 60, for_s: 5 },
  { kind: 'ban', after_s: 45, every_s: 300, for_s: 10 },
];
const REJECTS = [
  { kind: 'reject', share: 0.05 },
  { kind: 'reject', share: 0.02, code: -2019, msg: 'Margin is insufficient.' },
];
const NIGHT = [
  { kind: 'maintenance', after_s: 60, every_s: 300, for_s: 20 },
  { kind: 'expire-listen-key', after_s: 30, every_s: 90 },
  { kind: 'clock-skew', ms: 3_000, after_s: 40, every_s: 120, for_s: 30 },
];

const SCENARIOS: Readonly<Record<string, readonly object[]>> = {
  cuts: CUTS,
  lossy: LOSSY,
  slow: SLOW,
  flaky: FLAKY,
  limits: LIMITS,
  rejects: REJECTS,
  night: NIGHT,
  hostile: [...CUTS, ...LOSSY, ...SLOW, ...FLAKY, ...LIMITS, ...REJECTS, ...NIGHT],
};

/** The names of the scenarios. */
export const FAULT_SCENARIOS: readonly string[] = Object.keys(SCENARIOS);

/** Returns the faults of a scenario. @throws XY_USAGE for a name that is none. */
export function scenarioFaults(name: string): Fault[] {
  const faults = SCENARIOS[name];
  if (faults === undefined)
    throw new XylenError(
      'XY_USAGE',
      `faults: expected ${FAULT_SCENARIOS.join(', ')} or a file, found ${name}`,
    );
  return readFaults(faults);
}
