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
}
