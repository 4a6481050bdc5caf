/** What a microstructure frame computes: its parameters, their defaults, the groups they make, and the hash that names the result. */
import {
  assert,
  canonicalJson,
  type EpochUs,
  formatDurationUs,
  sha256Hex,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_SECOND,
} from '#core';
import { BookShapeGroup, CrossVenueGroup, OrderFlowGroup, QueueGroup } from './book-groups.ts';
import { DerivativesGroup, LiquidationGroup } from './derivative-groups.ts';
import type { MicroColumn, MicroGroup, RowSpan } from './group.ts';
import {
  KyleGroup,
  TradeFlowGroup,
  VolatilityGroup,
  VpinGroup,
  type VpinOptions,
  VwapGroup,
} from './trade-groups.ts';

/** Changes whenever a formula or a rule changes in a way that its words do not show. */
const FRAME_VERSION = 2;

/** When rows are made: every `everyUs` of the venue's time, aligned to the epoch; or when a bar of that length closes. */
export type FrameSampling =
  | { readonly kind: 'grid'; readonly everyUs: number }
  | { readonly kind: 'bars'; readonly everyUs: number };

/** Parameters of a frame; durations are whole numbers of rows. */
export interface FrameOptions {
  readonly sampling: FrameSampling;
  /** Decimals of the instrument's ticks and lots. */
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Depths of the imbalance, in levels and in basis points from the middle. */
  readonly levels: readonly number[];
  readonly bandsBps: readonly number[];
  /** Levels of the order flow, and the windows of order flow and trade flow. */
  readonly flowLevels: number;
  readonly flowWindowsUs: readonly number[];
  readonly kyleUs: number;
  readonly volatilityUs: number;
  readonly volatilityStepUs: number;
  /** Over which funding and open interest change. */
  readonly changeUs: number;
  /** `null` = no such columns: their scale depends on the instrument, or the venue has no such stream. */
  readonly vpin: VpinOptions | null;
  readonly liquidationsUs: number | null;
  /** Decimals of the ticks of the other venue. */
  readonly otherPriceDecimals: number | null;
  /** A book without a new state for longer is not used; what venues tell now and then counts so long. */
  readonly bookStaleUs: number;
  readonly factStaleUs: number;
  /** Trades are complete from then on; `null`: from the moment after the first one. */
  readonly completeFromUs: EpochUs | null;
  /** More rows at once than this are not made: the silence is passed over and windows begin anew. */
  readonly rowsAtOnceMax: number;
}

/** Defaults for rows of a second. */
export const FRAME_DEFAULTS: Omit<FrameOptions, 'priceDecimals' | 'qtyDecimals'> = {
  sampling: { kind: 'grid', everyUs: US_PER_SECOND },
  levels: [1, 5, 10, 20],
  bandsBps: [5, 25],
  flowLevels: 5,
  flowWindowsUs: [10 * US_PER_SECOND, US_PER_MINUTE],
  kyleUs: 5 * US_PER_MINUTE,
  volatilityUs: 5 * US_PER_MINUTE,
  volatilityStepUs: 5 * US_PER_SECOND,
  changeUs: US_PER_HOUR,
  vpin: null,
  liquidationsUs: null,
  otherPriceDecimals: null,
  bookStaleUs: 5 * US_PER_SECOND,
  factStaleUs: 15 * US_PER_MINUTE,
  completeFromUs: null,
  rowsAtOnceMax: 3_600,
};

/** Returns the groups of a frame, in the order of their columns. @throws AssertionError when a duration is no whole number of rows */
export function frameGroups(options: FrameOptions): readonly MicroGroup[] {
  const { bandsBps, completeFromUs, flowLevels, levels, priceDecimals, qtyDecimals, sampling } = options;
  const flowSpans = options.flowWindowsUs.map((us) => spanOf(us, sampling));
  const { volatilityStepUs, volatilityUs } = options;
  spanOf(volatilityStepUs, sampling);
  assert(volatilityUs % volatilityStepUs === 0, 'the volatility window is a whole number of steps');
  const groups: MicroGroup[] = [
    new BookShapeGroup(levels, bandsBps),
    new OrderFlowGroup(flowLevels, flowSpans),
    new QueueGroup(),
    new TradeFlowGroup(flowSpans),
    new VwapGroup(completeFromUs ?? 0),
    new KyleGroup(spanOf(options.kyleUs, sampling), priceDecimals, qtyDecimals),
    new VolatilityGroup(formatDurationUs(volatilityUs), volatilityStepUs, volatilityUs / volatilityStepUs),
    new DerivativesGroup(spanOf(options.changeUs, sampling), options.factStaleUs),
  ];
  if (options.vpin !== null) groups.push(new VpinGroup(options.vpin));
  if (options.liquidationsUs !== null)
    groups.push(new LiquidationGroup(spanOf(options.liquidationsUs, sampling)));
  if (options.otherPriceDecimals !== null) {
    groups.push(new CrossVenueGroup(priceDecimals, options.otherPriceDecimals));
  }
  return groups;
}

/** Returns the columns of groups, in order. @throws AssertionError when two have one name */
export function columnsOf(groups: readonly MicroGroup[]): readonly MicroColumn[] {
  const columns = groups.flatMap((group) => group.columns);
  assert(new Set(columns.map(({ name }) => name)).size === columns.length, 'columns have different names');
  return columns;
}

/** Returns the SHA-256 over version, columns and parameters: equal hashes mean equal numbers from equal events. */
export function frameHash(options: FrameOptions, columns: readonly MicroColumn[]): string {
  return sha256Hex(canonicalJson({ version: FRAME_VERSION, columns, options }));
}

function spanOf(us: number, { everyUs }: FrameSampling): RowSpan {
  assert(us > 0 && us % everyUs === 0, `${us} us is a whole number of rows of ${everyUs} us`);
  return { label: formatDurationUs(us), rows: us / everyUs };
}
