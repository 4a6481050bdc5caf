/** Groups that look at the book: its shape, the order flow, the queue, another venue. */
import type { TradeTick } from '../candles/trade-candle.ts';
import type { StateTape } from '../state-tape.ts';
import { bandImbalance, depthImbalance, micropriceGapBps, spreadBps } from './book-shape.ts';
import type { BookView } from './book-view.ts';
import { CrossVenue } from './cross-venue.ts';
import { column, MicroGroup, type RowContext, type RowSpan } from './group.ts';
import { OrderFlow } from './order-flow.ts';
import { QueuePosition } from './queue-position.ts';
import { RowTotals } from './row-totals.ts';

const IMBALANCE = 'Cao, Hansch, Wang 2009';

/** Spread, microprice and imbalances of the book as it is at the row. */
export class BookShapeGroup extends MicroGroup {
  readonly columns;
  readonly #levels: readonly number[];
  readonly #bandsBps: readonly number[];

  constructor(levels: readonly number[], bandsBps: readonly number[]) {
    super();
    this.#levels = levels;
    this.#bandsBps = bandsBps;
    this.columns = [
      column('spread_bps', '10^4 (a - b) / m', 'bp', ''),
      column(
        'microprice_bps',
        '10^4 (microprice - m) / m, microprice = (a qb + b qa) / (qa + qb)',
        'bp',
        'Stoikov 2018',
      ),
      ...levels.map((n) =>
        column(`imbalance_${n}`, `(B - A) / (B + A), quantities of the best ${n} levels`, 'ratio', IMBALANCE),
      ),
      ...bandsBps.map((bps) =>
        column(
          `imbalance_${bps}bps`,
          `(B - A) / (B + A), quantities within ${bps} bp of m; 0 when none`,
          'ratio',
          IMBALANCE,
        ),
      ),
    ];
  }

  override endRow({ book }: RowContext, out: Float64Array, at: number): void {
    if (book === null) {
      out.fill(Number.NaN, at, at + this.columns.length);
      return;
    }
    let next = at;
    out[next++] = spreadBps(book);
    out[next++] = micropriceGapBps(book);
    for (const levels of this.#levels) out[next++] = depthImbalance(book, levels);
    for (const bps of this.#bandsBps) out[next++] = bandImbalance(book, bps);
  }

  override tape(): void {
    // Nothing is kept between rows.
  }
}

/**
 * Order-flow imbalance over windows, in units of the mean depth of a level, as in Cont, Cucuringu, Zhang, "Cross-impact of order flow imbalance in
 * equity markets" (Quantitative Finance 23, 2023): OFI / Q with Q the mean over the states of the book of (qb + qa) / 2, averaged over the levels.
 * The value of all levels is their plain mean (the paper takes the first principal component).
 */
export class OrderFlowGroup extends MicroGroup {
  readonly columns;
  readonly #levels: number;
  readonly #spans: readonly RowSpan[];
  readonly #flow: OrderFlow;
  /** Best level, all levels together, depth of all levels and both sides, states of the book. */
  readonly #totals: RowTotals;

  constructor(levels: number, spans: readonly RowSpan[]) {
    super();
    this.#levels = levels;
    this.#spans = spans;
    this.#flow = new OrderFlow(levels);
    this.#totals = new RowTotals(4, Math.max(...spans.map(({ rows }) => rows)));
    this.columns = spans.flatMap(({ label }) => [
      column(`ofi_${label}`, `sum of e over ${label} / Q`, 'levels', 'Cont, Kukanov, Stoikov 2014'),
      column(
        `ofi_${levels}_${label}`,
        `mean over ${levels} levels of the sum of e over ${label} / Q`,
        'levels',
        'Xu, Gould, Howison 2018',
      ),
    ]);
  }

  override onBook(book: BookView): void {
    this.#flow.push(book);
    const { flowLots } = this.#flow;
    const { current } = this.#totals;
    current[0] = current[0]! + flowLots[0]!;
    for (let i = 0; i < this.#levels; i++) {
      current[1] = current[1]! + flowLots[i]!;
      current[2] = current[2]! + book.qtyLotsAt('buy', i) + book.qtyLotsAt('sell', i);
    }
    current[3] = current[3]! + 1;
  }

  override onBookLost(): void {
    this.#flow.reset();
  }

  override restart(): void {
    this.#totals.clear();
  }

  override endRow({ isBookWhole }: RowContext, out: Float64Array, at: number): void {
    this.#totals.end(isBookWhole);
    this.#spans.forEach(({ rows }, i) => {
      const best = this.#totals.sum(0, rows);
      const all = this.#totals.sum(1, rows);
      const states = this.#totals.sum(3, rows);
      const depth = this.#totals.sum(2, rows) / (2 * states * this.#levels);
      out[at + 2 * i] = states === 0 ? 0 : best / depth;
      out[at + 2 * i + 1] = states === 0 ? 0 : all / this.#levels / depth;
    });
  }

  override tape(tape: StateTape): void {
    this.#flow.tape(tape);
    this.#totals.tape(tape);
  }
}

/** Where an order would stand that joined when the best price became the best. */
export class QueueGroup extends MicroGroup {
  readonly columns = [
    column(
      'queue_bid',
      'part of the best bid that is ahead of an order that joined when it became the best; 1 = just joined',
      'ratio',
      'rules Q1 to Q4',
    ),
    column('queue_ask', 'the same for the best ask', 'ratio', 'rules Q1 to Q4'),
  ];
  readonly #bid = new QueuePosition('buy');
  readonly #ask = new QueuePosition('sell');

  override onBook(book: BookView): void {
    this.#bid.onBook(book);
    this.#ask.onBook(book);
  }

  override onBookLost(): void {
    this.#bid.leave();
    this.#ask.leave();
  }

  override onTrade({ priceTicks, qtyLots, takerSide }: TradeTick): void {
    this.#bid.onTrade(priceTicks, qtyLots, takerSide);
    this.#ask.onTrade(priceTicks, qtyLots, takerSide);
  }

  override onTradesLost(): void {
    this.onBookLost();
  }

  override endRow({ book, isTradeWhole }: RowContext, out: Float64Array, at: number): void {
    const isKnown = book !== null && isTradeWhole;
    out[at] = isKnown ? this.#bid.aheadShare : Number.NaN;
    out[at + 1] = isKnown ? this.#ask.aheadShare : Number.NaN;
  }

  override tape(tape: StateTape): void {
    this.#bid.tape(tape);
    this.#ask.tape(tape);
  }
}

/** The middle against that of another venue. */
export class CrossVenueGroup extends MicroGroup {
  readonly columns = [
    column(
      'cross_gap_bps',
      "10^4 (m - m') / m', m' the middle of the other venue",
      'bp',
      'Makarov, Schoar 2020',
    ),
    column(
      'cross_edge_bps',
      "10^4 max(b - a', b' - a) / m': what crossing pays before fees",
      'bp',
      'Makarov, Schoar 2020',
    ),
  ];
  readonly #crossVenue: CrossVenue;

  constructor(ownPriceDecimals: number, otherPriceDecimals: number) {
    super();
    this.#crossVenue = new CrossVenue(ownPriceDecimals, otherPriceDecimals);
  }

  override endRow({ book, other }: RowContext, out: Float64Array, at: number): void {
    const isKnown = book !== null && other !== null;
    out[at] = isKnown ? this.#crossVenue.gapBps(book, other) : Number.NaN;
    out[at + 1] = isKnown ? this.#crossVenue.edgeBps(book, other) : Number.NaN;
  }

  override tape(): void {
    // Nothing is kept between rows.
  }
}
