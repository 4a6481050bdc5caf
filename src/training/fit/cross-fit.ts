/**
 * Probabilities of a calibration that has not seen their rows: the block is cut in two in time, and each half is calibrated by the map of the
 * other. Measured on the rows that it was fitted on, any map looks as if all of its lean had become return.
 */
import { calibrate } from '#ensemble';
import { fitSmoothCalibration } from './smooth-calibration.ts';

/** Columns of equal length. */
export interface CrossFitSample {
  /** Scores as the model gives them. */
  readonly raw: Float64Array;
  /** 1 = the price rose. */
  readonly label: Float64Array;
  readonly startUs: Float64Array;
  readonly labelEndUs: Float64Array;
}

/** Rows by their places in the sample, with their probabilities. */
export interface CrossFitted {
  readonly places: Int32Array;
  readonly probability: Float64Array;
}

/** Calibrates each half by the other; rows whose label reaches over the cut are in neither. `horizonUs`: length of a label. */
export function crossCalibrated(sample: CrossFitSample, horizonUs: number): CrossFitted {
  const { labelEndUs, raw, startUs } = sample;
  const cutUs = startUs.slice().sort()[startUs.length >> 1] ?? 0;
  const all = Array.from(raw.keys());
  const early = all.filter((at) => labelEndUs[at]! <= cutUs);
  const late = all.filter((at) => startUs[at]! >= cutUs);
  const places: number[] = [];
  const probability: number[] = [];
  for (const [fitOn, useOn] of [
    [early, late],
    [late, early],
  ] as const) {
    if (fitOn.length === 0) continue;
    const column = (values: Float64Array) => Float64Array.from(fitOn, (at) => values[at]!);
    const labels = new Set(fitOn.map((at) => Math.floor(startUs[at]! / horizonUs))).size;
    const map = fitSmoothCalibration(column(raw), column(sample.label), labels);
    for (const at of useOn) {
      places.push(at);
      probability.push(calibrate(map, raw[at]!));
    }
  }
  return { places: Int32Array.from(places), probability: Float64Array.from(probability) };
}
