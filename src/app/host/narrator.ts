/** Tells people in the terminal what a paced run does: trades as they open and close, and now and then how it stands. */
import { type EpochUs, formatDecimal, formatIso, US_PER_HOUR } from '#core';
import type { Effect, Engine, EngineEvent, SessionObserver } from '#engine';
import type { TradeRow } from '#store';

/** What is told. */
export interface NarratorParts {
  readonly engine: Engine;
  /** First moment of trading; nothing is told of the time before. */
  readonly tradeFromUs: EpochUs;
  readonly isSynthetic: boolean;
  print(line: string): void;
}

/** Simulated time between two lines of standing. */
const STANDING_EVERY_US = 3 * US_PER_HOUR;
const PERCENT = 100;

/** Watches a run and writes lines. */
export class Narrator implements SessionObserver {
  readonly #parts: NarratorParts;
  readonly #openTrades = new Set<number>();
  #nextStandingUs: EpochUs | null = null;
  #closedCount = 0;

  constructor(parts: NarratorParts) {
    this.#parts = parts;
  }

  onEvent({ tsLocalUs }: EngineEvent, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'record' && effect.row.table === 'trades') this.#onTrade(effect.row);
    }
    if (tsLocalUs < this.#parts.tradeFromUs) return;
    this.#nextStandingUs ??= tsLocalUs + STANDING_EVERY_US;
    if (tsLocalUs < this.#nextStandingUs) return;
    this.#nextStandingUs = tsLocalUs + STANDING_EVERY_US;
    this.#parts.print(this.#standing(tsLocalUs));
  }

  #onTrade(row: TradeRow): void {
    const isNew = !this.#openTrades.has(row.tradeId);
    if (row.status === 'OPEN') {
      if (!isNew) return;
      this.#openTrades.add(row.tradeId);
      this.#parts.print(`${minuteOf(row.entryTime)}  ${row.side.padEnd(5)} opened  ${positionOf(row)}`);
      return;
    }
    this.#openTrades.delete(row.tradeId);
    this.#closedCount++;
    this.#parts.print(
      `${minuteOf(row.exitTime ?? row.timestamp)}  ${row.side.padEnd(5)} ${row.status === 'CLOSED' ? 'closed ' : row.status.toLowerCase()}  ${positionOf(row)} -> ${row.exitPrice?.toPrecision(7) ?? '?'}, net ${this.#money(row.pnlAtoms)} (${row.pnlPercent.toFixed(2)} %; fees ${this.#money(row.feesAtoms)}, funding received ${this.#money(row.fundingAtoms)})`,
    );
  }

  #standing(tsUs: EpochUs): string {
    const { engine, isSynthetic } = this.#parts;
    const { equityAtoms } = engine.portfolio;
    const { equityStartAtoms } = engine.options.run;
    const change = (Number(equityAtoms - equityStartAtoms) / Number(equityStartAtoms)) * PERCENT;
    const label = isSynthetic ? 'SYNTHETIC market, paper' : 'paper';
    return `${minuteOf(tsUs)}  equity ${this.#money(equityAtoms)} (${change >= 0 ? '+' : ''}${change.toFixed(2)} % net of costs), ${this.#openTrades.size} open, ${this.#closedCount} closed  [${label}]`;
  }

  #money(atoms: bigint): string {
    const { atomDecimals, currency } = this.#parts.engine.options.run;
    return `${Number(formatDecimal(atoms, atomDecimals)).toFixed(2)} ${currency}`;
  }
}

/** UTC to the minute. */
function minuteOf(tsUs: EpochUs): string {
  return formatIso(tsUs).slice(0, 16).replace('T', ' ');
}

function positionOf({ entryPrice, quantity, symbol }: TradeRow): string {
  return `${quantity} ${symbol} at ${entryPrice.toPrecision(7)}`;
}
