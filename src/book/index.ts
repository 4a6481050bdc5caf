/** Door of `book`: order books, the continuity of the streams that feed them, and the keeper that joins the two. */
export {
  BookKeeper,
  type BookLoss,
  type KeeperAnswer,
  type KeeperCounts,
  type KeeperState,
} from './book-keeper.ts';
export { BookUpdate, LevelBuffer, UPDATE_LEVELS_MAX } from './book-update.ts';
export { ConnectionSequence, type FrameVerdict } from './connection-sequence.ts';
export type { ContinuityRule, DepthVerdict } from './continuity.ts';
export { CountedSequence } from './counted-sequence.ts';
export { CRC32_START, crc32Digits, crc32End, crc32Text } from './crc32.ts';
export { DepthSequence } from './depth-sequence.ts';
export { krakenChecksum, krakenOrdersChecksum } from './kraken-checksum.ts';
export { KucoinSequence } from './kucoin-sequence.ts';
export { BOOK_LEVELS_MAX_DEFAULT, L2Book } from './l2-book.ts';
export {
  BOOK_ORDERS_MAX_DEFAULT,
  L3Book,
  type L3Outcome,
  type QueuePosition,
  type RestingOrder,
} from './l3-book.ts';
export type { BookPolicy } from './policy.ts';
export { Unnumbered } from './unnumbered.ts';
export { UpdatePool } from './update-buffer.ts';
