/**
 * Rule `ambient`: a pure room takes clock, randomness, scheduling, environment and I/O as parameters. Rule `console`: only `app`,
 * tools, benches and tests print.
 */
import {
  isCallExpression,
  isIdentifier,
  isNewExpression,
  isPropertyAccessExpression,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { findRoom, isImplementation } from '../rooms.ts';
import type { Edge } from './edges.ts';
import type { Finding } from './finding.ts';
import type { Source } from './source.ts';
import type { NodeRule } from './walk.ts';

const SCHEDULE = 'return the moment at which you want to be called; the engine schedules';
const TRANSPORT = 'take a transport as a parameter; net holds the sockets';
const WORKER = 'app starts the workers; take a port as a parameter';
const PARAMETER = 'take what is needed as a parameter';

/** Globals that reach outside, with what to do instead. */
const AMBIENT: ReadonlyMap<string, string> = new Map([
  ['performance', 'take the moment from the event, or a clock as a parameter'],
  ['process', 'take what is needed as a parameter; app reads environment and process'],
  ['setTimeout', SCHEDULE],
  ['setInterval', SCHEDULE],
  ['setImmediate', SCHEDULE],
  ['clearTimeout', SCHEDULE],
  ['clearInterval', SCHEDULE],
  ['clearImmediate', SCHEDULE],
  ['queueMicrotask', 'call it now: pure code is synchronous'],
  ['crypto', "take a Prng of '#core'; hashes come from '#core' too"],
  ['fetch', 'take the data as a parameter; venues and net do the I/O'],
  ['WebSocket', TRANSPORT],
  ['EventSource', TRANSPORT],
  ['Worker', WORKER],
  ['MessageChannel', WORKER],
  ['BroadcastChannel', WORKER],
  ['globalThis', 'name what you need; the global object hides it from this test'],
  ['require', 'use an import'],
  ['eval', 'write the code out'],
  ['Function', 'write the code out'],
  ['Temporal', 'take the moment from the event, or a clock as a parameter'],
  ['Intl', 'the locale of the host must not change a result; format by hand'],
  ['navigator', PARAMETER],
  ['localStorage', PARAMETER],
]);

/** Methods whose result depends on the host's time zone or locale. */
const AMBIENT_METHODS =
  /^(toLocale\w*|localeCompare|getTimezoneOffset|[gs]et(FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds))$/;

/** Built-in modules of which some names touch nothing outside. */
const PURE_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['buffer', ['Buffer']],
  ['v8', ['serialize', 'deserialize']],
]);

/** True for a file in which nothing ambient may be touched. */
export function isPurePlace(source: Source): boolean {
  const { isTest, part } = source.place;
  const room = findRoom(source.place.room);
  return room?.isPure === true && !isTest && !isImplementation(room, part);
}

/** Reports imports of built-in modules that reach outside from a pure room. */
export function checkBuiltin(edge: Edge): readonly Finding[] {
  if (edge.target.kind !== 'node' || !isPurePlace(edge.source)) return [];
  const { module } = edge.target;
  const at = { path: edge.source.path, line: edge.line, rule: 'ambient' };
  if (module === 'crypto') {
    if (edge.source.place.room === 'core') return [];
    return [{ ...at, message: "node:crypto is for core alone; use sha256Hex of '#core'" }];
  }
  const pureNames = PURE_NAMES.get(module);
  if (pureNames !== undefined && edge.names?.every((name) => pureNames.includes(name)) === true) return [];
  const advice = pureNames === undefined ? PARAMETER : `import only { ${pureNames.join(', ')} } of it`;
  return [{ ...at, message: `node:${module} reaches outside a pure room; ${advice}` }];
}

/** Reports uses of ambient globals in a pure room, and of `console` outside the rooms that print. */
export function ambientRule(source: Source): NodeRule {
  const { zone, room, isTest } = source.place;
  const isPure = isPurePlace(source);
  const mayPrint = isTest || zone !== 'src' || room === 'app';
  const declared = new Set<string>();
  const uses: { readonly name: string; readonly finding: Finding }[] = [];
  const add = (node: Node, name: string, rule: string, message: string): void => {
    uses.push({ name, finding: { path: source.path, line: source.lineOf(node), rule, message } });
  };
  const visit = (node: Node, parent: Node, isInType: boolean): void => {
    if (isInType || (!isPure && mayPrint)) return;
    if (isPure && isPropertyAccessExpression(node) && AMBIENT_METHODS.test(node.name.text)) {
      const text = `.${node.name.text} depends on the host's locale or time zone; use the UTC form or format by hand`;
      add(node, '', 'ambient', text);
    }
    if (!isIdentifier(node)) return;
    if (isNameOf(node, parent)) {
      if (isBinding(parent)) declared.add(node.text);
      return;
    }
    const message = isPure ? ambientUse(node.text, node, parent) : undefined;
    if (message !== undefined) add(node, node.text, 'ambient', message);
    if (!mayPrint && node.text === 'console') {
      add(node, node.text, 'console', "use the Log of '#telemetry'; only app prints");
    }
  };
  // A local variable may share its name with a global: `performance` of a strategy is no clock.
  const finish = (): readonly Finding[] =>
    uses.filter((use) => !declared.has(use.name)).map((use) => use.finding);
  return { visit, finish };
}

/** Returns what is wrong with the use of a global, or `undefined`. */
function ambientUse(name: string, node: Node, parent: Node): string | undefined {
  if (name === 'Math') return mathUse(node, parent);
  if (name === 'Date') return dateUse(node, parent);
  const advice = AMBIENT.get(name);
  return advice === undefined ? undefined : `${name} is not for a pure room; ${advice}`;
}

function mathUse(node: Node, parent: Node): string | undefined {
  const isNamed = isPropertyAccessExpression(parent) && parent.expression === node;
  if (isNamed && parent.name.text !== 'random') return undefined;
  return "Math.random gives other numbers in each run; take a Prng of '#core' and split it";
}

/** `Date.UTC`, `Date.parse`, `new Date(oneValue)` and `instanceof Date` are pure; anything else reads the clock or the time zone. */
function dateUse(node: Node, parent: Node): string | undefined {
  if (isPropertyAccessExpression(parent) && /^(UTC|parse)$/.test(parent.name.text)) return undefined;
  if (isNewExpression(parent) && parent.expression === node && parent.arguments?.length === 1)
    return undefined;
  if (parent.kind === SyntaxKind.BinaryExpression) return undefined;
  if (isCallExpression(parent) || isNewExpression(parent) || isPropertyAccessExpression(parent)) {
    return 'the wall clock and the local time zone are not for a pure room; take the moment from the event, or a clock as a parameter';
  }
  return 'Date as a value hides the wall clock; take a clock as a parameter';
}

/** True when an identifier names a member, a binding, an import or a label, and uses nothing. */
function isNameOf(node: Node, parent: Node): boolean {
  if (parent.kind === SyntaxKind.ShorthandPropertyAssignment) return false;
  const names = parent as Node & { name?: unknown; propertyName?: unknown; label?: unknown };
  return names.name === node || names.propertyName === node || names.label === node;
}

const BINDINGS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.VariableDeclaration,
  SyntaxKind.Parameter,
  SyntaxKind.BindingElement,
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.ClassDeclaration,
  SyntaxKind.ImportSpecifier,
  SyntaxKind.NamespaceImport,
]);

function isBinding(parent: Node): boolean {
  return BINDINGS.has(parent.kind);
}
