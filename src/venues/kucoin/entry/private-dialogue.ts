/**
 * A private connection of KuCoin: nothing is said before the welcome, then each topic is subscribed and confirmed by the id of its message. The venue wants
 * pings of its own kind, as often as the welcome states.
 */
import { US_PER_MS, US_PER_SECOND } from '#core';
import type { VenueId } from '#domain';
import {
  type EntryStamp,
  type PrivateDialogue,
  type PrivateSink,
  type PrivateStep,
  ReplyDoc,
} from '../../entry/index.ts';
import type { KucoinSigner } from './signature.ts';

/** Used until the welcome states another time, and never exceeded. */
const PING_EVERY_US_MAX = 18 * US_PER_SECOND;
/** Characters of the venue's words in a message. */
const WORDS_MAX = 120;

/** What a message says of the account, read as a whole before any of it is told. */
export type Telling = (sink: PrivateSink) => void;

/** Reads a message of a topic; `null` = it says nothing that is wanted. @throws XY_VENUE_REPLY */
export type ReadTopic = (topic: string, subject: string, data: ReplyDoc) => Telling | null;

/** What a dialogue is made of. */
export interface PrivateDialogueParts {
  readonly venue: VenueId;
  readonly topics: readonly string[];
  readonly signer: KucoinSigner;
  readonly read: ReadTopic;
}

/** Speaks on one private connection. */
export class KucoinPrivateDialogue implements PrivateDialogue {
  readonly #parts: PrivateDialogueParts;
  readonly #waiting = new Set<string>();
  #pingEveryUs = PING_EVERY_US_MAX;
  #isWelcome = false;

  constructor(parts: PrivateDialogueParts) {
    this.#parts = parts;
  }

  get ping(): NonNullable<PrivateDialogue['ping']> {
    return {
      everyUs: this.#pingEveryUs,
      text: ({ venueUs }) => JSON.stringify({ id: String(Math.floor(venueUs / US_PER_MS)), type: 'ping' }),
    };
  }

  onOpen(): PrivateStep {
    return this.#step([]);
  }

  onMessage(bytes: Uint8Array, _stamp: EntryStamp, sink: PrivateSink): PrivateStep {
    return this.#parts.signer.shield.guard(() => this.#hear(bytes, sink));
  }

  #hear(bytes: Uint8Array, sink: PrivateSink): PrivateStep {
    const message = ReplyDoc.parse(bytes, this.#parts.venue, 'private message');
    // Some servers leave the type of a topic's message away.
    const type = message.at('type').textOr(message.at('topic').isThere ? 'message' : '');
    switch (type) {
      case 'welcome':
        return this.#step(this.#subscribe(message));
      case 'ack':
        this.#waiting.delete(message.at('id').text());
        return this.#step([]);
      case 'error':
        return this.#onError(message, sink);
      case 'pong':
        return this.#step([]);
      case 'message':
        this.#onTopic(message, sink);
        return this.#step([]);
      default:
        throw message.at('type').fail('welcome, ack, error, pong or message');
    }
  }

  #step(send: readonly string[], refusal: string | null = null): PrivateStep {
    return { send, isReady: this.#isWelcome && this.#waiting.size === 0, refusal };
  }

  #subscribe(welcome: ReplyDoc): readonly string[] {
    const interval = welcome.at('pingInterval');
    if (interval.isThere) {
      const everyUs = interval.integer() * US_PER_MS;
      if (everyUs > 0) this.#pingEveryUs = Math.min(everyUs, PING_EVERY_US_MAX);
    }
    if (this.#isWelcome) return [];
    this.#isWelcome = true;
    return this.#parts.topics.map((topic, at) => {
      const id = String(at + 1);
      this.#waiting.add(id);
      return JSON.stringify({ id, type: 'subscribe', topic, privateChannel: true, response: true });
    });
  }

  /** Before everything is confirmed an error is a refusal; later it is news. */
  #onError(message: ReplyDoc, sink: PrivateSink): PrivateStep {
    const words = `${message.at('code').textOr('')} ${message.at('data').textOr('')}`.trim();
    const text = this.#parts.signer.shield.hide(words).slice(0, WORDS_MAX);
    if (!this.#isWelcome || this.#waiting.size > 0) return this.#step([], text);
    sink.onNotice(`error: ${text}`);
    return this.#step([]);
  }

  #onTopic(message: ReplyDoc, sink: PrivateSink): void {
    const topic = message.at('topic').text();
    this.#parts.read(topic, message.at('subject').textOr(''), message.at('data'))?.(this.#quiet(sink));
  }

  /** Notices quote the venue: they show no key and are short. */
  #quiet(sink: PrivateSink): PrivateSink {
    return {
      onOrder: (record) => sink.onOrder(record),
      onFill: (record) => sink.onFill(record),
      onBalance: (record, tsVenueUs) => sink.onBalance(record, tsVenueUs),
      onPosition: (record) => sink.onPosition(record),
      onFunding: (instrument, amount, tsVenueUs) => sink.onFunding(instrument, amount, tsVenueUs),
      onStreamEnd: (reason) => sink.onStreamEnd(reason),
      onNotice: (detail) => sink.onNotice(this.#parts.signer.shield.hide(detail).slice(0, WORDS_MAX)),
    };
  }
}
