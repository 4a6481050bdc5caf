/**
 * Dominant cycle period by the homodyne discriminator (Ehlers, "Rocket Science for Traders", 2001): a weighted mean takes noise out, a
 * Hilbert transformer gives the in-phase and quadrature parts, the angle between successive phasors gives the period.
 * On a straight line both parts are rounding noise, and the angle hangs on it; so the order of every operation here is the one whose
 * noise the reference values show (TA-Lib's). Do not regroup the sums.
 */
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** Bars that only feed the smoother before the transformer starts, and bars before the first output (TA-Lib's choice). */
const SMOOTHER_BARS = 12;
const FIRST_OUTPUT = 32;
const PERIOD_MIN = 6;
const PERIOD_MAX = 50;
const DEGREES_PER_RADIAN = 45 / Math.atan(1);

/** Mean of the last four values with weights 4, 3, 2, 1 (newest first), as running sums. */
class Smoother implements Taped {
  readonly #values = new Window(4);
  #plainSum = 0;
  #weightedSum = 0;

  push(value: number): number {
    const values = this.#values;
    const isSeeding = !values.isFull;
    const leaving = isSeeding ? 0 : values.oldest;
    values.push(value);
    this.#plainSum += value;
    this.#plainSum -= leaving;
    this.#weightedSum += value * (isSeeding ? values.count : 4);
    const mean = this.#weightedSum * 0.1;
    if (values.isFull) this.#weightedSum -= this.#plainSum;
    return mean;
  }

  tape(tape: StateTape): void {
    this.#values.tape(tape);
    this.#plainSum = tape.number(this.#plainSum);
    this.#weightedSum = tape.number(this.#weightedSum);
  }
}

/** A Hilbert transformer: 0.0962 x + 0.5769 x[2] - 0.5769 x[4] - 0.0962 x[6], scaled by the period; what lies before the start is 0. */
class Hilbert implements Taped {
  readonly #inputs = zeros(7);
  readonly #outputs = zeros(4);

  push(value: number, scale: number): number {
    const inputs = this.#inputs;
    inputs.push(value);
    const outer = -(0.0962 * inputs.ago(6)) + 0.0962 * value;
    const output = (outer - 0.5769 * inputs.ago(4) + 0.5769 * inputs.ago(2)) * scale;
    this.#outputs.push(output);
    return output;
  }

  /** The output three bars ago. */
  get delayed(): number {
    return this.#outputs.oldest;
  }

  tape(tape: StateTape): void {
    this.#inputs.tape(tape);
    this.#outputs.tape(tape);
  }
}

function zeros(capacity: number): Window {
  const window = new Window(capacity);
  for (let i = 0; i < capacity; i++) window.push(0);
  return window;
}

/** Dominant cycle period in bars, in [6, 50] once settled. Recursive. */
export class DominantCycle implements Taped {
  readonly #smoother = new Smoother();
  readonly #detrender = new Hilbert();
  readonly #quadrature = new Hilbert();
  readonly #inPhaseAhead = new Hilbert();
  readonly #quadratureAhead = new Hilbert();
  #barCount = 0;
  #inPhase = 0;
  #quad = 0;
  #real = 0;
  #imaginary = 0;
  #period = 0;
  #smoothPeriod = 0;

  push(close: number): number {
    const smooth = this.#smoother.push(close);
    if (this.#barCount >= SMOOTHER_BARS) this.#update(smooth);
    if (this.#barCount <= FIRST_OUTPUT) this.#barCount++;
    return this.#barCount > FIRST_OUTPUT ? this.#smoothPeriod : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#smoother.tape(tape);
    for (const part of [this.#detrender, this.#quadrature, this.#inPhaseAhead, this.#quadratureAhead]) {
      part.tape(tape);
    }
    this.#barCount = tape.number(this.#barCount);
    this.#inPhase = tape.number(this.#inPhase);
    this.#quad = tape.number(this.#quad);
    this.#real = tape.number(this.#real);
    this.#imaginary = tape.number(this.#imaginary);
    this.#period = tape.number(this.#period);
    this.#smoothPeriod = tape.number(this.#smoothPeriod);
  }

  #update(smooth: number): void {
    const scale = 0.075 * this.#period + 0.54;
    const detrended = this.#detrender.push(smooth, scale);
    const quadratureNow = this.#quadrature.push(detrended, scale);
    const inPhaseNow = this.#detrender.delayed;
    const aheadI = this.#inPhaseAhead.push(inPhaseNow, scale);
    const aheadQ = this.#quadratureAhead.push(quadratureNow, scale);
    const quad = 0.2 * (quadratureNow + aheadI) + 0.8 * this.#quad;
    const inPhase = 0.2 * (inPhaseNow - aheadQ) + 0.8 * this.#inPhase;
    this.#real = 0.2 * (inPhase * this.#inPhase + quad * this.#quad) + 0.8 * this.#real;
    this.#imaginary = 0.2 * (inPhase * this.#quad - quad * this.#inPhase) + 0.8 * this.#imaginary;
    this.#inPhase = inPhase;
    this.#quad = quad;
    this.#updatePeriod();
  }

  #updatePeriod(): void {
    const previous = this.#period;
    let period = previous;
    if (this.#imaginary !== 0 && this.#real !== 0) {
      period = 360 / (Math.atan(this.#imaginary / this.#real) * DEGREES_PER_RADIAN);
    }
    period = Math.max(Math.min(period, 1.5 * previous), 0.67 * previous);
    period = Math.max(Math.min(period, PERIOD_MAX), PERIOD_MIN);
    this.#period = 0.2 * period + 0.8 * previous;
    this.#smoothPeriod = 0.33 * this.#period + 0.67 * this.#smoothPeriod;
  }
}
