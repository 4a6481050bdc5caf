/**
 * Products of Coinbase as instruments: spot books, and perpetual contracts of both of its derivatives venues (INTX, and the long-dated CDE contracts that
 * pay funding). Dated contracts are left out: no kind of instrument describes them.
 *
 * Quantities are in base currency. Spot and INTX say theirs so; CDE counts contracts of `contract_size` base units in all its messages, which decoders
 * multiply.
 */
import { decimalsOf, POW10, parseDecimal } from '#core';
import type { InstrumentSpec } from '#domain';
import {
  contractScale,
  type JsonCursor,
  type ListedInstrument,
  readRecords,
  scaledSizes,
  type TextRecord,
} from '../market/index.ts';

const DECIMALS_MAX = POW10.length - 1;
const PPM = 1_000_000;
const DETAILS = 'future_product_details.';

/** Reads the answer of `market/products`. @throws FrameFault */
export function readProducts(cursor: JsonCursor): readonly TextRecord[] {
  let products: readonly TextRecord[] | undefined;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.text() === 'products') products = readRecords(cursor);
    else cursor.skip();
  }
  return products ?? cursor.fail("a member 'products'");
}

/** Returns the products that are instruments here; those whose steps are no decimals of at most 15 places are left out. */
export function listedOf(products: readonly TextRecord[]): readonly ListedInstrument[] {
  return products.flatMap((product) => {
    const kind = kindOf(product);
    const symbol = product.get('product_id') ?? '';
    if (kind === undefined || symbol === '') return [];
    const size = sizeOf(product, symbol, kind);
    const spec = size === undefined ? undefined : specOf(product, symbol, kind, size.rules);
    if (size === undefined || spec === undefined) return [];
    const alias = product.get('alias') ?? '';
    return [
      {
        spec,
        wireSymbol: alias === '' ? symbol : alias,
        restSymbol: symbol,
        status: statusOf(product),
        lotsPerContract: size.lotsPerContract,
        untradable: size.untradable,
      },
    ];
  });
}

function kindOf(product: TextRecord): InstrumentSpec['kind'] | undefined {
  const type = product.get('product_type');
  if (type === undefined || type === 'SPOT') return 'spot';
  const isPerpetual = product.get(`${DETAILS}contract_expiry_type`) === 'PERPETUAL';
  return type === 'FUTURE' && (isPerpetual || hasFunding(product)) ? 'perpetual' : undefined;
}

/** CDE calls its perpetual contracts futures that expire in years; they alone state how often they pay. */
function hasFunding(product: TextRecord): boolean {
  return (product.get(`${DETAILS}funding_interval`) ?? '') !== '';
}

function statusOf(product: TextRecord): ListedInstrument['status'] {
  if (product.get('status') === 'delisted') return 'closed';
  const flags = ['is_disabled', 'trading_disabled', 'cancel_only', 'view_only'];
  return flags.some((flag) => product.get(flag) === 'true') ? 'halted' : 'trading';
}

/** Rules of quantities in base currency, and how many lots a contract is where contracts are counted. */
interface Size {
  readonly rules: Pick<InstrumentSpec, 'qtyDecimals' | 'lotSize' | 'qtyMin' | 'qtyMax'>;
  readonly lotsPerContract?: number;
  readonly untradable?: string;
}

function sizeOf(product: TextRecord, symbol: string, kind: InstrumentSpec['kind']): Size | undefined {
  const step = product.get('base_increment') ?? '';
  const [min, max] = [product.get('base_min_size'), product.get('base_max_size')];
  const contractSize = product.get(`${DETAILS}contract_size`) ?? '';
  const isCde = kind !== 'spot' && (product.get(`${DETAILS}venue`) === 'cde' || symbol.endsWith('-CDE'));
  if (isCde) {
    const scale = contractScale(contractSize);
    const sizes = scale === undefined ? undefined : scaledSizes({ step, min, max }, scale);
    if (scale === undefined || sizes === undefined) return undefined;
    const { lotsPerContract, qtyDecimals } = scale;
    return { rules: { qtyDecimals, ...sizes }, lotsPerContract };
  }
  const qtyDecimals = decimalsOf(step);
  if (qtyDecimals < 0 || qtyDecimals > DECIMALS_MAX) return undefined;
  const qtyMin = atLeast(min, step, qtyDecimals);
  const qtyMax = atLeast(max, step, qtyDecimals);
  const rules = { qtyDecimals, lotSize: step, qtyMin, qtyMax };
  if (kind === 'spot' || contractSize === '' || parseDecimal(contractSize, 0) === 1) return { rules };
  return { rules, untradable: `it states contracts of ${contractSize}, and not whether sizes count them` };
}

/** Prices of data may be finer than those of orders: both increments count. */
function specOf(
  product: TextRecord,
  symbol: string,
  kind: InstrumentSpec['kind'],
  sizes: Size['rules'],
): InstrumentSpec | undefined {
  const tickSize = product.get('price_increment') ?? product.get('quote_increment') ?? '';
  const tickDecimals = decimalsOf(tickSize);
  const priceDecimals = Math.max(tickDecimals, decimalsOf(product.get('quote_increment') ?? ''));
  if (tickDecimals < 0 || priceDecimals > DECIMALS_MAX) return undefined;
  const base = product.get('base_currency_id') ?? '';
  const leverageMax = kind === 'spot' ? 1 : wholeLeverage(product);
  return {
    venue: 'coinbase',
    symbol,
    baseAsset: base === '' ? (product.get(`${DETAILS}contract_root_unit`) ?? '') : base,
    quoteAsset: product.get('quote_currency_id') ?? '',
    kind,
    priceDecimals,
    tickSize,
    ...sizes,
    notionalMin: product.get('quote_min_size') ?? '0',
    leverageMax,
    // The venue does not publish it: the whole initial margin ends a position no later than the venue would.
    maintenanceMarginPpm: kind === 'spot' ? 0 : Math.min(Math.ceil(PPM / leverageMax), PPM - 1),
    rulesFrom: 'venue',
  };
}

/** A size that is stated finer than lots, or not at all, is one lot. */
function atLeast(size: string | undefined, lotSize: string, qtyDecimals: number): string {
  const lots = parseDecimal(size ?? '', qtyDecimals);
  return size !== undefined && lots >= parseDecimal(lotSize, qtyDecimals) ? size : lotSize;
}

function wholeLeverage(product: TextRecord): number {
  const text = product.get(`${DETAILS}perpetual_details.max_leverage`) ?? '';
  const leverage = Math.floor(Number(text));
  return text !== '' && Number.isSafeInteger(leverage) && leverage >= 1 ? leverage : 1;
}
