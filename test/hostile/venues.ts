/** The venues that can go wrong: adapter, dialect, instruments, and where they are in the network. */
import type { VenueId } from '#domain';
import { BINANCE_SPOT, BINANCE_USDM } from '#venues/binance';
import { COINBASE } from '#venues/coinbase';
import { KRAKEN_FUTURES } from '#venues/kraken-futures';
import { KRAKEN_SPOT } from '#venues/kraken-spot';
import { KUCOIN_FUTURES, KUCOIN_SPOT } from '#venues/kucoin';
import type { MarketAdapter } from '#venues/market';
import { BinanceDialect } from './dialects/binance.ts';
import { CoinbaseDialect } from './dialects/coinbase.ts';
import { KrakenFuturesDialect } from './dialects/kraken-futures.ts';
import { KrakenSpotDialect } from './dialects/kraken-spot.ts';
import { KucoinDialect } from './dialects/kucoin.ts';
import type { TrueInstrument } from './true-market.ts';
import type { WireProtocol } from './wire-protocol.ts';

/** A venue under test. */
export interface VenueUnderTest {
  readonly venue: VenueId;
  readonly adapter: MarketAdapter;
  /** `streamUrl` = base address of its sockets, as a client reaches it. */
  openDialect(streamUrl: string): WireProtocol;
  /** Returns some of its instruments; prices and decimals differ on purpose. */
  instruments(count: number): readonly TrueInstrument[];
}

const DECIMALS = [
  { priceDecimals: 1, qtyDecimals: 3, midTicks: 639_474 },
  { priceDecimals: 2, qtyDecimals: 8, midTicks: 250_017 },
  { priceDecimals: 5, qtyDecimals: 0, midTicks: 1_234 },
  { priceDecimals: 8, qtyDecimals: 4, midTicks: 2_383 },
] as const;
/** Contracts of 0.001, 10, 1 and 0.05 base units. */
const CONTRACTS = [
  { qtyDecimals: 3, lotsPerContract: 1 },
  { qtyDecimals: 0, lotsPerContract: 10 },
  { qtyDecimals: 0, lotsPerContract: 1 },
  { qtyDecimals: 2, lotsPerContract: 5 },
] as const;
const BASES = ['BTC', 'ETH', 'SOL', 'XRP', 'LTC', 'ADA', 'DOT', 'UNI', 'KSM', 'GRT', 'OMG', 'SNX'];

/** Returns names as one venue writes them. */
type Naming = (base: string) => Pick<TrueInstrument, 'symbol' | 'wireSymbol' | 'restSymbol'>;

const sameName =
  (name: (base: string) => string): Naming =>
  (base) => ({ symbol: name(base), wireSymbol: name(base), restSymbol: name(base) });

function named(naming: Naming, count: number, tweak: Partial<TrueInstrument> = {}): TrueInstrument[] {
  return Array.from({ length: count }, (_, at) => {
    const base = BASES[at % BASES.length] ?? 'BTC';
    const label = at < BASES.length ? base : `${base}${Math.floor(at / BASES.length)}`;
    const scale = DECIMALS[at % DECIMALS.length] ?? DECIMALS[0];
    return { ...naming(label), ...scale, ...tweak };
  });
}

/** All venues, by their ids. */
export const VENUES_UNDER_TEST: readonly VenueUnderTest[] = [
  {
    venue: 'binance-usdm',
    adapter: BINANCE_USDM,
    openDialect: () => new BinanceDialect('usdm'),
    instruments: (count) =>
      named(
        sameName((base) => `${base}USDT`),
        count,
      ),
  },
  {
    venue: 'binance-spot',
    adapter: BINANCE_SPOT,
    openDialect: () => new BinanceDialect('spot'),
    instruments: (count) =>
      named(
        sameName((base) => `${base}USDT`),
        count,
      ),
  },
  {
    venue: 'coinbase',
    adapter: COINBASE,
    openDialect: () => new CoinbaseDialect(),
    instruments: (count) =>
      named(
        sameName((base) => `${base}-USD`),
        count,
      ),
  },
  {
    venue: 'kraken-spot',
    adapter: KRAKEN_SPOT,
    openDialect: () => new KrakenSpotDialect(),
    instruments: (count) =>
      named(
        (base) => ({ symbol: `${base}/USD`, wireSymbol: `${base}/USD`, restSymbol: `${base}USD` }),
        count,
      ),
  },
  {
    venue: 'kraken-futures',
    adapter: KRAKEN_FUTURES,
    openDialect: () => new KrakenFuturesDialect(),
    instruments: (count) =>
      named(
        sameName((base) => `PF_${base}USD`),
        count,
      ),
  },
  {
    venue: 'kucoin-spot',
    adapter: KUCOIN_SPOT,
    openDialect: (streamUrl) => new KucoinDialect('spot', streamUrl),
    instruments: (count) =>
      named(
        sameName((base) => `${base}-USDT`),
        count,
      ),
  },
  {
    venue: 'kucoin-futures',
    adapter: KUCOIN_FUTURES,
    openDialect: (streamUrl) => new KucoinDialect('futures', streamUrl),
    instruments: (count) =>
      named(
        sameName((base) => `${base}USDTM`),
        count,
      ).map((instrument, at) => ({ ...instrument, ...CONTRACTS[at % CONTRACTS.length] })),
  },
];
