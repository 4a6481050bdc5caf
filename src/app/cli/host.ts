/**
 * The outside of the program as one value: arguments, environment, streams, clock, signal. Only `main.ts` makes the real one;
 * tests make their own.
 */
import type { EpochUs } from '#core';
import type { Environment } from '../config/dot-env.ts';

/** What the shell may touch. */
export interface Host {
  /** Absolute. */
  readonly cwd: string;
  readonly environment: Environment;
  /** Writes to stdout as it is. */
  writeOut(text: string): void;
  /** Writes to stderr as it is. */
  writeErr(text: string): void;
  /** True when stderr is a terminal. */
  readonly isErrTty: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** Wall clock, epoch microseconds. */
  nowUs(): EpochUs;
  /** Aborted by the first SIGINT or SIGTERM, and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
  /** Who is told of a second signal, instead of the process ending at once; a third ends it. */
  readonly urge: Urge;
  /** Reads a line that a person types at a terminal; `null` = there is no terminal, or nothing more to read. */
  askLine(question: string): Promise<string | null>;
}

/** The listener of second signals; `null` = a second signal ends the process. */
export interface Urge {
  listener: (() => void) | null;
}
