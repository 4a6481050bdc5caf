/** One invented market, the same in archives and in answers: bars, funding rates and open interest of any moment. */
import { US_PER_DAY, US_PER_MINUTE } from '#core';

/** A bar as text. */
export interface TrueCandle {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** Returns the bar that opens at a moment, whatever its length: with one decimal, volumes with three. */
export function trueCandle(openUs: number): TrueCandle {
  const minute = openUs / US_PER_MINUTE;
  const price = (at: number): number => 10_000 + (Math.floor(at * 7.3) % 977);
  const [open, close] = [price(minute), price(minute + 1)];
  const text = (ticks: number): string => (ticks / 10).toFixed(1);
  return {
    open: text(open),
    high: text(Math.max(open, close) + 5),
    low: text(Math.min(open, close) - 3),
    close: text(close),
    volume: ((100 + (Math.floor(minute) % 53)) / 1_000).toFixed(3),
  };
}

/** The funding rate of a settlement, everywhere. */
export function trueRate(tsUs: number): string {
  const step = Math.round(tsUs / (US_PER_DAY / 3));
  return `${step % 4 === 0 ? '-' : ''}0.0001${String(step % 90).padStart(2, '0')}5`;
}

/** The open interest of a moment, everywhere, with four decimals. */
export function trueInterest(tsUs: number): string {
  return `${1_000 + ((tsUs / 300_000_000) % 400)}.5250`;
}
