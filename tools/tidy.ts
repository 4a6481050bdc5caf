/**
 * The house style as a test: reads the whole tree and reports every breach with its place and what to do instead. Run it with
 * `npm run tidy`; `tools/tidy.test.ts` runs it with the unit tests and proves each rule by an example that must be reported.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AliasMap, type Edge, edgeCollector } from './tidy/edges.ts';
import { type Finding, formatFinding } from './tidy/finding.ts';
import { checkComments } from './tidy/rule-comments.ts';
import { checkCycles } from './tidy/rule-cycles.ts';
import { checkEdge, type Packages, sealRule } from './tidy/rule-imports.ts';
import { checkLayout } from './tidy/rule-layout.ts';
import { ambientRule, checkBuiltin } from './tidy/rule-purity.ts';
import { sizeRule } from './tidy/rule-sizes.ts';
import { skippedTestRule } from './tidy/rule-tests.ts';
import { checkText } from './tidy/rule-text.ts';
import { typeRule } from './tidy/rule-types.ts';
import { parseSources } from './tidy/source.ts';
import { walk } from './tidy/walk.ts';

/** What the manifests say, as far as tidy needs it. */
export interface Manifests {
  readonly aliases: AliasMap;
  readonly packages: Packages;
}

/** Folders whose TypeScript is parsed. */
const CODE_FOLDERS = /^(src|web\/src|tools|bench|test|examples)\/.*\.tsx?$/;
/** Larger files are data, not text that somebody wrote. */
const TEXT_BYTES_MAX = 1_000_000;

/** Reports every breach in a tree given as text by path (relative, forward slashes). */
export function checkTree(files: ReadonlyMap<string, string>, manifests: Manifests): readonly Finding[] {
  const edges: Edge[] = [];
  const findings: Finding[] = [...checkLayout([...files.keys()])];
  for (const [path, text] of files) findings.push(...checkText(path, text));
  const code = new Map([...files].filter(([path]) => CODE_FOLDERS.test(path)));
  for (const source of parseSources(code)) {
    const rules = [sealRule, ambientRule, typeRule, sizeRule, skippedTestRule].map((rule) => rule(source));
    findings.push(...walk(source, [edgeCollector(source, manifests.aliases, edges), ...rules]));
    findings.push(...checkComments(source));
  }
  for (const edge of edges) findings.push(...checkEdge(edge, manifests.packages), ...checkBuiltin(edge));
  findings.push(...checkCycles(edges));
  return findings.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
}

/** Returns the text files of the repository by path: what git tracks or would track; without git, what a walk finds. */
export function readTree(root: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const path of listPaths(root)) {
    // Git still lists what was deleted in the working tree.
    if (!existsSync(join(root, path))) continue;
    const bytes = readFileSync(join(root, path));
    if (bytes.length > TEXT_BYTES_MAX || bytes.subarray(0, 8000).includes(0)) continue;
    files.set(path, bytes.toString('utf8'));
  }
  return files;
}

function listPaths(root: string): readonly string[] {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (git.status === 0) return git.stdout.split('\0').filter((path) => path !== '');
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !/(^|\/)(node_modules|dist|data|coverage|\.git|\.cache)\//.test(path));
}

/** Reads aliases and dependencies from the manifests of the tree. */
export function readManifests(files: ReadonlyMap<string, string>): Manifests {
  const root = parseManifest(files.get('package.json'));
  const web = parseManifest(files.get('web/package.json'));
  return {
    aliases: root.imports ?? {},
    packages: {
      root: new Set([root.name ?? '', ...Object.keys(root.dependencies ?? {})]),
      rootDev: new Set(Object.keys(root.devDependencies ?? {})),
      web: new Set([...Object.keys(web.dependencies ?? {}), ...Object.keys(web.devDependencies ?? {})]),
    },
  };
}

interface Manifest {
  readonly name?: string;
  readonly imports?: AliasMap;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function parseManifest(text: string | undefined): Manifest {
  return text === undefined ? {} : (JSON.parse(text) as Manifest);
}

/** Checks the repository at `root`. */
export function checkRepository(root: string): readonly Finding[] {
  const files = readTree(root);
  return checkTree(files, readManifests(files));
}

if (import.meta.main) {
  const findings = checkRepository(resolve(import.meta.dirname, '..'));
  for (const finding of findings) console.log(formatFinding(finding));
  console.log(findings.length === 0 ? 'tidy: nothing to report' : `tidy: ${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
