/** Writes the files that are derived from the definition: `node src/app/config/generate.ts`. */
import { writeFileSync } from 'node:fs';
import { exampleFileText } from './example-file.ts';
import { jsonSchemaText } from './json-schema.ts';
import { referencePageText } from './reference-page.ts';

/** Every derived file: its path from the root of the repository, and what belongs into it. */
export const DERIVED_FILES: readonly { readonly path: string; readonly text: () => string }[] = [
  { path: 'config/xylen.schema.json', text: jsonSchemaText },
  { path: 'config/xylen.example.yaml', text: exampleFileText },
  { path: 'docs/configuration.md', text: referencePageText },
];

/** Returns the URL of a derived file. */
export function derivedUrl(path: string): URL {
  return new URL(`../../../${path}`, import.meta.url);
}

if (import.meta.main) {
  for (const { path, text } of DERIVED_FILES) {
    writeFileSync(derivedUrl(path), text());
    console.log(`wrote ${path}`);
  }
}
