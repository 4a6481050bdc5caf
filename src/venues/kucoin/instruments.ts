/**
 * Symbols of KuCoin as instruments, all sizes in base currency. The futures market counts contracts of `multiplier` base units in all its messages: the
 * multiplier gives the decimals of quantities, and decoders multiply. A negative multiplier marks an inverse contract: sized in the quote currency, fit to be
 * recorded, not to be traded. Futures that expire are left out, and so is what needs more than 15 decimals or states no multiplier.
 */
import { decimalsOf, POW10, parseDecimal } from '#core';
import type { InstrumentSpec } from '#domain';
import {
  contractScale,
  INVERSE_IS_UNTRADABLE,
  type ListedInstrument,
  roundedDecimal,
  scaledSizes,
  type TextRecord,
} from '../market/index.ts';

const DECIMALS_MAX = POW10.length - 1;
const PPM_DECIMALS = 6;
const PPM = 1_000_000;
/** Type of contracts without an end. */
const PERPETUAL = 'FFWCSX';

/** Returns the symbols of `api/v2/symbols` as instruments. */
export function spotInstruments(symbols: readonly TextRecord[]): readonly ListedInstrument[] {
  return symbols.flatMap((record) => {
    const steps = stepsOf(record.get('priceIncrement'), record.get('baseIncrement'));
    if (steps === undefined) return [];
    const spec: InstrumentSpec = {
      ...steps,
      ...sizesOf(record.get('baseMinSize'), record.get('baseMaxSize'), steps),
      venue: 'kucoin-spot',
      symbol: record.get('symbol') ?? '',
      baseAsset: record.get('baseCurrency') ?? '',
      quoteAsset: record.get('quoteCurrency') ?? '',
      kind: 'spot',
      notionalMin: record.get('minFunds') ?? record.get('quoteMinSize') ?? '0',
      leverageMax: 1,
      maintenanceMarginPpm: 0,
      rulesFrom: 'venue',
    };
    return listed(spec, record.get('enableTrading') === 'false' ? 'halted' : 'trading');
  });
}

/** Returns the contracts of `api/v1/contracts/active` as instruments. */
export function futuresInstruments(contracts: readonly TextRecord[]): readonly ListedInstrument[] {
  return contracts.flatMap((record) => {
    const contract = contractOf(record);
    if (contract === undefined || record.get('type') !== PERPETUAL) return [];
    const marginPpm = roundedDecimal(record.get('maintainMargin') ?? '', PPM_DECIMALS);
    const leverage = Math.floor(Number(record.get('maxLeverage') ?? '1'));
    const spec: InstrumentSpec = {
      ...contract.rules,
      venue: 'kucoin-futures',
      symbol: record.get('symbol') ?? '',
      baseAsset: record.get('baseCurrency') ?? '',
      quoteAsset: record.get('quoteCurrency') ?? '',
      kind: 'perpetual',
      notionalMin: '0',
      leverageMax: Number.isSafeInteger(leverage) && leverage >= 1 ? leverage : 1,
      maintenanceMarginPpm: marginPpm >= 0 ? Math.min(marginPpm, PPM - 1) : PPM - 1,
      rulesFrom: 'venue',
    };
    const status = record.get('status');
    const { lotsPerContract, untradable } = contract;
    return listed(spec, status === 'Open' ? 'trading' : status === 'Closed' ? 'closed' : 'halted').map(
      (one) => ({ ...one, lotsPerContract, untradable }),
    );
  });
}

/** What a contract is worth, and its sizes in that. */
interface Contract {
  readonly rules: Steps & Pick<InstrumentSpec, 'qtyMin' | 'qtyMax'>;
  readonly lotsPerContract: number;
  readonly untradable: string | undefined;
}

function contractOf(record: TextRecord): Contract | undefined {
  const multiplier = record.get('multiplier') ?? '';
  const isNegative = multiplier.startsWith('-');
  const scale = contractScale(isNegative ? multiplier.slice(1) : multiplier);
  const tickSize = record.get('tickSize') ?? '';
  const priceDecimals = decimalsOf(tickSize);
  if (scale === undefined || priceDecimals < 0 || priceDecimals > DECIMALS_MAX) return undefined;
  const step = record.get('lotSize');
  const sizes = scaledSizes({ step, min: step, max: record.get('maxOrderQty') }, scale);
  if (sizes === undefined) return undefined;
  const { lotsPerContract, qtyDecimals } = scale;
  const isInverse = isNegative || record.get('isInverse') === 'true';
  return {
    rules: { priceDecimals, qtyDecimals, tickSize, ...sizes },
    lotsPerContract,
    untradable: isInverse ? INVERSE_IS_UNTRADABLE : undefined,
  };
}

type Steps = Pick<InstrumentSpec, 'priceDecimals' | 'qtyDecimals' | 'tickSize' | 'lotSize'>;

function stepsOf(tickSize: string | undefined, lotSize: string | undefined): Steps | undefined {
  if (tickSize === undefined || lotSize === undefined) return undefined;
  const priceDecimals = decimalsOf(tickSize);
  const qtyDecimals = decimalsOf(lotSize);
  const isGood =
    priceDecimals >= 0 && qtyDecimals >= 0 && Math.max(priceDecimals, qtyDecimals) <= DECIMALS_MAX;
  return isGood ? { priceDecimals, qtyDecimals, tickSize, lotSize } : undefined;
}

/** A size that is stated finer than lots, or not at all, is one lot. */
function sizesOf(
  min: string | undefined,
  max: string | undefined,
  { lotSize, qtyDecimals }: Steps,
): Pick<InstrumentSpec, 'qtyMin' | 'qtyMax'> {
  const lot = parseDecimal(lotSize, qtyDecimals);
  const [qtyMin = lotSize, qtyMax = lotSize] = [min, max].map((size) =>
    size !== undefined && parseDecimal(size, qtyDecimals) >= lot ? size : lotSize,
  );
  return { qtyMin, qtyMax };
}

function listed(spec: InstrumentSpec, status: ListedInstrument['status']): readonly ListedInstrument[] {
  return spec.symbol === '' ? [] : [{ spec, wireSymbol: spec.symbol, restSymbol: spec.symbol, status }];
}
