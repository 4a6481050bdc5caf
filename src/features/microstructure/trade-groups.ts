/** Groups that look at trades: flow, average price, VPIN, price impact, volatility. */
import { type EpochUs, POW10 } from '#core';
import type { TradeTick } from '../candles/trade-candle.ts';
import type { StateTape } from '../state-tape.ts';
import { midSumTicks } from './book-view.ts';
import { column, MicroGroup, type RowContext, type RowSpan } from './group.ts';
import { KyleLambda } from './price-impact.ts';
import { RealisedVariance } from './realised-variance.ts';
import { RowTotals } from './row-totals.ts';
import { SessionVwap } from './session-vwap.ts';
import { BulkClassifier, TickRule, VolumeBuckets } from './vpin.ts';

const BPS = 10_000;

/** Signed volume over windows. */
export class TradeFlowGroup extends MicroGroup {
  readonly columns;
  readonly #spans: readonly RowSpan[];
  /** Signed lots, lots. */
  readonly #totals: RowTotals;

  constructor(spans: readonly RowSpan[]) {
    super();
    this.#spans = spans;
    this.#totals = new RowTotals(2, Math.max(...spans.map(({ rows }) => rows)));
    this.columns = spans.map(({ label }) =>
      column(
        `trade_flow_${label}`,
        `volume of taking buyers less that of sellers / volume, over ${label}; 0 when none`,
        'ratio',
        'Cont, Kukanov, Stoikov 2014',
      ),
    );
  }

  override onTrade({ qtyLots, takerSide }: TradeTick): void {
    const { current } = this.#totals;
    current[0] = current[0]! + (takerSide === 'buy' ? qtyLots : -qtyLots);
    current[1] = current[1]! + qtyLots;
  }

  override restart(): void {
    this.#totals.clear();
  }

  override endRow({ isTradeWhole }: RowContext, out: Float64Array, at: number): void {
    this.#totals.end(isTradeWhole);
    this.#spans.forEach(({ rows }, i) => {
      const lots = this.#totals.sum(1, rows);
      out[at + i] = lots === 0 ? 0 : this.#totals.sum(0, rows) / lots;
    });
  }

  override tape(tape: StateTape): void {
    this.#totals.tape(tape);
  }
}

/** The middle against the average price of the day. */
export class VwapGroup extends MicroGroup {
  readonly columns = [
    column(
      'vwap_gap_bps',
      '10^4 (m / VWAP since 00:00 UTC - 1); only on days whose trades are all known',
      'bp',
      'Berkowitz, Logue, Noser 1988',
    ),
  ];
  readonly #vwap: SessionVwap;

  constructor(wholeFromUs: EpochUs) {
    super();
    this.#vwap = new SessionVwap(wholeFromUs);
  }

  override onTrade({ priceTicks, qtyLots, tsVenueUs }: TradeTick): void {
    this.#vwap.push(tsVenueUs, priceTicks, qtyLots);
  }

  override onTradesLost(untilUs: EpochUs): void {
    this.#vwap.lost(untilUs);
  }

  override endRow({ book, rowUs }: RowContext, out: Float64Array, at: number): void {
    // A row at midnight tells of the moment before it.
    out[at] = book === null ? Number.NaN : BPS * (midSumTicks(book) / (2 * this.#vwap.at(rowUs - 1)) - 1);
  }

  override tape(tape: StateTape): void {
    this.#vwap.tape(tape);
  }
}

/** Parameters of VPIN. */
export interface VpinOptions {
  /** Volume of a bucket in lots; a fiftieth of a usual day in the paper. */
  readonly bucketLots: number;
  readonly buckets: number;
  /** Bars of the bulk classification, and how many changes between them give the deviation. */
  readonly barUs: number;
  readonly deviationBars: number;
}

/** VPIN by the venue's word, by the tick rule, by bulk classification. A loss of trades begins all of it anew. */
export class VpinGroup extends MicroGroup {
  readonly columns;
  readonly #options: VpinOptions;
  #kernels: VpinKernels;

  constructor(options: VpinOptions) {
    super();
    this.#options = options;
    this.#kernels = new VpinKernels(options);
    const { bucketLots, buckets, barUs, deviationBars } = options;
    const words = `mean of |B - S| / V over ${buckets} buckets of V = ${bucketLots} lots`;
    const paper = 'Easley, Lopez de Prado, O’Hara 2012';
    this.columns = [
      column('vpin_taker', `${words}, the taker told by the venue`, 'ratio', paper),
      column('vpin_tick', `${words}, by the tick rule`, 'ratio', 'Lee, Ready 1991'),
      column(
        'vpin_bulk',
        `${words}, bars of ${barUs / 1e6} s split by the normal distribution of dP / deviation of ${deviationBars} changes`,
        'ratio',
        paper,
      ),
    ];
  }

  override onTrade(trade: TradeTick): void {
    this.#kernels.push(trade);
  }

  override onTradesLost(): void {
    this.#kernels = new VpinKernels(this.#options);
  }

  override endRow({ rowUs }: RowContext, out: Float64Array, at: number): void {
    const { bulk, bulkBars, taker, tick } = this.#kernels;
    bulkBars.advance(rowUs);
    out[at] = taker.value;
    out[at + 1] = tick.value;
    out[at + 2] = bulk.value;
  }

  override tape(tape: StateTape): void {
    this.#kernels.tape(tape);
  }
}

class VpinKernels {
  readonly taker: VolumeBuckets;
  readonly tick: VolumeBuckets;
  readonly bulk: VolumeBuckets;
  readonly tickRule = new TickRule();
  readonly bulkBars: BulkClassifier;

  constructor({ barUs, bucketLots, buckets, deviationBars }: VpinOptions) {
    this.taker = new VolumeBuckets(bucketLots, buckets);
    this.tick = new VolumeBuckets(bucketLots, buckets);
    const bulk = new VolumeBuckets(bucketLots, buckets);
    this.bulk = bulk;
    this.bulkBars = new BulkClassifier(barUs, { bars: deviationBars }, (lots, share) =>
      bulk.add(lots, share),
    );
  }

  push({ priceTicks, qtyLots, takerSide, tsVenueUs }: TradeTick): void {
    this.taker.add(qtyLots, takerSide === 'buy' ? 1 : 0);
    this.tick.add(qtyLots, this.tickRule.push(priceTicks));
    this.bulkBars.push(tsVenueUs, priceTicks, qtyLots);
  }

  tape(tape: StateTape): void {
    for (const part of [this.taker, this.tick, this.bulk, this.tickRule, this.bulkBars]) part.tape(tape);
  }
}

/**
 * Kyle's lambda: how many basis points the middle moves for a million of the quote currency that takers buy net. The value of a trade is price x
 * quantity: for a contract whose lots are worth a fixed sum (inverse) the scale is another, the sign and the order the same.
 */
export class KyleGroup extends MicroGroup {
  readonly columns;
  /** Millions of the quote currency in one tick x lot. */
  readonly #millions: number;
  readonly #kyle: KyleLambda;
  #signedQuote = 0;
  #lastMidSum = Number.NaN;

  constructor({ label, rows }: RowSpan, priceDecimals: number, qtyDecimals: number) {
    super();
    this.#millions = 1 / (POW10[priceDecimals]! * POW10[qtyDecimals]! * 1e6);
    this.#kyle = new KyleLambda(rows);
    this.columns = [
      column(
        `kyle_lambda_${label}`,
        `slope of 10^4 ln(m / m of the row before) on the signed value taken in the row, over ${label}`,
        'bp per million of quote',
        'Kyle 1985',
      ),
    ];
  }

  override onTrade({ priceTicks, qtyLots, takerSide }: TradeTick): void {
    this.#signedQuote += takerSide === 'buy' ? priceTicks * qtyLots : -priceTicks * qtyLots;
  }

  override restart(): void {
    this.#kyle.clear();
    this.#lastMidSum = Number.NaN;
    this.#signedQuote = 0;
  }

  override endRow({ book, isTradeWhole }: RowContext, out: Float64Array, at: number): void {
    const midSum = book === null ? Number.NaN : midSumTicks(book);
    const change = BPS * Math.log(midSum / this.#lastMidSum);
    const quote = this.#signedQuote * this.#millions;
    if (Number.isNaN(change) || !isTradeWhole) this.restart();
    else this.#kyle.push(change, quote);
    this.#signedQuote = 0;
    this.#lastMidSum = midSum;
    out[at] = this.#kyle.lambda;
  }

  override tape(tape: StateTape): void {
    this.#kyle.tape(tape);
    this.#signedQuote = tape.number(this.#signedQuote);
    this.#lastMidSum = tape.number(this.#lastMidSum);
  }
}

/** Realised volatility of the middle at steps of time. */
export class VolatilityGroup extends MicroGroup {
  readonly columns;
  readonly #stepUs: number;
  readonly #variance: RealisedVariance;

  /** `stepUs` is a whole number of rows; rows that fall on no step are passed over. */
  constructor(label: string, stepUs: number, returnCount: number) {
    super();
    this.#stepUs = stepUs;
    this.#variance = new RealisedVariance(returnCount);
    const words = `over ${label}, r = ln(m / m ${stepUs / 1e6} s before)`;
    this.columns = [
      column(
        `realised_vol_${label}`,
        `sqrt(sum of r^2) ${words}`,
        'fraction',
        'Andersen, Bollerslev, Diebold, Labys 2001',
      ),
      column(
        `bipower_vol_${label}`,
        `sqrt(pi/2 sum of |r||r before|) ${words}`,
        'fraction',
        'Barndorff-Nielsen, Shephard 2004',
      ),
    ];
  }

  override restart(): void {
    this.#variance.clear();
  }

  override endRow({ book, rowUs }: RowContext, out: Float64Array, at: number): void {
    if (rowUs % this.#stepUs === 0) this.#variance.push(book === null ? Number.NaN : midSumTicks(book));
    out[at] = this.#variance.volatility;
    out[at + 1] = this.#variance.bipowerVolatility;
  }

  override tape(tape: StateTape): void {
    this.#variance.tape(tape);
  }
}
