/** The memory of a process and everything that it starts, watched while it runs. Linux only: other systems have no /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** How a watched process ended. */
export interface WatchedProcess {
  readonly stdout: string;
  readonly seconds: number;
  /** Largest sum over all of its processes at one look, 10^6 bytes; `null` without /proc. */
  readonly rssMbMax: number | null;
}

const LOOK_EVERY_MS = 25;

/** Runs a program to its end and looks at its memory. @throws when it ends with another code than 0 */
export async function runWatched(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<WatchedProcess> {
  const startedMs = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  let rssMbMax: number | null = null;
  const timer = setInterval(() => {
    const rssMb = treeRssMb(child);
    if (rssMb !== null) rssMbMax = Math.max(rssMbMax ?? 0, rssMb);
  }, LOOK_EVERY_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code ?? signal}`);
  const seconds = (performance.now() - startedMs) / 1_000;
  return { stdout: Buffer.concat(chunks).toString(), seconds, rssMbMax };
}

function treeRssMb({ pid }: ChildProcess): number | null {
  if (pid === undefined) return null;
  const parents = new Map<number, number>();
  for (const name of processNames()) {
    const parent = parentOf(Number(name));
    if (parent !== null) parents.set(Number(name), parent);
  }
  const members = new Set([pid]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [child, parent] of parents) {
      if (!members.has(parent) || members.has(child)) continue;
      members.add(child);
      grown = true;
    }
  }
  const sizes = [...members].map((member) => rssMbOf(member));
  const known = sizes.filter((size) => size !== null);
  return known.length === 0 ? null : known.reduce((sum, size) => sum + size, 0);
}

function processNames(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function parentOf(pid: number): number | null {
  const stat = readProc(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, spaces and parentheses too; state and parent follow it.
  const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? null : Number(parent);
}

function rssMbOf(pid: number): number | null {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? null : (Number(kilobytes) * 1_024) / 1e6;
}

/** Returns the text, `null` when the process has ended meanwhile. */
function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}
