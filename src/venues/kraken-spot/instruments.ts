/**
 * The pairs of Kraken spot as AssetPairs lists them. The pair's own name in the old stream (`wsname`) says which assets it is of; requests use
 * `altname` (`XBTUSD`), messages the new stream's name (`BTC/USD`), which is also the symbol here.
 */
import { formatDecimal } from '#core';
import {
  FrameFault,
  type JsonCursor,
  type ListedInstrument,
  readRecord,
  type TextRecord,
} from '#venues/market';
import { assetsOf } from './asset-names.ts';

const DECIMALS_MAX = 15;

/** Reads the `result` of AssetPairs. Pairs without a name in the stream (the dark pool) cannot be followed and are left out. */
export function readAssetPairs(cursor: JsonCursor): readonly ListedInstrument[] {
  const listed: ListedInstrument[] = [];
  cursor.beginObject();
  while (cursor.nextKey()) {
    const name = cursor.text();
    const instrument = instrumentOf(name, readRecord(cursor), cursor);
    if (instrument !== undefined) listed.push(instrument);
  }
  return listed;
}

function instrumentOf(name: string, pair: TextRecord, cursor: JsonCursor): ListedInstrument | undefined {
  const assets = assetsOf(pair.get('wsname') ?? '');
  if (assets === undefined) return undefined;
  const [baseAsset, quoteAsset] = assets;
  const priceDecimals = decimalsIn(pair, 'pair_decimals', name, cursor);
  const qtyDecimals = decimalsIn(pair, 'lot_decimals', name, cursor);
  const symbol = `${baseAsset}/${quoteAsset}`;
  const lotSize = formatDecimal(1, qtyDecimals);
  return {
    spec: {
      venue: 'kraken-spot',
      symbol,
      baseAsset,
      quoteAsset,
      kind: 'spot',
      priceDecimals,
      qtyDecimals,
      // Older answers do not state it: then every price of the pair's decimals may be ordered.
      tickSize: pair.get('tick_size') ?? formatDecimal(1, priceDecimals),
      lotSize,
      qtyMin: pair.get('ordermin') ?? lotSize,
      // Kraken states no largest order.
      qtyMax: formatDecimal(Number.MAX_SAFE_INTEGER, qtyDecimals),
      notionalMin: pair.get('costmin') ?? '0',
      // Spot is traded with own money alone, whatever margin the pair would allow.
      leverageMax: 1,
      maintenanceMarginPpm: 0,
      rulesFrom: 'venue',
    },
    wireSymbol: symbol,
    restSymbol: pair.get('altname') ?? name,
    status: statusOf(pair.get('status') ?? 'online'),
  };
}

/** Orders may be restricted (`post_only`, `limit_only`, `cancel_only`, `reduce_only`, `maintenance`): that is not free trading. */
function statusOf(status: string): ListedInstrument['status'] {
  if (status === 'online') return 'trading';
  return status === 'delisted' || status === 'disabled' ? 'closed' : 'halted';
}

function decimalsIn(pair: TextRecord, field: string, name: string, cursor: JsonCursor): number {
  const text = pair.get(field) ?? '';
  const decimals = /^\d{1,2}$/.test(text) ? Number(text) : -1;
  if (decimals < 0 || decimals > DECIMALS_MAX) {
    throw new FrameFault(`${name}: expected '${field}' in [0, ${DECIMALS_MAX}], found '${text}'`, cursor.at);
  }
  return decimals;
}
