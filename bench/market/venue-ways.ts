/** The ways that one venue's messages go in the bench: parsed alone, through the whole feed, through ccxt. Every turn ends in the book that it must. */
import { assert } from '#core';
import { FeedRun } from './feed-run.ts';
import type { Peer, PeerBook } from './peer-book.ts';
import type { Turn, Way } from './rounds.ts';
import { checkOutcome, type VenueScript } from './venue-script.ts';

/** Returns the name of a venue's full path. */
export function feedWayName({ venueCase }: VenueScript): string {
  return `${venueCase.under.venue}, full path`;
}

/** Returns the name of `JSON.parse` alone on its messages. */
export function parseWayName({ venueCase }: VenueScript): string {
  return `${venueCase.under.venue}, JSON.parse alone`;
}

/** Returns the name of `JSON.parse` on its messages as they come, bytes. */
export function parseBytesWayName({ venueCase }: VenueScript): string {
  return `${venueCase.under.venue}, text of bytes and JSON.parse`;
}

/** Returns the name of ccxt's handler. */
export function peerWayName({ venueCase }: VenueScript): string {
  return `${venueCase.under.venue}, ccxt`;
}

/** Returns the way of bytes through text and `JSON.parse`. */
export function parseBytesWay(script: VenueScript): Way {
  const { frames } = script;
  const count = frames.length;
  const prepare = (): Turn => parseTurn(() => parseAllBytes(frames), count);
  return { name: parseBytesWayName(script), count, prepare };
}

/** Returns the ways that are timed of every venue. */
export function venueWays(script: VenueScript, peer: Peer): readonly Way[] {
  const { texts } = script;
  const count = texts.length;
  return [
    { name: parseWayName(script), count, prepare: () => parseTurn(() => parseAll(texts), count) },
    { name: feedWayName(script), count, prepare: () => feedTurn(script) },
    { name: peerWayName(script), count, prepare: () => peerTurn(script, peer) },
  ];
}

/** Gets a feed ready that takes the messages by their place. */
export function feedTaker(script: VenueScript): (at: number) => void {
  const { frames } = script;
  const take = new FeedRun(script.venueCase, script.seed).start();
  return (at) => {
    const frame = frames[at];
    if (frame !== undefined) take(frame);
  };
}

/** Gets `JSON.parse` ready to take the messages by their place. */
export function parseTaker({ texts }: VenueScript): (at: number) => void {
  return (at) => {
    const text = texts[at];
    if (text !== undefined) isObject(text);
  };
}

/** Gets ccxt ready to take the messages by their place. */
export function peerTaker(script: VenueScript, peer: Peer): (at: number) => void {
  const book = peerBook(script, peer);
  const { texts } = script;
  return (at) => {
    const text = texts[at];
    if (text !== undefined) book.take(text);
  };
}

function feedTurn(script: VenueScript): Turn {
  const { frames } = script;
  const run = new FeedRun(script.venueCase, script.seed);
  return {
    work: () => {
      const take = run.start();
      for (const frame of frames) take(frame);
    },
    check: () => checkOutcome(run.finish(frames.length), script),
  };
}

function peerTurn(script: VenueScript, peer: Peer): Turn {
  const book = peerBook(script, peer);
  return {
    work: () => {
      for (const text of script.texts) book.take(text);
    },
    check: () => {
      const difference = book.differenceFrom(script);
      assert(
        difference === null,
        `ccxt comes to the same book of ${script.venueCase.under.venue}: ${difference}`,
      );
    },
  };
}

function peerBook(script: VenueScript, peer: Peer): PeerBook {
  return peer.openBook(script);
}

function parseTurn(parse: () => number, expected: number): Turn {
  let found = 0;
  return {
    work: () => {
      found = parse();
    },
    check: () => assert(found === expected, 'every message is an object'),
  };
}

function parseAll(texts: readonly string[]): number {
  let count = 0;
  for (const text of texts) if (isObject(text)) count++;
  return count;
}

function parseAllBytes(frames: readonly Buffer[]): number {
  let count = 0;
  for (const frame of frames) if (isObject(frame.toString())) count++;
  return count;
}

function isObject(text: string): boolean {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null;
}
