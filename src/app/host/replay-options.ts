/** The options that `xylen paper` and `xylen backtest` share, parsed and checked. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type EpochUs, formatIso, parseMomentUs, XylenError } from '#core';
import { parseVenueId, VENUE_IDS } from '#domain';
import type { XylenConfig } from '../config/schema.ts';
import type { ReplayRequest } from './replay.ts';
import type { StrategyChoice } from './strategies.ts';
import { parseParameters } from './strategy-loader.ts';

type Options = Readonly<Record<string, unknown>>;

/** Largest seed: 32 bits. */
export const SEED_MAX = 4_294_967_295;
const SPEED_MAX = 1_000_000;

/** Adds the shared options. */
export function defineReplayOptions(command: Command): void {
  command
    .option('--venue <id>', 'venue of the data')
    .option('--symbol <symbol...>', 'symbols, all on one account')
    .option('--from <moment>', 'first moment of trading, UTC (2024-01-31, 2024-01-31T12:00, epoch ms)')
    .option('--to <moment>', 'end of trading, exclusive')
    .option('--seed <n>', 'seed of everything random')
    .option('--strategy <file>', 'module with your own strategy class instead of the ensemble')
    .option('--param <key=value...>', 'parameters of the strategy')
    .option('--run-id <id>', 'name of the run (default: mode and time)')
    .option('--resume <run>', 'continue an interrupted run from its last checkpoint');
}

/** Returns the request of the command line; what is not given comes from the configuration. @throws XY_USAGE naming option and value. */
export function replayRequest(
  paths: readonly string[],
  options: Options,
  config: XylenConfig,
): ReplayRequest {
  if (paths.length === 0) throw new XylenError('XY_USAGE', 'expected at least one PATH to replay');
  const venueText = textOption(options, 'venue') ?? config.venues.id;
  const venue = parseVenueId(venueText);
  if (venue === undefined) throw usage('--venue', `one of ${VENUE_IDS.join(', ')} or ccxt:NAME`, venueText);
  const symbols = listOption(options, 'symbol') ?? config.venues.symbols;
  const twice = symbols.find((symbol, at) => symbols.indexOf(symbol) !== at);
  if (twice !== undefined) throw usage('--symbol', 'each symbol once', twice);
  const fromUs = momentOption(options, 'from');
  const toUs = momentOption(options, 'to');
  if (fromUs !== null && toUs !== null && fromUs >= toUs)
    throw usage('--to', `a moment after --from (${formatIso(fromUs)})`, formatIso(toUs));
  return {
    // A run is continued from anywhere: its files must still be the same ones.
    paths: paths.map((path) => absolute(path, symbols)),
    venue,
    symbols: [...symbols],
    fromUs,
    toUs,
    seed: integerOption(options, 'seed', 0, SEED_MAX) ?? config.simulation.seed,
    speed: speedOption(options),
    strategy: strategyChoice(options),
  };
}

/** Returns the strategy of the command line. @throws XY_USAGE */
export function strategyChoice(options: Options): StrategyChoice {
  const path = textOption(options, 'strategy');
  const pairs = listOption(options, 'param') ?? [];
  if (path === undefined && pairs.length > 0)
    throw new XylenError('XY_USAGE', '--param belongs to a strategy: it needs --strategy FILE');
  return { path: path === undefined ? null : resolve(path), parameters: parseParameters(pairs) };
}

/** Refuses options that another one makes meaningless: what is ignored without a word misleads. @throws XY_USAGE */
export function refuseOptions(options: Options, names: readonly string[], because: string): void {
  const given = names.find((name) => options[name] !== undefined && options[name] !== false);
  if (given === undefined) return;
  const option = given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new XylenError('XY_USAGE', `--${option} does not go with ${because}`, { fields: { option } });
}

/** `PATH` or `SYMBOL=PATH`. */
function absolute(path: string, symbols: readonly string[]): string {
  const symbol = symbols.find((one) => path.startsWith(`${one}=`));
  return symbol === undefined ? resolve(path) : `${symbol}=${resolve(path.slice(symbol.length + 1))}`;
}

/** Returns a text option, `undefined` when it was not given. */
export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Returns an integer option within [`min`, `max`]. @throws XY_USAGE */
export function integerOption(options: Options, name: string, min: number, max: number): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw usage(`--${name}`, `an integer from ${min} to ${max}`, text);
}

/** Returns a number option within [`min`, `max`]. @throws XY_USAGE */
export function numberOption(options: Options, name: string, min: number, max: number): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw usage(`--${name}`, `a number from ${min} to ${max}`, text);
}

function listOption(options: Options, name: string): readonly string[] | undefined {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : undefined;
}

function momentOption(options: Options, name: string): EpochUs | null {
  const text = textOption(options, name);
  if (text === undefined) return null;
  const us = parseMomentUs(text);
  if (us !== undefined) return us;
  throw usage(`--${name}`, 'a UTC moment such as 2024-01-31 or 2024-01-31T12:00', text);
}

function speedOption(options: Options): number | null {
  const text = textOption(options, 'speed') ?? 'max';
  if (text === 'max') return null;
  const speed = Number(text);
  if (text !== '' && speed > 0 && speed <= SPEED_MAX) return speed;
  throw usage('--speed', `max or a number of times real time up to ${SPEED_MAX}`, text);
}

function usage(option: string, expected: string, found: string): XylenError {
  return new XylenError('XY_USAGE', `${option}: expected ${expected}, found '${found}'`, {
    fields: { option, value: found },
  });
}
