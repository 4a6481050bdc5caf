/** The command line of `xylen features --microstructure`, validated: what is read, which rows are made of it, and where they go. */
import { resolve } from 'node:path';
import { type EpochUs, formatIso, parseMomentUs, XylenError } from '#core';
import { parseVenueId, VENUE_IDS, type VenueId } from '#domain';
import type { CommandContext } from '../../cli/command.ts';
import { ADAPTED_VENUES } from '../../host/venue-adapters.ts';
import { type ArchiveSide, SYMBOLS_MAX } from './archive-source.ts';
import type { CaptureSide } from './capture-source.ts';
import { type FrameParameters, frameParameters } from './frame-parameters.ts';
import type { RowRange } from './frame-sampler.ts';

type Options = Readonly<Record<string, unknown>>;

/** What is read of one venue. */
export type SourceSide = CaptureSide | ArchiveSide;

/** The command line, validated. */
export interface MicrostructureWish {
  readonly own: SourceSide;
  /** The venue that the books are compared with. */
  readonly other: SourceSide | null;
  readonly parameters: FrameParameters;
  readonly range: RowRange;
  /** `-` = stdout. */
  readonly out: string;
  /** `null` = all. */
  readonly columns: readonly string[] | null;
}

/** Options that belong to other forms of the command. */
const FOREIGN = ['in', 'data'] as const;

/** Validates the options. @throws XY_USAGE naming option, value and what is allowed */
export function microstructureWish(options: Options, context: CommandContext): MicrostructureWish {
  for (const name of FOREIGN)
    if (options[name] !== undefined) throw usage(`--${name} does not go with --microstructure`);
  const out = text(options, 'out');
  if (out === undefined) throw usage('--microstructure needs --out FILE (or - for stdout)');
  if (out === '-' && context.isJson) throw usage("'--out -' and '--json' both claim stdout; name a file");
  const isCapture = options.raw !== undefined;
  if (isCapture && options.store === true)
    throw usage('--store reads the archive and --raw a capture: one of them');
  if (!isCapture && options.snapshot !== undefined)
    throw usage('--snapshot belongs to a capture: it needs --raw');
  return {
    own: isCapture ? captureSide(options, OWN) : archiveSide(options, OWN, context),
    other: otherSide(options, isCapture, context),
    parameters: frameParameters(text(options, 'every'), list(options, 'param') ?? []),
    range: rangeOf(options),
    out: out === '-' ? out : resolve(out),
    columns: columnsOf(options),
  };
}

/** The options of a side. */
interface SideNames {
  readonly venue: string;
  readonly raw: string;
  readonly snapshot: string;
  readonly symbol: string;
}

const OWN: SideNames = { venue: 'venue', raw: 'raw', snapshot: 'snapshot', symbol: 'symbol' };
const OTHER: SideNames = {
  venue: 'otherVenue',
  raw: 'otherRaw',
  snapshot: 'otherSnapshot',
  symbol: 'otherSymbol',
};

function otherSide(options: Options, isCapture: boolean, context: CommandContext): SourceSide | null {
  const given = Object.values(OTHER).filter((name) => options[name] !== undefined);
  if (given.length === 0) return null;
  if (options.otherVenue === undefined)
    throw usage(`${shown(given[0] ?? '')} belongs to another venue: it needs --other-venue`);
  if (isCapture !== (options.otherRaw !== undefined)) {
    throw usage(
      isCapture
        ? '--other-venue beside --raw needs a capture as well: --other-raw FILE'
        : '--other-raw needs --raw: both venues are read from captures, or both from the archive',
    );
  }
  return isCapture ? captureSide(options, OTHER) : archiveSide(options, OTHER, context);
}

function captureSide(options: Options, names: SideNames): CaptureSide {
  const venue = text(options, names.venue);
  const known = ADAPTED_VENUES.join(', ');
  if (venue === undefined) throw usage(`--raw needs ${shown(names.venue)}, one of ${known}`);
  if (!(ADAPTED_VENUES as readonly string[]).includes(venue))
    throw refused(shown(names.venue), `one of ${known}`, venue);
  return {
    kind: 'capture',
    venue,
    rawFiles: (list(options, names.raw) ?? []).map((path) => resolve(path)),
    snapshotFiles: (list(options, names.snapshot) ?? []).map((path) => resolve(path)),
    symbols: list(options, names.symbol) ?? [],
  };
}

function archiveSide(options: Options, names: SideNames, { config }: CommandContext): ArchiveSide {
  const stated = text(options, names.venue) ?? config.venues.id;
  const venue: VenueId | undefined = parseVenueId(stated);
  if (venue === undefined)
    throw refused(shown(names.venue), `one of ${VENUE_IDS.join(', ')} or ccxt:NAME`, stated);
  const symbols = list(options, names.symbol) ?? list(options, OWN.symbol) ?? config.venues.symbols;
  const twice = symbols.find((symbol, at) => symbols.indexOf(symbol) !== at);
  if (twice !== undefined) throw refused(shown(names.symbol), 'each symbol once', twice);
  if (symbols.length > SYMBOLS_MAX)
    throw refused(shown(names.symbol), `at most ${SYMBOLS_MAX} symbols at once`, String(symbols.length));
  return { kind: 'archive', venue, symbols };
}

function rangeOf(options: Options): RowRange {
  const fromUs = moment(options, 'from');
  const toUs = moment(options, 'to');
  if (fromUs !== null && toUs !== null && fromUs >= toUs)
    throw refused('--to', `a moment after --from (${formatIso(fromUs)})`, formatIso(toUs));
  return { fromUs, toUs };
}

function columnsOf(options: Options): readonly string[] | null {
  const names = text(options, 'columns')?.split(',');
  if (names === undefined) return null;
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refused('--columns', 'each column once', twice);
  return names;
}

function moment(options: Options, name: string): EpochUs | null {
  const stated = text(options, name);
  if (stated === undefined) return null;
  const us = parseMomentUs(stated);
  if (us !== undefined) return us;
  throw refused(`--${name}`, 'a UTC moment such as 2024-01-31 or 2024-01-31T12:00', stated);
}

function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function list(options: Options, name: string): readonly string[] | undefined {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** As it is typed: `otherVenue` is `--other-venue`. */
function shown(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function refused(option: string, allowed: string, found: string): XylenError {
  const message = `${option}: expected ${allowed}, found '${found}'`;
  return new XylenError('XY_USAGE', message, { fields: { option, value: found } });
}

function usage(message: string): XylenError {
  return new XylenError('XY_USAGE', message);
}
