/**
 * The decoder as one would write it without a thought for speed, over `JSON.parse`: the definition that the real one is held against. It says nothing
 * about what `JSON.parse` refuses, and refuses what has not the members that an event needs.
 */
import { type EpochUs, parseDecimal } from '#core';
import type { FeedInstrument } from '../../market/index.ts';
import type { Said } from './recording-sink.ts';

type Json = Readonly<Record<string, unknown>>;

class Refusal extends Error {}

/** A number with the digits that stand in the document. */
class NumberText {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** Intervals of the frames that tests make. */
const MINUTE_US = 60_000_000;
const INTERVALS: Readonly<Record<string, number>> = {
  '1m': MINUTE_US,
  '5m': 5 * MINUTE_US,
  '1h': 60 * MINUTE_US,
};

/** Returns what a frame says, or `refused`. */
export function referenceDecode(
  text: string,
  instruments: readonly FeedInstrument[],
  tsLocalUs: EpochUs,
): readonly Said[] | 'refused' {
  try {
    return documentSaid(JSON.parse(text, keepDigits), instruments, tsLocalUs);
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof Refusal) return 'refused';
    throw thrown;
  }
}

function keepDigits(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined ? new NumberText(context.source) : value;
}

function documentSaid(
  parsed: unknown,
  instruments: readonly FeedInstrument[],
  tsLocalUs: EpochUs,
): readonly Said[] {
  const said = (events: readonly unknown[], stream: string | undefined): Said[] =>
    events
      .filter(isJson)
      .flatMap((event) => ('e' in event ? eventSaid(event, stream, instruments, tsLocalUs) : []));
  if (Array.isArray(parsed)) return said(parsed, undefined);
  if (!isJson(parsed)) return [];
  if ('stream' in parsed) {
    const { data } = parsed;
    const stream = typeof parsed.stream === 'string' ? parsed.stream : '';
    if (Array.isArray(data)) return said(data, stream);
    if (!isJson(data)) return [];
    if ('e' in data) return said([data], stream);
    return stream.slice(stream.indexOf('@') + 1) === 'bookTicker' && stream.includes('@')
      ? quoteSaid(data, instruments, tsLocalUs)
      : [];
  }
  if ('e' in parsed) return said([parsed], undefined);
  if ('lastUpdateId' in parsed) return snapshotSaid(parsed, instruments, tsLocalUs);
  if (['u', 's', 'b', 'B', 'a', 'A'].every((name) => name in parsed)) {
    return quoteSaid(parsed, instruments, tsLocalUs);
  }
  return controlSaid(parsed);
}

function eventSaid(
  event: Json,
  stream: string | undefined,
  instruments: readonly FeedInstrument[],
  tsLocalUs: EpochUs,
): readonly Said[] {
  const followed = (): FeedInstrument | undefined => instrumentOf(event, event, instruments);
  switch (event.e) {
    case 'depthUpdate': {
      const isDiff = stream === undefined || /^[^@]*@depth(@|$)/.test(stream);
      return isDiff ? depthSaid(event, followed(), tsLocalUs) : [];
    }
    case 'bookTicker':
      return quoteSaid(event, instruments, tsLocalUs);
    case 'aggTrade':
      return tradeSaid(event, followed(), 'a');
    case 'trade':
      return tradeSaid(event, followed(), 't');
    case 'markPriceUpdate':
      return markSaid(event, followed());
    case 'kline':
      return candleSaid(event, followed());
    case 'forceOrder':
      return liquidationSaid(event, instruments);
    case 'serverShutdown':
      return [['control', { kind: 'going-away', message: 'the server is about to shut down' }]];
    default:
      return [];
  }
}

function depthSaid(event: Json, instrument: FeedInstrument | undefined, tsLocalUs: EpochUs): readonly Said[] {
  if (instrument === undefined) return [];
  const firstId = count(event, 'U');
  const lastId = count(event, 'u');
  const update = {
    instrumentIx: instrument.ix,
    tsVenueUs: moment(event, 'T' in event ? 'T' : 'E'),
    tsLocalUs,
    isSnapshot: false,
    firstId,
    lastId,
    previousId: 'pu' in event ? count(event, 'pu') : -1,
    checksum: -1,
    bids: levels(event.b, instrument),
    asks: levels(event.a, instrument),
  };
  if (firstId > lastId) throw new Refusal();
  return [['book', update]];
}

function snapshotSaid(
  body: Json,
  instruments: readonly FeedInstrument[],
  tsLocalUs: EpochUs,
): readonly Said[] {
  const named = 'symbol' in body ? text(body, 'symbol') : undefined;
  const instrument =
    named !== undefined
      ? instruments.find(({ wireSymbol }) => wireSymbol === named)
      : instruments.length === 1
        ? instruments[0]
        : undefined;
  if (instrument === undefined) return [];
  const time = 'T' in body ? 'T' : 'E' in body ? 'E' : undefined;
  const lastId = count(body, 'lastUpdateId');
  const tsVenueUs = time === undefined ? 0 : moment(body, time);
  const update = {
    instrumentIx: instrument.ix,
    tsVenueUs: tsVenueUs === 0 ? tsLocalUs : tsVenueUs,
    tsLocalUs,
    isSnapshot: true,
    firstId: lastId,
    lastId,
    previousId: -1,
    checksum: -1,
    bids: levels(body.bids, instrument),
    asks: levels(body.asks, instrument),
  };
  return [['book', update]];
}

function quoteSaid(event: Json, instruments: readonly FeedInstrument[], tsLocalUs: EpochUs): readonly Said[] {
  const instrument = instrumentOf(event, event, instruments);
  if (instrument === undefined) return [];
  const time = 'T' in event ? 'T' : 'E';
  const quote = {
    instrumentIx: instrument.ix,
    tsVenueUs: time in event ? moment(event, time) : tsLocalUs,
    updateId: count(event, 'u'),
    bidTicks: decimal(event, 'b', instrument.priceDecimals),
    bidLots: decimal(event, 'B', instrument.qtyDecimals),
    askTicks: decimal(event, 'a', instrument.priceDecimals),
    askLots: decimal(event, 'A', instrument.qtyDecimals),
  };
  return [['quote', quote]];
}

function tradeSaid(event: Json, instrument: FeedInstrument | undefined, id: string): readonly Said[] {
  if (instrument === undefined) return [];
  if ('X' in event && text(event, 'X') !== 'MARKET') return [];
  const trade = {
    instrumentIx: instrument.ix,
    tsVenueUs: moment(event, 'T'),
    tradeId: count(event, id),
    priceTicks: positive(event, 'p', instrument.priceDecimals),
    qtyLots: positive(event, 'q', instrument.qtyDecimals),
    takerSide: truth(event, 'm') ? 'sell' : 'buy',
  };
  return [['trade', trade]];
}

function markSaid(event: Json, instrument: FeedInstrument | undefined): readonly Said[] {
  if (instrument === undefined) return [];
  const base = { instrumentIx: instrument.ix, tsVenueUs: moment(event, 'E') };
  const markE8 = decimal(event, 'p', 8);
  const indexE8 = 'i' in event ? decimal(event, 'i', 8) : 0;
  const said: Said[] = [];
  if (markE8 > 0) said.push(['mark', { ...base, markE8, indexE8: indexE8 > 0 ? indexE8 : -1 }]);
  if ('r' in event && event.r !== '') {
    const rateE12 = signed(event, 'r', 12);
    const nextUs = 'T' in event ? moment(event, 'T') : 0;
    said.push(['funding', { ...base, rateE12, nextFundingUs: nextUs > 0 ? nextUs : -1, isSettled: false }]);
  }
  return said;
}

function candleSaid(event: Json, instrument: FeedInstrument | undefined): readonly Said[] {
  if (instrument === undefined) return [];
  const eventUs = moment(event, 'E');
  const { k } = event;
  if (!isJson(k)) throw new Refusal();
  const timeframeUs = INTERVALS[text(k, 'i')];
  if (timeframeUs === undefined) return [];
  const openTsUs = moment(k, 't');
  const price = (name: string): number => positive(k, name, instrument.priceDecimals);
  const isClosed = truth(k, 'x');
  const candle = {
    instrumentIx: instrument.ix,
    tsVenueUs: isClosed ? openTsUs + timeframeUs : eventUs,
    timeframeUs,
    openTsUs,
    openTicks: price('o'),
    highTicks: price('h'),
    lowTicks: price('l'),
    closeTicks: price('c'),
    volumeLots: decimal(k, 'v', instrument.qtyDecimals),
    isClosed,
  };
  return [['candle', candle]];
}

function liquidationSaid(event: Json, instruments: readonly FeedInstrument[]): readonly Said[] {
  if (!isUsdMargined(event)) return [];
  const { o } = event;
  if (!isJson(o)) throw new Refusal();
  const instrument = instruments.find(({ wireSymbol }) => wireSymbol === text(o, 's'));
  if (instrument === undefined) return [];
  const side = text(o, 'S');
  if (side !== 'BUY' && side !== 'SELL') throw new Refusal();
  const liquidation = {
    instrumentIx: instrument.ix,
    tsVenueUs: moment(o, 'T'),
    side: side === 'BUY' ? 'buy' : 'sell',
    priceTicks: positive(o, 'p', instrument.priceDecimals),
    qtyLots: positive(o, 'q', instrument.qtyDecimals),
  };
  return [['liquidation', liquidation]];
}

function controlSaid(body: Json): readonly Said[] {
  const id = !('id' in body) || body.id === null ? null : scalar(body.id);
  const refused = (of: Json): Said => {
    const parts = ['code', 'msg'].filter((name) => name in of).map((name) => scalar(of[name]));
    const message = parts.join(' ').slice(0, 200);
    return ['control', { kind: 'refused', id, channel: null, symbol: null, message }];
  };
  if ('error' in body) return isJson(body.error) ? [refused(body.error)] : [];
  if ('code' in body && 'msg' in body) return [refused(body)];
  return 'result' in body && id !== null ? [['control', { kind: 'ack', id }]] : [];
}

function instrumentOf(
  event: Json,
  named: Json,
  instruments: readonly FeedInstrument[],
): FeedInstrument | undefined {
  if (!isUsdMargined(event)) return undefined;
  const symbol = text(named, 's');
  return instruments.find(({ wireSymbol }) => wireSymbol === symbol);
}

function isUsdMargined(event: Json): boolean {
  return !('st' in event) || signed(event, 'st', 0) === 1;
}

function levels(value: unknown, instrument: FeedInstrument): readonly (readonly [number, number])[] {
  if (!Array.isArray(value)) throw new Refusal();
  return value.map((level) => {
    if (!Array.isArray(level) || level.length < 2) throw new Refusal();
    const price = units(level[0], instrument.priceDecimals);
    const qty = units(level[1], instrument.qtyDecimals);
    if (price <= 0 || qty < 0) throw new Refusal();
    return [price, qty];
  });
}

function units(value: unknown, decimals: number): number {
  const found = parseDecimal(scalar(value), decimals);
  if (Number.isNaN(found)) throw new Refusal();
  return found;
}

function signed(of: Json, name: string, decimals: number): number {
  return units(of[name], decimals);
}

function decimal(of: Json, name: string, decimals: number): number {
  const found = units(of[name], decimals);
  if (found < 0) throw new Refusal();
  return found;
}

function positive(of: Json, name: string, decimals: number): number {
  const found = decimal(of, name, decimals);
  if (found === 0) throw new Refusal();
  return found;
}

function count(of: Json, name: string): number {
  return decimal(of, name, 0);
}

function moment(of: Json, name: string): EpochUs {
  const time = count(of, name);
  const us = time < 1e14 ? time * 1_000 : time;
  if (us > Number.MAX_SAFE_INTEGER) throw new Refusal();
  return us;
}

function text(of: Json, name: string): string {
  const value = of[name];
  if (typeof value !== 'string') throw new Refusal();
  return value;
}

function truth(of: Json, name: string): boolean {
  const value = of[name];
  if (typeof value !== 'boolean') throw new Refusal();
  return value;
}

function scalar(value: unknown): string {
  if (value instanceof NumberText) return value.digits;
  if (typeof value !== 'string') throw new Refusal();
  return value;
}

function isJson(value: unknown): value is Json {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof NumberText);
}
