/**
 * `DATA_DIR/xylen.pid`: one long-running program per data directory, and the address of its signals. A file whose program is gone is
 * stale and is replaced; a process that merely has the same id is recognised by its start time and never signalled.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, XylenError } from '#core';
import { processIdentity } from './process-identity.ts';

/** Name of the file in the data directory. */
export const PID_FILE = 'xylen.pid';

/** A running program. */
export interface RunningProgram {
  readonly pid: number;
  /** Of `processIdentity`. */
  readonly identity: string;
  /** The command that runs, e.g. `paper`. */
  readonly command: string;
}

/** Held for as long as the program runs. */
export interface PidFile {
  /** Removes the file if it is still ours; safe to call twice. */
  release(): void;
}

/** Claims the data directory for this process. @throws XY_PROCESS_RUNNING when another program holds it. */
export function acquirePidFile(dataDir: string, command: string): PidFile {
  mkdirSync(dataDir, { recursive: true });
  const identity = processIdentity(process.pid);
  assert(identity !== undefined, 'this process runs');
  const mine: RunningProgram = { pid: process.pid, identity, command };
  if (!claim(dataDir, mine)) {
    const other = runningProgram(dataDir);
    if (other !== undefined) throw isRunning(dataDir, other);
    rmSync(join(dataDir, PID_FILE), { force: true });
    // Losing this second race means that another program started at the same moment.
    if (!claim(dataDir, mine)) throw isRunning(dataDir, runningProgram(dataDir));
  }
  return { release: () => release(dataDir, mine) };
}

/** Returns the program that holds a data directory, or `undefined` when none runs there. */
export function runningProgram(dataDir: string): RunningProgram | undefined {
  const written = readProgram(dataDir);
  return written !== undefined && processIdentity(written.pid) === written.identity ? written : undefined;
}

/** Creates the file with all of its content at once: linking fails when the name exists. */
function claim(dataDir: string, program: RunningProgram): boolean {
  const path = join(dataDir, PID_FILE);
  const draft = `${path}.${program.pid}`;
  writeFileSync(draft, `${JSON.stringify(program)}\n`);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readProgram(dataDir: string): RunningProgram | undefined {
  try {
    const value = JSON.parse(readFileSync(join(dataDir, PID_FILE), 'utf8')) as Partial<RunningProgram> | null;
    const { pid, identity, command } = value ?? {};
    if (!Number.isSafeInteger(pid) || typeof identity !== 'string' || typeof command !== 'string')
      return undefined;
    return { pid: Number(pid), identity, command };
  } catch {
    // Missing or damaged: nothing that could be signalled stands in it.
    return undefined;
  }
}

function release(dataDir: string, mine: RunningProgram): void {
  const written = readProgram(dataDir);
  if (written?.pid === mine.pid && written.identity === mine.identity)
    rmSync(join(dataDir, PID_FILE), { force: true });
}

function isRunning(dataDir: string, other: RunningProgram | undefined): XylenError {
  const who = other === undefined ? 'another program' : `'xylen ${other.command}' (process ${other.pid})`;
  return new XylenError(
    'XY_PROCESS_RUNNING',
    `${who} already uses the data directory ${dataDir}; stop it, or give this one its own with --data-dir`,
    { fields: { dataDir, pid: other?.pid ?? null } },
  );
}
