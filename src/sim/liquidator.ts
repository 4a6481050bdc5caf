/**
 * The forced end of an account below its maintenance margin (rules M38, M39): all orders are cancelled, all positions closed at mark, the
 * one with the largest loss first, each with the taker's and the liquidation fee. A close never leaves equity below zero: where the mark lies
 * beyond it, the insurance of the venue takes the position over at the price at which nothing is left, and the fee takes at most what is left.
 */
import { assert, type EpochUs } from '#core';
import { feeAtoms } from '#costs';
import { ceilToTick, floorToTick, type Instrument, type InstrumentTable, notionalAtoms } from '#domain';
import type { SimAccount } from './account.ts';
import type { MarginKeeper } from './margin.ts';
import type { MarkPrices } from './mark-prices.ts';
import type { OrderDesk } from './order-desk.ts';

/** What a liquidation works with. */
export interface LiquidatorParts {
  readonly instruments: InstrumentTable;
  readonly account: SimAccount;
  readonly desk: OrderDesk;
  readonly margin: MarginKeeper;
  readonly marks: MarkPrices;
  readonly feePpmOf: (instrument: Instrument) => number;
}

/** Closes an account by force. */
export class Liquidator {
  readonly #parts: LiquidatorParts;

  constructor(parts: LiquidatorParts) {
    this.#parts = parts;
  }

  /** Cancels everything and closes everything. */
  liquidate(nowUs: EpochUs): void {
    const { instruments, account, desk, marks, margin } = this.#parts;
    for (const { ix } of instruments.all) {
      for (const order of [...desk.openOrders(ix)]) desk.cancel(order, 'liquidation', nowUs);
    }
    const closing = account.openInstruments.map((ix) => {
      const instrument = instruments.at(ix);
      return { instrument, lossAtoms: -account.unrealisedAtoms(instrument, marks.markTicks(ix, nowUs)) };
    });
    closing.sort((a, b) => (a.lossAtoms === b.lossAtoms ? 0 : a.lossAtoms > b.lossAtoms ? -1 : 1));
    for (const { instrument } of closing) this.#close(instrument, nowUs);
    assert(account.openInstruments.length === 0, 'a liquidated account has no position');
    assert(margin.equityAtoms(nowUs) >= 0n, 'a liquidated account owes nothing');
  }

  #close(instrument: Instrument, nowUs: EpochUs): void {
    const { account, desk, margin, marks, feePpmOf } = this.#parts;
    const lots = account.positionLots(instrument.ix);
    const isLong = lots > 0;
    const qtyLots = Math.abs(lots);
    const markTicks = marks.markTicks(instrument.ix, nowUs);
    const soundTicks = isLong
      ? Math.max(instrument.tickStep, floorToTick(instrument, markTicks))
      : ceilToTick(instrument, markTicks);
    const perTick = BigInt(qtyLots) * BigInt(instrument.atomsPerTickLot);
    const lostTicks = BigInt(isLong ? markTicks - soundTicks : soundTicks - markTicks);
    const leftAtoms = margin.equityAtoms(nowUs) - lostTicks * perTick;
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
