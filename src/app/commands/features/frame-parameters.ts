/**
 * The parameters of microstructure rows on the command line: `--every DURATION` and `--param NAME=VALUE...`. Defaults are those of `FRAME_DEFAULTS`,
 * made fitting for other distances between rows: a window is a whole number of rows and holds enough of them. What is stated is taken as
 * it is, or refused with option, value and what is allowed.
 */
import {
  assert,
  formatDurationUs,
  parseDecimal,
  parseDurationUs,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_MS,
  US_PER_SECOND,
  XylenError,
} from '#core';
import { FRAME_DEFAULTS, type FrameOptions, type VpinOptions } from '#features';
import { nearestName } from '../../config/nearest-name.ts';
import type { FollowedInstrument } from './frame-source.ts';

const EVERY_MIN_US = 10 * US_PER_MS;
const EVERY_MAX_US = US_PER_HOUR;
const WINDOW_MAX_US = US_PER_DAY;
/** Rows of a window; each is kept. */
const WINDOW_ROWS_MAX = 100_000;
const LEVELS_MAX = 1_000;
const BAND_MAX_BPS = 5_000;
const LIST_MAX = 16;
const BUCKETS_MAX = 10_000;

/** What each parameter is, for messages. */
const PARAMETERS = {
  levels: `1 to ${LIST_MAX} numbers of levels from 1 to ${LEVELS_MAX}, such as 1,5,10`,
  bands: `1 to ${LIST_MAX} distances from 1 to ${BAND_MAX_BPS} basis points, such as 5,25`,
  'flow-levels': `a number of levels from 1 to ${LEVELS_MAX}`,
  flow: `1 to ${LIST_MAX} durations, such as 10s,1m`,
  kyle: 'a duration of at least 3 rows, such as 5m',
  volatility: 'a duration of at least 2 steps, such as 5m',
  step: 'a duration, such as 5s',
  change: 'a duration, such as 1h',
  liquidations: 'a duration, such as 5m',
  'book-stale': `a duration up to ${formatDurationUs(WINDOW_MAX_US)}, such as 5s`,
  'fact-stale': `a duration up to ${formatDurationUs(WINDOW_MAX_US)}, such as 15m`,
  bucket: 'a volume above 0 in lots of the instrument, such as 50 or 0.5',
  buckets: `a number of buckets from 1 to ${BUCKETS_MAX}`,
  bar: `a duration up to ${formatDurationUs(WINDOW_MAX_US)}, such as 1m`,
  'bar-changes': `a number of bars from 2 to ${BUCKETS_MAX}`,
} as const;

type ParameterName = keyof typeof PARAMETERS;
const NAMES = Object.keys(PARAMETERS) as readonly ParameterName[];

/** Volume of a VPIN bucket as text: of all symbols, and of some. */
interface Buckets {
  readonly all: string | null;
  readonly bySymbol: ReadonlyMap<string, string>;
}

type Shared = Omit<
  FrameOptions,
  'priceDecimals' | 'qtyDecimals' | 'otherPriceDecimals' | 'completeFromUs' | 'vpin'
>;

/** Checked parameters, for any instrument. */
export interface FrameParameters {
  readonly shared: Shared;
  readonly buckets: Buckets;
  readonly vpin: Omit<VpinOptions, 'bucketLots'>;
  /** A row depends on no row, book or fact further back, VPIN and the day's average price left aside. */
  readonly memoryUs: number;
}

/** Reads `--every` (default 1s) and `--param`. @throws XY_USAGE naming option, value and what is allowed */
export function frameParameters(every: string | undefined, pairs: readonly string[]): FrameParameters {
  const given = new Given(pairs);
  const everyUs = readEvery(every);
  const window = (name: ParameterName, defaultUs: number, rowsMin = 1): number =>
    given.window(name, everyUs, rowsMin) ?? fitting(defaultUs, everyUs, rowsMin);
  const volatilityStepUs = window('step', FRAME_DEFAULTS.volatilityStepUs);
  const defaultFlow = FRAME_DEFAULTS.flowWindowsUs.map((us) => fitting(us, everyUs, 1));
  const shared: Shared = {
    sampling: { kind: 'grid', everyUs },
    levels: given.numbers('levels', LEVELS_MAX) ?? FRAME_DEFAULTS.levels,
    bandsBps: given.numbers('bands', BAND_MAX_BPS) ?? FRAME_DEFAULTS.bandsBps,
    flowLevels: given.number('flow-levels', 1, LEVELS_MAX) ?? FRAME_DEFAULTS.flowLevels,
    flowWindowsUs: given.windows('flow', everyUs) ?? [...new Set(defaultFlow)],
    kyleUs: window('kyle', FRAME_DEFAULTS.kyleUs, 3),
    volatilityUs:
      given.window('volatility', volatilityStepUs, 2) ??
      fitting(FRAME_DEFAULTS.volatilityUs, volatilityStepUs, 2),
    volatilityStepUs,
    changeUs: window('change', FRAME_DEFAULTS.changeUs),
    liquidationsUs: given.window('liquidations', everyUs) ?? null,
    bookStaleUs: given.duration('book-stale') ?? FRAME_DEFAULTS.bookStaleUs,
    factStaleUs: given.duration('fact-stale') ?? FRAME_DEFAULTS.factStaleUs,
    rowsAtOnceMax: FRAME_DEFAULTS.rowsAtOnceMax,
  };
  const vpin = {
    buckets: given.number('buckets', 1, BUCKETS_MAX) ?? 50,
    barUs: given.duration('bar') ?? US_PER_MINUTE,
    deviationBars: given.number('bar-changes', 2, BUCKETS_MAX) ?? 50,
  };
  return { shared, buckets: given.buckets(), vpin, memoryUs: memoryOf(shared) };
}

/** Returns the options of one instrument's frame. @throws XY_USAGE for a bucket that is no whole number of its lots */
export function frameOptionsOf(
  { buckets, shared, vpin }: FrameParameters,
  own: FollowedInstrument,
  other: FollowedInstrument | null,
): FrameOptions {
  const { completeFromUs, priceDecimals, qtyDecimals, symbol } = own;
  const bucket = buckets.bySymbol.get(symbol) ?? buckets.all;
  return {
    ...shared,
    priceDecimals,
    qtyDecimals,
    otherPriceDecimals: other?.priceDecimals ?? null,
    completeFromUs,
    vpin: bucket === null ? null : { ...vpin, bucketLots: bucketLots(bucket, own) },
  };
}

/** Refuses volumes of buckets for symbols that are not there, or for some of them alone: the columns of all are the same. @throws XY_USAGE */
export function checkBuckets({ buckets }: FrameParameters, symbols: readonly string[]): void {
  const known = symbols.join(', ');
  for (const symbol of buckets.bySymbol.keys()) {
    if (!symbols.includes(symbol)) throw usage(`bucket.${symbol}`, `a symbol of ${known}`, symbol);
  }
  const missing = symbols.find((symbol) => !buckets.bySymbol.has(symbol));
  if (buckets.all !== null || buckets.bySymbol.size === 0 || missing === undefined) return;
  throw usage('bucket', `a volume for ${missing} as well (bucket=VOLUME for all others)`, 'none');
}

function readEvery(text: string | undefined): number {
  if (text === undefined) return US_PER_SECOND;
  const us = parseDurationUs(text) ?? 0;
  if (us >= EVERY_MIN_US && us <= EVERY_MAX_US && us % US_PER_MS === 0) return us;
  const [least, most] = [EVERY_MIN_US, EVERY_MAX_US].map(formatDurationUs);
  const message = `--every: expected a duration from ${least} to ${most} in whole milliseconds, found '${text}'`;
  throw new XylenError('XY_USAGE', message, { fields: { option: '--every', value: text } });
}

/** The least whole number of units that is not below the default. */
function fitting(defaultUs: number, unitUs: number, countMin: number): number {
  return unitUs * Math.max(countMin, Math.ceil(defaultUs / unitUs));
}

function memoryOf(shared: Shared): number {
  const windows = [shared.kyleUs, shared.volatilityUs, shared.liquidationsUs ?? 0, ...shared.flowWindowsUs];
  const factsUs = shared.changeUs + shared.factStaleUs;
  return Math.max(factsUs, ...windows) + shared.bookStaleUs + 2 * shared.sampling.everyUs;
}

function bucketLots(text: string, { qtyDecimals, symbol }: FollowedInstrument): number {
  const lots = parseDecimal(text, qtyDecimals);
  if (lots >= 1) return lots;
  const allowed = `a volume above 0 with at most ${qtyDecimals} decimals, as quantities of ${symbol} have`;
  throw usage('bucket', allowed, text);
}

/** What was given, by name. */
class Given {
  readonly #texts = new Map<string, string>();
  readonly #buckets = new Map<string, string>();

  constructor(pairs: readonly string[]) {
    for (const pair of pairs) {
      const at = pair.indexOf('=');
      if (at < 1) throw new XylenError('XY_USAGE', `--param: expected NAME=VALUE, found '${pair}'`);
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const isOfSymbol = name.startsWith('bucket.') && name.length > 'bucket.'.length;
      if (!isOfSymbol) checkName(name);
      const [texts, key] = isOfSymbol ? [this.#buckets, name.slice('bucket.'.length)] : [this.#texts, name];
      if (texts.has(key)) throw usage(name, 'each parameter once', value);
      texts.set(key, value);
    }
  }

  buckets(): Buckets {
    return { all: this.#texts.get('bucket') ?? null, bySymbol: this.#buckets };
  }

  duration(name: ParameterName): number | undefined {
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    const us = parseDurationUs(text) ?? 0;
    if (us > 0 && us <= WINDOW_MAX_US) return us;
    throw usage(name, PARAMETERS[name], text);
  }

  /** A duration of a whole number of units. */
  window(name: ParameterName, unitUs: number, countMin = 1): number | undefined {
    const text = this.#texts.get(name);
    return text === undefined ? undefined : windowOf(name, text, unitUs, countMin);
  }

  windows(name: ParameterName, unitUs: number): readonly number[] | undefined {
    return this.#list(name, (text) => windowOf(name, text, unitUs, 1));
  }

  number(name: ParameterName, min: number, max: number): number | undefined {
    const text = this.#texts.get(name);
    return text === undefined ? undefined : numberOf(name, text, min, max);
  }

  numbers(name: ParameterName, max: number): readonly number[] | undefined {
    return this.#list(name, (text) => numberOf(name, text, 1, max));
  }

  #list(name: ParameterName, read: (text: string) => number): readonly number[] | undefined {
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    const values = text.split(',').map(read);
    if (values.length <= LIST_MAX && new Set(values).size === values.length) return values;
    throw usage(name, `${PARAMETERS[name]}, each once`, text);
  }
}

function checkName(name: string): void {
  if ((NAMES as readonly string[]).includes(name)) return;
  const near = nearestName(name, NAMES);
  const hint = near === undefined ? '' : `; did you mean '${near}'?`;
  const message = `--param: expected one of ${NAMES.join(', ')}, found '${name}'${hint}`;
  throw new XylenError('XY_USAGE', message, { fields: { option: '--param', value: name } });
}

function windowOf(name: ParameterName, text: string, unitUs: number, countMin: number): number {
  const us = parseDurationUs(text) ?? 0;
  const longestUs = Math.min(WINDOW_MAX_US, WINDOW_ROWS_MAX * unitUs);
  if (us >= countMin * unitUs && us <= longestUs && us % unitUs === 0) return us;
  const unit = formatDurationUs(unitUs);
  const range = `from ${formatDurationUs(countMin * unitUs)} to ${formatDurationUs(longestUs)}`;
  throw usage(name, `a duration ${range} that is a multiple of ${unit}`, text);
}

function numberOf(name: ParameterName, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= min && value <= max) return value;
  throw usage(name, PARAMETERS[name], text);
}

function usage(name: string, allowed: string, found: string): XylenError {
  assert(allowed !== '', 'a refusal says what is allowed');
  return new XylenError('XY_USAGE', `--param ${name}: expected ${allowed}, found '${found}'`, {
    fields: { option: '--param', parameter: name, value: found },
  });
}
