/** Runs `xylen download` in the process, against servers of the test. */
import type { TestContext } from 'node:test';
import type { CommandContext } from '../../src/app/cli/command.ts';
import { command } from '../../src/app/commands/download.ts';
import { loadConfig } from '../../src/app/config/load.ts';
import { type CommandOptions, type CommandResult, runCommand } from './command-run.ts';
import { FileServer } from './file-server.ts';
import { HistoryVenue } from './history-venue.ts';
import { tempDir } from './temp-dir.ts';

/** A data set in the document of `--json`. */
export interface DownloadedSet {
  readonly venue: string;
  readonly symbol: string;
  readonly kind: string;
  readonly timeframe: string | null;
  readonly files: number;
  readonly filesKept: number;
  readonly bytesLoaded: number;
  readonly missing: readonly string[];
  readonly unverified: readonly string[];
  readonly rowsAsked: number | null;
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly why: string }[];
  readonly rowsNew: number;
  readonly rowsKnown: number;
  readonly rowsReplaced: number;
  readonly rowsLeftOut: Readonly<Record<string, number>>;
  readonly rows: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly barsMissing: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A server of archives and of all venues, and a data directory. */
export class DownloadBench {
  readonly server: FileServer;
  readonly venue: HistoryVenue;
  readonly dataDir: string;
  readonly #nowUs: number;

  private constructor(server: FileServer, dataDir: string, nowUs: number) {
    this.server = server;
    this.dataDir = dataDir;
    this.#nowUs = nowUs;
    this.venue = new HistoryVenue(nowUs);
    server.onOther = this.venue.answer;
  }

  /** `nowUs` is the present of both sides. */
  static async start(context: TestContext, nowUs: number): Promise<DownloadBench> {
    return new DownloadBench(await FileServer.start(context), tempDir(context), nowUs);
  }

  /** Runs the command; addresses are those of the server unless told otherwise. */
  run(
    kinds: readonly string[],
    options: CommandOptions,
    given: Partial<CommandContext> = {},
    dataDir = this.dataDir,
  ): Promise<CommandResult> {
    const urls = { archiveUrl: this.server.url, restUrl: this.server.url };
    const { config } = loadConfig({ cwd: dataDir, environment: {} });
    const context = { config, wallNowUs: () => this.#nowUs, ...given };
    return runCommand(command, dataDir, [kinds], { ...urls, ...options }, context);
  }

  /** Runs it with `--json` and returns its data sets. */
  async sets(
    kinds: readonly string[],
    options: CommandOptions,
    dataDir = this.dataDir,
  ): Promise<{ readonly exitCode: number; readonly sets: readonly DownloadedSet[] }> {
    const { exitCode, json } = await this.run(kinds, { ...options, json: true }, {}, dataDir);
    return { exitCode, sets: (json as { dataSets: readonly DownloadedSet[] }).dataSets };
  }

  /** Runs it for one data set. */
  async set(kind: string, options: CommandOptions, dataDir = this.dataDir): Promise<DownloadedSet> {
    const { sets } = await this.sets([kind], options, dataDir);
    const [set] = sets;
    if (set === undefined || sets.length !== 1) throw new Error(`one data set, found ${sets.length}`);
    return set;
  }
}
