/**
 * The names of pairs and assets in Kraken's private replies. A pair is `XBTUSD` in orders, `XXBTZUSD` in trades, `BTC/USD` in the stream; old assets have a
 * letter in front (`XXBT`, `ZUSD`). Names are made of what an instrument is and looked up whole; foreign text is never taken apart.
 */
import type { EntryInstrument, ReplyDoc } from '../../entry/index.ts';
import { currentAsset, legacyPair } from '../asset-names.ts';

/** Assets that Kraken listed first; their ids have `X` (coins) or `Z` (money) in front, those of all others are their names. */
const OLD_COINS = ['XBT', 'XDG', 'ETC', 'ETH', 'LTC', 'MLN', 'REP', 'XLM', 'XMR', 'XRP', 'ZEC'];
const OLD_MONEY = ['AUD', 'CAD', 'EUR', 'GBP', 'JPY', 'KRW', 'USD'];
const NAME_OF_ID = new Map<string, string>([
  ...OLD_COINS.map((name) => [`X${name}`, name] as const),
  ...OLD_MONEY.map((name) => [`Z${name}`, name] as const),
]);
const ID_OF_NAME = new Map([...NAME_OF_ID].map(([id, name]) => [name, id]));

/** Finds instruments by any of Kraken's spellings. */
export class KrakenPairs {
  readonly #byName = new Map<string, EntryInstrument>();

  constructor(instruments: readonly EntryInstrument[]) {
    for (const instrument of instruments)
      for (const name of spellingsOf(instrument)) this.#byName.set(name, instrument);
  }

  /** Returns the instrument of that name; `undefined` for pairs that nobody here trades. @throws XY_VENUE_REPLY when it is no text */
  named(name: ReplyDoc): EntryInstrument | undefined {
    return this.#byName.get(name.text());
  }
}

function spellingsOf(instrument: EntryInstrument): readonly string[] {
  const { restSymbol, wireSymbol } = instrument;
  const old = legacyPair(wireSymbol);
  const [base = '', quote = ''] = old.split('/');
  return [
    ...idsOf(base).flatMap((baseId) => idsOf(quote).map((quoteId) => baseId + quoteId)),
    old,
    wireSymbol,
    restSymbol,
  ];
}

function idsOf(name: string): readonly string[] {
  const id = ID_OF_NAME.get(name);
  return id === undefined ? [name] : [name, id];
}

/** Reads an id. @throws XY_VENUE_REPLY when it is empty */
export function idIn(doc: ReplyDoc): string {
  const id = doc.text();
  if (id === '') throw doc.fail('an id');
  return id;
}

/** Returns the current name of an asset id; what is kept elsewhere (`XBT.F`, earning) stays apart, with its ending. */
export function assetName(id: string): string {
  const dot = id.indexOf('.');
  const plain = dot < 0 ? id : id.slice(0, dot);
  return currentAsset(NAME_OF_ID.get(plain) ?? plain) + (dot < 0 ? '' : id.slice(dot));
}
