/**
 * Questions for fills. The venue takes either a window of at most seven days or a trade id to begin from, and answers at most a thousand. What is known up to
 * a trade id is asked from there; the rest goes by windows. Whether an id reaches further back than seven days is not documented, so older
 * ranges go by windows too.
 */
import { assert, type EpochUs, US_PER_DAY, US_PER_MS } from '#core';
import {
  type EntryCall,
  type EntryFillsRange,
  type EntryInstrument,
  type FillRecord,
  type FillsPage,
  type FormParams,
  ReplyDoc,
} from '../../entry/index.ts';
import { readFill, tradeIdOf } from './fill-record.ts';
import { weightOf } from './limits.ts';
import { type SignedCalls, VENUE } from './signed-calls.ts';

const NAME = 'fills';
const PAGE_MAX = 1_000;
const WINDOW_US = 7 * US_PER_DAY;
const WINDOW_MS = WINDOW_US / US_PER_MS;

/** Where a question stands. */
interface Place {
  readonly instrument: EntryInstrument;
  readonly toUs: EpochUs;
  /** The last trade id that was had; 0 = none. */
  readonly knownId: bigint;
  /** Beginning of the page; `null` = it begins at `knownId`, whenever that was. */
  readonly fromMs: number | null;
}

/** Returns the call of the first page of a range. @throws XY_VENUE_REPLY for an execution id of another instrument */
export function fillsCall(calls: SignedCalls, range: EntryFillsRange): EntryCall<FillsPage> {
  const { instrument, fromUs, toUs, afterExecId } = range;
  assert(fromUs >= 0 && fromUs <= toUs, `a range ends at or behind its beginning, was ${fromUs} to ${toUs}`);
  const afterId = afterExecId === null ? 0n : tradeIdOf(afterExecId, instrument);
  const isById = afterId > 0n && toUs - fromUs < WINDOW_US;
  return pageCall(calls, {
    instrument,
    toUs,
    knownId: isById ? afterId : 0n,
    fromMs: isById ? null : Math.floor(fromUs / US_PER_MS),
  });
}

function pageCall(calls: SignedCalls, place: Place): EntryCall<FillsPage> {
  return calls.of({
    name: NAME,
    priority: 'query',
    effect: 'read',
    costs: weightOf(5),
    method: 'GET',
    path: '/fapi/v1/userTrades',
    params: { symbol: place.instrument.restSymbol, ...boundsOf(place), limit: PAGE_MAX },
    parse: (body) => readPage(calls, place, ReplyDoc.parse(body, VENUE, NAME)),
  });
}

/** From the known fill itself, not from the next id: then it does not matter whether the venue counts the first one in. */
function boundsOf({ fromMs, knownId, toUs }: Place): FormParams {
  if (fromMs === null) return { fromId: knownId };
  return { startTime: fromMs, endTime: Math.max(fromMs, windowEndMs(fromMs, toUs) - 1) };
}

/** Exclusive; the end of the range is rounded up, since fills are told by the millisecond. */
function windowEndMs(fromMs: number, toUs: EpochUs): number {
  return Math.min(fromMs + WINDOW_MS, Math.ceil(toUs / US_PER_MS));
}

function readPage(calls: SignedCalls, place: Place, doc: ReplyDoc): FillsPage {
  const { instrument, toUs } = place;
  const items = doc.items();
  if (items.length > PAGE_MAX) throw doc.fail(`at most ${PAGE_MAX} fills`);
  const found = items
    .map((item) => readFill(item, instrument))
    .map((fill) => ({ id: tradeIdOf(fill.execId, instrument), fill }))
    .sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  const fills = found
    .filter(({ id, fill }) => fill.tsVenueUs < toUs && !wasHad(place, id, fill))
    .map(({ fill }) => fill);
  const last = found.at(-1);
  const isFull = items.length === PAGE_MAX && last !== undefined;
  const next = isFull ? restOfWindow(place, last.id, last.fill, doc) : nextWindow(place);
  return { fills, next: next === null ? null : pageCall(calls, next) };
}

/** A page by time overlaps the one before it in its first millisecond and nowhere else. */
function wasHad({ knownId, fromMs }: Place, id: bigint, fill: FillRecord): boolean {
  return id <= knownId && (fromMs === null || fill.tsVenueUs === fromMs * US_PER_MS);
}

/** Behind a full page: from its last fill on, or by id where a thousand fills have one time. */
function restOfWindow(place: Place, lastId: bigint, last: FillRecord, doc: ReplyDoc): Place | null {
  if (last.tsVenueUs >= place.toUs) return null;
  const lastMs = last.tsVenueUs / US_PER_MS;
  if (place.fromMs !== null && lastMs > place.fromMs) return { ...place, knownId: lastId, fromMs: lastMs };
  if (place.fromMs === null && lastId <= place.knownId) throw doc.fail(`fills behind ${place.knownId}`);
  return { ...place, knownId: lastId, fromMs: null };
}

function nextWindow(place: Place): Place | null {
  if (place.fromMs === null) return null;
  const endMs = windowEndMs(place.fromMs, place.toUs);
  return endMs * US_PER_MS >= place.toUs ? null : { ...place, fromMs: endMs };
}
