/**
 * The kill switch: ends every order of an account, closes every position at market, and looks again until the venue itself says that nothing is left. It asks the
 * venue for everything and believes nothing that this program remembers. Closing orders are reduce-only: one too many does nothing.
 */
import { assert, type EpochUs, US_PER_SECOND } from '#core';
import type { Timers } from '#net';
import type {
  EntryAdapter,
  EntryCall,
  EntryInstrument,
  EntryOrder,
  OrderRecord,
  PositionRecord,
} from '../entry/index.ts';
import type { EntryOutcome, EntrySender } from './entry-sender.ts';

/** What came of it. */
export interface KillReport {
  /** True when the venue said that no order is open and no position is left. */
  readonly isFlat: boolean;
  /** From the call until that was known, or until it was given up. */
  readonly elapsedUs: number;
  readonly rounds: number;
  /** What is left, in words: orders, positions, questions that were not answered; empty when flat. */
  readonly left: readonly string[];
}

/** What a kill switch is made of. */
export interface KillSwitchParts {
  readonly adapter: EntryAdapter;
  readonly sender: EntrySender;
  readonly timers: Timers;
  readonly instruments: readonly EntryInstrument[];
  /** Returns a client order id that was never used. */
  readonly nextId: () => string;
  readonly onNotice: (event: string, detail: string) => void;
  readonly options?: Partial<KillOptions>;
}

/** Times of a kill switch. */
export interface KillOptions {
  /** Time for orders to end and fill before the venue is asked again. */
  readonly settleUs: number;
  /** It is given up after so long; what is left is reported. */
  readonly untilUs: number;
}

const DEFAULTS: KillOptions = { settleUs: US_PER_SECOND / 2, untilUs: 120 * US_PER_SECOND };

/** What the venue says is there; `null` = it did not answer. */
interface Sight {
  readonly orders: readonly OrderRecord[] | null;
  readonly positions: readonly PositionRecord[] | null;
}

/** Makes an account flat, once. */
export class KillSwitch {
  readonly #parts: KillSwitchParts;
  readonly #options: KillOptions;
  #startUs: EpochUs = 0;
  #rounds = 0;
  #isUsed = false;

  constructor(parts: KillSwitchParts) {
    this.#parts = parts;
    this.#options = { ...DEFAULTS, ...parts.options };
  }

  /** Begins; the report comes once. Spot holdings stay: they are no positions. */
  pull(onDone: (report: KillReport) => void): void {
    assert(!this.#isUsed, 'a kill switch is pulled once');
    this.#isUsed = true;
    this.#startUs = this.#parts.timers.nowUs();
    this.#round(onDone);
  }

  #round(onDone: (report: KillReport) => void): void {
    this.#rounds++;
    const { adapter, instruments } = this.#parts;
    // Venues that cannot end all orders at once have them ended one by one: those that were listed last.
    this.#gather(adapter.openOrders(instruments), () => this.#clear(onDone));
  }

  #clear(onDone: (report: KillReport) => void): void {
    this.#cancelAll(() =>
      this.#closeAll(() => {
        this.#parts.timers.after(this.#options.settleUs, () =>
          this.#see((sight) => this.#judge(sight, onDone)),
        );
      }),
    );
  }

  #judge(sight: Sight, onDone: (report: KillReport) => void): void {
    const left = wordsOf(sight);
    const elapsedUs = this.#parts.timers.nowUs() - this.#startUs;
    const isFlat = left.length === 0;
    if (isFlat || elapsedUs >= this.#options.untilUs) {
      onDone({ isFlat, elapsedUs, rounds: this.#rounds, left });
      return;
    }
    this.#parts.onNotice('kill_switch', `not flat yet: ${left.join('; ')}`);
    this.#round(onDone);
  }

  #cancelAll(onDone: () => void): void {
    const { adapter, instruments } = this.#parts;
    const calls = instruments.flatMap((instrument) => adapter.cancelAll(instrument));
    this.#sendAll(calls, onDone);
  }

  /** Sends closing orders for what the venue says is open now; their outcomes show at the next look. */
  #closeAll(onDone: () => void): void {
    const { adapter, instruments, sender } = this.#parts;
    const call = adapter.positions(instruments);
    if (call === null) {
      onDone();
      return;
    }
    sender.send(call, (outcome) => {
      const positions = outcome.kind === 'good' ? outcome.value : [];
      const open = positions.filter(({ qtyLots }) => qtyLots !== 0);
      this.#sendAll(
        open.map((position) => adapter.place(this.#closing(position))),
        onDone,
      );
    });
  }

  #closing({ instrument, positionSide, qtyLots }: PositionRecord): EntryOrder {
    return {
      clientOrderId: this.#parts.nextId(),
      instrument,
      side: qtyLots > 0 ? 'sell' : 'buy',
      type: 'market',
      qtyLots: Math.abs(qtyLots),
      ...{ priceTicks: null, triggerTicks: null, callbackBps: null },
      triggerBy: 'last',
      timeInForce: 'GTC',
      reduceOnly: true,
      positionSide,
    };
  }

  #see(onDone: (sight: Sight) => void): void {
    const { adapter, instruments, sender } = this.#parts;
    this.#gather(adapter.openOrders(instruments), (lists) => {
      const orders = lists === null ? null : lists.flat();
      const call = adapter.positions(instruments);
      if (call === null) {
        onDone({ orders, positions: [] });
        return;
      }
      sender.send(call, (outcome) =>
        onDone({ orders, positions: outcome.kind === 'good' ? outcome.value : null }),
      );
    });
  }

  /** Sends everything and goes on when all of it has an outcome, whatever it was. */
  #sendAll(calls: readonly EntryCall<unknown>[], onDone: () => void): void {
    this.#outcomes(calls, (outcomes) => {
      for (const [ix, outcome] of outcomes.entries()) {
        if (outcome.kind !== 'good')
          this.#parts.onNotice('kill_switch', `${calls[ix]?.name}: ${outcome.kind}, ${outcome.message}`);
      }
      onDone();
    });
  }

  #gather<T>(calls: readonly EntryCall<T>[], onDone: (values: readonly T[] | null) => void): void {
    this.#outcomes(calls, (outcomes) => {
      const values = outcomes.flatMap((outcome) => (outcome.kind === 'good' ? [outcome.value] : []));
      onDone(values.length === calls.length ? values : null);
    });
  }

  #outcomes<T>(calls: readonly EntryCall<T>[], onDone: (outcomes: readonly EntryOutcome<T>[]) => void): void {
    const outcomes = new Array<EntryOutcome<T>>(calls.length);
    let left = calls.length;
    if (left === 0) {
      this.#parts.timers.after(0, () => onDone([]));
      return;
    }
    for (const [ix, call] of calls.entries()) {
      this.#parts.sender.send(call, (outcome) => {
        outcomes[ix] = outcome;
        if (--left === 0) onDone(outcomes);
      });
    }
  }
}

function wordsOf({ orders, positions }: Sight): string[] {
  const left: string[] = [];
  if (orders === null) left.push('the venue did not list its open orders');
  if (positions === null) left.push('the venue did not list its positions');
  for (const { clientOrderId, instrument, venueOrderId } of orders ?? [])
    left.push(`order ${clientOrderId || venueOrderId} of ${instrument.symbol}`);
  for (const { instrument, qtyLots } of positions ?? [])
    if (qtyLots !== 0) left.push(`position of ${qtyLots} lots of ${instrument.symbol}`);
  return left;
}
