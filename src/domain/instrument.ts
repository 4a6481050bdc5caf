/**
 * Instruments and their exact numbers. A price is an integer count of ticks (10^-priceDecimals quote), a quantity an integer count
 * of lots (10^-qtyDecimals base), money an integer count of atoms (10^-atomDecimals of the account's currency). Order prices
 * are multiples of `tickStep` ticks and order quantities of `lotStep` lots; market data may be finer than what an order may say.
 */
import { assert, POW10, parseDecimal, XylenError } from '#core';
import { type MarginTier, type MarginTierSpec, marginTiersOf } from './margin-tier.ts';
import type { VenueId } from './venue.ts';

/** Position of an instrument in its `InstrumentTable`: symbols are interned at the edge, arrays inside are looked up by index. */
export type InstrumentIx = number;

/** Where the trading rules of an instrument came from; `inferred` = guessed from the decimals of recorded data. */
export type RulesSource = 'venue' | 'config' | 'inferred' | 'synthetic';

/** The trading rules of an instrument as people write them: decimals as text. */
export interface InstrumentSpec {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly kind: 'perpetual' | 'spot';
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Smallest price step of an order, e.g. `0.1`. */
  readonly tickSize: string;
  /** Smallest quantity step of an order, e.g. `0.001`. */
  readonly lotSize: string;
  readonly qtyMin: string;
  /** Largest quantity of one order. */
  readonly qtyMax: string;
  /** Smallest notional of an opening order, in quote currency. */
  readonly notionalMin: string;
  readonly leverageMax: number;
  /** Maintenance margin as parts per million of notional. */
  readonly maintenanceMarginPpm: number;
  /** Absent = one tier without bound, of the rate and leverage above; else its first tier has both. */
  readonly marginTiers?: readonly MarginTierSpec[];
  readonly rulesFrom: RulesSource;
}

/** An instrument with all rules as integers, made only by `buildInstrument`. */
export interface Instrument {
  readonly ix: InstrumentIx;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly kind: 'perpetual' | 'spot';
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  readonly tickStep: number;
  readonly lotStep: number;
  readonly qtyLotsMin: number;
  readonly qtyLotsMax: number;
  readonly notionalAtomsMin: bigint;
  /** Atoms in one tick x one lot; an integer >= 1. */
  readonly atomsPerTickLot: number;
  /** Decimals of the account currency's atom. */
  readonly atomDecimals: number;
  readonly leverageMax: number;
  /** Rate of the first tier. */
  readonly maintenanceMarginPpm: number;
  /** From small to large, at least one. */
  readonly marginTiers: readonly MarginTier[];
  readonly rulesFrom: RulesSource;
}

/** Decimals of an atom when no instrument needs more. */
export const ATOM_DECIMALS_DEFAULT = 8;
/** More would let one account outgrow a 64-bit integer column (9.2 million units of currency). */
export const ATOM_DECIMALS_MAX = 12;

/** Returns the atom decimals an account needs so that tick x lot of every instrument is a whole number of atoms. */
export function atomDecimalsFor(specs: readonly InstrumentSpec[]): number {
  const needed = Math.max(
    ATOM_DECIMALS_DEFAULT,
    ...specs.map((spec) => spec.priceDecimals + spec.qtyDecimals),
  );
  if (needed > ATOM_DECIMALS_MAX) {
    throw new XylenError(
      'XY_INSTRUMENT_UNKNOWN',
      `price decimals + quantity decimals are at most ${ATOM_DECIMALS_MAX}, were ${needed}`,
      { fields: { needed } },
    );
  }
  return needed;
}

/** Refuses a rule that is not as `expected`; rules come from venues and files, so a bad one is no bug of this program. */
function requireRule(
  isGood: boolean,
  spec: InstrumentSpec,
  field: keyof InstrumentSpec,
  expected: string,
): void {
  if (isGood) return;
  throw new XylenError(
    'XY_INSTRUMENT_UNKNOWN',
    `${spec.venue} ${spec.symbol}: ${field} is ${expected}, was '${spec[field]}'`,
    { fields: { symbol: spec.symbol, field, value: String(spec[field]) } },
  );
}

function stepOf(
  spec: InstrumentSpec,
  field: 'tickSize' | 'lotSize' | 'qtyMin' | 'qtyMax',
  decimals: number,
): number {
  const units = parseDecimal(spec[field], decimals);
  requireRule(units > 0, spec, field, `a positive decimal with at most ${decimals} decimals`);
  return units;
}

/** Refuses rules that have no exact integer form or make no sense. */
function checkRules(spec: InstrumentSpec): void {
  for (const field of ['priceDecimals', 'qtyDecimals'] as const) {
    const decimals = spec[field];
    requireRule(
      Number.isInteger(decimals) && decimals >= 0 && decimals <= ATOM_DECIMALS_MAX,
      spec,
      field,
      `an integer in [0, ${ATOM_DECIMALS_MAX}]`,
    );
  }
  requireRule(
    Number.isInteger(spec.leverageMax) && spec.leverageMax >= 1,
    spec,
    'leverageMax',
    'an integer of at least 1',
  );
  requireRule(
    Number.isInteger(spec.maintenanceMarginPpm) &&
      spec.maintenanceMarginPpm >= 0 &&
      spec.maintenanceMarginPpm < 1_000_000,
    spec,
    'maintenanceMarginPpm',
    'an integer in [0, 1000000)',
  );
}

/** Returns the tiers of an instrument. @throws XY_INSTRUMENT_UNKNOWN for tiers that are out of order. */
function tiersOf(spec: InstrumentSpec, atomDecimals: number): readonly MarginTier[] {
  const { leverageMax, maintenanceMarginPpm } = spec;
  const tiers = (spec.marginTiers ?? [{ notionalMax: null, maintenanceMarginPpm, leverageMax }]).map(
    ({ notionalMax, ...tier }) => ({
      ...tier,
      notionalAtomsMax: notionalMax === null ? null : BigInt(parseDecimal(notionalMax, atomDecimals)),
    }),
  );
  const [first] = tiers;
  const isGood =
    first?.leverageMax === leverageMax &&
    first.maintenanceMarginPpm === maintenanceMarginPpm &&
    tiers.every((tier, at) => {
      const next = tiers[at + 1];
      if (
        !Number.isInteger(tier.leverageMax) ||
        tier.leverageMax < 1 ||
        tier.maintenanceMarginPpm >= 1_000_000
      )
        return false;
      if (next === undefined) return tier.notionalAtomsMax === null || tier.notionalAtomsMax > 0n;
      return (
        tier.notionalAtomsMax !== null &&
        tier.notionalAtomsMax > 0n &&
        (next.notionalAtomsMax === null || next.notionalAtomsMax > tier.notionalAtomsMax) &&
        Number.isInteger(next.maintenanceMarginPpm) &&
        next.maintenanceMarginPpm >= tier.maintenanceMarginPpm &&
        next.leverageMax <= tier.leverageMax
      );
    });
  requireRule(
    isGood,
    spec,
    'marginTiers',
    'a list of rising caps and rates and falling leverages that begins with those of the instrument',
  );
  return marginTiersOf(tiers);
}

/** Builds the integer form of an instrument's rules. @throws XY_INSTRUMENT_UNKNOWN when a rule is missing or not representable. */
export function buildInstrument(spec: InstrumentSpec, ix: InstrumentIx, atomDecimals: number): Instrument {
  checkRules(spec);
  const spare = atomDecimals - spec.priceDecimals - spec.qtyDecimals;
  assert(
    spare >= 0 && spare < POW10.length,
    `atom decimals ${atomDecimals} hold tick x lot of ${spec.symbol}`,
  );
  const notional = parseDecimal(spec.notionalMin, atomDecimals);
  requireRule(
    notional >= 0,
    spec,
    'notionalMin',
    `a decimal of at least 0 with at most ${atomDecimals} decimals`,
  );
  const qtyLotsMin = stepOf(spec, 'qtyMin', spec.qtyDecimals);
  const qtyLotsMax = stepOf(spec, 'qtyMax', spec.qtyDecimals);
  requireRule(qtyLotsMax >= qtyLotsMin, spec, 'qtyMax', `at least qtyMin (${spec.qtyMin})`);
  return {
    ix,
    venue: spec.venue,
    symbol: spec.symbol,
    baseAsset: spec.baseAsset,
    quoteAsset: spec.quoteAsset,
    kind: spec.kind,
    priceDecimals: spec.priceDecimals,
    qtyDecimals: spec.qtyDecimals,
    tickStep: stepOf(spec, 'tickSize', spec.priceDecimals),
    lotStep: stepOf(spec, 'lotSize', spec.qtyDecimals),
    qtyLotsMin,
    qtyLotsMax,
    notionalAtomsMin: BigInt(notional),
    atomsPerTickLot: POW10[spare]!,
    atomDecimals,
    leverageMax: spec.leverageMax,
    maintenanceMarginPpm: spec.maintenanceMarginPpm,
    marginTiers: tiersOf(spec, atomDecimals),
    rulesFrom: spec.rulesFrom,
  };
}

/** The instruments of a session, looked up by index; built once, never changed. */
export class InstrumentTable {
  readonly all: readonly Instrument[];
  readonly atomDecimals: number;
  readonly #byKey = new Map<string, Instrument>();

  /** Interns the instruments in the given order. @throws XY_INSTRUMENT_UNKNOWN on a duplicate or a mix of quote currencies. */
  constructor(specs: readonly InstrumentSpec[]) {
    this.atomDecimals = atomDecimalsFor(specs);
    this.all = specs.map((spec, ix) => buildInstrument(spec, ix, this.atomDecimals));
    for (const instrument of this.all) {
      const key = `${instrument.venue}|${instrument.symbol}`;
      if (this.#byKey.has(key)) throw new XylenError('XY_INSTRUMENT_UNKNOWN', `${key} is listed twice`);
      this.#byKey.set(key, instrument);
    }
    const quotes = new Set(this.all.map((instrument) => instrument.quoteAsset));
    if (quotes.size > 1) {
      const list = [...quotes].join(', ');
      throw new XylenError('XY_INSTRUMENT_UNKNOWN', `one account has one quote currency, found ${list}`);
    }
  }

  /** How many instruments there are. */
  get count(): number {
    return this.all.length;
  }

  /** Returns the instrument at `ix`. */
  at(ix: InstrumentIx): Instrument {
    const instrument = this.all[ix];
    if (instrument === undefined) assert(false, `instrument index in [0, ${this.all.length}), was ${ix}`);
    return instrument;
  }

  /** Returns the instrument of that venue and symbol, or `undefined`. */
  find(venue: VenueId, symbol: string): Instrument | undefined {
    return this.#byKey.get(`${venue}|${symbol}`);
  }
}

/** Returns the notional of `qtyLots` at `priceTicks` in atoms, exact for any size. */
export function notionalAtoms(instrument: Instrument, priceTicks: number, qtyLots: number): bigint {
  const product = priceTicks * qtyLots;
  if (Number.isSafeInteger(product)) return BigInt(product) * BigInt(instrument.atomsPerTickLot);
  return BigInt(priceTicks) * BigInt(qtyLots) * BigInt(instrument.atomsPerTickLot);
}

/** Returns a price as the double nearest to its decimal value. */
export function priceOf(instrument: Instrument, priceTicks: number): number {
  return priceTicks / POW10[instrument.priceDecimals]!;
}

/** Returns a quantity as the double nearest to its decimal value. */
export function qtyOf(instrument: Instrument, qtyLots: number): number {
  return qtyLots / POW10[instrument.qtyDecimals]!;
}

/** Returns money as a double in the account's currency; for display and statistics only. */
export function moneyOf(atomDecimals: number, atoms: bigint): number {
  return Number(atoms) / POW10[atomDecimals]!;
}

/** Returns the largest order price (multiple of `tickStep`) not above `priceTicks`. */
export function floorToTick(instrument: Instrument, priceTicks: number): number {
  return Math.floor(priceTicks / instrument.tickStep) * instrument.tickStep;
}

/** Returns the smallest order price (multiple of `tickStep`) not below `priceTicks`. */
export function ceilToTick(instrument: Instrument, priceTicks: number): number {
  return Math.ceil(priceTicks / instrument.tickStep) * instrument.tickStep;
}

/** Returns the largest order quantity (multiple of `lotStep`) not above `qtyLots`: rounding is always towards less risk. */
export function floorToLot(instrument: Instrument, qtyLots: number): number {
  return Math.floor(qtyLots / instrument.lotStep) * instrument.lotStep;
}
