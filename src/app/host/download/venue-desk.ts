/** Where a venue is asked for history; it is connected to at the first question. */
import { join } from 'node:path';
import { type EpochUs, floorToTimeframe, formatDurationUs, Prng, US_PER_SECOND } from '#core';
import type { VenueId } from '#domain';
import type { SocketTransport } from '#net/socket';
import type { ListedInstrument } from '#venues/market';
import type { CommandContext } from '../../cli/command.ts';
import type { XylenConfig } from '../../config/schema.ts';
import { connectVenue, pickInstruments, type VenueConnection } from '../live/venue-connection.ts';
import { type AskedHistory, askHistory } from './ask-history.ts';
import { dropOpenFiles, type Stretch } from './asked-files.ts';
import type { AskedKind } from './asked-kinds.ts';

/** What is wanted of one symbol. */
export interface DeskQuestion {
  readonly kind: AskedKind;
  readonly symbol: string;
  readonly timeframeUs: number | null;
  readonly stretches: readonly Stretch[];
}

/** A stretch that is not covered, and why. */
export interface Gap extends Stretch {
  readonly why: string;
}

/** What was answered. */
export interface DeskAnswer {
  readonly paths: readonly string[];
  readonly rowCount: number;
  readonly gaps: readonly Gap[];
}

/** A venue may still correct a bar in the moment in which it closes. */
const SETTLE_US = 5 * US_PER_SECOND;
/** What is asked for of a limited history begins a little later than its limit: the question takes time. */
const AGE_SLACK_US = 600 * US_PER_SECOND;

/** Asks one venue. */
export class VenueDesk {
  readonly #venue: VenueId;
  readonly #config: XylenConfig;
  readonly #transport: SocketTransport;
  readonly #context: CommandContext;
  #opening: Promise<OpenDesk> | null = null;

  constructor(venue: VenueId, config: XylenConfig, transport: SocketTransport, context: CommandContext) {
    this.#venue = venue;
    this.#config = config;
    this.#transport = transport;
    this.#context = context;
  }

  /** @throws XY_INSTRUMENT_UNKNOWN, XY_VENUE_FAILED, XY_VENUE_LIMITED, XY_VENUE_REPLY, XY_INTERRUPTED. */
  async ask(question: DeskQuestion): Promise<DeskAnswer> {
    const folder = folderOf(this.#context.dataDir, this.#venue, question);
    this.#opening ??= this.#open();
    const desk = await this.#opening;
    const [wanted] = pickInstruments(desk.connection.adapter, desk.listed, [question.symbol]);
    const answers: AskedHistory[] = [];
    const gaps: Gap[] = [];
    await dropOpenFiles(folder);
    for (const stretch of question.stretches) {
      const asked = this.#fitting(stretch, question, desk, gaps);
      if (wanted === undefined || asked.fromUs >= asked.toUs) continue;
      const { connection, nowUs } = desk;
      const { progress } = this.#context;
      const answer = await askHistory(
        { ...asked, ...question, wanted },
        { connection, folder, nowUs, progress },
      );
      answers.push(answer);
      gaps.push(...answer.gaps.map((gap) => ({ ...gap, why: `${this.#venue} has nothing of it` })));
    }
    return {
      paths: answers.flatMap(({ paths }) => paths),
      rowCount: answers.reduce((sum, { rowCount }) => sum + rowCount, 0),
      gaps,
    };
  }

  /** Cuts a stretch to what is over, to whole bars, and to what the venue answers for. */
  #fitting(stretch: Stretch, { kind, timeframeUs }: DeskQuestion, desk: OpenDesk, gaps: Gap[]): Stretch {
    const toUs = Math.min(stretch.toUs, desk.nowUs);
    if (timeframeUs !== null) {
      const fromUs = -floorToTimeframe(-stretch.fromUs, timeframeUs);
      return { fromUs, toUs: floorToTimeframe(toUs, timeframeUs) };
    }
    const ageUs = kind === 'open-interest' ? desk.connection.rest.openInterestAgeUsMax : undefined;
    if (ageUs === undefined) return { fromUs: stretch.fromUs, toUs };
    const fromUs = Math.max(stretch.fromUs, desk.nowUs - ageUs + AGE_SLACK_US);
    const why = `${this.#venue} answers for the last ${formatDurationUs(ageUs)} alone`;
    if (fromUs > stretch.fromUs) gaps.push({ fromUs: stretch.fromUs, toUs: Math.min(fromUs, toUs), why });
    return { fromUs, toUs };
  }

  async #open(): Promise<OpenDesk> {
    const { signal } = this.#context;
    const wallUs = this.#context.wallNowUs();
    const parts = { config: this.#config, transport: this.#transport, prng: new Prng(wallUs), signal };
    const connection = await connectVenue(this.#venue, parts);
    const { client, rest } = connection;
    const time = rest.serverTime();
    // A clock here that is ahead would take the bar that is still open for a closed one.
    const venueUs = time === null ? wallUs : await client.call(time);
    const listed = await client.call(rest.instruments());
    return { connection, listed, nowUs: Math.min(wallUs, venueUs) - SETTLE_US };
  }
}

interface OpenDesk {
  readonly connection: VenueConnection;
  readonly listed: readonly ListedInstrument[];
  /** The present, by whichever of the two clocks is behind. */
  readonly nowUs: EpochUs;
}

/** Returns the folder in which the answers of a venue are kept. */
export function askedFolder(dataDir: string): string {
  return join(dataDir, 'downloads', 'asked');
}

function folderOf(dataDir: string, venue: VenueId, { kind, symbol, timeframeUs }: DeskQuestion): string {
  const length = timeframeUs === null ? [] : [formatDurationUs(timeframeUs)];
  const parts = [venue, symbol, kind, ...length].map(encodeURIComponent);
  return join(askedFolder(dataDir), ...parts);
}
