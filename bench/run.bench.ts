/** Does one section of `xylen bench` and prints its figures as a line of JSON: `node bench/run.bench.ts SECTION full|quick`. */

import { BENCH_SECTIONS } from '../src/app/commands/bench/figure.ts';
import { loadConfig } from '../src/app/config/load.ts';
import { SECTIONS } from './sections.bench.ts';

const [asked, size] = process.argv.slice(2);
const name = BENCH_SECTIONS.find((section) => section === asked);
if (name === undefined || (size !== 'full' && size !== 'quick')) {
  throw new RangeError(`expected ${BENCH_SECTIONS.join('|')} and full|quick, found ${asked} ${size}`);
}
// The defaults, whatever is configured here: the figures are to be compared.
const { config } = loadConfig({ cwd: import.meta.dirname, environment: {}, file: undefined });
process.stdout.write(`${JSON.stringify(await SECTIONS[name]({ config, isQuick: size === 'quick' }))}\n`);
