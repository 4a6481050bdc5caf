/** Sums up stories: how many, what went wrong in them, which cells of the transition table they went through. */
import { ORDER_STATUSES } from '#domain';
import { ORDER_INPUTS } from '#orders';
import { FAULT_KINDS, type FaultKind } from './fault.ts';
import type { StoryResult } from './story.ts';
import { cellName } from './visited-cells.ts';

/** A sum over stories. */
export class Tally {
  readonly violations: StoryResult[] = [];
  stories = 0;
  orders = 0;
  fills = 0;
  restarts = 0;
  faults = 0;
  fewestOrders = Number.POSITIVE_INFINITY;
  fewestFaults = Number.POSITIVE_INFINITY;
  simulatedUs = 0;
  unprotectedUs = 0;
  agreedAfterUs = 0;
  /** Stories in which the trader took the venue's word for a position. */
  madeUp = 0;
  pauses = 0;
  readonly #stories = new Map<FaultKind, number>();
  readonly #happened = new Map<FaultKind, number>();
  readonly #cells = new Set<string>();

  /** Adds a story. */
  add(result: StoryResult): void {
    if (result.violation !== null) this.violations.push(result);
    this.stories++;
    this.orders += result.orders;
    this.fills += result.fills;
    this.restarts += result.restarts;
    this.pauses += result.pauses;
    this.simulatedUs += result.simulatedUs;
    this.madeUp += result.madeUp > 0 ? 1 : 0;
    this.unprotectedUs = Math.max(this.unprotectedUs, result.unprotectedUs);
    this.agreedAfterUs = Math.max(this.agreedAfterUs, result.agreedAfterUs);
    let count = 0;
    for (const kind of FAULT_KINDS) {
      const times = result.faults[kind] ?? 0;
      count += times;
      if (times > 0) this.#stories.set(kind, this.storiesWith(kind) + 1);
      this.#happened.set(kind, this.timesOf(kind) + times);
    }
    this.faults += count;
    this.fewestOrders = Math.min(this.fewestOrders, result.orders);
    this.fewestFaults = Math.min(this.fewestFaults, count);
    for (const cell of result.cells) this.#cells.add(cell);
  }

  /** How many stories had a fault of that kind. */
  storiesWith(kind: FaultKind): number {
    return this.#stories.get(kind) ?? 0;
  }

  /** How often a fault of that kind took effect. */
  timesOf(kind: FaultKind): number {
    return this.#happened.get(kind) ?? 0;
  }

  /** Statuses whose row was visited. */
  get rows(): readonly string[] {
    return ORDER_STATUSES.filter((status) => this.inputsOf(status).length > 0);
  }

  /** How many cells were visited. */
  get cellCount(): number {
    return this.#cells.size;
  }

  /** Inputs that came in a status. */
  inputsOf(status: string): readonly string[] {
    return ORDER_INPUTS.filter((input) => this.#cells.has(cellName(status, input)));
  }
}

/** Returns a tally as lines for people. */
export function tallyLines(tally: Tally, seconds: number): readonly string[] {
  const share = (count: number): string => `${((100 * count) / Math.max(1, tally.stories)).toFixed(0)} %`;
  const hours = (tally.simulatedUs / 3.6e9).toFixed(1);
  const cells = ORDER_STATUSES.length * ORDER_INPUTS.length;
  return [
    `${tally.stories} seeds in ${seconds.toFixed(1)} s, ${(tally.stories / seconds).toFixed(2)} seeds/s, ${hours} hours simulated`,
    `orders ${tally.orders} (fewest ${tally.fewestOrders} a seed), fills ${tally.fills}, restarts ${tally.restarts}`,
    `faults ${tally.faults} (fewest ${tally.fewestFaults} a seed); kind: times, share of seeds`,
    ...FAULT_KINDS.map((kind) => `  ${kind}: ${tally.timesOf(kind)}, ${share(tally.storiesWith(kind))}`),
    `transition table: ${tally.rows.length} of ${ORDER_STATUSES.length} rows, ${tally.cellCount} of ${cells} cells`,
    ...ORDER_STATUSES.map((status) => `  ${status}: ${tally.inputsOf(status).join(' ') || '-'}`),
    `longest without protection ${(tally.unprotectedUs / 1e6).toFixed(1)} s, longest until both sides agreed ${(tally.agreedAfterUs / 1e6).toFixed(1)} s`,
    `seeds with a position booked by the venue's word ${tally.madeUp}, pauses that a person ended ${tally.pauses}`,
  ];
}
