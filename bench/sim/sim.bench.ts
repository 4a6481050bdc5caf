/**
 * The section `sim`: events a second and memory of the simulator, beside hftbacktest and NautilusTrader where they are installed. Own work and
 * peers take turns in every round, each in a process of its own; rates are by processor time, ratios are medians of those within a round, so that what
 * else the machine does weighs on both sides alike.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '#core';
import type { BenchFigure, BenchSection } from '../../src/app/commands/bench/figure.ts';
import { medianOf } from '../market/heap-growth.ts';
import { CROSS_SPANS } from './cross-work.ts';
import { DEPTH_WORK, type DepthImpact } from './depth-work.ts';
import { recordedEventsPath, writeBars, writeDepth, writeTicks } from './inputs.bench.ts';
import { findPeer, type Peer, runJob, runPeer, type TimedReport } from './processes.bench.ts';

interface Sizes {
  readonly rounds: number;
  readonly warmUps: number;
  readonly repeats: number;
  readonly depthEvents: number;
  readonly dayEvents: number;
  readonly bars: number;
  readonly ticks: number;
  /** Of the same input, as much as the peer gets. */
  readonly peerBars: number;
  readonly peerTicks: number;
}

const FULL: Sizes = {
  rounds: 5,
  warmUps: 8,
  repeats: 5,
  depthEvents: 1_000_000,
  dayEvents: 50_000_000,
  bars: 500_000,
  ticks: 1_000_000,
  peerBars: 60_000,
  peerTicks: 250_000,
};
const QUICK: Sizes = {
  rounds: 1,
  warmUps: 0,
  repeats: 1,
  depthEvents: 20_000,
  dayEvents: 100_000,
  bars: 2_000,
  ticks: 5_000,
  peerBars: 0,
  peerTicks: 0,
};
const DAY_US = 86_400_000_000;
/** Mean of events a step of the synthetic market. */
const EVENTS_A_STEP = 1.1;
const PEER_WARM_UP_EVENTS = 20_000;
const NO_PEER =
  'not measured: quick, or not installed for this Python (--peers PYTHON names one that has it)';

/** Measures the whole section. */
export async function benchSimulator(options: {
  readonly isQuick: boolean;
  readonly seed: number;
}): Promise<BenchSection> {
  const sizes = options.isQuick ? QUICK : FULL;
  const folder = mkdtempSync(join(tmpdir(), 'xylen-bench-sim-'));
  try {
    const bench = new SimBench(sizes, options.seed, folder, options.isQuick);
    const figures = [
      ...(await bench.depth('recorded')),
      ...(await bench.depth('synthetic')),
      ...(await bench.day()),
      ...(await bench.cross('bars')),
      ...(await bench.cross('ticks')),
    ];
    return { name: 'sim', figures, resultHash: bench.resultHash };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Data = 'recorded' | 'synthetic';

/** What one round of a depth work measured. */
interface DepthRound {
  readonly own: TimedReport;
  readonly once: TimedReport;
  readonly consume: TimedReport;
  readonly squareRoot: TimedReport;
  readonly peer: TimedReport | null;
  readonly peerOnce: TimedReport | null;
}

const DEPTH_AIMS: Readonly<Record<Data, { readonly now: number; readonly later: number }>> = {
  recorded: { now: 0.7, later: 1 },
  synthetic: { now: 1, later: 1.3 },
};
const IMPACT_AIM = 0.5;

class SimBench {
  readonly #sizes: Sizes;
  readonly #seed: number;
  readonly #folder: string;
  readonly #isQuick: boolean;
  readonly #results: unknown[] = [];

  constructor(sizes: Sizes, seed: number, folder: string, isQuick: boolean) {
    this.#sizes = sizes;
    this.#seed = seed;
    this.#folder = folder;
    this.#isQuick = isQuick;
  }

  /** Of what does not depend on this machine: recorded events may be absent elsewhere. */
  get resultHash(): string {
    return sha256Hex(JSON.stringify(this.#results));
  }

  /** The market maker on depth and trades, with latency, queue and fees. */
  async depth(data: Data): Promise<readonly BenchFigure[]> {
    const work = `market maker on ${data} depth and trades`;
    const path = data === 'recorded' ? recordedEventsPath() : await this.#synthetic();
    if (path === null || (data === 'recorded' && this.#isQuick)) {
      const note =
        path === null ? 'skipped: ../shared with the recorded events is absent' : 'not in a quick run';
      return [{ work, value: null, unit: 'events/s', aim: '', isMet: null, note }];
    }
    const peer = this.#peer('hftbacktest', 'hftbacktest');
    const rounds: DepthRound[] = [];
    for (let round = 0; round < this.#sizes.rounds; round++) rounds.push(await this.#depthRound(path, peer));
    const [first] = rounds;
    if (first === undefined) throw new RangeError('a benchmark has at least one round');
    if (data === 'synthetic')
      this.#results.push(first.own.result, first.consume.result, first.squareRoot.result);
    return depthFigures(work, rounds, DEPTH_AIMS[data]);
  }

  /** A day of events that is made as it is played. */
  async day(): Promise<readonly BenchFigure[]> {
    const { dayEvents: eventCount } = this.#sizes;
    const stepMeanUs = Math.max(1, Math.round((DAY_US * EVENTS_A_STEP) / eventCount));
    const report = await runJob({ kind: 'depth-day', eventCount, stepMeanUs, seed: this.#seed });
    this.#results.push(report.result);
    const work = `SYNTHETIC day of ${eventCount.toLocaleString('en-US')} events, made and played`;
    const rate = eventCount / report.cpuSeconds;
    const none = { aim: '', isMet: null } as const;
    return [
      {
        work,
        value: rate,
        unit: 'events/s',
        ...none,
        note: `${report.seconds.toFixed(1)} s, ${told(report)}`,
      },
      {
        work: 'its largest memory',
        value: report.rssMb,
        unit: 'MB',
        aim: 'under 500',
        isMet: report.rssMb < 500,
        note: 'resident, whole process',
      },
    ];
  }

  /** The EMA cross through the simulated world and venue. */
  async cross(kind: 'bars' | 'ticks'): Promise<readonly BenchFigure[]> {
    const { repeats, warmUps } = this.#sizes;
    const count = this.#sizes[kind];
    const peer = this.#peer('nautilus_trader', 'nautilus_trader');
    const rounds: TimedReport[] = [];
    for (let round = 0; round < this.#sizes.rounds; round++)
      rounds.push(await runJob({ kind, count, warmUps, repeats, seed: this.#seed }));
    const [first] = rounds;
    if (first === undefined) throw new RangeError('a benchmark has at least one round');
    this.#results.push(first.result);
    const rate = medianOf(rounds.map(({ cpuSeconds }) => count / cpuSeconds));
    const aim = kind === 'bars' ? 1e6 : 3e6;
    const { fast, slow } = CROSS_SPANS[kind];
    const unit = `${kind}/s`;
    const figure: BenchFigure = {
      work: `EMA cross ${fast}/${slow} on ${kind}, orders, fees, positions`,
      value: rate,
      unit,
      aim: `at least ${aim.toLocaleString('en-US')}`,
      isMet: rate >= aim,
      note: `${count} SYNTHETIC ${kind}, ${told(first)}, ${first.rssMb.toFixed(0)} MB, median of ${rounds.length}`,
    };
    return [figure, await this.#nautilus(kind, unit, peer, rate)];
  }

  async #nautilus(
    kind: 'bars' | 'ticks',
    unit: string,
    peer: Peer | null,
    rate: number,
  ): Promise<BenchFigure> {
    const work = `the same ${kind} in NautilusTrader`;
    const none = { work, unit, aim: '', isMet: null } as const;
    if (peer === null) return { ...none, value: null, note: NO_PEER };
    const count = kind === 'bars' ? this.#sizes.peerBars : this.#sizes.peerTicks;
    const write = kind === 'bars' ? writeBars : writeTicks;
    const path = await write(this.#folder, count, this.#seed);
    const report = await runPeer(peer, 'cross_nautilus.py', { kind, path, ...CROSS_SPANS[kind] });
    const peerRate = count / report.cpuSeconds;
    const note = `${report.version}: ${told(report)}, ${report.rssMb.toFixed(0)} MB; this program is ${(rate / peerRate).toFixed(0)} times as fast`;
    return { ...none, value: peerRate, note };
  }

  async #depthRound(path: string, peer: Peer | null): Promise<DepthRound> {
    const { repeats, warmUps } = this.#sizes;
    const own = (impact: DepthImpact, times: number): Promise<TimedReport> =>
      runJob({ kind: 'depth-file', path, impact, warmUps, repeats: times });
    const other = (times: number): Promise<TimedReport> | null => {
      if (peer === null) return null;
      const job = { ...DEPTH_WORK, path, warmUpEvents: PEER_WARM_UP_EVENTS, repeats: times };
      return runPeer(peer, 'depth_hftbacktest.py', job);
    };
    return {
      own: await own('off', repeats),
      peer: await other(repeats),
      consume: await own('consume', repeats),
      squareRoot: await own('square_root', repeats),
      once: await own('off', 0),
      peerOnce: await other(0),
    };
  }

  #peer(name: string, distribution: string): Peer | null {
    return this.#isQuick ? null : findPeer(name, distribution);
  }

  async #synthetic(): Promise<string> {
    return await writeDepth(this.#folder, this.#sizes.depthEvents, this.#seed);
  }
}

function depthFigures(
  work: string,
  rounds: readonly DepthRound[],
  aim: { readonly now: number; readonly later: number },
): readonly BenchFigure[] {
  const rates = rounds.map(({ own }) => rateOf(own));
  const first = rounds[0]?.own;
  if (first === undefined) throw new RangeError('a benchmark has at least one round');
  const spread = `${millions(Math.min(...rates))} to ${millions(Math.max(...rates))} M in ${rounds.length} rounds`;
  return [
    {
      work,
      value: medianOf(rates),
      unit: 'events/s',
      aim: '',
      isMet: null,
      note: `${told(first)}, ${first.rssMb.toFixed(0)} MB, ${spread}; result ${hashOf(first)}`,
    },
    ratioFigure(
      `${work}, beside hftbacktest`,
      rounds,
      ({ own }) => own,
      `at least ${aim.now}; ${aim.later} later`,
      aim.now,
    ),
    sameFigure(work, rounds),
    wholeFigure(work, rounds),
    ratioFigure(
      `${work}, impact 'consume'`,
      rounds,
      ({ consume }) => consume,
      `at least ${IMPACT_AIM}`,
      IMPACT_AIM,
    ),
    ratioFigure(
      `${work}, impact 'square_root'`,
      rounds,
      ({ squareRoot }) => squareRoot,
      `at least ${IMPACT_AIM}`,
      IMPACT_AIM,
    ),
  ];
}

/** How many times the peer's rate; without the peer there is none. */
function ratioFigure(
  work: string,
  rounds: readonly DepthRound[],
  ownOf: (round: DepthRound) => TimedReport,
  aim: string,
  least: number,
): BenchFigure {
  const own = millions(medianOf(rounds.map((round) => rateOf(ownOf(round)))));
  const ratios = rounds.flatMap((round) =>
    round.peer === null ? [] : [rateOf(ownOf(round)) / rateOf(round.peer)],
  );
  const none = { work, unit: 'x hftbacktest', aim } as const;
  if (ratios.length === 0)
    return { ...none, value: null, isMet: null, note: `${own} M events/s; hftbacktest: ${NO_PEER}` };
  const peers = rounds.flatMap(({ peer }) => (peer === null ? [] : [peer]));
  const peer = `hftbacktest ${peers[0]?.version}: ${millions(medianOf(peers.map(rateOf)))} M, ${peers[0]?.rssMb.toFixed(0)} MB`;
  const value = medianOf(ratios);
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return {
    ...none,
    value,
    isMet: value >= least,
    note: `${own} M events/s; ${peer}; ${spread} in ${ratios.length} rounds`,
  };
}

/** How many of the numbers that the peer's run came to are the same. */
function sameFigure(work: string, rounds: readonly DepthRound[]): BenchFigure {
  const none = { work: `${work}, results as hftbacktest has them`, unit: 'numbers' } as const;
  const round = rounds[0];
  if (round === undefined || round.peer === null)
    return { ...none, value: null, aim: '', isMet: null, note: NO_PEER };
  const own = round.own.result;
  const other = round.peer.result;
  const names = Object.keys(other);
  const same = names.filter((name) => own[name] === other[name]);
  const differing = names.filter((name) => !same.includes(name));
  const note = differing.map((name) => `${name}: ${own[name]}, not ${other[name]}`).join('; ');
  return {
    ...none,
    value: same.length,
    aim: `all ${names.length}`,
    isMet: differing.length === 0,
    note: note === '' ? names.join(', ') : note,
  };
}

/** One run from the start of the process to its end: reading, compiling, playing. */
function wholeFigure(work: string, rounds: readonly DepthRound[]): BenchFigure {
  const value = medianOf(rounds.map(({ once }) => once.wholeSeconds));
  const peers = rounds.flatMap(({ peerOnce }) => (peerOnce === null ? [] : [peerOnce.wholeSeconds]));
  const none = { work: `${work}, one run, start-up and all`, value, unit: 's' } as const;
  if (peers.length === 0) return { ...none, aim: '', isMet: null, note: `hftbacktest: ${NO_PEER}` };
  const peer = medianOf(peers);
  return {
    ...none,
    aim: 'less than hftbacktest',
    isMet: value < peer,
    note: `hftbacktest ${peer.toFixed(1)} s`,
  };
}

function rateOf({ cpuSeconds, result }: TimedReport): number {
  return Number(result.events) / cpuSeconds;
}

function millions(rate: number): string {
  return (rate / 1e6).toFixed(1);
}

function told({ result }: TimedReport): string {
  const fills = result.fills === undefined ? '' : `, ${result.fills} fills`;
  return `${result.events} events, ${result.orders} orders${fills}`;
}

function hashOf({ result }: TimedReport): string {
  return sha256Hex(JSON.stringify(result)).slice(0, 16);
}
