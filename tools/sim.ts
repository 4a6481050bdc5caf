/**
 * Tells stories of a trader and a venue in simulated time, faults and all, and holds them to the invariants of `test/simulation`:
 *
 *   npm run sim -- --seeds 2000 [--from 1] [--threads 2]   many stories; exit code 1 when one violates an invariant, with the command that tells it again
 *   npm run sim -- --seed 17 [--events]                    one story, with every line of it
 *   npm run sim -- --seeds 500 --bug send-again-after-timeout   with a wrong part in place: here a violation is what is wanted, exit code 0
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { PLANTED_BUGS } from '../test/simulation/planted-bugs.ts';
import { runSeeds } from '../test/simulation/run-seeds.ts';
import { tellStory } from '../test/simulation/story.ts';
import { Tally, tallyLines } from '../test/simulation/tally.ts';

const PROGRESS_MS = 5_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    events: { type: 'boolean', default: false },
    bug: { type: 'string' },
  },
});

/** Reads a whole number of the command line. */
function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name} is a whole number above 0, was '${text}'`);
  process.exit(2);
}

const bug = values.bug ?? null;
const makeParts = bug === null ? undefined : PLANTED_BUGS[bug];
if (bug !== null && makeParts === undefined) {
  console.error(`--bug is one of ${Object.keys(PLANTED_BUGS).join(', ')}, was '${bug}'`);
  process.exit(2);
}
process.exitCode = values.seed === undefined ? await many() : await one(whole('seed', values.seed));

async function one(seed: number): Promise<number> {
  const startedMs = performance.now();
  const onLine = (line: string): void => console.log(line);
  const result = await tellStory({
    seed,
    ...(makeParts === undefined ? {} : { makeParts }),
    ...(values.events ? { onLine } : {}),
  });
  const tally = new Tally();
  tally.add(result);
  for (const line of tallyLines(tally, (performance.now() - startedMs) / 1_000)) console.log(line);
  console.log(`hash ${result.hash}`);
  console.log(result.violation ?? 'no violation');
  return (result.violation === null) === (bug === null) ? 0 : 1;
}

async function many(): Promise<number> {
  const [from, seeds] = [whole('from', values.from), whole('seeds', values.seeds)];
  const startedMs = performance.now();
  let toldMs = startedMs;
  const tally = await runSeeds({
    ...{ from, seeds, threads: whole('threads', values.threads), bug },
    stopsAtViolation: true,
    onStory: ({ stories }) => {
      const nowMs = performance.now();
      if (nowMs - toldMs < PROGRESS_MS) return;
      toldMs = nowMs;
      const rate = (1_000 * stories) / (nowMs - startedMs);
      console.log(`${stories} of ${seeds} seeds, ${rate.toFixed(2)} seeds/s`);
    },
  });
  for (const line of tallyLines(tally, (performance.now() - startedMs) / 1_000)) console.log(line);
  const [first] = tally.violations;
  if (first === undefined) {
    console.log('no violation');
    return bug === null ? 0 : 1;
  }
  const again = bug === null ? '' : ` --bug ${bug}`;
  console.log(`seed ${first.seed} violates: ${first.violation}`);
  console.log(`tell it again: npm run sim -- --seed ${first.seed} --events${again}`);
  return bug === null ? 1 : 0;
}
