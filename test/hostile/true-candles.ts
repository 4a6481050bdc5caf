/** The past of a true market as candles: any bar of any length, the same whenever it is asked for. Bars of one length follow on one another. */
import { Prng } from '#core';
import type { TrueBook } from './true-market.ts';

/** A finished bar, in ticks and lots. */
export interface TrueCandle {
  readonly openTsUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly lots: number;
}

const SWING = 40;

/** Returns the bars that open in [`fromUs`, `toUs`) and are over at `nowUs`, at most `max` from the first on. */
export function trueCandles(
  book: TrueBook,
  timeframeUs: number,
  range: { readonly fromUs: number; readonly toUs: number; readonly nowUs: number },
  max: number,
): readonly TrueCandle[] {
  const candles: TrueCandle[] = [];
  let openTsUs = Math.ceil(range.fromUs / timeframeUs) * timeframeUs;
  while (openTsUs < range.toUs && openTsUs + timeframeUs <= range.nowUs && candles.length < max) {
    candles.push(candleAt(book, timeframeUs, openTsUs));
    openTsUs += timeframeUs;
  }
  return candles;
}

function candleAt(book: TrueBook, timeframeUs: number, openTsUs: number): TrueCandle {
  const open = edge(book, openTsUs);
  const close = edge(book, openTsUs + timeframeUs);
  const prng = new Prng(Math.floor(openTsUs / 1e6));
  const high = Math.max(open, close) + prng.integer(0, 5);
  const low = Math.max(1, Math.min(open, close) - prng.integer(0, 5));
  return {
    openTsUs,
    open,
    high,
    low,
    close,
    lots: prng.integer(1, 1_000_000) * (book.instrument.lotsPerContract ?? 1),
  };
}

/** The price at a moment: a slow wave around the middle with some noise, so that bars have a trend to find. */
function edge({ instrument }: TrueBook, tsUs: number): number {
  const swing = Math.min(SWING, Math.floor(instrument.midTicks / 10));
  const wave = Math.sin(tsUs / 3.6e9 / 5);
  const noise = new Prng(Math.floor(tsUs / 1e6)).integer(-3, 4);
  return Math.max(2, instrument.midTicks + Math.round(wave * swing) + noise);
}
