/** Instruments, fills and payments for the tests of this room; not part of the product. */
import { type EpochUs, POW10 } from '#core';
import { type FillEvent, type FundingPaymentEvent, type InstrumentSpec, InstrumentTable } from '#domain';

/** One unit of currency in atoms of the fixture's table. */
export const UNIT = BigInt(POW10[8]!);

const SPEC: InstrumentSpec = {
  venue: 'sim',
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  kind: 'perpetual',
  priceDecimals: 1,
  qtyDecimals: 3,
  tickSize: '0.1',
  lotSize: '0.001',
  qtyMin: '0.001',
  qtyMax: '1000',
  notionalMin: '5',
  leverageMax: 125,
  maintenanceMarginPpm: 4_000,
  rulesFrom: 'synthetic',
};

/** Returns three instruments: tick x lot of 10^4, 10^5 and 10^0 atoms, leverage up to 125, 50 and 2. */
export function threeInstruments(): InstrumentTable {
  return new InstrumentTable([
    SPEC,
    { ...SPEC, symbol: 'ETHUSDT', qtyDecimals: 2, lotSize: '0.01', qtyMin: '0.01', leverageMax: 50 },
    {
      ...SPEC,
      symbol: 'DOGEUSDT',
      priceDecimals: 6,
      qtyDecimals: 2,
      tickSize: '0.000001',
      lotSize: '0.01',
      qtyMin: '0.01',
      leverageMax: 2,
    },
  ]);
}

let execCount = 0;

/** Returns a fill; `qtyLots` > 0 buys, < 0 sells. */
export function fillOf(
  instrumentIx: number,
  qtyLots: number,
  priceTicks: number,
  rest: { feeAtoms?: bigint; tsUs?: EpochUs; isLiquidation?: boolean } = {},
): FillEvent {
  const { feeAtoms = 0n, tsUs = 0, isLiquidation = false } = rest;
  execCount++;
  return {
    kind: 'fill',
    tsVenueUs: tsUs,
    tsLocalUs: tsUs,
    instrumentIx,
    clientOrderId: `c${execCount}`,
    venueOrderId: `v${execCount}`,
    execId: `e${execCount}`,
    side: qtyLots > 0 ? 'buy' : 'sell',
    priceTicks,
    qtyLots: Math.abs(qtyLots),
    leavesLots: 0,
    feeAtoms,
    liquidity: 'taker',
    isLiquidation,
  };
}

/** Returns a funding payment. */
export function fundingOf(instrumentIx: number, amountAtoms: bigint, tsUs: EpochUs = 0): FundingPaymentEvent {
  return {
    kind: 'funding-payment',
    tsVenueUs: tsUs,
    tsLocalUs: tsUs,
    instrumentIx,
    amountAtoms,
    rateE12: 0,
    positionLots: 0,
    markTicks: 1,
  };
}
