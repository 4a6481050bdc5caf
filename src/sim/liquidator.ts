/**
 * The forced end of positions below their maintenance margin (rules M38, M39, M71): the orders that belong to them are cancelled, the positions
 * closed whole at mark, the one with the largest loss first, each with the taker's and the liquidation fee. A close never leaves less than nothing of
 * what stands behind it: where the mark lies beyond that, the insurance of the venue takes the position over at the price at which nothing is
 * left, and the fee takes at most what is left.
 */
import { assert, type EpochUs } from '#core';
import { feeAtoms } from '#costs';
import { ceilToTick, floorToTick, type Instrument, type InstrumentTable, notionalAtoms } from '#domain';
import type { SimAccount } from './account.ts';
import type { PositionSlot } from './account-settings.ts';
import type { MarginKeeper } from './margin.ts';
import type { MarkPrices } from './mark-prices.ts';
import type { OrderDesk } from './order-desk.ts';
import type { SimOrder } from './sim-order.ts';

/** What a liquidation works with. */
export interface LiquidatorParts {
  readonly instruments: InstrumentTable;
  readonly account: SimAccount;
  readonly desk: OrderDesk;
  readonly margin: MarginKeeper;
  readonly marks: MarkPrices;
  readonly feePpmOf: (instrument: Instrument) => number;
}

/** Closes positions by force. */
export class Liquidator {
  readonly #parts: LiquidatorParts;

  constructor(parts: LiquidatorParts) {
    this.#parts = parts;
  }

  /** Closes what is broken: isolated positions each for themselves, then, if it is broken, all of the cross account. */
  liquidate(nowUs: EpochUs): void {
    const { margin } = this.#parts;
    for (const slot of margin.brokenIsolated(nowUs)) {
      this.#cancel((order) => order.slot === slot, nowUs);
      this.#close(slot, nowUs);
    }
    if (!margin.isCrossBroken(nowUs)) return;
    this.#closeCross(nowUs);
  }

  /** Cancels all orders and closes all positions, whether or not they could be borne. */
  closeAll(nowUs: EpochUs): void {
    this.#cancel(() => true, nowUs);
    for (const slot of [...this.#parts.account.openSlots]) {
      if (this.#parts.account.isIsolated(slot)) this.#close(slot, nowUs);
    }
    this.#closeCross(nowUs);
  }

  #closeCross(nowUs: EpochUs): void {
    const { account, margin } = this.#parts;
    // Nothing is left to open with; what closes isolated positions stays.
    this.#cancel((order) => !order.isReducing || !account.isIsolated(order.slot), nowUs);
    const closing = account.openSlots
      .filter((slot) => !account.isIsolated(slot))
      .map((slot) => ({ slot, lossAtoms: this.#lossAtoms(slot, nowUs) }));
    closing.sort((a, b) => (a.lossAtoms === b.lossAtoms ? 0 : a.lossAtoms > b.lossAtoms ? -1 : 1));
    for (const { slot } of closing) this.#close(slot, nowUs);
    assert(
      account.openSlots.every((slot) => account.isIsolated(slot)),
      'a liquidated account has no cross position',
    );
    assert(margin.equityAtoms(nowUs) >= 0n, 'a liquidated account owes nothing');
  }

  #cancel(isConcerned: (order: SimOrder) => boolean, nowUs: EpochUs): void {
    const { desk, instruments } = this.#parts;
    for (const { ix } of instruments.all) {
      for (const order of desk.openOrders(ix).filter(isConcerned)) desk.cancel(order, 'liquidation', nowUs);
    }
  }

  #lossAtoms(slot: PositionSlot, nowUs: EpochUs): bigint {
    const { account, marks } = this.#parts;
    const instrument = this.#instrumentOf(slot);
    return -account.unrealisedAtoms(instrument, marks.markTicks(instrument.ix, nowUs), slot);
  }

  #instrumentOf(slot: PositionSlot): Instrument {
    const { account, instruments } = this.#parts;
    return instruments.at(account.settings.instrumentIxOf(slot));
  }

  #close(slot: PositionSlot, nowUs: EpochUs): void {
    const { account, desk, margin, marks, feePpmOf } = this.#parts;
    const instrument = this.#instrumentOf(slot);
    const lots = account.positionLots(slot);
    const isLong = lots > 0;
    const qtyLots = Math.abs(lots);
    const markTicks = marks.markTicks(instrument.ix, nowUs);
    const soundTicks = isLong
      ? Math.max(instrument.tickStep, floorToTick(instrument, markTicks))
      : ceilToTick(instrument, markTicks);
    const perTick = BigInt(qtyLots) * BigInt(instrument.atomsPerTickLot);
    const lostTicks = BigInt(isLong ? markTicks - soundTicks : soundTicks - markTicks);
    const leftAtoms = margin.equityBehindAtoms(slot, nowUs) - lostTicks * perTick;
    // Ticks by which the insurance has to better the price, rounded up to whole tick steps.
    const step = BigInt(instrument.tickStep);
    const shortTicks = leftAtoms >= 0n ? 0n : (-leftAtoms + perTick * step - 1n) / (perTick * step);
    const betterTicks = Number(shortTicks * step);
    const priceTicks = isLong ? soundTicks + betterTicks : soundTicks - betterTicks;
    assert(priceTicks > 0, `a position is taken over at a price above 0, was ${priceTicks}`);
    const restAtoms = leftAtoms + BigInt(betterTicks) * perTick;
    const fee = feeAtoms(notionalAtoms(instrument, priceTicks, qtyLots), feePpmOf(instrument));
    desk.liquidate(
      {
        instrumentIx: instrument.ix,
        slot,
        side: isLong ? 'sell' : 'buy',
        priceTicks,
        qtyLots,
        liquidity: 'taker',
        feeAtoms: fee > restAtoms ? restAtoms : fee,
      },
      nowUs,
    );
  }
}
