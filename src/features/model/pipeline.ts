/**
 * The features of one instrument from its stream of finished source bars, for live, replay, back-test and training alike. The rules:
 *  F1  A decision is offered when a decision bar closes with the source bar that ends at its end, and only then.
 *  F2  A bar that is not newer than the last one, not on the grid of the source timeframe, or not a bar (numbers, high, low, open and close
 *      at odds) is refused and counted.
 *  F3  Missing source bars are counted; the bars that exist are used as they are. A decision bar that closes late (its last source
 *      bar is missing) enters the windows but offers no decision: its moment has passed.
 *  F4  A gap longer than the shortest warm-up starts everything afresh, as if the stream began after it.
 *  F5  Values depend on the data as `anchor-rule.ts` says; until they do, and until there are 24 hours of data, the pipeline is cold and
 *      its values are NaN. A warm pipeline has every number that the engine reads.
 */
import { assert, type Checkpointable, stateRecord, US_PER_DAY } from '#core';
import { type Bar, emptyBar } from '../bar.ts';
import { loadTape, type StateTape, saveTape, type Taped } from '../state-tape.ts';
import { longestWarmupUs, shortestWarmupUs } from './anchor-rule.ts';
import { type FeatureSet, featureSet } from './feature-set.ts';
import { CLOCK, DECISION_FRAME, EVERY_FRAME, type FrameRecipe, type RecipeText } from './recipes.ts';
import { Timeline } from './timeline.ts';

/** What a pipeline is fed with and what it decides on. */
export interface PipelineOptions {
  /** Length of the bars that are pushed; divides every timeframe. */
  readonly sourceTimeframeUs: number;
  /** Ascending; the first is the decision timeframe. */
  readonly timeframesUs: readonly number[];
}

/** How far a cold pipeline is, in decision bars of time that the data cover; without gaps it is warm when `barsHave` >= `barsNeed`. */
export interface Warmth {
  readonly barsHave: number;
  readonly barsNeed: number;
  /** Open of the first decision bar that can be warm; NaN before the first bar. */
  readonly readyFromUs: number;
}

const DECISION_RECIPES: readonly FrameRecipe[] = [...EVERY_FRAME, ...DECISION_FRAME];

/** Turns source bars into feature vectors at the close of each decision bar. */
export class FeaturePipeline implements Checkpointable {
  readonly featureSet: FeatureSet;
  readonly sourceTimeframeUs: number;
  /** The features of the last decision bar in the order of `featureSet.names`; NaN while cold. Overwritten at each decision. */
  readonly values: Float64Array;
  /** True when the last `push` closed a decision bar (rule F1). */
  decisionBarClosed = false;
  /** True when `values` are valid. */
  isWarm = false;
  /** Close of the last source bar; NaN before the first. */
  lastClose = Number.NaN;
  /** ATR 14 / close of the last decision bar, a fraction; NaN while cold. */
  atrFraction = Number.NaN;
  /** Bars refused (F2), source bars missing (F3) and restarts after long gaps (F4) so far. */
  refusedBarCount = 0;
  missingBarCount = 0;
  restartCount = 0;
  readonly #timeframesUs: readonly number[];
  readonly #source: Bar = emptyBar();
  #timeline: Timeline;
  #dataFromUs = Number.NaN;
  #lastOpenTsUs = Number.NaN;

  /** @throws AssertionError when the timeframes are not a list that `featureSet` accepts or the source does not divide them */
  constructor(options: PipelineOptions) {
    const { sourceTimeframeUs, timeframesUs } = options;
    this.featureSet = featureSet(timeframesUs);
    for (const us of timeframesUs)
      assert(us % sourceTimeframeUs === 0, `source timeframe ${sourceTimeframeUs} us divides ${us} us`);
    this.sourceTimeframeUs = sourceTimeframeUs;
    this.values = new Float64Array(this.featureSet.names.length).fill(Number.NaN);
    this.#timeframesUs = [...timeframesUs];
    this.#timeline = new Timeline(timeframesUs, sourceTimeframeUs, Number.NaN);
  }

  /** Takes the next finished source bar; times in epoch microseconds, prices and volume as doubles of their decimals. */
  push(openTsUs: number, open: number, high: number, low: number, close: number, volume: number): void {
    this.decisionBarClosed = false;
    const bar = this.#source;
    bar.openTsUs = openTsUs;
    bar.open = open;
    bar.high = high;
    bar.low = low;
    bar.close = close;
    bar.volume = volume;
    if (openTsUs <= this.#lastOpenTsUs || openTsUs % this.sourceTimeframeUs !== 0 || !isSound(bar)) {
      this.refusedBarCount++;
      return;
    }
    this.#passTime(openTsUs);
    this.lastClose = close;
    if (!this.#timeline.push(bar)) return;
    this.decisionBarClosed = true;
    this.isWarm = this.#timeline.select();
    if (this.isWarm) this.#compute();
    else this.#clear();
  }

  /** How far the warm-up is. */
  get warmth(): Warmth {
    const decisionUs = this.#timeframesUs[0]!;
    const longestUs = longestWarmupUs(this.#timeframesUs);
    if (Number.isNaN(this.#dataFromUs))
      return { barsHave: 0, barsNeed: longestUs / decisionUs, readyFromUs: Number.NaN };
    const servedFromUs = Math.ceil((this.#dataFromUs + longestUs) / US_PER_DAY) * US_PER_DAY;
    const readyFromUs = Math.max(servedFromUs, this.#dataFromUs + US_PER_DAY);
    const coveredUs = this.#lastOpenTsUs + this.sourceTimeframeUs - this.#dataFromUs;
    return {
      barsHave: Math.floor(coveredUs / decisionUs),
      barsNeed: Math.floor((readyFromUs - this.#dataFromUs) / decisionUs) + 1,
      readyFromUs,
    };
  }

  /** The decision bar that closed last; the object is overwritten by the next one. `openTsUs` 0 before the first. */
  get decisionBar(): Readonly<Bar> {
    return this.#timeline.decisionBar;
  }

  /** Sample deviation of the last 20 log returns of the decision timeframe, a fraction per decision bar; NaN until defined. */
  get realisedVolatility(): number {
    return this.#timeline.views[0]!.windows.volatility20;
  }

  /** Volume of the 24 hours before the last decision bar's close, in units of the base asset; NaN until the data reach back that far. */
  get volume24h(): number {
    return this.#timeline.day.volume;
  }

  /** Change of price over those 24 hours, a fraction; NaN until the data reach back that far. */
  get priceChange24h(): number {
    return this.#timeline.day.priceChange;
  }

  saveState(): unknown {
    return { ...this.#identity(), numbers: saveTape(this.#state) };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'FeaturePipeline');
    const { featureSetHash, sourceTimeframeUs } = this.#identity();
    assert(saved.featureSetHash === featureSetHash, 'saved pipeline has the same feature set');
    assert(saved.sourceTimeframeUs === sourceTimeframeUs, 'saved pipeline has the same source timeframe');
    const { numbers } = saved;
    assert(numbers instanceof Float64Array, 'saved pipeline has its numbers');
    this.#timeline = new Timeline(this.#timeframesUs, sourceTimeframeUs, Number.NaN);
    loadTape(this.#state, numbers);
  }

  #identity(): { readonly featureSetHash: string; readonly sourceTimeframeUs: number } {
    return { featureSetHash: this.featureSet.hash, sourceTimeframeUs: this.sourceTimeframeUs };
  }

  get #state(): Taped {
    return { tape: (tape) => this.#tape(tape) };
  }

  #tape(tape: StateTape): void {
    this.decisionBarClosed = tape.number(this.decisionBarClosed ? 1 : 0) === 1;
    this.isWarm = tape.number(this.isWarm ? 1 : 0) === 1;
    this.lastClose = tape.number(this.lastClose);
    this.atrFraction = tape.number(this.atrFraction);
    this.refusedBarCount = tape.number(this.refusedBarCount);
    this.missingBarCount = tape.number(this.missingBarCount);
    this.restartCount = tape.number(this.restartCount);
    this.#dataFromUs = tape.number(this.#dataFromUs);
    this.#lastOpenTsUs = tape.number(this.#lastOpenTsUs);
    tape.numbers(this.values);
    this.#timeline.tape(tape);
  }

  /** Counts what is missing before the bar at `openTsUs`; begins a timeline at the first bar and after a long gap. */
  #passTime(openTsUs: number): void {
    const isFirst = Number.isNaN(this.#lastOpenTsUs);
    const gapUs = isFirst ? 0 : openTsUs - this.#lastOpenTsUs - this.sourceTimeframeUs;
    this.missingBarCount += gapUs / this.sourceTimeframeUs;
    const isBroken = gapUs > shortestWarmupUs(this.#timeframesUs);
    this.#lastOpenTsUs = openTsUs;
    if (!isFirst && !isBroken) return;
    if (isBroken) this.restartCount++;
    this.#dataFromUs = openTsUs;
    this.#timeline = new Timeline(this.#timeframesUs, this.sourceTimeframeUs, openTsUs);
    this.#clear();
  }

  #clear(): void {
    this.isWarm = false;
    this.atrFraction = Number.NaN;
    this.values.fill(Number.NaN);
  }

  #compute(): void {
    const { views, session } = this.#timeline;
    const { values } = this;
    let at = 0;
    for (let i = 0; i < views.length; i++) {
      const recipes = i === 0 ? DECISION_RECIPES : EVERY_FRAME;
      const view = views[i]!;
      for (const recipe of recipes) values[at++] = bounded(recipe.value(view, session), recipe);
    }
    const closeTsUs = this.decisionBar.openTsUs + this.#timeframesUs[0]!;
    for (const recipe of CLOCK) values[at++] = bounded(recipe.value(closeTsUs), recipe);
    assert(at === values.length, 'every feature has a value');
    this.atrFraction = views[0]!.recursions.atr / this.decisionBar.close;
  }
}

/** True when the numbers of a bar agree with each other: finite, positive prices, low <= open and close <= high, volume >= 0. */
function isSound({ open, high, low, close, volume }: Bar): boolean {
  return (
    low > 0 &&
    low <= open &&
    low <= close &&
    open <= high &&
    close <= high &&
    high < Number.POSITIVE_INFINITY &&
    volume >= 0 &&
    volume < Number.POSITIVE_INFINITY
  );
}

function bounded(value: number, { min, max, neutral }: RecipeText): number {
  if (!Number.isFinite(value)) return neutral;
  return value < min ? min : value > max ? max : value;
}
