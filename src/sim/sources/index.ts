/** Market sources from recorded data. */
export { ChunkSource, type OpenChunks } from './chunk-source.ts';
export {
  bookSource,
  type ColumnFeed,
  candleSource,
  type FundingColumns,
  fundingSource,
  type MarkColumns,
  markSource,
  orderSource,
  type TradeColumns,
  tradeSource,
} from './column-sources.ts';
export { mergeArrivals, mergeSources, SOURCES_MAX } from './merged-source.ts';
export { reorderedSource } from './reordered-source.ts';
export { sourceFrom } from './source-from.ts';
