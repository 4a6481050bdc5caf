/** Does one work of the section `sim` and prints its report: `node bench/sim/work.bench.ts JOB`, the job as JSON. */
import { candleSource, type DepthChunk, tradeSource } from '#sim';
import { readEvents } from '../../src/app/host/fills/event-file.ts';
import { CROSS_SPANS, type CrossResult, runCross } from './cross-work.ts';
import { depthMarket } from './depth-market.ts';
import { type DepthResult, DepthWork } from './depth-work.ts';
import { type Job, jobForm, type Report } from './job.ts';
import { WALK_SPEC, walkCandles, walkTrades } from './walk-columns.ts';

const START_US = 1_704_067_200_000_000;

/** Something to be timed. */
type Run = () => DepthResult | CrossResult;

interface Timed {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly result: DepthResult | CrossResult;
}

const job = jobForm.parse(JSON.parse(process.argv[2] ?? ''));
const report: Report = { name: 'xylen', version: '', ...(await work(job)), rssMb: maxRssMb() };
process.stdout.write(`${JSON.stringify(report)}\n`);

async function work(what: Job): Promise<Omit<Report, 'name' | 'version' | 'rssMb'>> {
  const timed = await workOf(what);
  return { ...timed, result: { ...timed.result } };
}

async function workOf(what: Job): Promise<Timed> {
  switch (what.kind) {
    case 'depth-file':
      return what.repeats === 0 ? await depthOnce(what) : await depthRepeated(what);
    case 'depth-day': {
      const { eventCount, seed, stepMeanUs } = what;
      const options = { seed, eventCount, stepMeanUs, startUs: START_US };
      return fastest(1, 0, () => runOver(depthMarket(options), 'off'));
    }
    case 'bars': {
      const columns = walkCandles(what.count, what.seed);
      const feed = {
        instrumentIx: 0,
        timeframeUs: columns.timeframeUs,
        feedLatencyUs: 0,
        open: () => [columns],
      };
      return fastest(
        what.repeats,
        what.warmUps,
        () => () => runCross(candleSource(feed), WALK_SPEC, CROSS_SPANS.bars, what.seed),
      );
    }
    case 'ticks': {
      const columns = walkTrades(what.count, what.seed);
      const feed = { instrumentIx: 0, feedLatencyUs: 0, open: () => [columns] };
      return fastest(
        what.repeats,
        what.warmUps,
        () => () => runCross(tradeSource(feed), WALK_SPEC, CROSS_SPANS.ticks, what.seed),
      );
    }
  }
}

type DepthFileJob = Extract<Job, { kind: 'depth-file' }>;

/** The file is played as it is read, from a cold start: what a user waits for. */
async function depthOnce({ impact, path }: DepthFileJob): Promise<Timed> {
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const run = new DepthWork(impact);
  await readEvents(path, (chunk) => run.play(chunk), { signal: new AbortController().signal });
  const result = run.finish();
  return { ...since(startedMs, cpu), result };
}

async function depthRepeated({ impact, path, repeats, warmUps }: DepthFileJob): Promise<Timed> {
  const chunks: DepthChunk[] = [];
  await readEvents(path, (chunk) => chunks.push(copyOf(chunk)), { signal: new AbortController().signal });
  return fastest(repeats, warmUps, () => runOver(chunks, impact));
}

/** Gets a run ready, which the peer does not count either. */
function runOver(chunks: Iterable<DepthChunk>, impact: DepthFileJob['impact']): Run {
  const run = new DepthWork(impact);
  return () => {
    for (const chunk of chunks) run.play(chunk);
    return run.finish();
  };
}

/** The fastest of the timed runs, which all came to the same. */
function fastest(repeats: number, warmUps: number, prepare: () => Run): Timed {
  for (let count = 0; count < warmUps; count++) prepare()();
  const runs: Timed[] = [];
  for (let count = 0; count < repeats; count++) {
    const run = prepare();
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    const result = run();
    runs.push({ ...since(startedMs, cpu), result });
  }
  const results = runs.map(({ result }) => JSON.stringify(result));
  const [first] = runs;
  if (first === undefined || new Set(results).size !== 1)
    throw new Error(`expected at least one result, each time the same, found ${results.join(' and ')}`);
  return {
    result: first.result,
    seconds: Math.min(...runs.map(({ seconds }) => seconds)),
    cpuSeconds: Math.min(...runs.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

function since(
  startedMs: number,
  cpu: NodeJS.CpuUsage,
): { readonly seconds: number; readonly cpuSeconds: number } {
  const seconds = (performance.now() - startedMs) / 1_000;
  const { system, user } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (system + user) / 1e6 };
}

function copyOf({ count, exchUs, kind, localUs, priceTicks, qtyLots }: DepthChunk): DepthChunk {
  return {
    count,
    exchUs: exchUs.slice(0, count),
    kind: kind.slice(0, count),
    localUs: localUs.slice(0, count),
    priceTicks: priceTicks.slice(0, count),
    qtyLots: qtyLots.slice(0, count),
  };
}

function maxRssMb(): number {
  return (process.resourceUsage().maxRSS * 1_024) / 1e6;
}
