/**
 * Documents that are written from the source: the room table of ARCHITECTURE.md, `docs/errors.md`, `docs/features.md`, `docs/database.md`.
 * `npm run docs` writes them, and what is derived from the configuration with them; `tools/generated-docs.test.ts` fails when they no longer
 * say what the source says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert, ERROR_CODES } from '#core';
import { featuresMarkdown } from '#features';
import { databaseDocs } from '#store/sqlite';
import { roomTableMarkdown } from './rooms.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TABLE_START = '<!-- rooms: written by npm run docs -->';
const TABLE_END = '<!-- end of rooms -->';

/** Returns the text of `docs/errors.md`. */
export function errorsMarkdown(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { retryable, text }]) => `| \`${code}\` | ${text} | ${retryable ? 'yes' : 'no'} |`,
  );
  return `# Error codes

Every operational error carries one of these codes, in the log, in the JSON of \`--json\` and in the message on the terminal. "Retry" says whether
the same call can succeed later without anybody changing anything. A fault of the program itself is an \`AssertionError\` and has no code;
a refusal by risk or by a venue is an answer, not an error, and has its own word in the record.

The list is written from \`src/core/errors.ts\` by \`npm run docs\`.

| code | meaning | retry |
|---|---|---|
${rows.join('\n')}
`;
}

/** Returns the text of ARCHITECTURE.md with the room table between its marks renewed. */
export function withRoomTable(architecture: string): string {
  const start = architecture.indexOf(TABLE_START);
  const end = architecture.indexOf(TABLE_END);
  assert(start >= 0 && end > start, 'ARCHITECTURE.md has the marks of the room table');
  return `${architecture.slice(0, start + TABLE_START.length)}\n${roomTableMarkdown()}\n${architecture.slice(end)}`;
}

/** Returns every generated document by path, as it should be. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const architecture = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  return new Map([
    ['ARCHITECTURE.md', withRoomTable(architecture)],
    ['docs/errors.md', errorsMarkdown()],
    ['docs/features.md', featuresMarkdown()],
    ['docs/database.md', `${databaseDocs().trimEnd()}\n`],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of generatedDocs()) {
    writeFileSync(join(ROOT, path), text);
    console.log(path);
  }
}
