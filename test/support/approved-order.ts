/** Orders with the true seal of risk, for tests of what sends them: a risk engine without limits that matter. */
import { assert, US_PER_DAY } from '#core';
import {
  InstrumentTable,
  isConditionalType,
  type OrderRequest,
  type PlainOrderType,
  type RiskApproved,
} from '#domain';
import { Portfolio } from '#portfolio';
import { defaultRiskOptions, RiskEngine } from '#risk';
import { btcSpec } from './instruments.ts';

const instruments = new InstrumentTable(
  Array.from({ length: 8 }, (_, ix) =>
    btcSpec({
      symbol: `T${ix}`,
      priceDecimals: 0,
      qtyDecimals: 0,
      tickSize: '1',
      lotSize: '1',
      qtyMin: '1',
      qtyMax: '1000000000',
      notionalMin: '0',
    }),
  ),
);

const LIMITLESS = {
  ...defaultRiskOptions(instruments.atomDecimals),
  positionFractionMax: 1,
  exposureMax: 125,
  leverageMax: 125,
  priceDeviationMax: 1,
  orderNotionalMinAtoms: 0n,
};

/** Returns the request, approved as it is. A reduce-only one is approved against a position of its own size. */
export function approved(request: OrderRequest, nowUs = US_PER_DAY): RiskApproved<OrderRequest> {
  const priceTicks = request.priceTicks ?? request.triggerTicks ?? 100;
  const portfolio = new Portfolio({ instruments, startCashAtoms: 10n ** 26n, startUs: nowUs, leverage: 1 });
  const { instrumentIx, qtyLots, side, type } = request;
  const isPlain = (one: OrderRequest['type']): one is PlainOrderType =>
    !isConditionalType(one) || one === 'stop_market' || one === 'take_profit_market';
  assert(isPlain(type), `risk knows the type of an order, was ${type}`);
  if (request.reduceOnly) {
    portfolio.applyFill({
      kind: 'fill',
      tsVenueUs: nowUs,
      tsLocalUs: nowUs,
      instrumentIx,
      clientOrderId: 'position',
      venueOrderId: 'v',
      execId: 'x',
      side: side === 'buy' ? 'sell' : 'buy',
      priceTicks,
      qtyLots,
      leavesLots: 0,
      feeAtoms: 0n,
      liquidity: 'taker',
      isLiquidation: false,
    });
  }
  const verdict = new RiskEngine(LIMITLESS).check(
    { ...request, type, size: { kind: 'lots', qtyLots }, protection: null, strategy: 'test' },
    {
      nowUs,
      instrument: instruments.at(instrumentIx),
      portfolio,
      pendingSideLots: 0,
      reducingSideLots: 0,
      pendingOthersAtoms: 0n,
      lastPriceTicks: priceTicks,
      lastPriceTsUs: nowUs,
      volatility: 0.01,
      isReduceOnlyMode: false,
      openOrderCount: 0,
    },
  );
  const refusal = verdict.kind === 'refused' ? `${verdict.code}: ${verdict.message}` : '';
  assert(verdict.kind === 'approved', `order ${request.clientOrderId} is approved, was refused: ${refusal}`);
  return verdict.order;
}
