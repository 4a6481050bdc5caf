/** The real `bin/xylen` for integration tests: calls that end by themselves, and programs that run until they are told to end. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

export const ROOT = resolve(import.meta.dirname, '../..');
const XYLEN = join(ROOT, 'bin/xylen');
/** Ends a program that hangs, so that its test fails instead of waiting. */
const HANG_MS = 120_000;
const { PATH, HOME, NODE_V8_COVERAGE } = process.env;
const ENVIRONMENT = NODE_V8_COVERAGE === undefined ? { PATH, HOME } : { PATH, HOME, NODE_V8_COVERAGE };

/** How a call ended. */
export interface CallResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls `bin/xylen` in `cwd` and waits for its end. */
export function xylen(cwd: string, args: readonly string[]): CallResult {
  const { status, stderr, stdout } = spawnSync(XYLEN, args, {
    cwd,
    encoding: 'utf8',
    env: ENVIRONMENT,
    timeout: HANG_MS,
    maxBuffer: 64 * 1_024 * 1_024,
  });
  return { status, stdout, stderr };
}

/** Calls `bin/xylen ... --json`, which must succeed, and returns its document. */
export function xylenJson(cwd: string, args: readonly string[]): Record<string, unknown> {
  const { status, stderr, stdout } = xylen(cwd, [...args, '--json']);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A running `bin/xylen`, killed when its test ends. */
export class RunningProgram {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  log = '';
  readonly #reader: AsyncIterator<string>;

  constructor(context: TestContext, cwd: string, args: readonly string[]) {
    this.child = spawn(XYLEN, args, { cwd, env: ENVIRONMENT, stdio: 'pipe' });
    context.after(() => this.child.kill('SIGKILL'));
    const { stderr, stdout } = this.child;
    assert.ok(stdout !== null && stderr !== null);
    this.#reader = createInterface({ input: stdout })[Symbol.asyncIterator]();
    stderr.on('data', (chunk: Buffer) => {
      this.log += chunk.toString();
    });
  }

  /** Resolves to the next line of stdout that matches. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const { done, value } = await this.#reader.next();
      assert.ok(
        done !== true,
        `ended before a line like ${pattern}; it said:\n${this.lines.join('\n')}\n${this.log}`,
      );
      this.lines.push(value);
      if (pattern.test(value)) return value;
    }
  }

  /** Resolves to the first group of a pattern that stderr matches. */
  async logged(pattern: RegExp): Promise<string> {
    const { stderr } = this.child;
    assert.ok(stderr !== null);
    for (;;) {
      const found = pattern.exec(this.log)?.[1];
      if (found !== undefined) return found;
      await once(stderr, 'data');
    }
  }

  /** Sends a signal and resolves to the exit code; the rest of stdout is in `lines` then. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = this.ended();
    this.child.kill(signal);
    return await ended;
  }

  /** Resolves to the exit code once it ends by itself; the rest of stdout is in `lines` then. */
  async ended(): Promise<number | null> {
    // Whoever ended by itself before says no more that it has ended.
    const { exitCode, signalCode } = this.child;
    const isOver = exitCode !== null || signalCode !== null;
    const closed = isOver ? Promise.resolve([exitCode]) : once(this.child, 'close');
    for (;;) {
      const { done, value } = await this.#reader.next();
      if (done === true) break;
      this.lines.push(value);
    }
    const [code] = (await closed) as [number | null];
    return code;
  }
}
