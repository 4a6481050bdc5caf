/** Rules `room`, `file-name`: every folder under `src/` is a room of the table with a door and a README; files are named for a noun. */
import { basename } from 'node:path';
import { findRoom } from '../rooms.ts';
import type { Finding } from './finding.ts';
import { placeOf } from './place.ts';

/** Names under which everything ends up. */
const VAGUE = /^(utils?|helpers?|common|misc)\.tsx?$/;

/** Reports what is missing or misplaced, from the list of all paths of the tree. */
export function checkLayout(paths: readonly string[]): readonly Finding[] {
  const known = new Set(paths);
  const code = paths.filter((path) => /\.tsx?$/.test(path));
  const rooms = new Set(
    code.filter((path) => placeOf(path).zone === 'src').map((path) => placeOf(path).room),
  );
  return [
    ...[...rooms].flatMap((room) => checkRoom(room, known)),
    ...subDoors(code).flatMap((door) =>
      known.has(door) ? [] : [missing(door, 'the door of an implementation')],
    ),
    ...code.flatMap(checkName),
    ...paths
      .filter((path) => /^(src|web\/src|tools|bench|test)\/.*\.[mc]?jsx?$|\.[mc]tsx?$/.test(path))
      .map(notTypeScript),
  ];
}

/** Other dialects would slip past every rule that reads `.ts` and `.tsx`. */
function notTypeScript(path: string): Finding {
  return {
    path,
    line: 1,
    rule: 'file-name',
    message: 'the house is written in .ts and .tsx; rename it and give it types',
  };
}

function checkRoom(name: string, known: ReadonlySet<string>): readonly Finding[] {
  if (name === '') {
    return [{ path: 'src', line: 1, rule: 'room', message: 'files lie in rooms, not in src itself' }];
  }
  if (findRoom(name) === undefined) {
    return [
      {
        path: `src/${name}`,
        line: 1,
        rule: 'room',
        message: `'${name}' is no room; add it to tools/rooms.ts with what it holds and may import, or move the files`,
      },
    ];
  }
  const wanted: readonly (readonly [string, string])[] = [
    [`src/${name}/index.ts`, 'the door of the room'],
    [`src/${name}/README.md`, 'what belongs in the room, what does not, its invariants'],
  ];
  return wanted.flatMap(([path, what]) => (known.has(path) ? [] : [missing(path, what)]));
}

function missing(path: string, what: string): Finding {
  return { path, line: 1, rule: 'room', message: `is missing: ${what}` };
}

/** Returns the doors that the implementation folders should have. */
function subDoors(code: readonly string[]): readonly string[] {
  const doors = new Set<string>();
  for (const path of code) {
    const { room, part, isTest } = placeOf(path);
    if (part !== '' && !isTest && findRoom(room)?.hasImplementations === true) {
      doors.add(`src/${room}/${part}/index.ts`);
    }
  }
  return [...doors];
}

function checkName(path: string): readonly Finding[] {
  const name = basename(path);
  if (placeOf(path).zone === 'elsewhere') {
    return [
      { path, line: 1, rule: 'file-name', message: 'code lies in src, web, tools, bench, test or examples' },
    ];
  }
  if (VAGUE.test(name)) {
    return [{ path, line: 1, rule: 'file-name', message: 'name the file for the one thing it holds' }];
  }
  if (/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.tsx?$/.test(name)) return [];
  return [{ path, line: 1, rule: 'file-name', message: 'file names are kebab-case: order-book.ts' }];
}
