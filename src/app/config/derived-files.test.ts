import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DERIVED_FILES, derivedUrl } from './generate.ts';
import { jsonSchemaText } from './json-schema.ts';
import { KEYS, loadConfig } from './load.ts';
import { CONFIG } from './schema.ts';

for (const { path, text } of DERIVED_FILES) {
  test(`${path} is what the definition says (node src/app/config/generate.ts writes it)`, () => {
    assert.equal(readFileSync(derivedUrl(path), 'utf8'), text());
  });
}

test('the example file is valid, holds every key and changes nothing', () => {
  const file = fileURLToPath(derivedUrl('config/xylen.example.yaml'));
  const { config, keys } = loadConfig({ cwd: '/', file, environment: {} });
  assert.deepEqual(config, CONFIG.schema.parse({}));
  assert.deepEqual(
    keys.filter(({ source }) => source !== 'file').map(({ name }) => name),
    [],
  );
});

test('the JSON Schema knows every key, its default and its description, and no other key', () => {
  interface Node {
    readonly properties?: Readonly<Record<string, Node>>;
    readonly additionalProperties?: boolean;
    readonly description?: string;
    readonly default?: unknown;
  }
  const schema = JSON.parse(jsonSchemaText()) as Node;
  for (const { path, name, def } of KEYS) {
    let node: Node | undefined = schema;
    for (const part of path) {
      assert.equal(node?.additionalProperties, false, name);
      node = node?.properties?.[part];
    }
    assert.ok(node?.description?.startsWith(def.doc), name);
    assert.deepEqual(node?.default, def.default, name);
  }
});

test('every key says what it is, what is allowed and has a default', () => {
  for (const { name, def } of KEYS) {
    assert.ok(def.doc.length > 10 && !def.doc.endsWith('.'), name);
    assert.ok(def.type.allowed.length > 0, name);
    assert.notEqual(def.default, undefined, name);
  }
});
