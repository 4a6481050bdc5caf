/** Requests in shared memory. Symbol and hash hardly ever change: they are written and read again only when they do. */
import type { PredictRequest } from '../port.ts';
import { FEATURES_MAX, type ModelLink, REQUEST_HEADER, TEXT_BYTES_MAX } from './model-link.ts';

const AT_REQUEST_ID = 0;
const AT_TIMEFRAME = 1;
const AT_TS = 2;
const AT_PRICE = 3;
const AT_FEATURE_COUNT = 4;
const AT_TEXT_VERSION = 5;
const AT_SYMBOL_BYTES = 6;
const AT_HASH_BYTES = 7;

/** The asking side. */
export class RequestWriter {
  readonly #numbers: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #encoder = new TextEncoder();
  #symbol: string | null = null;
  #hash: string | null = null;
  #textVersion = 0;

  constructor({ bytes, numbers }: ModelLink) {
    this.#numbers = numbers;
    this.#bytes = bytes.subarray(0, TEXT_BYTES_MAX);
  }

  /** Writes a request; false when it is too large for the link. */
  write(request: PredictRequest): boolean {
    const { features, featureSetHash, symbol } = request;
    if (features.length > FEATURES_MAX) return false;
    if (
      (symbol !== this.#symbol || featureSetHash !== this.#hash) &&
      !this.#writeText(symbol, featureSetHash)
    )
      return false;
    const numbers = this.#numbers;
    numbers[AT_REQUEST_ID] = request.requestId;
    numbers[AT_TIMEFRAME] = request.timeframeUs;
    numbers[AT_TS] = request.tsUs;
    numbers[AT_PRICE] = request.price;
    numbers[AT_FEATURE_COUNT] = features.length;
    numbers[AT_TEXT_VERSION] = this.#textVersion;
    numbers.set(features, REQUEST_HEADER);
    return true;
  }

  #writeText(symbol: string, hash: string): boolean {
    this.#symbol = null;
    const first = this.#encoder.encodeInto(symbol, this.#bytes);
    const second = this.#encoder.encodeInto(hash, this.#bytes.subarray(first.written));
    if (first.read < symbol.length || second.read < hash.length) return false;
    this.#numbers[AT_SYMBOL_BYTES] = first.written;
    this.#numbers[AT_HASH_BYTES] = second.written;
    this.#symbol = symbol;
    this.#hash = hash;
    this.#textVersion++;
    return true;
  }
}

/** The answering side. */
export class RequestReader {
  readonly #numbers: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder();
  #symbol = '';
  #hash = '';
  #textVersion = 0;

  constructor({ bytes, numbers }: ModelLink) {
    this.#numbers = numbers;
    this.#bytes = bytes;
  }

  /** Returns the request that lies there; its features are the shared memory itself, valid until the reply. */
  read(): PredictRequest {
    const numbers = this.#numbers;
    if (numbers[AT_TEXT_VERSION] !== this.#textVersion) this.#readText();
    return {
      requestId: numbers[AT_REQUEST_ID]!,
      symbol: this.#symbol,
      timeframeUs: numbers[AT_TIMEFRAME]!,
      tsUs: numbers[AT_TS]!,
      price: numbers[AT_PRICE]!,
      featureSetHash: this.#hash,
      features: numbers.subarray(REQUEST_HEADER, REQUEST_HEADER + numbers[AT_FEATURE_COUNT]!),
    };
  }

  #readText(): void {
    const symbolEnd = this.#numbers[AT_SYMBOL_BYTES]!;
    const hashEnd = symbolEnd + this.#numbers[AT_HASH_BYTES]!;
    // A decoder takes no shared memory: the few bytes are copied out.
    this.#symbol = this.#decoder.decode(this.#bytes.slice(0, symbolEnd));
    this.#hash = this.#decoder.decode(this.#bytes.slice(symbolEnd, hashEnd));
    this.#textVersion = this.#numbers[AT_TEXT_VERSION]!;
  }
}
