/** Where a file belongs in the house, from its path alone. */

/** The parts of the repository that hold TypeScript. */
export type Zone = 'src' | 'web' | 'tools' | 'bench' | 'test' | 'examples' | 'elsewhere';

/** A file's place. */
export interface Place {
  readonly zone: Zone;
  /** The folder under `src/`; empty outside `src`. */
  readonly room: string;
  /** The first folder inside the room; empty for files that lie in the room itself. */
  readonly part: string;
  /** Tests, fuzzers and benches may import freely and be long. */
  readonly isTest: boolean;
}

const ZONES: readonly (readonly [string, Zone])[] = [
  ['src/', 'src'],
  ['web/', 'web'],
  ['tools/', 'tools'],
  ['bench/', 'bench'],
  ['test/', 'test'],
  ['examples/', 'examples'],
];

/** Returns the place of a path relative to the repository root, with forward slashes. */
export function placeOf(path: string): Place {
  const zone = ZONES.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'elsewhere';
  const folders = path.split('/').slice(0, -1);
  return {
    zone,
    room: zone === 'src' ? (folders[1] ?? '') : '',
    part: zone === 'src' ? (folders[2] ?? '') : '',
    isTest: /(^|\/)test\//.test(path) || /\.(test|bench|fuzz)\.tsx?$/.test(path),
  };
}
