/**
 * The perpetual contracts of Kraken futures. A quantity is a number of contracts: one unit of the base with linear contracts (PF_), one USD with
 * inverse ones (PI_), whose value in money is therefore not price times quantity: they are fit to be recorded, not to be traded. Contracts that expire (FF_, FI_) are not listed, because they
 * are no perpetuals; nor are contracts of another size than one, whose quantities would mean something else. Bitcoin is BTC among assets as
 * everywhere in this program; symbols keep the venue's XBT.
 */
import { decimalsOf, formatDecimal, POW10, parseDecimal, plainDecimal } from '#core';
import {
  bytesOf,
  FrameFault,
  INVERSE_IS_UNTRADABLE,
  type JsonCursor,
  type ListedInstrument,
  readRecord,
  readRecords,
  type TextRecord,
} from '#venues/market';

const INSTRUMENTS = bytesOf('instruments');
const MARGIN_LEVELS = bytesOf('marginLevels');
const DECIMALS_MAX = 15;
const PPM_DECIMALS = 6;
const PPM = 1_000_000;
const ASSETS = new Map([
  ['XBT', 'BTC'],
  ['XDG', 'DOGE'],
]);

/** Margins of the smallest position, in parts per million of its value. */
interface Margins {
  readonly initialPpm: number;
  readonly maintenancePpm: number;
}

/** Reads the answer of `/instruments`. */
export function readInstruments(cursor: JsonCursor): readonly ListedInstrument[] {
  const listed: ListedInstrument[] = [];
  let isThere = false;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (!cursor.textIs(INSTRUMENTS)) {
      cursor.skip();
      continue;
    }
    isThere = true;
    cursor.beginArray();
    while (cursor.nextItem()) {
      const instrument = readInstrument(cursor);
      if (instrument !== undefined) listed.push(instrument);
    }
  }
  if (!isThere) throw new FrameFault("expected 'instruments'", cursor.at);
  return listed;
}

function readInstrument(cursor: JsonCursor): ListedInstrument | undefined {
  const start = cursor.at;
  const contract = readRecord(cursor);
  cursor.at = start;
  const margins = readMargins(cursor);
  const isPerpetual = !contract.has('lastTradingTime') && contract.has('tickSize');
  const isOfOne = decimalEquals(contract.get('contractSize') ?? '1', 1);
  return isPerpetual && isOfOne ? instrumentOf(contract, margins, cursor) : undefined;
}

function instrumentOf(contract: TextRecord, margins: Margins, cursor: JsonCursor): ListedInstrument {
  const symbol = contract.get('symbol') ?? '';
  const [pairBase = '', pairQuote = ''] = (contract.get('pair') ?? '').split(':');
  const tickSize = plainDecimal(contract.get('tickSize') ?? '') ?? '';
  const priceDecimals = decimalsOf(tickSize);
  const precision = precisionOf(contract);
  if (symbol === '' || priceDecimals < 0 || priceDecimals > DECIMALS_MAX || precision === undefined) {
    throw new FrameFault(
      `'${symbol}': expected a symbol, a tick size and a precision of quantities`,
      cursor.at,
    );
  }
  // A negative precision counts in tens, hundreds, thousands.
  const lotSize = precision >= 0 ? formatDecimal(1, precision) : String(POW10[-precision]);
  const qtyDecimals = Math.max(0, precision);
  return {
    spec: {
      venue: 'kraken-futures',
      symbol,
      baseAsset: assetOf(contract.get('base') ?? pairBase),
      quoteAsset: assetOf(contract.get('quote') ?? pairQuote),
      kind: 'perpetual',
      priceDecimals,
      qtyDecimals,
      tickSize,
      lotSize,
      qtyMin: lotSize,
      // The largest position: no order may be larger.
      qtyMax: qtyMaxOf(contract, qtyDecimals),
      notionalMin: '0',
      leverageMax: Math.max(1, Math.floor(PPM / margins.initialPpm)),
      maintenanceMarginPpm: Math.min(PPM - 1, margins.maintenancePpm),
      rulesFrom: 'venue',
    },
    wireSymbol: symbol,
    restSymbol: symbol,
    status: statusOf(contract),
    untradable: isInverse(contract, symbol) ? INVERSE_IS_UNTRADABLE : undefined,
  };
}

function isInverse(contract: TextRecord, symbol: string): boolean {
  return contract.get('type') === 'futures_inverse' || /^[PF]I_/i.test(symbol);
}

function statusOf(contract: TextRecord): ListedInstrument['status'] {
  if (contract.get('tradeable') !== 'true' || contract.get('isExpired') === 'true') return 'closed';
  return contract.get('postOnly') === 'true' ? 'halted' : 'trading';
}

/** Decimals of quantities; older answers state none for inverse contracts, which are traded whole. */
function precisionOf(contract: TextRecord): number | undefined {
  const text = contract.get('contractValueTradePrecision') ?? '0';
  return /^-?\d{1,2}$/.test(text) && Math.abs(Number(text)) <= DECIMALS_MAX ? Number(text) : undefined;
}

function qtyMaxOf(contract: TextRecord, qtyDecimals: number): string {
  const lots = parseDecimal(contract.get('maxPositionSize') ?? '', qtyDecimals);
  return formatDecimal(lots > 0 ? lots : Number.MAX_SAFE_INTEGER, qtyDecimals);
}

/** Reads the margins of the lowest level; without any, nothing may be borrowed. */
function readMargins(cursor: JsonCursor): Margins {
  let margins: Margins = { initialPpm: PPM, maintenancePpm: 0 };
  let lowest = Number.POSITIVE_INFINITY;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (!cursor.textIs(MARGIN_LEVELS) || !cursor.isArray) {
      cursor.skip();
      continue;
    }
    for (const level of readRecords(cursor)) {
      const from = Number(level.get('contracts') ?? level.get('numNonContractUnits') ?? 0);
      if (from >= lowest) continue;
      lowest = from;
      margins = {
        initialPpm: Math.min(PPM, Math.max(1, ppmUp(level.get('initialMargin') ?? '1', cursor))),
        maintenancePpm: ppmUp(level.get('maintenanceMargin') ?? '0', cursor),
      };
    }
  }
  return margins;
}

/** Parts per million, rounded up: a margin that is too high is the safe side. */
function ppmUp(text: string, cursor: JsonCursor): number {
  const plain = plainDecimal(text);
  if (plain === undefined || plain.startsWith('-'))
    throw new FrameFault(`expected a margin, found '${text}'`, cursor.at);
  const [whole = '0', fraction = ''] = plain.split('.');
  const kept = parseDecimal(
    `${whole}.${fraction.slice(0, PPM_DECIMALS).padEnd(PPM_DECIMALS, '0')}`,
    PPM_DECIMALS,
  );
  return fraction.length > PPM_DECIMALS ? kept + 1 : kept;
}

function decimalEquals(text: string, value: number): boolean {
  return parseDecimal(text, 0) === value;
}

function assetOf(asset: string): string {
  return ASSETS.get(asset) ?? asset;
}
