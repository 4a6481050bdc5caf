/**
 * Measuring on a machine that does other things as well: all ways take turns in every round, in an order that turns too, so that whatever slows the
 * machine slows all of them; the median round counts, and ratios are medians of the ratios within a round. Time is the processor time of
 * this thread where the host tells it, so that what others do with the processor meanwhile does not count; young garbage of one way is
 * collected before the turn of the next.
 */
import { assert } from '#core';
import { collect, medianOf } from './heap-growth.ts';

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
  /** Each way runs untimed for at least so long before, at least once. */
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
  #turn: Turn;

  constructor(way: Way) {
    this.way = way;
    this.#turn = way.prepare();
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
    do {
      const startedMs = processorMs();
      this.#turn.work();
      ms += processorMs() - startedMs;
      this.#turn.check();
      this.#turn = this.way.prepare();
    } while (ms < warmUpMs);
  }

  takeTurn(): void {
    const { count } = this.way;
    collect('minor');
    const wallStartedMs = performance.now();
    const startedMs = processorMs();
    this.#turn.work();
    const ms = processorMs() - startedMs;
    const wallMs = performance.now() - wallStartedMs;
    this.#turn.check();
    this.#perS.push((count * 1_000) / ms);
    this.#wallPerS.push((count * 1_000) / wallMs);
    this.#turn = this.way.prepare();
  }
}

/** Processor time of this thread where the host tells it, else the time on the wall. */
function processorMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return performance.now();
  const { system, user } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
