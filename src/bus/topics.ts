/** The topics of the bus, as they are named in every implementation. */

/** Topics, in the order in which tools show them; files know them by their place in it, so that new ones are added at the end. */
export const TOPICS = [
  'crypto-orderbooks',
  'crypto-trades',
  'crypto-news',
  'crypto-features',
  'trading-signals',
  'raw-frames',
  'feed-ledger',
] as const;

/** A topic: one sequence of records with offsets of its own. */
export type Topic = (typeof TOPICS)[number];

/** Returns `text` as a topic, or `undefined` when it is none. */
export function parseTopic(text: string): Topic | undefined {
  return TOPICS.find((topic) => topic === text);
}
