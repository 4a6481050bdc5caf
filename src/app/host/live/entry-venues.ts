/**
 * Which venues can be traded: their order entry, where it is in production and in their test system, and the environment variables that the keys come
 * from. Keys never come from a file of configuration, and test keys have names of their own, so that neither kind is used in the place of the other.
 */
import { XylenError } from '#core';
import type { VenueId } from '#domain';
import type { EntryHosts, EntryKeys, OpenEntry } from '#venues/entry';
import type { SecretName } from '../../config/secret-names.ts';
import type { Secrets } from '../../config/secrets.ts';

/** Names of the variables of a key; `passphrase` is `null` where the venue has none. */
export interface KeyNames {
  readonly apiKey: SecretName;
  readonly secret: SecretName;
  readonly passphrase: SecretName | null;
}

/** A system of a venue: its addresses of market data and order entry, and whose keys it takes. */
export interface VenueSystem {
  readonly entry: EntryHosts;
  /** Market data; `null` = the public addresses of the market adapter. */
  readonly market: { readonly rest: string; readonly stream: string } | null;
  readonly keys: KeyNames;
}

/** A venue that can be traded. */
export interface EntryVenue {
  readonly venue: VenueId;
  readonly open: OpenEntry;
  readonly production: VenueSystem;
  /** Its test system, or why it cannot be used. */
  readonly testnet: VenueSystem | string;
  /** False where a leverage of its own makes a position isolated: cross margin then takes what the venue grants. */
  readonly hasCrossLeverage: boolean;
}

type Table = Readonly<Partial<Record<VenueId, () => Promise<EntryVenue>>>>;

const keyNames = (
  apiKey: SecretName,
  secret: SecretName,
  passphrase: SecretName | null = null,
): KeyNames => ({ apiKey, secret, passphrase });

const KUCOIN_KEYS = keyNames('KUCOIN_API_KEY', 'KUCOIN_API_SECRET', 'KUCOIN_API_PASSPHRASE');
const NO_KUCOIN_TESTNET = 'KuCoin has no test system: try the run with --dry-run, or on `xylen exchange`';

const VENUES: Table = {
  'binance-usdm': async () => ({
    venue: 'binance-usdm',
    hasCrossLeverage: true,
    open: (await import('#venues/binance')).openBinanceUsdmEntry,
    production: {
      entry: {
        rest: 'https://fapi.binance.com',
        stream: 'wss://fstream.binance.com',
        keys: 'https://api.binance.com',
      },
      market: null,
      keys: keyNames('BINANCE_API_KEY', 'BINANCE_API_SECRET'),
    },
    testnet: {
      entry: { rest: 'https://demo-fapi.binance.com', stream: 'wss://demo-fstream.binance.com' },
      market: { rest: 'https://demo-fapi.binance.com', stream: 'wss://demo-fstream.binance.com' },
      keys: keyNames('BINANCE_TESTNET_API_KEY', 'BINANCE_TESTNET_API_SECRET'),
    },
  }),
  coinbase: async () => ({
    venue: 'coinbase',
    hasCrossLeverage: true,
    open: (await import('#venues/coinbase')).openCoinbaseEntry,
    production: {
      entry: { rest: 'https://api.coinbase.com', stream: 'wss://advanced-trade-ws-user.coinbase.com' },
      market: null,
      keys: keyNames('COINBASE_API_KEY', 'COINBASE_API_SECRET'),
    },
    testnet:
      'the sandbox of Coinbase gives canned answers and has no market: try the run with --dry-run, or on `xylen exchange`',
  }),
  'kraken-spot': async () => ({
    venue: 'kraken-spot',
    hasCrossLeverage: true,
    open: (await import('#venues/kraken-spot')).openKrakenSpotEntry,
    production: {
      entry: { rest: 'https://api.kraken.com', stream: 'wss://ws-auth.kraken.com' },
      market: null,
      keys: keyNames('KRAKEN_API_KEY', 'KRAKEN_API_SECRET'),
    },
    testnet:
      'the spot market of Kraken has no test system: try the run with --dry-run, or on `xylen exchange`',
  }),
  'kraken-futures': async () => ({
    venue: 'kraken-futures',
    hasCrossLeverage: false,
    open: (await import('#venues/kraken-futures')).openKrakenFuturesEntry,
    production: {
      entry: { rest: 'https://futures.kraken.com', stream: 'wss://futures.kraken.com' },
      market: null,
      keys: keyNames('KRAKEN_FUTURES_API_KEY', 'KRAKEN_FUTURES_API_SECRET'),
    },
    testnet: {
      entry: { rest: 'https://demo-futures.kraken.com', stream: 'wss://demo-futures.kraken.com' },
      market: { rest: 'https://demo-futures.kraken.com', stream: 'wss://demo-futures.kraken.com' },
      keys: keyNames('KRAKEN_FUTURES_DEMO_API_KEY', 'KRAKEN_FUTURES_DEMO_API_SECRET'),
    },
  }),
  'kucoin-spot': async () => ({
    venue: 'kucoin-spot',
    hasCrossLeverage: true,
    open: (await import('#venues/kucoin')).openKucoinSpotEntry,
    production: {
      entry: { rest: 'https://api.kucoin.com', stream: '' },
      market: null,
      keys: KUCOIN_KEYS,
    },
    testnet: NO_KUCOIN_TESTNET,
  }),
  'kucoin-futures': async () => ({
    venue: 'kucoin-futures',
    hasCrossLeverage: true,
    open: (await import('#venues/kucoin')).openKucoinFuturesEntry,
    production: {
      entry: { rest: 'https://api-futures.kucoin.com', stream: '' },
      market: null,
      keys: KUCOIN_KEYS,
    },
    testnet: NO_KUCOIN_TESTNET,
  }),
};

/** The venues that can be traded. */
export const TRADED_VENUES: readonly string[] = Object.keys(VENUES);

/** Loads a venue's order entry. @throws XY_USAGE when it has none here */
export async function loadEntryVenue(venue: VenueId): Promise<EntryVenue> {
  const load = Object.hasOwn(VENUES, venue) ? VENUES[venue] : undefined;
  if (load !== undefined) return await load();
  const message = `--venue: expected one that can be traded (${TRADED_VENUES.join(', ')}), found '${venue}'`;
  throw new XylenError('XY_USAGE', message, { fields: { venue } });
}

/** Returns the system that is meant. @throws XY_USAGE when a test system is wanted where there is none */
export function systemOf(venue: EntryVenue, isTestnet: boolean): VenueSystem {
  if (!isTestnet) return venue.production;
  if (typeof venue.testnet === 'string') throw new XylenError('XY_USAGE', `--testnet: ${venue.testnet}`);
  return venue.testnet;
}

/** Returns the keys of a system, or the names of those that the environment does not have. */
export function keysOf(
  { keys: { apiKey, passphrase, secret } }: VenueSystem,
  secrets: Secrets,
): { readonly keys: EntryKeys } | { readonly missing: readonly SecretName[] } {
  const names = [apiKey, secret, ...(passphrase === null ? [] : [passphrase])];
  const missing = names.filter((name) => !secrets.has(name));
  if (missing.length > 0) return { missing };
  const valueAt = (name: SecretName | null): string => (name === null ? '' : (secrets.get(name) ?? ''));
  return {
    keys: { apiKey: valueAt(apiKey), secret: valueAt(secret), passphrase: valueAt(passphrase) },
  };
}
