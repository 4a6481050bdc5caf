/**
 * The disk under a simulated trader: the record and the log of intents with the crash semantics of the real stores. What was not made durable is lost with the
 * trader; a write that a crash tears is rolled back, as a transaction is; a full disk takes nothing until there is room again. It outlives every trader.
 */
import { assert, XylenError } from '#core';
import type { Timers } from '#net';
import type { Checkpoint, IntentLog, OrderIntentRecord, RecordRow, RecordSink } from '#store';

/** Where in a write a crash comes: before it, in its middle, or when it is done and nobody has heard. */
export type CrashMoment = 'before' | 'torn' | 'after';
/** What can be written. */
export type DiskWrite = 'intent' | 'record';

/** The trader is dead from here on: whoever catches it must not go on. */
export class SimulatedCrash extends Error {
  constructor(where: string) {
    super(`the trader crashed ${where}`);
    this.name = 'SimulatedCrash';
  }
}

/** How long a checkpoint takes to become durable, in a thread of its own. */
const RECORD_DELAY_US = 4_000;

/** The disk. */
export class Disk {
  readonly intents: OrderIntentRecord[] = [];
  readonly rows: RecordRow[] = [];
  readonly #ids = new Map<string, string>();
  checkpoint: Checkpoint | null = null;
  isFull = false;
  /** The next write of that kind crashes the trader. */
  armed: { readonly write: DiskWrite; readonly moment: CrashMoment } | null = null;
  /** Hears of the armed crash when it comes. */
  onArmed: (() => void) | null = null;
  /** Kills the trader; set once. */
  onCrash: (() => void) | null = null;
  writeCount = 0;

  /** True when the intent of an order is durable. */
  hasIntent(clientOrderId: string): boolean {
    return this.#ids.has(clientOrderId);
  }

  /** Opens the log of intents: each `append` is durable when it returns. A trader that is dead writes nothing. */
  openIntents(isDead: () => boolean): IntentLog {
    return {
      append: (intent) => {
        if (isDead()) throw new SimulatedCrash('before it wrote an intent');
        return this.#append(intent);
      },
      since: (eventSeq) => this.intents.filter((intent) => intent.eventSeq > eventSeq),
      close: () => undefined,
    };
  }

  /** Opens the record; its checkpoints become durable a moment later, unless the trader is dead by then. */
  openRecord(timers: Timers, watch: <T>(promise: Promise<T>) => Promise<T>): RecordSink {
    return new DiskRecord(this, timers, watch);
  }

  /** Makes rows and a checkpoint durable together. */
  commit(rows: readonly RecordRow[], checkpoint: Checkpoint): void {
    this.#write('record', () => {
      const last = this.checkpoint?.eventSeq ?? 0;
      assert(checkpoint.eventSeq >= last, `checkpoints move forward: ${checkpoint.eventSeq} after ${last}`);
      for (const row of rows) this.rows.push(row);
      this.checkpoint = checkpoint;
    });
  }

  #append(intent: OrderIntentRecord): 'new' | 'known' {
    const id = intent.request.clientOrderId;
    const text = JSON.stringify(intent);
    const known = this.#ids.get(id);
    assert(known === undefined || known === text, `intent ${id} keeps its content: ${known}, now ${text}`);
    if (known !== undefined) return 'known';
    this.#write('intent', () => {
      this.intents.push(structuredClone(intent));
      this.#ids.set(id, text);
    });
    return 'new';
  }

  #write(what: DiskWrite, work: () => void): void {
    const moment = this.armed?.write === what ? this.armed.moment : null;
    if (this.isFull) throw new XylenError('XY_STORE_FAILED', 'the disk is full');
    this.writeCount++;
    if (moment === null) {
      work();
      return;
    }
    this.armed = null;
    if (moment === 'after') work();
    this.onArmed?.();
    this.onCrash?.();
    throw new SimulatedCrash(`${moment} a write of the ${what}`);
  }
}

/** The record of one trader: what it has not committed dies with it. */
class DiskRecord implements RecordSink {
  readonly isBehind = false;
  readonly #disk: Disk;
  readonly #timers: Timers;
  readonly #watch: <T>(promise: Promise<T>) => Promise<T>;
  #rows: RecordRow[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(disk: Disk, timers: Timers, watch: <T>(promise: Promise<T>) => Promise<T>) {
    this.#disk = disk;
    this.#timers = timers;
    this.#watch = watch;
  }

  write(row: RecordRow): void {
    this.#rows.push(row);
  }

  checkpoint(checkpoint: Checkpoint): void {
    const rows = this.#rows;
    this.#rows = [];
    const before = this.#last;
    this.#last = new Promise((resolve, reject) => {
      this.#timers.after(RECORD_DELAY_US, () => {
        before
          .then(() => {
            this.#disk.commit(rows, checkpoint);
            resolve();
          })
          .catch(reject);
      });
    });
    // Whoever waits for it hears of a failure by `flush`.
    this.#last.catch(() => undefined);
  }

  async drained(): Promise<void> {}

  flush(): Promise<void> {
    return this.#watch(this.#last);
  }

  async close(): Promise<void> {}
}
