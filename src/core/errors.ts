/**
 * The one registry of operational errors (network, disk, bad config, bad file). Bugs are `AssertionError`;
 * expected outcomes (a refusal, a gap) are values, never errors. `docs/errors.md` lists every code; a test holds both equal.
 */

/** Every error code: what it means and whether trying the same call again can help. */
export const ERROR_CODES = {
  XY_CONFIG_INVALID: { retryable: false, text: 'the configuration is not valid' },
  XY_USAGE: { retryable: false, text: 'the command line is not valid' },
  XY_FILE_MISSING: { retryable: false, text: 'a named file or folder does not exist' },
  XY_FILE_DAMAGED: { retryable: false, text: 'a file is truncated, corrupt or not of the stated form' },
  XY_ROW_INVALID: { retryable: false, text: 'a row of an input file fails validation' },
  XY_IMPORT_CONFLICT: { retryable: false, text: 'an import disagrees with rows already in the archive' },
  XY_STORE_FAILED: { retryable: true, text: 'the record or the archive could not be read or written' },
  XY_STORE_SCHEMA: { retryable: false, text: 'a store has a schema version this program does not know' },
  XY_FEATURE_SET_MIXED: {
    retryable: false,
    text: 'feature columns of different feature sets would be mixed',
  },
  XY_RUN_EXISTS: { retryable: false, text: 'a run of that name exists already' },
  XY_RUN_LOCKED: { retryable: true, text: 'another program is writing the run' },
  XY_RUN_MISSING: { retryable: false, text: 'no run of that name exists in the data directory' },
  XY_CHECKPOINT_INVALID: {
    retryable: false,
    text: 'a checkpoint does not fit this program or configuration',
  },
  XY_MODEL_CHANGED: { retryable: true, text: 'another version of the model began to serve in the meantime' },
  XY_MODEL_INVALID: { retryable: false, text: 'a model file or its manifest fails validation' },
  XY_MODEL_MISSING: { retryable: false, text: 'no such model in the registry' },
  XY_DATA_INSUFFICIENT: { retryable: false, text: 'not enough data for what was asked' },
  XY_QUARANTINE: { retryable: false, text: 'rows inside the 30-day quarantine were asked for' },
  XY_WORKER_FAILED: { retryable: true, text: 'a worker thread stopped unexpectedly' },
  XY_LINK_BUSY: { retryable: true, text: 'the simulated exchange serves another trader' },
  XY_LINK_FAILED: { retryable: true, text: 'the connection to the simulated exchange failed' },
  XY_LINK_PROTOCOL: { retryable: false, text: 'a message on the exchange link is not valid' },
  XY_PORT_IN_USE: { retryable: false, text: 'a TCP port is taken by another program' },
  XY_PROCESS_MISSING: { retryable: true, text: 'no running program answers in the data directory' },
  XY_PROCESS_RUNNING: { retryable: true, text: 'another program already uses the data directory' },
  XY_WEB_BUILD_FAILED: { retryable: true, text: 'the dashboard could not be built' },
  XY_STRATEGY_FAILED: { retryable: false, text: 'a strategy threw an error' },
  XY_STRATEGY_INVALID: { retryable: false, text: 'a strategy module does not have the required form' },
  XY_INSTRUMENT_UNKNOWN: { retryable: false, text: 'no trading rules are known for an instrument' },
  XY_VENUE_REPLY: { retryable: true, text: 'a venue answered in a form that it does not document' },
  XY_VENUE_LIMITED: { retryable: true, text: 'a venue asked to wait before the next request' },
  XY_VENUE_FAILED: { retryable: true, text: 'a venue could not be reached or refused a request' },
  XY_LIVE_REFUSED: { retryable: false, text: 'a safety rule does not let the program trade this account' },
  XY_INTERRUPTED: { retryable: true, text: 'the work was interrupted by a signal' },
} as const;

/** A code of the registry. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Facts that locate an error: file, line, key, value, allowed range, symbol, ... */
export type ErrorFields = Readonly<Record<string, string | number | boolean | null>>;

/** An operational error: `code` for programs, `message` for people (what was expected, what was found), `fields` for both. */
export class XylenError extends Error {
  override readonly name = 'XylenError';
  readonly code: ErrorCode;
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, message: string, options: { fields?: ErrorFields; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? {};
  }

  /** True when the same call may succeed later. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** Returns the message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
