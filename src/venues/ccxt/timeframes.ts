/** Lengths of candles by ccxt's names (`1m`, `4h`, `1d`). */
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, XylenError } from '#core';
import type { CcxtExchange } from './exchange.ts';

const UNITS: Readonly<Record<string, number>> = {
  s: US_PER_SECOND,
  m: US_PER_MINUTE,
  h: US_PER_HOUR,
  d: US_PER_DAY,
  w: 7 * US_PER_DAY,
};

/** Returns the length of a name; `undefined` when it has none that is fixed (months, years). */
export function timeframeUsOf(name: string): number | undefined {
  const [, count = '', unit = ''] = /^([1-9]\d{0,3})([smhdw])$/.exec(name) ?? [];
  const us = UNITS[unit];
  return us === undefined ? undefined : Number(count) * us;
}

/** Returns the exchange's name of a length. @throws XY_USAGE when it has none */
export function timeframeName(exchange: CcxtExchange, timeframeUs: number | null): string {
  const names = Object.keys(exchange.timeframes ?? {});
  const name = names.find((candidate) => timeframeUsOf(candidate) === timeframeUs);
  if (name !== undefined) return name;
  throw new XylenError(
    'XY_USAGE',
    `ccxt:${exchange.id} has candles of ${names.join(' ') || 'no length'}, not of ${timeframeUs} us`,
    { fields: { exchange: exchange.id, timeframeUs } },
  );
}
