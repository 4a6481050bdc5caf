/** Replies in shared memory: a block of numbers a model, and its message where it gives no vote. Decoded replies equal the encoded ones. */
import { assert } from '#core';
import type { Action, NoVoteReason, PredictionReply } from '#domain';
import {
  MESSAGE_BYTES_MAX,
  type ModelLink,
  REPLIES_AT,
  REPLY_NUMBERS,
  TEXT_BYTES_MAX,
} from './model-link.ts';

const ACTIONS: readonly Action[] = ['long', 'short', 'hold'];
const REASONS: readonly NoVoteReason[] = [
  'not_trained',
  'feature_set_mismatch',
  'in_sample',
  'timeout',
  'error',
  'unhealthy',
];

/** First number of a block: what follows. */
const KIND_PREDICTION = 1;
const KIND_NO_VOTE = 2;

/** The answering side. */
export class ReplyWriter {
  readonly #numbers: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #encoder = new TextEncoder();

  constructor({ bytes, numbers }: ModelLink) {
    this.#numbers = numbers;
    this.#bytes = bytes;
  }

  /** Writes the reply of the model at `index`. */
  write(index: number, reply: PredictionReply): void {
    const numbers = this.#numbers;
    const at = REPLIES_AT + REPLY_NUMBERS * index;
    if (reply.kind === 'no-vote') {
      const { read, written } = this.#encoder.encodeInto(reply.message, messageBytes(this.#bytes, index));
      assert(read === reply.message.length, 'the message of a reply fits its block');
      numbers[at] = KIND_NO_VOTE;
      numbers[at + 1] = REASONS.indexOf(reply.reason);
      numbers[at + 2] = written;
      return;
    }
    const { prediction } = reply;
    numbers[at] = KIND_PREDICTION;
    numbers[at + 1] = ACTIONS.indexOf(prediction.action);
    numbers[at + 2] = prediction.confidence;
    numbers[at + 3] = prediction.probability;
    numbers[at + 4] = prediction.expectedReturn;
    numbers[at + 5] = prediction.stopLoss ?? Number.NaN;
    numbers[at + 6] = prediction.takeProfit ?? Number.NaN;
    numbers[at + 7] = prediction.rawScore;
    numbers[at + 8] = prediction.variance;
    numbers[at + 9] = prediction.latencyMs;
  }
}

/** The asking side. */
export class ReplyReader {
  readonly #numbers: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder();

  constructor({ bytes, numbers }: ModelLink) {
    this.#numbers = numbers;
    this.#bytes = bytes;
  }

  /** Returns the reply of the model at `index`, whose name the link does not carry. */
  read(index: number, modelName: string): PredictionReply {
    const numbers = this.#numbers;
    const at = REPLIES_AT + REPLY_NUMBERS * index;
    if (numbers[at] === KIND_NO_VOTE) {
      const reason = REASONS[numbers[at + 1]!];
      assert(reason !== undefined, 'a reply without a vote has a reason');
      const message = this.#decoder.decode(messageBytes(this.#bytes, index).slice(0, numbers[at + 2]!));
      return { kind: 'no-vote', modelName, reason, message };
    }
    const action = ACTIONS[numbers[at + 1]!];
    assert(numbers[at] === KIND_PREDICTION && action !== undefined, 'a reply is a prediction or no vote');
    return {
      kind: 'prediction',
      prediction: {
        modelName,
        action,
        confidence: numbers[at + 2]!,
        probability: numbers[at + 3]!,
        expectedReturn: numbers[at + 4]!,
        stopLoss: priceOrNull(numbers[at + 5]!),
        takeProfit: priceOrNull(numbers[at + 6]!),
        rawScore: numbers[at + 7]!,
        variance: numbers[at + 8]!,
        latencyMs: numbers[at + 9]!,
      },
    };
  }
}

function priceOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function messageBytes(bytes: Uint8Array, index: number): Uint8Array {
  const at = TEXT_BYTES_MAX + MESSAGE_BYTES_MAX * index;
  return bytes.subarray(at, at + MESSAGE_BYTES_MAX);
}
