/**
 * `xylen bench`: measures speed and memory, each section in a process of its own and one after the other, and prints the figures beside their
 * aims. Absolute figures depend on the machine and on what else it does; the result hashes do not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { sha256Hex, XylenError } from '#core';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { commitId, PROGRAM_ROOT } from '../host/program.ts';
import { type Cell, textTable } from '../runs/text-table.ts';
import { BENCH_SECTIONS, type BenchFigure, type BenchSection, sectionForm } from './bench/figure.ts';

/** How to measure. */
interface MeasureOptions {
  readonly isQuick: boolean;
  /** The Python that has the peers; `null` = the one on the path. */
  readonly peers: string | null;
}

/** What the figures were measured on. */
interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  readonly commit: string;
}

/** The command. */
export const command: CommandModule = {
  summary: 'measure speed and memory',
  example: 'xylen bench engine record',
  define(bench: Command): void {
    bench
      .argument('[section...]', `sections, all by default: ${BENCH_SECTIONS.join(', ')}`)
      .option('--quick', 'a little of everything: shows that it works, measures nothing')
      .option('--peers <python>', 'a Python with hftbacktest and nautilus_trader to measure beside `sim`');
  },
  async run([asked], options, context): Promise<ExitCode> {
    const isQuick = options.quick === true;
    const peers = typeof options.peers === 'string' ? options.peers : null;
    const sections = await measure(sectionsOf(asked), { isQuick, peers }, context);
    if (sections === null) return 0;
    const machine = machineOf();
    const resultHash = sha256Hex(sections.map((section) => section.resultHash).join('|'));
    if (context.isJson) context.printJson({ machine, quick: isQuick, sections, resultHash });
    else for (const line of linesOf(machine, sections, resultHash, isQuick)) context.print(line);
    return 0;
  },
};

/** @throws XY_USAGE for a section that does not exist */
function sectionsOf(asked: unknown): readonly string[] {
  const names = Array.isArray(asked) ? asked.map(String) : [];
  const unknown = names.find((name) => !BENCH_SECTIONS.some((section) => section === name));
  if (unknown !== undefined) {
    throw new XylenError('XY_USAGE', `expected sections of ${BENCH_SECTIONS.join(', ')}, found '${unknown}'`);
  }
  return names.length === 0 ? BENCH_SECTIONS : BENCH_SECTIONS.filter((section) => names.includes(section));
}

/** Does the sections one after the other; returns `null` when that was interrupted. */
async function measure(
  names: readonly string[],
  options: MeasureOptions,
  { progress, signal }: CommandContext,
): Promise<readonly BenchSection[] | null> {
  const sections: BenchSection[] = [];
  for (const [at, name] of names.entries()) {
    progress.update({ label: `measuring ${name}`, done: at, total: names.length, unit: 'sections' });
    const section = await measureSection(name, options, signal);
    if (section === null) return null;
    sections.push(section);
  }
  progress.update({ label: 'measured', done: names.length, total: names.length, unit: 'sections' });
  return sections;
}

async function measureSection(
  name: string,
  { isQuick, peers }: MeasureOptions,
  signal: AbortSignal,
): Promise<BenchSection | null> {
  if (signal.aborted) return null;
  const script = join(PROGRAM_ROOT, 'bench/run.bench.ts');
  if (!existsSync(script))
    throw new XylenError('XY_FILE_MISSING', `${script} is not part of this installation`);
  // The flags of this process, so that what is measured runs as the product does.
  const child = spawn(process.execPath, [...process.execArgv, script, name, isQuick ? 'quick' : 'full'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: peers === null ? process.env : { ...process.env, XYLEN_BENCH_PEERS: peers },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  // The whole group: a section may have started a program itself.
  const stop = (): void => void (child.pid !== undefined && process.kill(-child.pid, 'SIGTERM'));
  signal.addEventListener('abort', stop, { once: true });
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  if (signal.aborted) return null;
  if (code === 0) return sectionForm.parse(JSON.parse(said.stdout));
  throw new XylenError(
    'XY_WORKER_FAILED',
    `the section '${name}' failed: ${said.stderr.trim().slice(-2_000)}`,
    {
      fields: { section: name, exitCode: code },
    },
  );
}

function machineOf(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    commit: commitId(),
  };
}

function linesOf(
  machine: Machine,
  sections: readonly BenchSection[],
  resultHash: string,
  isQuick: boolean,
): readonly string[] {
  const { commit, cores, cpu, memoryGb, node, platform } = machine;
  const rows = sections.flatMap(({ figures }) => figures.map((figure) => rowOf(figure, isQuick)));
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}, Node ${node}, commit ${commit.slice(0, 12)}`,
    ...(isQuick ? ['QUICK: too little work to measure anything'] : []),
    '',
    ...textTable(['work', 'figure', 'unit', 'aim', 'met', 'note'], rows),
    '',
    `result hash ${resultHash}`,
  ];
}

function rowOf({ aim, isMet, note, unit, value, work }: BenchFigure, isQuick: boolean): readonly Cell[] {
  const met = isMet === null || isQuick ? '' : isMet ? 'yes' : 'NO';
  return [work, value === null ? null : figureText(value), unit, aim, met, note];
}

/** Three significant digits are all that such a figure has. */
function figureText(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
