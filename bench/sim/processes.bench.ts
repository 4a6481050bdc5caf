/** Starts the works of the section `sim` and its peers, each in a process of its own, and reads their reports. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROGRAM_ROOT } from '../../src/app/host/program.ts';
import { runWatched } from '../process-memory.bench.ts';
import { type Job, type Report, reportForm } from './job.ts';

/** A report with the time from the start of the process to its end. */
export interface TimedReport extends Report {
  readonly wholeSeconds: number;
}

/** A Python that has a peer. */
export interface Peer {
  readonly python: string;
  readonly version: string;
}

const FOLDER = join(PROGRAM_ROOT, 'bench', 'sim');
const PYTHON_DEFAULT = 'python3';

/** Does a work of this program. */
export async function runJob(job: Job): Promise<TimedReport> {
  return await run(process.execPath, [
    ...process.execArgv,
    join(FOLDER, 'work.bench.ts'),
    JSON.stringify(job),
  ]);
}

/** Does the same work in a peer; `script` lies in `bench/sim/peers`. */
export async function runPeer({ python, version }: Peer, script: string, job: object): Promise<TimedReport> {
  const report = await run(python, [join(FOLDER, 'peers', script), JSON.stringify(job)]);
  return { ...report, version };
}

/** Returns the Python that has a package: that of `XYLEN_BENCH_PEERS`, else the one on the path; `null` when it has none. */
export function findPeer(name: string, distribution: string): Peer | null {
  const python = process.env.XYLEN_BENCH_PEERS ?? PYTHON_DEFAULT;
  const code = `import ${name}\nfrom importlib.metadata import version\nprint(version('${distribution}'))`;
  const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  return status === 0 ? { python, version: stdout.trim() } : null;
}

async function run(program: string, args: readonly string[]): Promise<TimedReport> {
  const { seconds, stdout } = await runWatched(program, args, process.env);
  const line = stdout.trim().split('\n').at(-1) ?? '';
  return { ...reportForm.parse(JSON.parse(line)), wholeSeconds: seconds };
}
