/**
 * The folder of a run: `DATA_DIR/runs/RUN_ID/` with `record.sqlite`, `intents.sqlite`, `manifest.json` and reports. `DATA_DIR/runs/latest`
 * names the newest run. A folder is made once and never re-used for another run.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, formatIso, XylenError } from '#core';

/** Where the files of a run lie. */
export interface RunFolder {
  readonly runId: string;
  /** Absolute when the data directory is. */
  readonly path: string;
  readonly recordPath: string;
  readonly intentsPath: string;
  readonly manifestPath: string;
}

/** The name that stands for the newest run. */
export const LATEST_RUN = 'latest';

const RUN_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Runs named in a message. */
const SHOWN_MAX = 20;

/** True when `text` can be the id of a run. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text) && text !== LATEST_RUN;
}

/** Returns an id that no run has yet: mode, wall time, and a counter when that is taken. */
export function newRunId(dataDir: string, mode: string, wallNowUs: number): string {
  const stamp = formatIso(wallNowUs).slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const base = `${mode}-${stamp}`;
  assert(isRunId(base), `mode and time make a run id, made ${base}`);
  for (let count = 1; ; count++) {
    const runId = count === 1 ? base : `${base}-${count}`;
    if (!existsSync(join(runsDir(dataDir), runId))) return runId;
  }
}

/** Makes the folder of a new run and the name `latest` point to it. @throws XY_USAGE for a bad id, XY_RUN_EXISTS. */
export function createRun(dataDir: string, runId: string): RunFolder {
  if (!isRunId(runId)) {
    throw new XylenError(
      'XY_USAGE',
      `expected a run id of up to 64 lower-case letters, digits and '-', not beginning with '-' and not '${LATEST_RUN}', found '${runId}'`,
      { fields: { runId } },
    );
  }
  const folder = folderOf(dataDir, runId);
  mkdirSync(runsDir(dataDir), { recursive: true });
  try {
    mkdirSync(folder.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new XylenError('XY_RUN_EXISTS', `a run named '${runId}' exists already in ${dataDir}`, {
      fields: { runId, dataDir },
    });
  }
  writeWhole(join(runsDir(dataDir), LATEST_RUN), `${runId}\n`);
  return folder;
}

/** Returns the folder of the run with that id, or of the newest one for `latest`. @throws XY_RUN_MISSING naming the runs that exist. */
export function openRun(dataDir: string, name: string = LATEST_RUN): RunFolder {
  const runId = name === LATEST_RUN ? latestRunId(dataDir) : name;
  if (runId !== undefined && isRunId(runId)) {
    const folder = folderOf(dataDir, runId);
    if (existsSync(folder.path)) return folder;
  }
  const known = listRuns(dataDir).map((folder) => folder.runId);
  const shown = known.slice(-SHOWN_MAX).join(', ');
  const more = known.length > SHOWN_MAX ? ` and ${known.length - SHOWN_MAX} more` : '';
  throw new XylenError(
    'XY_RUN_MISSING',
    `expected a run named '${name}' in ${dataDir}, found ${known.length === 0 ? 'no run at all' : shown + more}`,
    { fields: { run: name, dataDir } },
  );
}

/** Returns all runs by id. */
export function listRuns(dataDir: string): readonly RunFolder[] {
  if (!existsSync(runsDir(dataDir))) return [];
  return readdirSync(runsDir(dataDir), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isRunId(entry.name))
    .map((entry) => entry.name)
    .sort()
    .map((runId) => folderOf(dataDir, runId));
}

/** Returns where the files of a run lie, whether or not it exists. */
export function folderOf(dataDir: string, runId: string): RunFolder {
  assert(isRunId(runId), `${runId} is a run id`);
  const path = join(runsDir(dataDir), runId);
  return {
    runId,
    path,
    recordPath: join(path, 'record.sqlite'),
    intentsPath: join(path, 'intents.sqlite'),
    manifestPath: join(path, 'manifest.json'),
  };
}

/** Writes a file of the run (manifest, report) so that it appears whole or not at all; returns its path. */
export function writeRunFile(folder: RunFolder, name: string, text: string): string {
  assert(/^[a-z0-9][a-z0-9.-]*$/.test(name), `${name} is a plain file name`);
  const path = join(folder.path, name);
  writeWhole(path, text);
  return path;
}

/** Returns the text of a file of the run, `null` when it has none of that name. */
export function readRunFile(folder: RunFolder, name: string): string | null {
  const path = join(folder.path, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function runsDir(dataDir: string): string {
  return join(dataDir, 'runs');
}

function latestRunId(dataDir: string): string | undefined {
  const path = join(runsDir(dataDir), LATEST_RUN);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** Writes a file so that it appears whole or not at all. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.part`;
  writeFileSync(draft, text, { flush: true });
  renameSync(draft, path);
}
