/**
 * The section `market`: messages a second of `JSON.parse`, of every venue's whole feed and of ccxt on the same seeded messages, in turns of one
 * run; how long single messages take and what they take of the heap; and books, candles and the order of events alone.
 */
import { sha256Hex } from '#core';
import type { BenchFigure, BenchSection } from '../../src/app/commands/bench/figure.ts';
import { type BookBench, benchBook } from '../../src/book/book.bench.ts';
import { CANDLES_WAY, eventStreams, REORDER_WAY } from './event-streams.ts';
import { type HeapSizes, heapGrowthOf } from './heap-growth.ts';
import { latencyOf } from './latency.ts';
import { loadPeer, type Peer } from './peer-book.ts';
import { ratioOf, type Timing, timeInTurns } from './rounds.ts';
import { smaller, VENUE_CASES } from './venue-case.ts';
import { type VenueScript, writeScript } from './venue-script.ts';
import {
  feedTaker,
  feedWayName,
  parseBytesWay,
  parseBytesWayName,
  parseTaker,
  parseWayName,
  peerTaker,
  peerWayName,
  venueWays,
} from './venue-ways.ts';

interface Sizes {
  /** Share of each venue's messages, and of the levels of its book at the start. */
  readonly share: number;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly latencyPasses: number;
  /** Whose garbage is measured, of each venue. */
  readonly heap: HeapSizes;
  readonly events: number;
  readonly bookMessages: number;
  readonly bookPasses: number;
}

const FULL: Sizes = {
  share: 1,
  rounds: 7,
  warmUpMs: 150,
  latencyPasses: 5,
  heap: { warmUps: 1_500, count: 500, tries: 3 },
  events: 100_000,
  bookMessages: 4_000,
  bookPasses: 5,
};
const QUICK: Sizes = {
  share: 0.02,
  rounds: 1,
  warmUpMs: 0,
  latencyPasses: 1,
  heap: { warmUps: 5, count: 15, tries: 1 },
  events: 500,
  bookMessages: 50,
  bookPasses: 1,
};
/** The venue that the aims are about. */
const AIMED = 'binance-usdm';
const PARSE_RATIO_AIM = 3;
const PEER_RATIO_AIM = 20;
const NO_AIM = { aim: '', isMet: null } as const;

/** Measures the section. */
export async function benchMarket(options: {
  readonly isQuick: boolean;
  readonly seed: number;
}): Promise<BenchSection> {
  const sizes = options.isQuick ? QUICK : FULL;
  const { seed } = options;
  const peer = await loadPeer();
  const scripts = VENUE_CASES.map((venueCase) => writeScript(smaller(venueCase, sizes.share), seed));
  const streams = eventStreams(sizes.events, seed);
  const ways = [
    ...scripts.flatMap((script) => venueWays(script, peer)),
    ...scripts.filter(isAimed).map(parseBytesWay),
    ...streams.ways,
  ];
  const timings = new Timings(timeInTurns(ways, sizes), sizes.rounds);
  const books = benchBook({ messageCount: sizes.bookMessages, passes: sizes.bookPasses, seed });
  return {
    name: 'market',
    figures: [
      ...scripts.flatMap((script) => rateFigures(script, timings, peer)),
      ...scripts.map((script) => latencyFigure(script, sizes)),
      ...scripts.flatMap((script) => heapFigures(script, sizes, peer)),
      ...bookFigures(books),
      timings.figure(CANDLES_WAY, 'trades/s', 'four timeframes, two seconds of lateness'),
      timings.figure(REORDER_WAY, 'events/s', '200 instruments of four venues, a quarter of a second'),
    ],
    resultHash: sha256Hex(
      [...scripts.map(({ after }) => after.hash), ...streams.results, books.resultHash].join('|'),
    ),
  };
}

/** What was timed, by the names of the ways. */
class Timings {
  readonly #byName: ReadonlyMap<string, Timing>;
  readonly #rounds: number;

  constructor(byName: ReadonlyMap<string, Timing>, rounds: number) {
    this.#byName = byName;
    this.#rounds = rounds;
  }

  of(name: string): Timing {
    const timing = this.#byName.get(name);
    if (timing === undefined) throw new RangeError(`expected a way that was timed, found ${name}`);
    return timing;
  }

  ratio(faster: string, slower: string): number {
    return ratioOf(this.of(faster), this.of(slower));
  }

  figure(name: string, unit: string, note: string): BenchFigure {
    const { fastestPerS, perS, slowestPerS, wallPerS } = this.of(name);
    const spread = `median of ${this.#rounds}, ${thousands(slowestPerS)} to ${thousands(fastestPerS)}`;
    const times = `${spread}, ${thousands(wallPerS)} by the wall clock`;
    return { work: name, value: perS, unit, ...NO_AIM, note: note === '' ? times : `${times}; ${note}` };
  }
}

function rateFigures(script: VenueScript, timings: Timings, peer: Peer): readonly BenchFigure[] {
  const [feed, parse, other] = [feedWayName(script), parseWayName(script), peerWayName(script)];
  const form = `${script.levelsMean.toFixed(1)} levels, ${script.bytesMean.toFixed(0)} bytes`;
  const ratios = { parse: timings.ratio(feed, parse), peer: timings.ratio(feed, other) };
  const figures = [
    timings.figure(feed, 'msgs/s', 'MarketFeed, one symbol, bytes to listener'),
    timings.figure(parse, 'msgs/s', form),
    timings.figure(other, 'msgs/s', `ccxt ${peer.version}, text to book, every level equal`),
  ];
  if (isAimed(script)) figures.push(timings.figure(parseBytesWayName(script), 'msgs/s', form));
  return [
    ...figures,
    ratioFigure(script, 'JSON.parse alone', ratios.parse, PARSE_RATIO_AIM),
    ratioFigure(script, 'ccxt', ratios.peer, PEER_RATIO_AIM),
  ];
}

function isAimed({ venueCase }: VenueScript): boolean {
  return venueCase.under.venue === AIMED;
}

function ratioFigure(script: VenueScript, than: string, ratio: number, least: number): BenchFigure {
  const aim = isAimed(script) ? { aim: `at least ${least}`, isMet: ratio >= least } : NO_AIM;
  return {
    work: `${feedWayName(script)} to ${than}`,
    value: ratio,
    unit: `x ${than}`,
    ...aim,
    note: 'median of the rounds',
  };
}

function latencyFigure(script: VenueScript, sizes: Sizes): BenchFigure {
  const { p50Us, p999Us, p99Us, rawP999Us } = latencyOf(script.frames.length, sizes.latencyPasses, () =>
    feedTaker(script),
  );
  const passes = `each message the median of ${sizes.latencyPasses} passes, as they came ${rawP999Us.toFixed(1)}`;
  const longest = `up to ${thousands(script.bytesMax)} bytes`;
  return {
    work: `${script.venueCase.under.venue}, one message, p99.9`,
    value: p999Us,
    unit: 'us',
    ...NO_AIM,
    note: `p50 ${p50Us.toFixed(1)}, p99 ${p99Us.toFixed(1)}; ${longest}; ${passes}`,
  };
}

function heapFigures(script: VenueScript, { heap }: Sizes, peer: Peer): readonly BenchFigure[] {
  const figure = (work: string, prepare: () => (at: number) => void): BenchFigure => {
    const { allocated, kept } = heapGrowthOf(heap, prepare);
    const note = `growth of the heap between collections; ${kept.toFixed(1)} kept after forced ones`;
    return { work: `${work}, allocated`, value: allocated, unit: 'bytes/msg', ...NO_AIM, note };
  };
  const own = figure(feedWayName(script), () => feedTaker(script));
  if (!isAimed(script)) return [own];
  const parse = figure(parseWayName(script), () => parseTaker(script));
  return [own, parse, figure(peerWayName(script), () => peerTaker(script, peer))];
}

function bookFigures(books: BookBench): readonly BenchFigure[] {
  const form = `${books.messages} messages of 69 levels, ${books.levelsHeld} levels held`;
  const sorted = `a sorted array does ${thousands(books.sortedArrayUpdatesPerS)}`;
  const checked = 'judged, applied, reported';
  return [
    {
      ...{ work: 'book alone', value: books.bookUpdatesPerS, unit: 'levels/s', ...NO_AIM },
      note: `${form}; ${sorted}`,
    },
    {
      ...{ work: 'book with its keeper', value: books.keeperMessagesPerS, unit: 'msgs/s', ...NO_AIM },
      note: checked,
    },
  ];
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
