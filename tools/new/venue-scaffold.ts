/**
 * The files of a new venue as text, from the templates in `venue/`. Nothing is registered: a venue that nobody names in `VENUE_IDS` and in the
 * loaders does not exist for the program.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEMPLATES = join(import.meta.dirname, 'venue');
const SUFFIX = '.txt';
/** The template that goes beside the other dialects. */
const DIALECT = 'dialect.ts';
const NAME_CHARS_MAX = 32;
/** Folders of the room that are no venues. */
const RESERVED: readonly string[] = ['ccxt', 'feed', 'link', 'market', 'test'];

/** Files that the folder of every venue has; more are allowed. */
export const VENUE_FILES: readonly string[] = [
  'README.md',
  'adapter.ts',
  'book-policy.ts',
  'codec.test.ts',
  'codec.ts',
  'dialogue.ts',
  'index.ts',
  'instruments.ts',
  'rest.ts',
];

/** Where somebody must write a venue's name by hand, with what goes there. */
export function placesToEdit(name: string): readonly string[] {
  const { NAME, Name } = spellings(name);
  return [
    `src/domain/venue.ts: '${name}' into VENUE_IDS (and into src/venues/${name}/venue.ts; the type check then names what else wants to know)`,
    `src/app/host/venue-adapters.ts: '${name}': async () => (await import('#venues/${name}')).${NAME}`,
    `test/hostile/venues.ts: ${NAME} with new ${Name}Dialect() and some instruments`,
  ];
}

/** Returns why a name cannot be that of a venue, or `null`. */
export function nameFault(name: string): string | null {
  if (RESERVED.includes(name)) return `'${name}' is a folder of the room that is no venue`;
  if (name.length > NAME_CHARS_MAX)
    return `expected at most ${NAME_CHARS_MAX} characters, found ${name.length}`;
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return null;
  return `expected lower-case words and digits with hyphens between them, found '${name}'`;
}

/** Returns the files of a venue by their path from the root of the repository. */
export function venueScaffold(name: string): ReadonlyMap<string, string> {
  const words = spellings(name);
  const files = new Map<string, string>();
  for (const template of readdirSync(TEMPLATES).sort()) {
    const file = template.slice(0, -SUFFIX.length);
    const path = file === DIALECT ? `test/hostile/dialects/${name}.ts` : `src/venues/${name}/${file}`;
    const text = readFileSync(join(TEMPLATES, template), 'utf8');
    files.set(
      path,
      text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => wordOf(words, key)),
    );
  }
  return files;
}

function spellings(name: string): Readonly<Record<string, string>> {
  const parts = name.split('-');
  const Name = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
  return {
    name,
    NAME: parts.join('_').toUpperCase(),
    Name,
    name_camel: Name.charAt(0).toLowerCase() + Name.slice(1),
    name_id: parts.join('_'),
  };
}

function wordOf(words: Readonly<Record<string, string>>, key: string): string {
  const word = words[key];
  if (word === undefined) throw new RangeError(`a template uses '${key}', which is no spelling of a name`);
  return word;
}
