/**
 * Reads records of the form of `record-form.ts` into one object that is filled again by every call. Strict: unknown versions, kinds, venues,
 * codes, numbers in a longer form than needed and bytes that are left over are refused.
 */
import { assert, type EpochUs } from '#core';
import {
  type FeedEvent,
  type FeedHour,
  LEDGER_CAUSES,
  type LedgerEntry,
  parseVenueId,
  STREAM_KINDS,
  type VenueId,
} from '#domain';
import { ByteReader } from './byte-reader.ts';
import {
  BOOK_FLAGS,
  ORDER_ACTIONS,
  RECORD_FIELDS,
  RECORD_KINDS,
  RECORD_LEVELS_MAX,
  RECORD_NUMBERS_MAX,
  RECORD_VERSION,
  type RecordedInstrument,
  type RecordKind,
} from './record-form.ts';

const DECIMALS_MAX = 18;
/** Instruments remembered; a recorder has some thousand at most. */
const INSTRUMENTS_MAX = 65_536;

/** Reads one record at a time. */
export class EventDecoder {
  kind: RecordKind = 'raw';
  tsLocalUs: EpochUs = 0;
  tsVenueUs: EpochUs = 0;
  /** The same object for every record of an instrument; `null` for frames, losses and hours. */
  instrument: RecordedInstrument | null = null;
  /** Of frames, losses and hours. */
  venue: VenueId = 'sim';
  /** Socket of a frame; symbol of a loss or an hour. */
  subject = '';
  /** Numbers of the kind, in the order of `RECORD_FIELDS`. */
  readonly numbers = new Float64Array(RECORD_NUMBERS_MAX);
  /** Order id, or the detail of a loss. */
  text = '';
  isSnapshot = false;
  firstId = -1;
  lastId = -1;
  previousId = -1;
  checksum = -1;
  bidCount = 0;
  askCount = 0;
  /** Levels: bids, then asks. */
  priceTicks = new Float64Array(128);
  qtyLots = new Float64Array(128);
  /** Where a frame lies in the bytes given. */
  frameStart = 0;
  frameEnd = 0;
  readonly #in = new ByteReader();
  readonly #instruments = new Map<number, KnownNames[]>();
  #instrumentCount = 0;
  readonly #venues = new Map<string, VenueId>();

  /** Reads the record in `bytes[start, end)`. @throws XY_FILE_DAMAGED, naming the byte */
  read(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.head(bytes, start, end);
    const input = this.#in;
    if (this.kind === 'book') this.#book(input);
    else if (this.kind === 'raw') {
      this.frameStart = input.at;
      this.frameEnd = end;
      return;
    } else {
      const fields = RECORD_FIELDS[this.kind];
      for (let i = 0; i < fields.length; i++) this.numbers[i] = input.int();
      this.#checkCodes(input);
      if (this.kind === 'book-order' || this.kind === 'ledger') this.text = input.text();
    }
    input.close();
  }

  /** Reads kind, times and names alone. @throws XY_FILE_DAMAGED */
  head(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const input = this.#in;
    input.open(bytes, start, end);
    const version = input.byte();
    if (version !== RECORD_VERSION) throw input.fault(`its version is ${RECORD_VERSION}, was ${version}`);
    const code = input.byte();
    const kind = RECORD_KINDS[code];
    if (kind === undefined) throw input.fault(`there is no kind ${code}`);
    this.kind = kind;
    this.tsLocalUs = input.time();
    if (kind === 'raw' || kind === 'ledger' || kind === 'hours') {
      this.instrument = null;
      this.venue = this.#venueAt(input);
      this.subject = input.text();
      this.tsVenueUs = this.tsLocalUs;
      return;
    }
    this.instrument = this.#instrumentAt(input);
    this.tsVenueUs = input.time();
  }

  /** Returns the record as an event of the domain, `instrumentIx` as given; `null` for frames, losses, hours and cleared orders. */
  toEvent(instrumentIx: number): FeedEvent | null {
    const { tsLocalUs, tsVenueUs } = this;
    const base = { instrumentIx, tsVenueUs, tsLocalUs };
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = this.numbers;
    switch (this.kind) {
      case 'book':
        return this.#bookEvent(base);
      case 'trade':
        return {
          kind: 'trade',
          ...base,
          tradeId: a,
          priceTicks: b,
          qtyLots: c,
          takerSide: d > 0 ? 'buy' : 'sell',
        };
      case 'candle': {
        const prices = { openTicks: c, highTicks: d, lowTicks: e, closeTicks: f, volumeLots: g };
        return { kind: 'candle', ...base, timeframeUs: a, openTsUs: b, ...prices };
      }
      case 'funding':
        return { kind: 'funding', ...base, rateE12: a };
      case 'mark-price':
        return { kind: 'mark-price', ...base, markE8: a, indexE8: b };
      case 'funding-rate':
        return { kind: 'funding-rate', ...base, rateE12: a, nextFundingUs: b };
      case 'open-interest':
        return { kind: 'open-interest', ...base, openInterestLots: a };
      case 'liquidation':
        return { kind: 'liquidation', ...base, side: a > 0 ? 'buy' : 'sell', priceTicks: b, qtyLots: c };
      case 'quote':
        return { kind: 'quote', ...base, updateId: a, bidTicks: b, bidLots: c, askTicks: d, askLots: e };
      case 'book-order': {
        const action = ORDER_ACTIONS[a];
        assert(action !== undefined && action !== 'clear', 'actions are checked when they are read');
        const order = {
          side: b > 0 ? 'buy' : 'sell',
          orderId: this.text,
          priceTicks: c,
          qtyLots: d,
        } as const;
        return { kind: 'book-order', ...base, action, ...order };
      }
      default:
        return null;
    }
  }

  /** Returns the record as a loss. */
  toLedgerEntry(): LedgerEntry {
    assert(this.kind === 'ledger', 'the record is a loss');
    const [stream = 0, cause = 0, fromUs = 0, toUs = 0, lostFromId = 0, lostToId = 0] = this.numbers;
    return {
      venue: this.venue,
      symbol: this.subject,
      stream: wordOf(STREAM_KINDS, stream),
      cause: wordOf(LEDGER_CAUSES, cause),
      ...{ fromUs, toUs, lostFromId, lostToId },
      detail: this.text,
    };
  }

  /** Returns the record as the figures of an hour. */
  toFeedHour(): FeedHour {
    assert(this.kind === 'hours', 'the record is an hour');
    const [stream = 0, hourUs = 0, messages = 0, gaps = 0, resyncs = 0, checksumFailures = 0] = this.numbers;
    const [, , , , , , staleUs = 0, lagP50Us = 0, lagP99Us = 0, clockOffsetUs = 0, downUs = 0] = this.numbers;
    return {
      venue: this.venue,
      symbol: this.subject,
      stream: wordOf(STREAM_KINDS, stream),
      ...{ hourUs, messages, gaps, resyncs, checksumFailures },
      ...{ staleUs, lagP50Us, lagP99Us, clockOffsetUs, downUs },
    };
  }

  #bookEvent(base: { instrumentIx: number; tsVenueUs: number; tsLocalUs: number }): FeedEvent {
    return {
      kind: 'book',
      ...base,
      isSnapshot: this.isSnapshot,
      firstUpdateId: this.firstId,
      lastUpdateId: this.lastId,
      previousUpdateId: this.previousId,
      bids: this.#pairs(0, this.bidCount),
      asks: this.#pairs(this.bidCount, this.bidCount + this.askCount),
    };
  }

  #pairs(start: number, end: number): Float64Array {
    const pairs = new Float64Array(2 * (end - start));
    for (let i = start, at = 0; i < end; i++) {
      pairs[at++] = this.priceTicks[i]!;
      pairs[at++] = this.qtyLots[i]!;
    }
    return pairs;
  }

  #book(input: ByteReader): void {
    const flags = input.byte();
    if (flags > (BOOK_FLAGS.snapshot | BOOK_FLAGS.checksum)) throw input.fault(`there are no flags ${flags}`);
    this.isSnapshot = (flags & BOOK_FLAGS.snapshot) !== 0;
    this.firstId = input.int();
    this.lastId = input.int();
    this.previousId = input.int();
    this.checksum = (flags & BOOK_FLAGS.checksum) === 0 ? -1 : input.word();
    this.bidCount = input.intWithin(0, RECORD_LEVELS_MAX, 'the count of bids');
    this.askCount = input.intWithin(0, RECORD_LEVELS_MAX, 'the count of asks');
    const count = this.bidCount + this.askCount;
    // Two bytes a level at least: what a damaged count asks for is not allocated.
    if (2 * count > input.end - input.at) throw input.fault(`${count} levels are announced`);
    if (count > this.priceTicks.length) {
      this.priceTicks = new Float64Array(2 * count);
      this.qtyLots = new Float64Array(2 * count);
    }
    let price = 0;
    for (let i = 0; i < count; i++) {
      price += input.int();
      if (!Number.isSafeInteger(price)) throw input.fault('a price is a safe integer');
      this.priceTicks[i] = price;
      this.qtyLots[i] = input.int();
    }
  }

  /** Numbers that stand for words must be among them. */
  #checkCodes(input: ByteReader): void {
    const { numbers } = this;
    const within = (ix: number, count: number): boolean => numbers[ix]! >= 0 && numbers[ix]! < count;
    const isSign = (ix: number): boolean => Math.abs(numbers[ix]!) === 1;
    let isKnown = true;
    if (this.kind === 'trade') isKnown = isSign(3);
    else if (this.kind === 'liquidation') isKnown = isSign(0);
    else if (this.kind === 'book-order')
      isKnown = within(0, ORDER_ACTIONS.length) && numbers[0] !== 0 && isSign(1);
    else if (this.kind === 'ledger')
      isKnown = within(0, STREAM_KINDS.length) && within(1, LEDGER_CAUSES.length);
    else if (this.kind === 'hours') isKnown = within(0, STREAM_KINDS.length);
    if (!isKnown) throw input.fault(`a word of this ${this.kind} is not known`);
  }

  #venueAt(input: ByteReader): VenueId {
    const text = input.name();
    const known = this.#venues.get(text);
    if (known !== undefined) return known;
    const venue = parseVenueId(text);
    if (venue === undefined) throw input.fault(`there is no venue '${text}'`);
    this.#venues.set(text, venue);
    return venue;
  }

  /** Looks the instrument up by the bytes of its names; text is made only of those not met before. */
  #instrumentAt(input: ByteReader): RecordedInstrument {
    const { bytes } = input;
    const start = input.at;
    const end = namesEnd(input);
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const list = this.#instruments.get(hash);
    if (list !== undefined) {
      for (const known of list) {
        if (!isEqual(known.bytes, bytes, start, end)) continue;
        input.at = end;
        return known.instrument;
      }
    }
    const instrument = this.#newInstrument(input);
    assert(input.at === end, 'names end where their lengths say');
    if (++this.#instrumentCount > INSTRUMENTS_MAX)
      throw input.fault(`more than ${INSTRUMENTS_MAX} instruments`);
    const known = { bytes: new Uint8Array(bytes.subarray(start, end)), instrument };
    if (list === undefined) this.#instruments.set(hash, [known]);
    else list.push(known);
    return instrument;
  }

  #newInstrument(input: ByteReader): RecordedInstrument {
    const venue = this.#venueAt(input);
    const symbol = input.name();
    const priceDecimals = input.byte();
    const qtyDecimals = input.byte();
    const ids = input.byte();
    if (priceDecimals > DECIMALS_MAX || qtyDecimals > DECIMALS_MAX || ids > 1)
      throw input.fault('an instrument has decimals and a kind of trade ids');
    return { venue, symbol, priceDecimals, qtyDecimals, tradeIds: ids === 1 ? 'aggregate' : 'single' };
  }
}

interface KnownNames {
  readonly bytes: Uint8Array;
  readonly instrument: RecordedInstrument;
}

function wordOf<T>(words: readonly T[], code: number): T {
  const word = words[code];
  assert(word !== undefined, 'words are checked when they are read');
  return word;
}

/** Returns where the names of an instrument end. */
function namesEnd(input: ByteReader): number {
  const { bytes, end } = input;
  let at = input.at;
  for (let name = 0; name < 2; name++) {
    if (at >= end) throw input.fault('the names are cut off');
    at += 1 + bytes[at]!;
  }
  if (at + 3 > end) throw input.fault('the names are cut off');
  return at + 3;
}

function isEqual(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
