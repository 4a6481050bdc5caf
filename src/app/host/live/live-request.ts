/** What is traded live and how. Kept beside the run, so that it can be continued as what it is: a live run never goes on as another one. */
import { XylenError } from '#core';
import { type RunFolder, readRunFile, writeRunFile } from '../../runs/run-folder.ts';
import type { StrategyChoice } from '../strategies.ts';
import type { LiveMarketWish } from './live-market.ts';

/** `dry-run` sends nothing; `testnet` trades the venue's test system; `live` the account itself. */
export type LiveMode = 'dry-run' | 'testnet' | 'live';

/** What is asked for on the command line. */
export interface LiveRequest extends LiveMarketWish {
  readonly mode: LiveMode;
  readonly strategy: StrategyChoice;
}

/** What a run keeps of its beginning. */
export interface LiveStart {
  readonly request: LiveRequest;
  readonly startUs: number;
  readonly tradeFromUs: number;
  readonly endUs: number;
  /** Cash of the account at the beginning, in atoms as decimal text. */
  readonly startCashAtoms: string;
  /** True when the venue was the simulated exchange of this machine: it never goes on as anything else. */
  readonly isSimulated: boolean;
  /** True when it was tried, and the venue's countdown spared stops. */
  readonly sparesStops: boolean;
}

const START_FILE = 'live.json';

/** Keeps it. */
export function writeLiveStart(folder: RunFolder, start: LiveStart): void {
  writeRunFile(folder, START_FILE, `${JSON.stringify(start)}\n`);
}

/** Returns what a run began with. @throws XY_RUN_MISSING when it was no live run */
export function readLiveStart(folder: RunFolder): LiveStart {
  const text = readRunFile(folder, START_FILE);
  if (text !== null) return JSON.parse(text) as LiveStart;
  throw new XylenError('XY_RUN_MISSING', `run '${folder.runId}' is no live run: resume it with xylen paper`);
}
