/**
 * Symbols of KuCoin as instruments. Quantities of futures are contracts, as everywhere in that market's messages: what one contract is worth (`multiplier`) no
 * rule of an instrument can say. Futures that expire are left out, and so is what needs more than 15 decimals.
 */
import { decimalsOf, POW10, parseDecimal } from '#core';
import type { InstrumentSpec } from '#domain';
import { type ListedInstrument, roundedDecimal, type TextRecord } from '../market/index.ts';

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
    const steps = stepsOf(record.get('tickSize'), record.get('lotSize'));
    if (steps === undefined || record.get('type') !== PERPETUAL) return [];
    const marginPpm = roundedDecimal(record.get('maintainMargin') ?? '', PPM_DECIMALS);
    const leverage = Math.floor(Number(record.get('maxLeverage') ?? '1'));
    const spec: InstrumentSpec = {
      ...steps,
      ...sizesOf(record.get('lotSize'), record.get('maxOrderQty'), steps),
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
    return listed(spec, status === 'Open' ? 'trading' : status === 'Closed' ? 'closed' : 'halted');
  });
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
