/**
 * The registry of trained models: `DATA_DIR/models/NAME/VERSION/{manifest.json, model.txt, calibration.json}` and, beside the versions,
 * `current.json`: which version serves and which served before. A version never changes once it is there; loading checks all of it. Writes are
 * atomic: whoever is interrupted leaves the registry as it was.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, sha256Hex, XylenError } from '#core';
import { parseCalibrationMap } from '#ensemble';
import { GbmModel } from '#learn';
import type { ModelArtefact } from '../forecaster.ts';
import { createFolder, replaceFile, UNFINISHED_PREFIX } from './durable-files.ts';
import {
  type ManifestCircumstances,
  type ManifestContent,
  type ModelManifest,
  parseManifest,
  versionOf,
  votesFromUs,
} from './manifest.ts';

/** What is saved of a training. */
export interface ModelFiles {
  readonly version: string;
  readonly content: ManifestContent;
  readonly modelText: string;
  readonly calibrationText: string;
}

/** A model of the registry, checked. */
export interface RegistryEntry {
  readonly manifest: ModelManifest;
  readonly artefact: ModelArtefact;
}

/** Which version serves. */
export interface ServingRecord {
  readonly version: string;
  readonly sinceUs: number;
}

const MANIFEST_FILE = 'manifest.json';
const MODEL_FILE = 'model.txt';
const CALIBRATION_FILE = 'calibration.json';
const CURRENT_FILE = 'current.json';

/** Former serving versions that are remembered for a rollback. */
const HISTORY_MAX = 50;

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const VERSION = /^[0-9a-f]{16}$/;

const record = z.strictObject({ version: z.string().regex(VERSION), sinceUs: z.int() });
const currentForm = z.strictObject({ serving: z.array(record).min(1).max(HISTORY_MAX) });

/** The models of a data directory. */
export class ModelRegistry {
  readonly #folder: string;
  readonly #tag: string;

  /** `tag` keeps the unfinished files of two programs apart: the process id. */
  constructor(dataDir: string, tag: string) {
    this.#folder = join(dataDir, 'models');
    this.#tag = tag;
  }

  /** Names of all models, sorted. */
  names(): readonly string[] {
    return foldersIn(this.#folder).filter((name) => NAME.test(name));
  }

  /** Versions of a model, sorted by name; none for a model that is not there. */
  versions(name: string): readonly string[] {
    return foldersIn(this.#pathOf(name)).filter((version) => VERSION.test(version));
  }

  /** The version that serves; `null` when none was promoted. @throws XY_MODEL_INVALID when the pointer is damaged */
  current(name: string): ServingRecord | null {
    return this.#serving(name).at(-1) ?? null;
  }

  /** Reads and checks a version. @throws XY_MODEL_MISSING, XY_MODEL_INVALID naming what differs */
  load(name: string, version: string): RegistryEntry {
    const folder = join(this.#pathOf(name), version);
    if (!VERSION.test(version) || !existsSync(folder)) throw missing(name, version, this.versions(name));
    const manifest = checkedManifest(folder, name, version);
    const { calibration: calibrationHash, model: modelHash } = manifest.content.files;
    const modelText = checkedFile(folder, MODEL_FILE, modelHash);
    const calibrationText = checkedFile(folder, CALIBRATION_FILE, calibrationHash);
    const { features, head, variance } = manifest.content;
    const trees = GbmModel.fromLightGbmText(modelText);
    if (trees.featureNames.join() !== features.names.join())
      throw invalid(join(folder, MODEL_FILE), 'its features are not those of the manifest');
    const artefact: ModelArtefact = {
      name,
      version,
      featureSetHash: features.setHash,
      featureNames: features.names,
      votesFromUs: votesFromUs(manifest.content),
      modelText,
      calibration: parseCalibrationMap(JSON.parse(calibrationText)),
      head,
      variance,
    };
    return { manifest, artefact };
  }

  /** Reads the version that serves; `null` when none does. @throws as `load` */
  loadCurrent(name: string): RegistryEntry | null {
    const serving = this.current(name);
    return serving === null ? null : this.load(name, serving.version);
  }

  /** Saves a version; one that is there already stays as it is, since a version is its content. */
  save({ calibrationText, content, modelText, version }: ModelFiles, found: ManifestCircumstances): void {
    const folder = this.#pathOf(content.name);
    if (existsSync(join(folder, version))) return;
    const manifest: ModelManifest = { version, content, circumstances: found };
    this.#removeUnfinished(folder);
    createFolder(
      join(folder, version),
      {
        [MANIFEST_FILE]: `${JSON.stringify(manifest, null, 2)}\n`,
        [MODEL_FILE]: modelText,
        [CALIBRATION_FILE]: calibrationText,
      },
      this.#tag,
    );
  }

  /**
   * Makes a version serve. `rival` is the version that it was compared with (`null`: none served then); `undefined` = whoever serves. Returns
   * false, and changes nothing, when another serves by now: the comparison then says nothing. @throws as `load`
   */
  promote(name: string, version: string, nowUs: number, rival?: string | null): boolean {
    this.load(name, version);
    const serving = this.#serving(name);
    if (rival !== undefined && (serving.at(-1)?.version ?? null) !== rival) return false;
    if (serving.at(-1)?.version === version) return true;
    this.#writeServing(name, [...serving, { version, sinceUs: nowUs }].slice(-HISTORY_MAX));
    return true;
  }

  /** Makes the version serve that served before; returns it. @throws XY_MODEL_MISSING when there is none, as `load` when it is damaged */
  rollback(name: string): ServingRecord {
    const serving = this.#serving(name);
    const before = serving.at(-2);
    if (before === undefined) {
      const message = `no version of model '${name}' served before the present one`;
      throw new XylenError('XY_MODEL_MISSING', message, { fields: { model: name } });
    }
    this.load(name, before.version);
    this.#writeServing(name, serving.slice(0, -1));
    return before;
  }

  #serving(name: string): readonly ServingRecord[] {
    const path = join(this.#pathOf(name), CURRENT_FILE);
    if (!existsSync(path)) return [];
    const parsed = currentForm.safeParse(jsonOf(path));
    if (!parsed.success) throw invalid(path, `expected which versions served, ${messageOf(parsed.error)}`);
    return parsed.data.serving;
  }

  #writeServing(name: string, serving: readonly ServingRecord[]): void {
    const path = join(this.#pathOf(name), CURRENT_FILE);
    replaceFile(path, `${JSON.stringify({ serving }, null, 2)}\n`, this.#tag);
  }

  #pathOf(name: string): string {
    if (NAME.test(name)) return join(this.#folder, name);
    throw new XylenError('XY_USAGE', `a model's name is lower-case letters, digits, - and _, was '${name}'`);
  }

  /** Takes away what an earlier program of the same tag did not finish. */
  #removeUnfinished(folder: string): void {
    rmSync(join(folder, `${UNFINISHED_PREFIX}${this.#tag}`), { recursive: true, force: true });
  }
}

function foldersIn(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((item) => item.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function checkedManifest(folder: string, name: string, version: string): ModelManifest {
  const path = join(folder, MANIFEST_FILE);
  const manifest = parseManifest(jsonOf(path));
  if (typeof manifest === 'string') throw invalid(path, manifest);
  if (manifest.content.name !== name)
    throw invalid(path, `it is of model '${manifest.content.name}', not '${name}'`);
  const found = versionOf(manifest.content);
  if (manifest.version !== version || found !== version)
    throw invalid(path, `its content is version ${found}, not ${version}`);
  return manifest;
}

function checkedFile(folder: string, file: string, expectedHash: string): string {
  const path = join(folder, file);
  const text = textOf(path);
  const found = sha256Hex(text);
  if (found === expectedHash) return text;
  throw invalid(path, `expected the content of hash ${expectedHash}, found ${found}`);
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(textOf(path)) as unknown;
  } catch (thrown) {
    if (thrown instanceof XylenError) throw thrown;
    throw invalid(path, messageOf(thrown));
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw invalid(path, messageOf(thrown));
  }
}

function invalid(path: string, what: string): XylenError {
  return new XylenError('XY_MODEL_INVALID', `${path}: ${what}`, { fields: { file: path } });
}

function missing(name: string, version: string, versions: readonly string[]): XylenError {
  const there = versions.length === 0 ? 'none' : versions.join(', ');
  const message = `model '${name}' has no version '${version}'; there is ${there}`;
  return new XylenError('XY_MODEL_MISSING', message, { fields: { model: name, version } });
}
