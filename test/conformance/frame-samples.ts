/** Frames of a venue for the cases to work on: of each kind that the dialect speaks, for each instrument, with the truth behind them. */
import type { DecimalStyle, FrameDecoder } from '#venues/market';
import { decimalText, type TrueTrade } from '../hostile/true-market.ts';
import { type DecodedEntry, DecodedLog } from '../support/decoded-log.ts';
import type { AdapterUnderTest } from './adapters.ts';
import { carrierOf, connectAll } from './connection.ts';
import { DialectMarket } from './dialect-market.ts';

/** A frame and what it is. */
export interface FrameSample {
  readonly kind: 'snapshot' | 'change' | 'trade';
  readonly instrumentIx: number;
  readonly text: string;
  /** The print behind a trade; `null` for the others. */
  readonly trade: TrueTrade | null;
}

/** Frames, and decoders for them. */
export interface FrameSamples {
  readonly market: DialectMarket;
  readonly samples: readonly FrameSample[];
  /** Opens a decoder for the instruments of the market; `count` = for the first ones alone. */
  openDecoder(count?: number): FrameDecoder;
}

const CHANGES = 3;

/** Makes frames of every kind for some instruments. */
export function frameSamples(under: AdapterUnderTest, instrumentCount = 4): FrameSamples {
  const market = new DialectMarket(under, instrumentCount);
  const connections = connectAll(market);
  const samples: FrameSample[] = [];
  for (const [instrumentIx, book] of market.books.entries()) {
    const { wireSymbol } = book.instrument;
    const books = carrierOf(connections, `book ${wireSymbol}`);
    const snapshots = market.protocol.snapshotFrames(books.session, book, market);
    samples.push(
      ...snapshots.map((text) => ({ kind: 'snapshot' as const, instrumentIx, text, trade: null })),
    );
    for (let n = 0; n < CHANGES; n++) {
      const frames = books.changeFrames(market.change(book));
      samples.push(...frames.map((text) => ({ kind: 'change' as const, instrumentIx, text, trade: null })));
    }
    const trade = market.trade(book);
    const frames = carrierOf(connections, `trades ${wireSymbol}`).tradeFrames(trade);
    samples.push(...frames.map((text) => ({ kind: 'trade' as const, instrumentIx, text, trade })));
  }
  const instruments = market.listed.map(({ instrument }) => instrument);
  return {
    market,
    samples,
    openDecoder: (count = instruments.length) => under.adapter.openDecoder(instruments.slice(0, count)),
  };
}

/** Decodes a frame; what is thrown goes on to the caller. */
export function decode(decoder: FrameDecoder, frame: string | Uint8Array, tsLocalUs: number): DecodedLog {
  const log = new DecodedLog();
  decoder.decode(typeof frame === 'string' ? Buffer.from(frame) : frame, tsLocalUs, log);
  return log;
}

/** What was delivered of the market itself: words about the conversation and numbers of the connection left out. */
export function marketEntries(log: DecodedLog): readonly DecodedEntry[] {
  return log.entries.filter(({ kind }) => kind !== 'control' && kind !== 'sequence');
}

/** Writes a number as the venue prints it. */
export function wireDecimal(style: DecimalStyle, units: number, decimals: number): string {
  const fixed = decimalText(units, decimals);
  if (style === 'fixed') return fixed;
  const stripped = fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
  return style === 'stripped' || stripped.includes('.') ? stripped : `${stripped}.0`;
}
