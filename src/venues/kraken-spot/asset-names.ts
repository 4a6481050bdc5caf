/**
 * Kraken's two spellings of a pair: `XBT/USD` in the old stream and in `wsname` of AssetPairs, `BTC/USD` in the new one. Assets differ, not texts: a
 * pair is taken apart, its two assets are looked up whole, and an asset that is not in the table is the same in both.
 */

const ASSETS: readonly (readonly [legacy: string, current: string])[] = [
  ['XBT', 'BTC'],
  ['XDG', 'DOGE'],
];
const CURRENT = new Map(ASSETS);
const LEGACY = new Map(ASSETS.map(([legacy, current]) => [current, legacy]));

/** Returns the name of an asset in the new stream. */
export function currentAsset(asset: string): string {
  return CURRENT.get(asset) ?? asset;
}

/** Returns the two assets of a pair as in the new stream; `undefined` when it is no pair. */
export function assetsOf(pair: string): readonly [base: string, quote: string] | undefined {
  const [base, quote, ...rest] = pair.split('/');
  if (base === undefined || base === '' || quote === undefined || quote === '' || rest.length > 0)
    return undefined;
  return [currentAsset(base), currentAsset(quote)];
}

/** Returns the pair as the old stream writes it. */
export function legacyPair(pair: string): string {
  return pair
    .split('/')
    .map((asset) => LEGACY.get(asset) ?? asset)
    .join('/');
}
