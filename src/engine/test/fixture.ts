/** A small world for tests of the engine: one perpetual, an engine around given strategies, events by short calls. */
import { US_PER_DAY, US_PER_MINUTE } from '#core';
import {
  type CandleEvent,
  type ExecutionEvent,
  type FillEvent,
  type InstrumentSpec,
  InstrumentTable,
  type OrderRequest,
} from '#domain';
import { defaultRiskOptions } from '#risk';
import type { RecordRow } from '#store';
import type { Effect } from '../effects.ts';
import { Engine } from '../engine.ts';
import type { EngineOptions } from '../options.ts';
import type { Strategy, StrategyContext, SubmitOutcome } from '../strategy.ts';

/** 2024-01-01T00:00:00Z */
export const START_US = 1_704_067_200_000_000;
export const BAR_US = 5 * US_PER_MINUTE;

/** A perpetual with ticks of 0.1 and lots of 0.001. */
export const SPEC: InstrumentSpec = {
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
  qtyMax: '100',
  notionalMin: '10',
  leverageMax: 20,
  maintenanceMarginPpm: 5_000,
  rulesFrom: 'synthetic',
};

/** Builds engine options; `changes` replaces what a test is about. */
export function engineOptions(
  strategies: readonly Strategy[],
  changes: Partial<EngineOptions> = {},
): EngineOptions {
  const instruments = changes.instruments ?? new InstrumentTable([SPEC]);
  return {
    instruments,
    run: {
      table: 'runs',
      runId: 'test',
      mode: 'replay',
      seed: 1,
      atomDecimals: instruments.atomDecimals,
      currency: 'USDT',
      equityStartAtoms: 10_000n * 100_000_000n,
      manifest: '{}',
      wallStartedAt: 0,
      commitId: '',
    },
    runTag: '00000000',
    startCashAtoms: 10_000n * 100_000_000n,
    leverage: 1,
    startUs: START_US,
    tradeFromUs: START_US,
    sourceTimeframeUs: BAR_US,
    timeframesUs: [BAR_US, 3 * BAR_US, 12 * BAR_US],
    triggers: ['bar_close'],
    models: [],
    tuning: {
      heartbeatUs: US_PER_MINUTE,
      decisionsPerMinuteMax: 60,
      decisionTimeoutUs: 5_000_000,
      risk: defaultRiskOptions(instruments.atomDecimals),
    },
    strategies,
    isRecorded: true,
    ...changes,
  };
}

/** A strategy that does what the test says at each candle. */
export class Scripted implements Strategy {
  readonly name: string = 'scripted';
  readonly outcomes: (SubmitOutcome | null)[] = [];
  next: ((context: StrategyContext) => SubmitOutcome | null) | null = null;
  fillCount = 0;

  onCandle(_candle: unknown, context: StrategyContext): void {
    const act = this.next;
    this.next = null;
    if (act !== null) this.outcomes.push(act(context));
  }

  onFill(): void {
    this.fillCount++;
  }
}

/** An engine with a memory of everything it wanted done. */
export class EngineProbe {
  readonly engine: Engine;
  readonly rows: RecordRow[] = [];
  readonly submitted: OrderRequest[] = [];
  readonly cancelled: string[] = [];
  readonly other: Effect[] = [];
  #bar = 0;

  constructor(strategies: readonly Strategy[], changes: Partial<EngineOptions> = {}) {
    this.engine = new Engine(engineOptions(strategies, changes));
    this.take(this.engine.start());
  }

  /** Feeds an event and remembers its effects. */
  step(event: Parameters<Engine['step']>[0]): void {
    this.take(this.engine.step(event));
  }

  /** Feeds the next candle of instrument 0, closing at `closeTicks`. */
  candle(closeTicks: number, range: { readonly low?: number; readonly high?: number } = {}): CandleEvent {
    const openTsUs = START_US + this.#bar++ * BAR_US;
    const event: CandleEvent = {
      kind: 'candle',
      instrumentIx: 0,
      timeframeUs: BAR_US,
      openTsUs,
      tsVenueUs: openTsUs + BAR_US,
      tsLocalUs: openTsUs + BAR_US,
      openTicks: closeTicks,
      highTicks: range.high ?? closeTicks,
      lowTicks: range.low ?? closeTicks,
      closeTicks,
      volumeLots: 1_000,
    };
    this.step(event);
    return event;
  }

  /** Feeds a private event about an order, now. */
  venue(event: DistributiveOmit<ExecutionEvent, 'tsVenueUs' | 'tsLocalUs' | 'instrumentIx'>): void {
    const { nowUs } = this.engine;
    this.step({ ...event, tsVenueUs: nowUs, tsLocalUs: nowUs, instrumentIx: 0 } as ExecutionEvent);
  }

  /** Fills an order (part of it) at a price with a fee of 5 basis points. */
  fill(
    order: OrderRequest,
    priceTicks: number,
    qtyLots = order.qtyLots,
    leavesLots = order.qtyLots - qtyLots,
  ): void {
    const fill: DistributiveOmit<FillEvent, 'tsVenueUs' | 'tsLocalUs' | 'instrumentIx'> = {
      kind: 'fill',
      clientOrderId: order.clientOrderId,
      venueOrderId: `v-${order.clientOrderId}`,
      execId: `${order.clientOrderId}-${leavesLots}`,
      side: order.side,
      priceTicks,
      qtyLots,
      leavesLots,
      feeAtoms: (BigInt(priceTicks * qtyLots) * 10_000n * 5n) / 10_000n,
      liquidity: 'taker',
      isLiquidation: false,
    };
    this.venue(fill);
  }

  /** The newest order that was submitted. */
  get lastOrder(): OrderRequest {
    const order = this.submitted.at(-1);
    if (order === undefined) throw new Error('no order was submitted');
    return order;
  }

  /** Rows of one table, in order. */
  table<T extends RecordRow['table']>(name: T): Extract<RecordRow, { readonly table: T }>[] {
    return this.rows.filter((row): row is Extract<RecordRow, { readonly table: T }> => row.table === name);
  }

  take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'record') this.rows.push(effect.row);
      else if (effect.kind === 'submit') this.submitted.push(effect.order.value);
      else if (effect.kind === 'cancel') this.cancelled.push(effect.clientOrderId);
      else this.other.push(effect);
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A day, for moving time in tests. */
export const DAY_US = US_PER_DAY;
