/**
 * Coverage of `src/` by the unit, golden and integration tests, child processes and workers included: `npm run coverage`. Prints
 * lines and branches by room and fails when one is below its floor: 80 % over all, 95 % in the rooms where a fault costs money.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const SUMMARY = join(ROOT, 'coverage/coverage-summary.json');

/** Least coverage in percent, lines and branches alike. */
const FLOOR_PCT = 80;
const FLOOR_PCT_OF_ROOM: Readonly<Record<string, number>> = { orders: 95, risk: 95, portfolio: 95 };

/** How many there are and how many were reached. */
interface Count {
  readonly total: number;
  readonly covered: number;
}

interface Coverage {
  readonly lines: Count;
  readonly branches: Count;
}

/** The `json-summary` report of c8: by absolute path, and `total`. */
type Summary = Readonly<Record<string, Coverage>>;

function measure(): number {
  const c8 = [
    join(ROOT, 'node_modules/.bin/c8'),
    ...['--clean', '--all', '--merge-async', '--src', 'src', '--include', 'src/**/*.ts'],
    ...['--exclude', '**/*.{test,bench,fuzz}.ts', '--reporter', 'json-summary', '--reports-dir', 'coverage'],
    ...[process.execPath, 'tools/test-run.ts', 'unit', 'golden', 'integration'],
  ];
  return spawnSync(process.execPath, c8, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

function add(a: Coverage | undefined, b: Coverage): Coverage {
  if (a === undefined) return b;
  const sum = (x: Count, y: Count): Count => ({ total: x.total + y.total, covered: x.covered + y.covered });
  return { lines: sum(a.lines, b.lines), branches: sum(a.branches, b.branches) };
}

function percent(count: Count): number {
  return count.total === 0 ? 100 : (100 * count.covered) / count.total;
}

/** True for a file that is nothing but types: it is never loaded, so its lines cannot be reached. */
function isTypesOnly(path: string): boolean {
  const code = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').trim() === '';
}

/** Returns the coverage by room, and of all files under the name `all`. */
function byRoom(summary: Summary): ReadonlyMap<string, Coverage> {
  const rooms = new Map<string, Coverage>();
  for (const [path, coverage] of Object.entries(summary)) {
    const room = /^src\/([^/]+)\//.exec(relative(ROOT, path))?.[1];
    if (room === undefined || isTypesOnly(path)) continue;
    rooms.set(room, add(rooms.get(room), coverage));
    rooms.set('all', add(rooms.get('all'), coverage));
  }
  return rooms;
}

/** Prints the table and returns how many rooms are below their floor. */
function judge(rooms: ReadonlyMap<string, Coverage>): number {
  let belowCount = 0;
  console.log('\nroom         lines %  branches %  at least');
  for (const name of [...rooms.keys()].sort()) {
    const coverage = rooms.get(name);
    if (coverage === undefined) continue;
    const floor = name === 'all' ? FLOOR_PCT : FLOOR_PCT_OF_ROOM[name];
    const [lines, branches] = [percent(coverage.lines), percent(coverage.branches)];
    const isBelow = floor !== undefined && (lines < floor || branches < floor);
    if (isBelow) belowCount++;
    const note = floor === undefined ? '' : `${floor}${isBelow ? '  BELOW' : ''}`;
    console.log(
      `${name.padEnd(12)} ${lines.toFixed(1).padStart(7)}  ${branches.toFixed(1).padStart(10)}  ${note}`,
    );
  }
  for (const name of Object.keys(FLOOR_PCT_OF_ROOM)) {
    if (rooms.has(name)) continue;
    console.log(`${name}: no coverage found`);
    belowCount++;
  }
  return belowCount;
}

const testCode = measure();
if (!existsSync(SUMMARY)) {
  console.error('coverage: c8 left no report');
  process.exitCode = 1;
} else {
  const belowCount = judge(byRoom(JSON.parse(readFileSync(SUMMARY, 'utf8')) as Summary));
  process.exitCode = testCode === 0 && belowCount === 0 ? 0 : 1;
}
