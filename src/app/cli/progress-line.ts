/**
 * Progress for people: a bar on a terminal, a line now and then elsewhere. Rate and remaining time come from the injected clock; the
 * state that ends a piece of work (`done` = `total`) is always shown.
 */
import { type EpochUs, formatDurationUs, US_PER_MS, US_PER_SECOND } from '#core';
import type { Progress } from '#telemetry';
import type { Terminal } from './terminal.ts';

type State = Parameters<Progress['update']>[0];

/** What the sink needs. */
export interface ProgressOptions {
  readonly terminal: Terminal;
  readonly isTty: boolean;
  readonly columns: number;
  nowUs(): EpochUs;
}

const BAR_EVERY_US = 100 * US_PER_MS;
const LINE_EVERY_US = 10 * US_PER_SECOND;
const BAR_CELLS = 20;
/** Before this the rate is noise. */
const RATE_AFTER_US = US_PER_SECOND;

/** Shows one piece of work at a time; a new label starts a new one. */
export class ProgressLine implements Progress {
  readonly #options: ProgressOptions;
  #label: string | undefined;
  #startUs: EpochUs = 0;
  #startDone = 0;
  #shownUs: EpochUs = 0;
  #isDone = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  update(state: State): void {
    const nowUs = this.#options.nowUs();
    const isNew = state.label !== this.#label;
    if (isNew) this.#start(state, nowUs);
    const isDone = state.total > 0 && state.done >= state.total;
    if (isDone && this.#isDone) return;
    const everyUs = this.#options.isTty ? BAR_EVERY_US : LINE_EVERY_US;
    if (!isNew && !isDone && nowUs - this.#shownUs < everyUs) return;
    this.#shownUs = nowUs;
    this.#isDone = isDone;
    const text = progressText(state, {
      elapsedUs: nowUs - this.#startUs,
      gained: state.done - this.#startDone,
    });
    if (!this.#options.isTty) this.#options.terminal.line(text);
    else {
      this.#options.terminal.bar(text.slice(0, Math.max(this.#options.columns - 1, 1)));
      if (isDone) this.#options.terminal.endBar();
    }
  }

  #start(state: State, nowUs: EpochUs): void {
    if (this.#label !== undefined) this.#options.terminal.endBar();
    this.#label = state.label;
    this.#startUs = nowUs;
    this.#startDone = state.done;
    this.#isDone = false;
  }
}

/** How far the work came since its first report. */
interface Pace {
  readonly elapsedUs: number;
  readonly gained: number;
}

/** Returns `label [#####.....] 25 %  250/1,000 rows  125 rows/s  6s left`; parts that are not known are left out. */
export function progressText({ label, done, total, unit }: State, { elapsedUs, gained }: Pace): string {
  const perUs = elapsedUs >= RATE_AFTER_US && gained > 0 ? gained / elapsedUs : 0;
  const parts = [label];
  if (total > 0) parts[0] += ` ${barText(done / total)}`;
  parts.push(`${number(done)}${total > 0 ? `/${number(total)}` : ''} ${unit}`);
  if (perUs > 0) parts.push(`${number(perUs * US_PER_SECOND)} ${unit}/s`);
  if (perUs > 0 && done < total) parts.push(`${leftText((total - done) / perUs)} left`);
  if (total > 0 && done >= total && elapsedUs > 0) parts.push(`in ${leftText(elapsedUs)}`);
  return parts.join('  ');
}

function barText(ratio: number): string {
  const part = Math.min(Math.max(ratio, 0), 1);
  const full = Math.floor(part * BAR_CELLS);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${Math.floor(part * 100)} %`;
}

/** Writes a count with thousands separators; small rates keep a digit. */
function number(value: number): string {
  return (
    value < 10 && !Number.isInteger(value) ? Number(value.toFixed(1)) : Math.round(value)
  ).toLocaleString('en-US');
}

/** Rounds up to what a person reads: seconds below two minutes, then minutes, then hours with minutes. */
function leftText(us: number): string {
  const seconds = Math.ceil(us / US_PER_SECOND);
  if (seconds < 120)
    return formatDurationUs(seconds * US_PER_SECOND)
      .replace(/^0us$/, '0s')
      .replace(/^1m$/, '60s');
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
