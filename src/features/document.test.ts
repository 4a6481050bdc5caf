import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { featuresMarkdown } from './document.ts';

test('docs/features.md says what the definitions say (npm run docs writes it)', () => {
  const page = new URL('../../docs/features.md', import.meta.url);
  assert.equal(readFileSync(page, 'utf8'), featuresMarkdown());
});
