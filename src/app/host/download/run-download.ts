/**
 * Downloads history: archives first, then what they do not cover by request, then the import, a data set at a time. A data set whose files are damaged
 * does not keep the others from being imported.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EpochUs, formatDurationUs, Prng, XylenError } from '#core';
import type { VenueId } from '#domain';
import { FileLoader } from '#net/files';
import { type VisionWish, visionArchives, visionHolds } from '#venues/binance-vision';
import type { CommandContext } from '../../cli/command.ts';
import { acquirePidFile } from '../../cli/pid-file.ts';
import type { XylenConfig } from '../../config/schema.ts';
import { type ImportResult, importFiles } from '../import-files.ts';
import { hostsOf, openTransport, readAuthority } from '../live/venue-connection.ts';
import { loadAdapter } from '../venue-adapters.ts';
import type { Stretch } from './asked-files.ts';
import { canAsk } from './asked-kinds.ts';
import { type DownloadKind, KIND_FACTS } from './download-kinds.ts';
import { type FetchedArchives, fetchArchives } from './fetch-archives.ts';
import { askedFolder, type DeskAnswer, type Gap, VenueDesk } from './venue-desk.ts';

/** One data set that is wanted. */
export interface DownloadJob {
  readonly kind: DownloadKind;
  readonly symbol: string;
  /** Bar length of klines; `null` for the others. */
  readonly timeframeUs: number | null;
}

/** What is wanted of one venue. */
export interface DownloadRequest {
  readonly venue: VenueId;
  readonly jobs: readonly DownloadJob[];
  readonly fromUs: EpochUs;
  /** Exclusive, not after the present. */
  readonly toUs: EpochUs;
  readonly parallel: number;
  /** True: downloaded rows take the place of archived ones they disagree with. */
  readonly replace: boolean;
  /** Base address of the public archives. */
  readonly archiveUrl: string;
  /** True: what the archives do not cover is asked for. */
  readonly isAsking: boolean;
}

/** What became of one data set. */
export interface JobOutcome {
  readonly job: DownloadJob;
  readonly archives: FetchedArchives;
  /** `null` = the venue was not asked. */
  readonly asked: DeskAnswer | null;
  /** What is covered neither by archives nor by answers. */
  readonly gaps: readonly Gap[];
  /** `null` = there was nothing to import, or it was damaged. */
  readonly imported: ImportResult | null;
  /** What kept some or all of it from coming; `null` = nothing. */
  readonly fault: XylenError | null;
}

const NO_ARCHIVES: FetchedArchives = {
  found: [],
  missing: [],
  unverified: [],
  bytesLoaded: 0,
  keptCount: 0,
  fault: null,
};

/** Refuses what is not to be had, before anything is loaded. @throws XY_USAGE. */
export async function checkRequest(request: DownloadRequest, config: XylenConfig): Promise<void> {
  for (const job of request.jobs) {
    const { archive, words } = KIND_FACTS[job.kind];
    const { venue } = request;
    if (visionHolds(venue, archive)) visionArchives(visionWish(request, job), request.toUs);
    else if (!(await isAskable(request, job, config))) throw notOffered(request, job);
    else if (!request.isAsking) {
      const message = `--no-rest: there are no archives of ${words} of ${venue}, they come by request alone`;
      throw new XylenError('XY_USAGE', message, { fields: { venue } });
    }
  }
}

/** Downloads and imports. @throws XY_VENUE_FAILED and others when archives cannot be loaded at all, XY_INTERRUPTED; faults of single data sets are in their outcomes */
export async function runDownload(
  request: DownloadRequest,
  config: XylenConfig,
  context: CommandContext,
): Promise<readonly JobOutcome[]> {
  await using opened = new AsyncDisposableStack();
  const folder = join(context.dataDir, 'downloads');
  const lock = acquirePidFile(folder, 'download');
  opened.defer(() => lock.release());
  const loader = new FileLoader({
    certificateAuthority: readAuthority(config),
    // Only the length of pauses after a failure is drawn from it.
    prng: new Prng(context.wallNowUs()),
    connectionsMax: request.parallel,
  });
  opened.defer(() => loader.close());
  const transport = openTransport(config);
  opened.defer(() => transport.close());
  const { progress, signal } = context;
  const { archiveUrl: baseUrl, parallel } = request;
  const plans = request.jobs.map((job) =>
    visionHolds(request.venue, KIND_FACTS[job.kind].archive)
      ? visionArchives(visionWish(request, job), context.wallNowUs())
      : [],
  );
  const fetched = await fetchArchives(plans, { baseUrl, folder, parallel, loader, signal, progress });
  const desk = new VenueDesk(request.venue, config, transport, context);
  const outcomes: JobOutcome[] = [];
  for (const [ix, job] of request.jobs.entries()) {
    const archives = fetched[ix] ?? NO_ARCHIVES;
    const work = new JobWork(request, job, archives, context);
    outcomes.push(await work.run((await isAskable(request, job, config)) ? desk : null));
  }
  return outcomes;
}

/** One data set on its way from files to the archive. */
class JobWork {
  readonly #request: DownloadRequest;
  readonly #job: DownloadJob;
  readonly #archives: FetchedArchives;
  readonly #context: CommandContext;
  #fault: XylenError | null;

  constructor(
    request: DownloadRequest,
    job: DownloadJob,
    archives: FetchedArchives,
    context: CommandContext,
  ) {
    this.#request = request;
    this.#job = job;
    this.#archives = archives;
    this.#context = context;
    this.#fault = archives.fault;
  }

  /** `desk` = `null`: the venue has no such history by request. */
  async run(desk: VenueDesk | null): Promise<JobOutcome> {
    const { found } = this.#archives;
    const open = uncovered(
      this.#request,
      found.map(({ archive }) => archive),
    );
    const asked = this.#fault === null && this.#request.isAsking ? await this.#ask(desk, open) : null;
    const why = this.#request.isAsking ? 'it comes in archives alone' : 'nothing was asked for (--no-rest)';
    const gaps = asked?.gaps ?? open.map((stretch) => ({ ...stretch, why: this.#fault?.message ?? why }));
    const paths = [...found.map(({ path }) => path), ...(asked?.paths ?? [])];
    const imported = this.#archives.fault === null && paths.length > 0 ? await this.#import(paths) : null;
    return { job: this.#job, archives: this.#archives, asked, gaps, imported, fault: this.#fault };
  }

  /** What the archives have is worth importing when the venue cannot be asked. */
  async #ask(desk: VenueDesk | null, stretches: readonly Stretch[]): Promise<DeskAnswer | null> {
    const { asked: kind } = KIND_FACTS[this.#job.kind];
    if (desk === null || kind === null || stretches.length === 0) return null;
    const { symbol, timeframeUs } = this.#job;
    try {
      return await desk.ask({ kind, symbol, timeframeUs, stretches });
    } catch (error) {
      const fault = this.#faultOf(error);
      // A symbol that is not listed any more has archives all the same.
      const isDelisted = fault.code === 'XY_INSTRUMENT_UNKNOWN' && this.#archives.found.length > 0;
      if (!isDelisted) this.#fault = fault;
      const gaps = stretches.map((stretch) => ({ ...stretch, why: fault.message }));
      return isDelisted ? { paths: [], rowCount: 0, gaps } : null;
    }
  }

  async #import(paths: readonly string[]): Promise<ImportResult | null> {
    const { kind, symbol, timeframeUs } = this.#job;
    const { replace, venue } = this.#request;
    const { history } = KIND_FACTS[kind];
    const wish = { paths, venue, symbol, kind: history, timeframeUs, replace };
    try {
      return await importFiles({ ...wish, dryRun: false, isOriginKnown: true }, this.#context);
    } catch (error) {
      const fault = this.#faultOf(error);
      this.#fault ??= fault;
      const { file } = fault.fields;
      // An answer that was damaged is asked for anew next time.
      if (typeof file === 'string' && file.startsWith(askedFolder(this.#context.dataDir)))
        await rm(file, { force: true });
      return null;
    }
  }

  /** Returns the fault of this data set. @throws what ends all of them */
  #faultOf(error: unknown): XylenError {
    if (!(error instanceof XylenError) || error.code === 'XY_INTERRUPTED') throw error;
    return error;
  }
}

/** Returns what of the range the archives do not cover, in order. */
function uncovered({ fromUs, toUs }: DownloadRequest, archives: readonly Stretch[]): readonly Stretch[] {
  const open: Stretch[] = [];
  let atUs = fromUs;
  for (const archive of archives) {
    if (archive.fromUs > atUs) open.push({ fromUs: atUs, toUs: Math.min(archive.fromUs, toUs) });
    atUs = Math.max(atUs, archive.toUs);
  }
  if (atUs < toUs) open.push({ fromUs: atUs, toUs });
  return open.filter((stretch) => stretch.fromUs < stretch.toUs);
}

function visionWish({ fromUs, toUs, venue }: DownloadRequest, job: DownloadJob): VisionWish {
  const { symbol, timeframeUs } = job;
  return { venue, kind: KIND_FACTS[job.kind].archive, symbol, timeframeUs, fromUs, toUs };
}

/** True when the venue has such a history by request; nothing is sent. @throws XY_USAGE when it has no adapter */
async function isAskable(request: DownloadRequest, job: DownloadJob, config: XylenConfig): Promise<boolean> {
  const { asked } = KIND_FACTS[job.kind];
  const adapter = await loadAdapter(request.venue);
  if (asked === null) return false;
  const { symbol, timeframeUs } = job;
  const { fromUs, toUs, venue } = request;
  const instrument = { ix: 0, venue, symbol, wireSymbol: symbol, priceDecimals: 0, qtyDecimals: 0 };
  const range = { instrument, restSymbol: symbol, fromUs, toUs };
  try {
    return canAsk(adapter.rest(hostsOf(adapter, config)), asked, range, timeframeUs);
  } catch (error) {
    // Adapters refuse a bar length that they do not know in words of their own.
    if (error instanceof XylenError && error.code === 'XY_USAGE') return false;
    throw error;
  }
}

function notOffered({ venue }: DownloadRequest, { kind, symbol, timeframeUs }: DownloadJob): XylenError {
  const { asked, words } = KIND_FACTS[kind];
  const fields = { venue, symbol, kind };
  const length = formatDurationUs(timeframeUs ?? 0);
  if (asked === 'candles')
    return new XylenError('XY_USAGE', `--timeframe: ${venue} has no candles of ${length}`, { fields });
  const how =
    asked === null ? 'there are public archives of Binance alone' : 'it answers no request for them';
  const message = `${venue} has no history of ${words}: ${how}; 'xylen record' collects what comes from now on`;
  return new XylenError('XY_USAGE', message, { fields });
}
