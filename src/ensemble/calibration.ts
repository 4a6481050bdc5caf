/**
 * Calibration of a model's probabilities: a monotone map fitted on predictions whose outcomes are known and that the model was not
 * trained on. Plain data, so that it travels with the model's manifest. Who may be shown which outcomes is the training room's affair.
 */
import { assert, XylenError } from '#core';
import { evaluateCurve, fitIsotonic, type MonotoneCurve } from './isotonic.ts';

/** A fitted map, plain data. */
export interface CalibrationMap extends MonotoneCurve {
  readonly method: 'isotonic';
  /** Predictions it was fitted on. */
  readonly sampleCount: number;
}

/** No calibrated probability is surer than this: the ends of an isotonic fit rest on few points. */
export const PROBABILITY_CLIP = 0.01;

/** Fits a map from stated probabilities to outcomes (1 = went up, 0 = did not). */
export function fitCalibration(
  probabilities: readonly number[],
  outcomes: readonly number[],
  weights?: readonly number[],
): CalibrationMap {
  assert(
    outcomes.every((outcome) => outcome === 0 || outcome === 1),
    'outcomes are 0 or 1',
  );
  const options = weights === undefined ? {} : { weights };
  const curve = fitIsotonic(probabilities, outcomes, { ...options, yMin: 0, yMax: 1 });
  return { method: 'isotonic', x: curve.x, y: curve.y, sampleCount: probabilities.length };
}

/** Returns the calibrated probability, within [0.01, 0.99]; without a map the stated one, within the same bounds. */
export function calibrate(map: CalibrationMap | undefined, probability: number): number {
  const mapped = map === undefined ? probability : evaluateCurve(map, probability);
  return Math.min(1 - PROBABILITY_CLIP, Math.max(PROBABILITY_CLIP, mapped));
}

/** Checks a map that was read from a file. @throws XY_MODEL_INVALID naming what is wrong. */
export function parseCalibrationMap(data: unknown): CalibrationMap {
  const map = data as Partial<Record<keyof CalibrationMap, unknown>> | null;
  const fail = (expected: string): never => {
    throw new XylenError('XY_MODEL_INVALID', `calibration map: expected ${expected}`);
  };
  if (typeof map !== 'object' || map === null) return fail('a record');
  if (map.method !== 'isotonic') return fail(`method isotonic, was ${String(map.method)}`);
  const { x, y, sampleCount } = map;
  if (!isNumbers(x) || !isNumbers(y) || x.length !== y.length || x.length === 0) {
    return fail('x and y of one length, at least 1, finite numbers');
  }
  if (x.some((value, i) => i > 0 && value <= x[i - 1]!)) return fail('x strictly rising');
  if (y.some((value, i) => value < 0 || value > 1 || (i > 0 && value < y[i - 1]!))) {
    return fail('y in [0, 1] and never falling');
  }
  if (typeof sampleCount !== 'number' || !Number.isSafeInteger(sampleCount) || sampleCount < 1) {
    return fail(`sampleCount >= 1, was ${String(sampleCount)}`);
  }
  return { method: 'isotonic', x: [...x], y: [...y], sampleCount };
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isFinite(item));
}
