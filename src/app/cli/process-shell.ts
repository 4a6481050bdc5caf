/**
 * Joins the shell to the real process: streams, signals, faults, clock. The only file that touches `process` for these.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { ExitCode } from './command.ts';
import { errorLines, errorReport, isDebugCall } from './error-report.ts';
import type { Host, Urge } from './host.ts';
import { loadCommand } from './registry.ts';
import { runShell } from './shell.ts';

/** Runs one command line in this process, which then ends with its exit code. */
export async function runInProcess(argv: readonly string[], load = loadCommand): Promise<void> {
  const abort = new AbortController();
  const urge: Urge = { listener: null };
  stopOnSignals(abort, urge);
  stopWhenUnread(abort);
  endOnFault(isDebugCall(argv));
  endWith(await runShell(argv, realHost(abort.signal, urge), load));
}

/** Time for streams to drain and for workers to end after a command is over. */
const END_WITHIN_MS = 3000;

/**
 * The process ends by itself once nothing is left to do. A command that left something running (a timer, a worker, a socket) is at fault, but
 * must not keep the process, its data directory and its exit code from whoever waits for them.
 */
function endWith(exitCode: ExitCode): void {
  process.exitCode = exitCode;
  setTimeout(() => {
    const left = process.getActiveResourcesInfo().join(', ');
    process.stderr.write(`xylen: BUG the command is over but something still runs: ${left}\n`);
    process.exit(exitCode);
  }, END_WITHIN_MS).unref();
}

/** A shell reports death by signal N as 128 + N. */
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const COLUMNS_DEFAULT = 80;

/** The first signal asks for a clean end, the second ends the process at once, or goes to who listens; then the third ends it. */
function stopOnSignals(abort: AbortController, urge: Urge): void {
  for (const [name, exitCode] of Object.entries(SIGNAL_EXIT_CODES)) {
    process.on(name, () => {
      if (!abort.signal.aborted) {
        const next = urge.listener === null ? 'leave at once' : 'close everything at once';
        process.stderr.write(`\nxylen: ${name}: ending cleanly; once more to ${next}\n`);
        abort.abort();
        return;
      }
      const { listener } = urge;
      if (listener === null) process.exit(exitCode);
      urge.listener = null;
      listener();
    });
  }
}

/** Asks at the terminal, on stderr: stdout is for results. */
async function askLine(question: string): Promise<string | null> {
  if (process.stdin.isTTY !== true) return null;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = once(reader, 'close').then(() => null);
    return await Promise.race([reader.question(question), closed]);
  } finally {
    reader.close();
  }
}

/** What Node says on writing to a pipe that nobody reads: first the one, then the other. */
const UNREAD_CODES = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);

/** `xylen ... | head`: when nobody reads any more, the work ends quietly. */
function stopWhenUnread(abort: AbortController): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!UNREAD_CODES.has(error.code ?? '')) throw error;
      if (stream === process.stdout) abort.abort();
    });
  }
}

/** A fault outside of the command's promise: reported like any other, then the process ends, since its state is unknown. */
function endOnFault(isDebug: boolean): void {
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${errorLines(errorReport(error), isDebug).join('\n')}\n`);
    process.exit(1);
  });
}

function realHost(signal: AbortSignal, urge: Urge): Host {
  return {
    cwd: process.cwd(),
    environment: process.env,
    writeOut: (text) => process.stdout.write(text),
    writeErr: (text) => process.stderr.write(text),
    isErrTty: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? COLUMNS_DEFAULT,
    nowUs: () => Date.now() * 1000,
    signal,
    urge,
    askLine,
  };
}
