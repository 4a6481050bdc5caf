/**
 * Scaffolds: `npm run new venue NAME` writes the folder of a venue and its dialect. It overwrites nothing and registers nothing, but says where to.
 * `--into FOLDER` writes below another folder than the repository.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nameFault, placesToEdit, venueScaffold } from './new/venue-scaffold.ts';

const USAGE = 'npm run new venue NAME';

/** What came of it: lines for people, and the exit code. */
interface Outcome {
  readonly lines: readonly string[];
  readonly code: 0 | 2;
}

/** Writes a scaffold below `root`. Writes all files or none. */
export function scaffold(args: readonly string[], root: string): Outcome {
  const [kind, name, ...others] = args;
  if (kind !== 'venue' || name === undefined || others.length > 0) return refusal(`expected: ${USAGE}`);
  const fault = nameFault(name);
  if (fault !== null) return refusal(`NAME: ${fault}`);
  const files = venueScaffold(name);
  const taken = [...files.keys(), `src/venues/${name}`].filter((path) => existsSync(join(root, path)));
  if (taken.length > 0) return refusal(`nothing was written, since there is already ${taken.join(', ')}`);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    // Whoever made the file in the meantime keeps it.
    writeFileSync(join(root, path), text, { flag: 'wx' });
  }
  const lines = [
    ...[...files.keys()].map((path) => `wrote ${path}`),
    '',
    'It is known to nobody yet. When it can be, edit by hand:',
    ...placesToEdit(name).map((place, at) => `  ${at + 1}. ${place}`),
    '',
    'Phases and their milestones: docs/specs/venues.md, "A new venue".',
  ];
  return { lines, code: 0 };
}

function refusal(message: string): Outcome {
  return { lines: [`new: ${message}`], code: 2 };
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    options: { into: { type: 'string' } },
    allowPositionals: true,
  });
  const root = resolve(values.into ?? resolve(import.meta.dirname, '..'));
  const { code, lines } = scaffold(positionals, root);
  for (const line of lines) (code === 0 ? console.log : console.error)(line);
  process.exitCode = code;
}
