/** Door of `venues/feed`: the engine that runs any adapter's market data over a transport. Used inside the room and by `app`. */
export type { LagStatus } from './event-router.ts';
export { EventStamp } from './event-stamp.ts';
export type { FeedSocketStatus } from './feed-socket.ts';
export type { BookStatus, FeedStatus } from './feed-status.ts';
export type { OpenOutage } from './ledger-book.ts';
export type { FeedListener, FeedNotice } from './listener.ts';
export { MarketFeed, type MarketFeedParts } from './market-feed.ts';
export { FEED_OPTIONS_DEFAULT, type FeedOptions } from './options.ts';
export type { Refusal } from './refusals.ts';
export type { RestGateStatus } from './rest-gate.ts';
export type { SocketState } from './socket-state.ts';
