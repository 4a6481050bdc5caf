/** Every rule of tidy against a canary that must be reported and one that must not; then the tree itself. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { ROOMS } from './rooms.ts';
import { formatFinding } from './tidy/finding.ts';
import { parseSources } from './tidy/source.ts';
import { checkRepository, checkTree, type Manifests } from './tidy.ts';

const ROOT = resolve(import.meta.dirname, '..');

const MANIFESTS: Manifests = {
  aliases: {
    ...Object.fromEntries(ROOMS.map((room) => [`#${room.name}`, `./src/${room.name}/index.ts`])),
    '#store/*': './src/store/*/index.ts',
    '#venues/*': './src/venues/*/index.ts',
    '#telemetry/*': './src/telemetry/*/index.ts',
  },
  packages: {
    root: new Set(['xylen', 'zod', 'ws', 'pino']),
    rootDev: new Set(['fast-check']),
    web: new Set(['react']),
  },
};

/** Returns `path:line rule` of every finding in a small tree; missing doors and READMEs are left out unless asked for. */
function report(files: Readonly<Record<string, string>>): readonly string[] {
  return checkTree(new Map(Object.entries(files)), MANIFESTS)
    .filter((finding) => finding.rule !== 'room')
    .map((finding) => `${finding.path}:${finding.line} ${finding.rule}`);
}

/** Puts text together so that this file does not breach the rule it tests. */
function glue(...parts: readonly string[]): string {
  return parts.join('');
}

test('import: an edge that the table does not list is reported, types, re-exports and import() included', () => {
  const files = {
    'src/core/up.ts': "import { book } from '#book';\n",
    'src/costs/types.ts': "import type { Risk } from '#risk';\nimport { book } from '#book';\n",
    'src/costs/export.ts': "\nexport { x } from '#orders';\nexport type { Y } from '#orders';\n",
    'src/costs/inner-type.ts': "export type T = import('#orders').Order;\n",
    'src/sim/dynamic.ts': "export const load = () => import('#training');\n",
    'src/engine/wants-sim.ts': "import { sim } from '#sim';\n",
    'src/engine/fine.ts': "import { risk } from '#risk';\nimport type { Port } from '#store';\n",
    'src/learn/unknown.ts': "import { x } from '#nowhere';\n",
    'src/learn/computed.ts': 'export const load = (name: string) => import(name);\n',
    'src/app/computed.ts': 'export const load = (name: string) => import(name);\n',
    'src/orders/escape.ts': "import { x } from '../../tools/rooms.ts';\n",
    'src/orders/free.test.ts': "import { x } from '#engine';\nimport { y } from '../risk/limit.ts';\n",
  };
  assert.deepEqual(report(files), [
    'src/core/up.ts:1 import',
    'src/costs/export.ts:2 import',
    'src/costs/export.ts:3 import',
    'src/costs/inner-type.ts:1 import',
    'src/costs/types.ts:1 import',
    'src/engine/wants-sim.ts:1 import',
    'src/learn/computed.ts:1 import',
    'src/learn/unknown.ts:1 import',
    'src/orders/escape.ts:1 import',
    'src/sim/dynamic.ts:1 import',
  ]);
});

test('import: the dashboard reaches wire and nothing else of the house', () => {
  const files = {
    'web/src/good.tsx': "import { message } from '#wire';\nimport { useState } from 'react';\n",
    'web/src/relative.ts':
      "import { message } from '../../src/wire/index.ts';\nimport { a } from './good.tsx';\n",
    'web/src/bad.ts': "import { x } from '../../src/core/index.ts';\nimport { join } from 'node:path';\n",
    'web/src/alias.ts': "import { x } from '#core';\n",
    'web/src/inside.ts': "import { x } from '../../src/wire/message.ts';\n",
  };
  assert.deepEqual(report(files), [
    'web/src/alias.ts:1 import',
    'web/src/bad.ts:1 import',
    'web/src/bad.ts:2 import',
    'web/src/inside.ts:1 import',
  ]);
});

test('door: a room is entered by its door, from tools and benches too', () => {
  const files = {
    'src/book/past.ts': "import { x } from '../core/heap.ts';\nimport { y } from '../core/index.ts';\n",
    'src/book/self.ts': "import { x } from '#book';\n",
    'src/book/good.ts': "import { x } from '#core';\nimport { y } from './level.ts';\n",
    'src/app/past.ts': "import { x } from '../store/sqlite/pragmas.ts';\n",
    'src/app/worker.ts': "export const url = new URL('../serving/worker/main.ts', import.meta.url);\n",
    'tools/past.ts': "import { x } from '../src/core/heap.ts';\nimport { y } from '#core';\n",
    'bench/past.ts': "import { x } from '../src/core/heap.ts';\n",
  };
  assert.deepEqual(report(files), [
    'bench/past.ts:1 door',
    'src/app/past.ts:1 door',
    'src/app/worker.ts:1 door',
    'src/book/past.ts:1 door',
    'src/book/past.ts:2 door',
    'src/book/self.ts:1 door',
    'tools/past.ts:1 door',
  ]);
});

test('sub-door: implementations are named by app, tests, benches and tools, and do not know each other', () => {
  const files = {
    'src/training/direct.ts': "import { open } from '#store/parquet';\n",
    'src/store/port.ts': "import { open } from './sqlite/index.ts';\n",
    'src/store/sqlite/index.ts': "import { row } from '../rows.ts';\nimport { a } from './pragmas.ts';\n",
    'src/store/parquet/index.ts': "import { open } from '../sqlite/index.ts';\n",
    'src/store/duckdb/index.ts':
      "import { open } from '#store/sqlite';\nimport type { Port } from '#store';\n",
    'src/app/main.ts': "import { open } from '#store/sqlite';\nimport { link } from '#venues/link';\n",
    'src/engine/step.test.ts': "import { open } from '#store/sqlite';\n",
    'bench/all.ts': "import { open } from '#store/sqlite';\n",
    'src/store/history/index.ts': "import { open } from '../parquet/index.ts';\n",
    'src/store/csv/index.ts':
      "import { a } from '../history/index.ts';\nimport { b } from '../history/columns.ts';\n",
    'src/store/history/own.ts': "import { a } from './columns.ts';\nimport { row } from '../rows.ts';\n",
    'src/engine/strategies/ema.ts': "import { x } from '../decision/y.ts';\n",
  };
  assert.deepEqual(report(files), [
    'src/store/csv/index.ts:2 door',
    'src/store/duckdb/index.ts:1 sub-door',
    'src/store/history/index.ts:1 sub-door',
    'src/store/parquet/index.ts:1 sub-door',
    'src/store/port.ts:1 sub-door',
    'src/training/direct.ts:1 sub-door',
  ]);
});

test('library: packages stand in the manifest and stay out of the rooms themselves', () => {
  const files = {
    'src/net/index.ts': "import { WebSocket } from 'ws';\n",
    'src/net/node/index.ts': "import { WebSocket } from 'ws';\n",
    'src/wire/message.ts': "import { z } from 'zod';\n",
    'src/risk/limit.ts': "import { z } from 'zod';\n",
    'src/app/a.ts': "import { z } from 'zod';\nimport fc from 'fast-check';\n",
    'src/app/a.test.ts': "import fc from 'fast-check';\nimport x from '@scope/missing/deep';\n",
    'src/telemetry/pino/index.ts': "import pino from 'pino';\n",
    'web/src/a.ts': "import ws from 'ws';\n",
  };
  assert.deepEqual(report(files), [
    'src/app/a.test.ts:2 library',
    'src/app/a.ts:2 library',
    'src/net/index.ts:1 library',
    'src/risk/limit.ts:1 library',
    'web/src/a.ts:1 library',
  ]);
});

test('seal: the mint belongs to risk', () => {
  const files = {
    'src/risk/gate.ts': "import { claimRiskMint } from '#domain';\nexport const mint = claimRiskMint();\n",
    'src/engine/forge.ts': "import { claimRiskMint } from '#domain';\n",
    'src/app/forge.ts': "import * as domain from '#domain';\nexport const mint = domain.claimRiskMint();\n",
    'src/app/fine.ts': "// claimRiskMint is for risk\nexport const text = 'claimRiskMint';\n",
  };
  assert.deepEqual(report(files), ['src/app/forge.ts:2 seal', 'src/engine/forge.ts:1 seal']);
});

test('cycle: files and rooms, types included, workers by URL excluded', () => {
  const files = {
    'src/book/a.ts': "import type { B } from './b.ts';\n",
    'src/book/b.ts': "\nimport { c } from './c.ts';\n",
    'src/book/c.ts': "export { a } from './a.ts';\n",
    'src/book/d.ts': "import { a } from './a.ts';\n",
    'src/app/pool.ts': "export const url = new URL('./worker.ts', import.meta.url);\n",
    'src/app/worker.ts': "import type { Job } from './pool.ts';\n",
    'src/app/self.ts': "import { x } from './self.ts';\n",
    'src/costs/one.ts': "import { x } from '#portfolio';\n",
    'src/portfolio/two.ts': "import { x } from '#costs';\n",
  };
  const findings = report(files).filter((line) => line.endsWith('cycle'));
  assert.deepEqual(findings, [
    'src/app/self.ts:1 cycle',
    'src/book/a.ts:1 cycle',
    'src/costs/one.ts:1 cycle',
  ]);
});

test('ambient: a pure room reads no clock, draws no chance, schedules nothing and touches nothing outside', () => {
  const bad = [
    'export const a = Date.now();',
    'export const b = new Date();',
    'export const c = new Date(2024, 1, 1);',
    'export const d = [1].map(Date);',
    'export const e = performance.now();',
    'export const f = process.env.HOME;',
    'export const g = process.hrtime.bigint();',
    'export const h = Math.random();',
    'export const { random } = Math;',
    'setTimeout(() => {}, 5);',
    'export const later = { queueMicrotask };',
    'export const i = crypto.randomUUID();',
    'export const j = globalThis;',
    "export const k = 'a'.localeCompare('b');",
    'export const l = (t: Date) => t.getHours();',
    'export const m = new Intl.NumberFormat();',
    "export const n = fetch('x');",
  ];
  const good = [
    '// Date.now() and Math.random() in words are no calls; neither is /Math.random()/',
    "export const text = 'Date.now() process.env';",
    `export const template = ${glue('`', 'Date.now() $', '{1 + 1} Math.random()', '`')};`,
    'export const pattern = /Date.now\\(\\)/;',
    'export const a = new Date(0).toISOString();',
    'export const b = Date.UTC(2024, 0, 1) + Date.parse("2024-01-01");',
    'export const c = Math.floor(1.5);',
    'export const d = (x: unknown) => x instanceof Date;',
    'export interface Clock { now(): number; performance: number; process(): void }',
    'export const e = (clock: Clock) => clock.performance + clock.now();',
    'export const f = (performance: number) => performance * 2;',
    'export const g = { process: 1, fetch: 2 };',
    'export type T = typeof process;',
    'export const h = new Date(0).getUTCHours();',
  ];
  const findings = report({
    'src/engine/bad.ts': bad.join('\n'),
    'src/engine/good.ts': good.join('\n'),
    'src/engine/bad.test.ts': bad.join('\n'),
    'src/net/bad.ts': bad.join('\n'),
    'src/telemetry/pino/index.ts': 'export const a = Date.now();\n',
    'src/telemetry/log.ts': 'export const a = Date.now();\n',
  });
  assert.deepEqual(findings, [
    ...bad.map((_, index) => `src/engine/bad.ts:${index + 1} ambient`),
    'src/telemetry/log.ts:1 ambient',
  ]);
});

test('ambient: built-in modules that reach outside are not imported by pure rooms', () => {
  const files = {
    'src/sim/bad.ts': [
      "import { readFileSync } from 'node:fs';",
      "import { connect } from 'net';",
      "import { Worker } from 'node:worker_threads';",
      "import { createHash } from 'node:crypto';",
      "import v8 from 'node:v8';",
      "import { getHeapStatistics } from 'node:v8';",
      "import { setTimeout } from 'node:timers/promises';",
    ].join('\n'),
    'src/sim/good.ts':
      "import { deserialize, serialize } from 'node:v8';\nimport { Buffer } from 'node:buffer';\n",
    'src/core/hash.ts': "import { createHash } from 'node:crypto';\n",
    'src/store/sqlite/index.ts': "import { readFileSync } from 'node:fs';\n",
    'src/training/files.ts': "import { readFileSync } from 'node:fs';\n",
  };
  assert.deepEqual(
    report(files),
    [1, 2, 3, 4, 5, 6, 7].map((line) => `src/sim/bad.ts:${line} ambient`),
  );
});

test('console: only app, tools, benches and tests print', () => {
  const line = "console.log('x');\n";
  const files = {
    'src/store/a.ts': line,
    'src/risk/a.ts': line,
    'src/risk/a.test.ts': line,
    'src/app/a.ts': line,
    'tools/a.ts': line,
    'bench/a.ts': line,
  };
  assert.deepEqual(report(files), ['src/risk/a.ts:1 console', 'src/store/a.ts:1 console']);
});

test('any, double-cast, non-null: the type checker is not talked over; words, strings and names are no types', () => {
  const files = {
    'src/app/bad.ts': [
      'export function f(x: any): void {}',
      'export const a: Array<any> = [];',
      'export const b = (x: string) => x as unknown as number;',
      'export const c = (x: string) => (x as unknown) as number;',
      "export const d = new Map<string, { x: number }>().get('k')!;",
      'export type R = Record<string, any>;',
    ].join('\n'),
    'src/app/good.ts': [
      '/** any any any: a comment about any value, as unknown as a guest. */',
      "export const a = 'any'; // : any",
      'export const any = 1;',
      'export const b = { any: 2 }.any;',
      'export const c = (x: unknown) => x as string;',
      'export const d = (x: Float64Array, i: number) => x[i]!;',
      'export const e = /: any/;',
      `export const f = ${glue('`', ': any $', '{', '"x"', '} : any', '`')};`,
      "export const g = (['a'] as const) as readonly string[];",
      'export const h = (x: unknown) => x !== undefined;',
    ].join('\n'),
    'web/src/text.tsx': 'export const T = () => <p>any // any, as unknown as you like {1}</p>;\n',
    'src/app/x.test.ts': 'export const a: any = 1;\nexport const b = (x?: { y: number }) => x!.y;\n',
  };
  assert.deepEqual(report(files), [
    'src/app/bad.ts:1 any',
    'src/app/bad.ts:2 any',
    'src/app/bad.ts:3 double-cast',
    'src/app/bad.ts:4 double-cast',
    'src/app/bad.ts:5 non-null',
    'src/app/bad.ts:6 any',
    'src/app/x.test.ts:1 any',
  ]);
});

test('default-export, export-star: a door lists its names', () => {
  const files = {
    'src/core/index.ts':
      "export * from './a.ts';\nexport * as b from './b.ts';\nexport { c } from './c.ts';\n",
    'src/app/d.ts': 'export default function f(): void {}\n',
    'src/app/e.ts': 'const e = 1;\nexport default e;\n',
    'src/app/f.ts':
      'export const f = (x: number) => {\n  switch (x) {\n    default:\n      return 1;\n  }\n};\n',
  };
  assert.deepEqual(report(files), [
    'src/app/d.ts:1 default-export',
    'src/app/e.ts:2 default-export',
    'src/core/index.ts:1 export-star',
    'src/core/index.ts:2 export-star',
  ]);
});

test('long-function, long-file: more than 70 and 500 lines need a reason in words', () => {
  const body = (count: number): string => '  let x = 1;\n'.repeat(count);
  const reason = 'tidy: long-function the transition table reads best in one piece';
  const files = {
    'src/app/fits.ts': `export function f() {\n${body(68)}}\n`,
    'src/app/long.ts': `\nexport function f() {\n${body(69)}}\n`,
    'src/app/arrow.ts': `export const f = () => {\n${body(69)}};\n`,
    'src/app/method.ts': `export class C {\n  m() {\n${body(69)}  }\n}\n`,
    'src/app/explained.ts': `/**\n * Doc.\n * ${reason}\n */\nexport function f() {\n${body(69)}}\n`,
    'src/app/explained-arrow.ts': `// ${reason}\nexport const f = () => {\n${body(69)}};\n`,
    'src/app/explained-above.ts': `// ${reason}\n/** Doc. */\nexport async function f() {\n${body(69)}}\n`,
    'src/app/hollow.ts': `// tidy: long-function long\nexport const f = () => {\n${body(69)}};\n`,
    'src/app/far.ts': `// ${reason}\n\nexport const f = () => {\n${body(69)}};\n`,
    'src/app/file.ts': `${'export {};\n'.repeat(501)}`,
    'src/app/file-fits.ts': `${'export {};\n'.repeat(500)}`,
    'src/app/file-explained.ts': `/** Doc.\n * tidy: long-file one table of all keys */\n${'export {};\n'.repeat(501)}`,
    'src/app/long.test.ts': `export function f() {\n${body(600)}}\n`,
  };
  assert.deepEqual(report(files), [
    'src/app/arrow.ts:1 long-function',
    'src/app/far.ts:3 long-function',
    'src/app/file.ts:1 long-file',
    'src/app/hollow.ts:2 long-function',
    'src/app/long.ts:2 long-function',
    'src/app/method.ts:2 long-function',
  ]);
});

test('unfinished: marks of work left for later, in comments only', () => {
  const files = {
    'src/app/bad.ts': glue('// TO', 'DO later\nexport const a = 1; /* FIX', 'ME */\n// XX', 'X\n'),
    'src/app/good.ts': glue(
      "export const a = 'TO",
      "DO';\n// todos are fine in words\nexport const XX",
      'X = 1;\n',
    ),
  };
  assert.deepEqual(report(files), [
    'src/app/bad.ts:1 unfinished',
    'src/app/bad.ts:2 unfinished',
    'src/app/bad.ts:3 unfinished',
  ]);
});

test('suppression: a checker is silenced only with a reason', () => {
  const files = {
    'src/app/bad.ts': [
      glue('// @ts-', 'ignore because of reasons that are many'),
      glue('// @ts-', 'expect-error'),
      glue('// biome-', 'ignore lint/style/useConst: <explanation>'),
      glue('/* c8 ', 'ignore next */'),
      glue('// @ts-', 'nocheck'),
      glue('/* node:', 'coverage disable */'),
    ].join('\n'),
    'src/app/good.ts': [
      glue('// @ts-', 'expect-error: the constructor must refuse a look-alike'),
      glue('// biome-', 'ignore lint/style/useConst: the generated parser assigns it'),
      glue('/* c8 ', 'ignore next -- reached only on Windows hosts */'),
      glue("export const text = '// @ts-", "ignore';"),
    ].join('\n'),
  };
  assert.deepEqual(
    report(files),
    [1, 2, 3, 4, 5, 6].map((line) => `src/app/bad.ts:${line} suppression`),
  );
});

test('skipped-test: no test stands alone, none is skipped in silence', () => {
  const files = {
    'src/app/bad.test.ts': [
      "test.only('a', () => {});",
      "describe.skip('b', () => {});",
      "test('c', { skip: true }, () => {});",
      "test('d', { only: true }, () => {});",
      "test('e', (t) => t.skip());",
      "it.todo('f');",
    ].join('\n'),
    'src/app/good.test.ts': [
      "test('a', { skip: shared ? false : '../shared absent' }, () => {});",
      "test('b', (t) => t.skip('no chromium'));",
      'list.skip(3).only(4);',
    ].join('\n'),
    'src/app/code.ts': "stream.skip(); test.only('not a test file');\n",
  };
  assert.deepEqual(
    report(files),
    [1, 2, 3, 4, 5, 6].map((line) => `src/app/bad.test.ts:${line} skipped-test`),
  );
});

test('leak: registry hosts and paths of one machine are reported in any text', () => {
  const files = {
    'README.md': glue(
      'see htt',
      'ps://regis',
      'try.example.org/x\nhttps://www.npmjs.com/package/zod is a web page\n',
    ),
    '.npmrc': glue('regis', 'try=https://x.example\n'),
    'docs/a.md': glue('run /wo', 'rk/main/bin/xylen\nor /ho', 'me/someone/x\n'),
    'docs/b.md': 'https://example.org/work/x and ./work/x and the registry of models and /workers\n',
  };
  assert.deepEqual(report(files), [
    '.npmrc:1 leak',
    'README.md:1 leak',
    'docs/a.md:1 leak',
    'docs/a.md:2 leak',
  ]);
});

test('room, file-name: every folder is a known room with a door and a README', () => {
  const files = new Map(
    Object.entries({
      'src/core/index.ts': '',
      'src/core/README.md': '',
      'src/book/level.ts': '',
      'src/kitchen/pot.ts': '',
      'src/loose.ts': '',
      'src/store/index.ts': '',
      'src/store/README.md': '',
      'src/store/sqlite/pragmas.ts': '',
      'src/core/utils.ts': '',
      'src/core/OrderBook.ts': '',
      'src/core/order-book.golden.test.ts': '',
      'src/core/plain.js': '',
      'bin/tool.mjs': '',
      'try-out.ts': '',
      'tools/module.mts': '',
    }),
  );
  const findings = checkTree(files, MANIFESTS).map((finding) => `${finding.path} ${finding.rule}`);
  assert.deepEqual(findings, [
    'src room',
    'src/book/README.md room',
    'src/book/index.ts room',
    'src/core/OrderBook.ts file-name',
    'src/core/plain.js file-name',
    'src/core/utils.ts file-name',
    'src/kitchen room',
    'src/store/sqlite/index.ts room',
    'tools/module.mts file-name',
    'try-out.ts file-name',
  ]);
});

test('comments are found by place even behind text outside ASCII, strings and templates', () => {
  const text = [
    "const a = 'äöü // no comment';",
    `const b = ${glue('`', '// no $', "{'/* no */'} //", '`')}; // one`,
    'const c = /[/]*/; /* two',
    'still two */ const d = 1 / 2; // three',
  ].join('\n');
  const [source] = parseSources(new Map([['src/app/x.ts', text]]));
  assert.deepEqual(
    source?.comments.map((comment) => [comment.startLine, comment.endLine, comment.text]),
    [
      [2, 2, '// one'],
      [3, 4, '/* two\nstill two */'],
      [4, 4, '// three'],
    ],
  );
});

test('a finding says place, rule and what to do', () => {
  const tree = new Map([['src/costs/a.ts', "import { r } from '#risk';\n"]]);
  const finding = checkTree(tree, MANIFESTS).find((item) => item.rule === 'import');
  assert.ok(finding !== undefined);
  assert.equal(
    formatFinding(finding),
    'src/costs/a.ts:1  import: costs may import core domain book, not risk; pass the thing in, or move the noun down to a room both see',
  );
});

test('the repository is tidy', () => {
  const findings = checkRepository(ROOT).map(formatFinding);
  assert.equal(findings.length, 0, `\n${findings.join('\n')}\n`);
});
