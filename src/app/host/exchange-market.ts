/**
 * The markets that a Binance-compatible exchange can have: the synthetic one of the configuration, a recording (completed where it lacks prints,
 * books or marks), or a live feed. Each says what it is, what of it is invented, and where its time begins.
 */
import { type EpochUs, formatIso, Prng, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, XylenError } from '#core';
import { InstrumentTable, type VenueId } from '#domain';
import type { ExchangeMarket } from '#exchange';
import { CompletedTape, SyntheticTape } from '#sim';
import type { CommandContext } from '../cli/command.ts';
import { badHourRule } from '../config/bad-hour-rule.ts';
import { prepareHistoryMarket } from './history-market.ts';
import { openHistory } from './open-history.ts';
import { PulledMarket } from './pulled-market.ts';
import type { ReplayRequest } from './replay.ts';
import { syntheticOptions } from './synthetic-market.ts';

/** What the market is asked to be. */
export type ExchangeMarketWish =
  | { readonly kind: 'synthetic'; readonly seed: number; readonly fromUs: EpochUs | null }
  | { readonly kind: 'replay'; readonly replay: ReplayRequest }
  | {
      readonly kind: 'live';
      readonly venue: VenueId;
      readonly symbols: readonly string[];
      readonly seed: number;
    };

/** A market that can be served. */
export interface OpenedExchangeMarket {
  readonly kind: ExchangeMarketWish['kind'];
  readonly market: ExchangeMarket;
  readonly instruments: InstrumentTable;
  /** What it is, in words, and what of it is invented. */
  readonly label: string;
  readonly invented: readonly string[];
  /** Where clients find it; events of before are history. */
  readonly startUs: EpochUs;
  /** Where it ends; `null` = never. */
  readonly endUs: EpochUs | null;
  /** How far the exchange's time is behind the clock. */
  readonly behindUs: number;
  /** Done when the market has read what it was asked for last. */
  settled(): Promise<void>;
  /** Connects what has to be connected. */
  start(): void;
}

/** Bars before the beginning, so that clients find some history; prints and books are read from less far back. */
const HISTORY_US = 3 * US_PER_DAY;
const TICK_HISTORY_US = US_PER_HOUR;
/** Time between two looks of a synthetic symbol. */
const STEP_US = 100_000;

/** Opens a market; what it holds open is closed by `opened`. @throws XY_USAGE, and what opening data or a feed throws. */
export function openExchangeMarket(
  wish: ExchangeMarketWish,
  context: CommandContext,
  opened: AsyncDisposableStack,
  onFault: (fault: unknown) => void,
): Promise<OpenedExchangeMarket> {
  switch (wish.kind) {
    case 'synthetic':
      return Promise.resolve(syntheticExchangeMarket(wish, context));
    case 'replay':
      return recordedExchangeMarket(wish.replay, context, opened, onFault);
    case 'live':
      return liveExchangeMarket(wish, context, opened, onFault);
  }
}

function syntheticExchangeMarket(
  { fromUs, seed }: Extract<ExchangeMarketWish, { kind: 'synthetic' }>,
  { config, wallNowUs }: CommandContext,
): OpenedExchangeMarket {
  const startUs = fromUs ?? wallNowUs();
  const tapeFromUs = startUs - (startUs % US_PER_MINUTE) - US_PER_MINUTE;
  const market = new SyntheticTape({
    ...syntheticOptions(config, seed, { startUs: Math.max(0, tapeFromUs - HISTORY_US), endUs: null }),
    barUs: US_PER_MINUTE,
    feedLatencyUs: 0,
    tapeFromUs,
    stepUs: STEP_US,
  });
  return {
    kind: 'synthetic',
    market,
    instruments: new InstrumentTable(market.instrumentSpecs),
    label: 'SYNTHETIC market',
    invented: ['everything'],
    startUs,
    endUs: null,
    behindUs: 0,
    settled: () => Promise.resolve(),
    start: () => undefined,
  };
}

async function recordedExchangeMarket(
  request: ReplayRequest,
  { config, log, progress, signal }: CommandContext,
  opened: AsyncDisposableStack,
  onFault: (fault: unknown) => void,
): Promise<OpenedExchangeMarket> {
  const history = await openHistory({ ...request, specs: config.venues.instruments, signal, progress });
  opened.defer(() => history.close());
  const hasTicks = history.infos.some(({ kind }) => kind === 'trades' || kind === 'book');
  const prepared = await prepareHistoryMarket(history, {
    ...request,
    timeframesUs: config.timeframesUs,
    prefers: 'ticks',
    historyUs: hasTicks ? TICK_HISTORY_US : HISTORY_US,
    feedLatencyUs: 0,
    reorderWindowUs: config.feeds.reorderWindowUs,
    badHours: badHourRule(config),
  });
  for (const words of prepared.badHours ?? []) log.warn('bad_hours', { words });
  const { dataSets, endUs, instruments, sourceTimeframeUs, startUs: readFromUs, tradeFromUs } = prepared;
  const tape = new CompletedTape({
    source: prepared.source,
    instruments,
    prng: new Prng(request.seed).split('completed-tape'),
    // Only minutes can be kept as history; longer bars are told finely from the first one on.
    fineFromUs: sourceTimeframeUs === US_PER_MINUTE ? tradeFromUs : readFromUs,
  });
  const market = new PulledMarket(tape, tradeFromUs, onFault);
  return {
    kind: 'replay',
    market,
    instruments,
    label: `replay of ${dataSets.join(', ')}`,
    invented: tape.invented,
    startUs: tradeFromUs,
    endUs,
    behindUs: 0,
    settled: () => market.settled(),
    start: () => undefined,
  };
}

async function liveExchangeMarket(
  { seed, symbols, venue }: Extract<ExchangeMarketWish, { kind: 'live' }>,
  context: CommandContext,
  opened: AsyncDisposableStack,
  onFault: (fault: unknown) => void,
): Promise<OpenedExchangeMarket> {
  // Only who asks for it pays for loading the venues.
  const [{ openLiveMarket }, { openTransport }] = await Promise.all([
    import('./live/live-market.ts'),
    import('./live/venue-connection.ts'),
  ]);
  const { config } = context;
  const transport = openTransport(config);
  opened.defer(() => transport.close());
  const prng = new Prng(seed).split('live');
  const live = await openLiveMarket({ venue, symbols, forUs: null, seed }, transport, prng, context);
  opened.defer(() => live.close());
  opened.defer(() => live.stop());
  const { instruments, source, tradeFromUs } = live.market;
  const noBook = instruments.all.filter(
    ({ ix }) => !source.feeds.some((feed) => feed.instrumentIx === ix && feed.kind === 'book'),
  );
  if (noBook.length > 0) {
    const found = noBook.map(({ symbol }) => symbol).join(', ');
    throw new XylenError(
      'XY_USAGE',
      `--feed ${venue}: expected symbols with a streamed book, found ${found}`,
    );
  }
  const market = new PulledMarket(source, tradeFromUs, onFault);
  return {
    kind: 'live',
    market,
    instruments,
    label: `live market of ${venue} since ${formatIso(tradeFromUs)}`,
    invented: [],
    startUs: tradeFromUs,
    endUs: null,
    behindUs: config.feeds.reorderWindowUs,
    settled: () => market.settled(),
    start: () => live.start(),
  };
}
