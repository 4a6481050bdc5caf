/**
 * Measuring on a machine that does other things as well: all ways take turns in every round, in an order that turns too, so that whatever slows the
 * machine slows all of them; the median round counts, and ratios are medians of the ratios within a round. Time is the processor time of
 * this thread where the host tells it, so that what others do with the processor meanwhile does not count; young garbage of one way is
 * collected before the turn of the next.
 */
import { assert } from '#core';
import { collect, medianOf } from './heap-growth.ts';

/** Nobody wakes it up. */
const REST = new Int32Array(new SharedArrayBuffer(4));
const REST_MS = 0.02;
/** Less is not told apart. */
const TURN_MS_MIN = 0.001;

/** Something to be timed, again and again. */
export interface Way {
  readonly name: string;
  /** Items of one turn. */
  readonly count: number;
  /** Gets everything ready, untimed. */
  readonly prepare: () => Turn;
}

/** One turn of a way. */
export interface Turn {
  readonly work: () => void;
  /** Holds the result against what it must be, untimed. */
  readonly check: () => void;
}

/** How much is measured. */
export interface RoundOptions {
  readonly rounds: number;
  /** Each way runs untimed for at least so long before. */
  readonly warmUpMs: number;
}

/** The turns of one way; items a second of processor time. */
export interface Timing {
  /** Of the median round. */
  readonly perS: number;
  readonly slowestPerS: number;
  readonly fastestPerS: number;
  /** Of the median round, by the clock on the wall. */
  readonly wallPerS: number;
  readonly rounds: readonly number[];
}

/** Times all ways in turns. */
export function timeInTurns(ways: readonly Way[], options: RoundOptions): ReadonlyMap<string, Timing> {
  const timers = new Map(ways.map((way) => [way.name, new WayTimer(way)]));
  assert(timers.size === ways.length, 'every way has a name of its own');
  const all = [...timers.values()];
  for (const timer of all) timer.warmUp(options.warmUpMs);
  for (let round = 0; round < options.rounds; round++) {
    const first = round % all.length;
    for (const timer of [...all.slice(first), ...all.slice(0, first)]) timer.takeTurn();
  }
  return new Map(all.map((timer) => [timer.way.name, timer.timing]));
}

/** Returns the median over all rounds of how many times faster one way was than the other. */
export function ratioOf(faster: Timing, slower: Timing): number {
  return medianOf(faster.rounds.map((perS, round) => perS / (slower.rounds[round] ?? Number.NaN)));
}

class WayTimer {
  readonly way: Way;
  readonly #perS: number[] = [];
  readonly #wallPerS: number[] = [];
  /** Kept until the next one is there: code that was made for its objects is thrown away with the last of them. */
  #last: Turn | null = null;

  constructor(way: Way) {
    this.way = way;
  }

  get timing(): Timing {
    const rounds = this.#perS;
    return {
      perS: medianOf(rounds),
      slowestPerS: Math.min(...rounds),
      fastestPerS: Math.max(...rounds),
      wallPerS: medianOf(this.#wallPerS),
      rounds,
    };
  }

  warmUp(warmUpMs: number): void {
    let ms = 0;
    while (ms < warmUpMs) ms += this.#time().ms;
  }

  takeTurn(): void {
    const { count } = this.way;
    const { ms, wallMs } = this.#time();
    this.#perS.push((count * 1_000) / Math.max(TURN_MS_MIN, ms));
    this.#wallPerS.push((count * 1_000) / Math.max(TURN_MS_MIN, wallMs));
  }

  #time(): { readonly ms: number; readonly wallMs: number } {
    const turn = this.way.prepare();
    this.#last = turn;
    collect('minor');
    const startedMs = processorMs();
    const wallStartedMs = performance.now();
    this.#last.work();
    const wallMs = performance.now() - wallStartedMs;
    const ms = processorMs() - startedMs;
    turn.check();
    return { ms, wallMs };
  }
}

/** Processor time of this thread where the host tells it, else the time on the wall. */
function processorMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return performance.now();
  // The host brings the account up to date when the thread leaves the processor, and else at its ticks, some milliseconds apart.
  Atomics.wait(REST, 0, 0, REST_MS);
  const { system, user } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
