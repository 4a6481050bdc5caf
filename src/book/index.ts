/** Door of `book`: order books and the continuity of the streams that feed them. */
export { DepthSequence, type DepthVerdict } from './depth-sequence.ts';
export { BOOK_LEVELS_MAX_DEFAULT, L2Book } from './l2-book.ts';
