/** What can be downloaded: under which name, what it becomes here, and how it is had: as archives, by request, or both. */
import type { FileKind } from '#store';
import type { VisionKind } from '#venues/binance-vision';
import type { AskedKind } from './asked-kinds.ts';

/** Kinds as the command line spells them. */
export const DOWNLOAD_KINDS = [
  'klines',
  'aggTrades',
  'trades',
  'bookDepth',
  'metrics',
  'fundingRate',
  'openInterest',
] as const;

/** A kind of download. */
export type DownloadKind = (typeof DOWNLOAD_KINDS)[number];

/** How a kind is had. */
export interface KindFacts {
  /** What it becomes here. */
  readonly history: FileKind;
  /** What the public archives call it. */
  readonly archive: VisionKind;
  /** What venues are asked for; `null` = none of them has it by request. */
  readonly asked: AskedKind | null;
  /** What it is, in words. */
  readonly words: string;
}

/** How each kind is had. `metrics` and `openInterest` are one: the ratios of the metrics are not kept. */
export const KIND_FACTS: Readonly<Record<DownloadKind, KindFacts>> = {
  klines: { history: 'candles', archive: 'klines', asked: 'candles', words: 'candles' },
  aggTrades: { history: 'trades', archive: 'aggTrades', asked: null, words: 'aggregate trades' },
  trades: { history: 'trades', archive: 'trades', asked: null, words: 'trades' },
  bookDepth: { history: 'book-depth', archive: 'bookDepth', asked: null, words: 'depths of the book' },
  metrics: { history: 'open-interest', archive: 'metrics', asked: 'open-interest', words: 'open interest' },
  fundingRate: { history: 'funding', archive: 'fundingRate', asked: 'funding', words: 'funding rates' },
  openInterest: {
    history: 'open-interest',
    archive: 'metrics',
    asked: 'open-interest',
    words: 'open interest',
  },
};
