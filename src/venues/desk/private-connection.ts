/** One private connection from its ticket to its end: greets, is kept alive, is watched. It says nothing of why it is wanted; its owner does. */
import { type EpochUs, formatDurationUs, XylenError } from '#core';
import type { Cancel, ClientSocket, Transport } from '#net';
import type {
  EntryInstrument,
  PrivateDialogue,
  PrivatePlan,
  PrivateSink,
  PrivateStep,
} from '../entry/index.ts';
import type { EntrySender } from './entry-sender.ts';

/** Times of a private connection. */
export interface PrivateOptions {
  readonly connectTimeoutUs: number;
  /** From the open socket until everything that was asked for is confirmed. */
  readonly greetTimeoutUs: number;
  /** Pings of the protocol where the venue has none of its own. */
  readonly pingEveryUs: number;
  /** Nothing heard for so long after a ping: it is dead. */
  readonly pongTimeoutUs: number;
  readonly messageBytesMax: number;
}

/** What a connection is made of. */
export interface PrivateConnectionParts {
  readonly plan: PrivatePlan;
  readonly instruments: readonly EntryInstrument[];
  readonly sender: EntrySender;
  readonly transport: Transport;
  readonly options: PrivateOptions;
  readonly connectId: string;
  readonly sink: PrivateSink;
  /** Everything is confirmed: what happens from now on is heard. Once. */
  readonly onReady: () => void;
  /** It is over, or never came to be. Once; nothing follows. */
  readonly onEnd: (reason: string) => void;
}

/** Prolongations that may fail one after the other; a ticket outlives one or two. */
const KEEP_ALIVE_TRIES = 3;

/** A private connection; it begins at once. */
export class PrivateConnection {
  readonly #parts: PrivateConnectionParts;
  readonly #cancels = new Set<Cancel>();
  #socket: ClientSocket | null = null;
  #heardUs: EpochUs = 0;
  #readyUs: EpochUs = -1;
  #isOver = false;

  constructor(parts: PrivateConnectionParts) {
    this.#parts = parts;
    const { ticket } = parts.plan;
    if (ticket === null) {
      this.#after(0, () => this.#connect(''));
      return;
    }
    parts.sender.send(ticket, (outcome) => {
      if (this.#isOver) return;
      if (outcome.kind === 'good') this.#connect(outcome.value);
      else this.#end(`no ticket for the private stream: ${outcome.message}`);
    });
  }

  /** When everything was confirmed; -1 = not yet. */
  get readyUs(): EpochUs {
    return this.#readyUs;
  }

  /** Lets it go without a word to its owner. */
  close(): void {
    if (this.#isOver) return;
    this.#quit();
    this.#socket?.close();
  }

  #connect(ticket: string): void {
    const { connectId, instruments, options, plan, transport } = this.#parts;
    const { connectTimeoutUs, messageBytesMax } = options;
    const dialogue = plan.open(instruments);
    this.#socket = transport.openSocket(
      { url: plan.url(ticket, connectId), connectTimeoutUs, messageBytesMax },
      {
        onOpen: () => this.#onOpen(dialogue, ticket),
        onMessage: (bytes) => this.#onMessage(dialogue, bytes),
        onPong: () => this.#onHeard(),
        onEnd: ({ code, reason }) => this.#end(reason === '' ? `closed with code ${code}` : reason),
      },
    );
  }

  #onOpen(dialogue: PrivateDialogue, ticket: string): void {
    if (this.#isOver) return;
    const { options, plan, sender } = this.#parts;
    this.#onHeard();
    this.#after(options.greetTimeoutUs, () => {
      if (this.#readyUs < 0) this.#break(`not confirmed within ${formatDurationUs(options.greetTimeoutUs)}`);
    });
    this.#keepAlive(ticket, plan);
    this.#schedulePing(dialogue);
    this.#take(dialogue.onOpen(sender.clock.stamp()));
  }

  #onMessage(dialogue: PrivateDialogue, bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#onHeard();
    const { sender, sink } = this.#parts;
    const wrapped: PrivateSink = {
      onOrder: (record) => sink.onOrder(record),
      onFill: (record) => sink.onFill(record),
      onBalance: (record, tsVenueUs) => sink.onBalance(record, tsVenueUs),
      onPosition: (record) => sink.onPosition(record),
      onFunding: (instrument, amount, tsVenueUs) => sink.onFunding(instrument, amount, tsVenueUs),
      onNotice: (detail) => sink.onNotice(detail),
      onStreamEnd: (reason) => this.#break(reason),
    };
    try {
      this.#take(dialogue.onMessage(bytes, sender.clock.stamp(), wrapped));
    } catch (error) {
      // What cannot be read may have been a fill: only a new beginning, and asking, can tell.
      if (!(error instanceof XylenError)) throw error;
      this.#break(error.message);
    }
  }

  #take({ isReady, refusal, send }: PrivateStep): void {
    if (this.#isOver) return;
    for (const text of send) this.#socket?.send(text);
    if (refusal !== null) {
      this.#break(`the venue refused the private stream: ${refusal}`);
      return;
    }
    if (!isReady || this.#readyUs >= 0) return;
    this.#readyUs = this.#parts.transport.nowUs();
    this.#parts.onReady();
  }

  #keepAlive(ticket: string, plan: PrivatePlan, failures = 0): void {
    const { keepAlive } = plan;
    if (keepAlive === null) return;
    const delayUs = failures === 0 ? keepAlive.everyUs : Math.ceil(keepAlive.everyUs / 10);
    this.#after(delayUs, () => {
      this.#parts.sender.send(keepAlive.call(ticket), (outcome) => {
        if (this.#isOver) return;
        if (outcome.kind === 'good') this.#keepAlive(ticket, plan);
        // A ticket that the venue does not know any more ends its stream without a word.
        else if (outcome.kind === 'refused' || failures + 1 >= KEEP_ALIVE_TRIES)
          this.#break(`the ticket was not prolonged: ${outcome.message}`);
        else this.#keepAlive(ticket, plan, failures + 1);
      });
    });
  }

  #schedulePing(dialogue: PrivateDialogue): void {
    const { options, sender, transport } = this.#parts;
    this.#after(dialogue.ping?.everyUs ?? options.pingEveryUs, () => {
      // Asked for now: a venue may state its rule in its first message.
      const { ping } = dialogue;
      if (ping === null) this.#socket?.ping();
      else this.#socket?.send(ping.text(sender.clock.stamp()));
      const sentUs = transport.nowUs();
      this.#after(options.pongTimeoutUs, () => {
        if (this.#heardUs < sentUs)
          this.#break(`a ping was not answered within ${formatDurationUs(options.pongTimeoutUs)}`);
      });
      this.#schedulePing(dialogue);
    });
  }

  #onHeard(): void {
    this.#heardUs = this.#parts.transport.nowUs();
  }

  #break(reason: string): void {
    if (this.#isOver) return;
    this.#socket?.destroy();
    this.#end(reason);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#quit();
    this.#parts.onEnd(reason);
  }

  #quit(): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #after(delayUs: number, call: () => void): void {
    const cancel = this.#parts.transport.after(delayUs, () => {
      this.#cancels.delete(cancel);
      call();
    });
    this.#cancels.add(cancel);
  }
}
