/** Door of `book`: order books and the continuity of the streams that feed them. */
export { BookUpdate, LevelBuffer, UPDATE_LEVELS_MAX } from './book-update.ts';
export type { ContinuityRule } from './continuity.ts';
export { DepthSequence, type DepthVerdict } from './depth-sequence.ts';
export { BOOK_LEVELS_MAX_DEFAULT, L2Book } from './l2-book.ts';
export type { BookPolicy } from './policy.ts';
