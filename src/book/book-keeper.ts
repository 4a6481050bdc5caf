/**
 * One book in its life: it waits for a snapshot, keeps what comes meanwhile, bridges the two by the rule of the venue, and gives itself up when
 * the rule or the checksum says that something is missing. What it is not: it asks for nothing and waits for nothing; whoever holds it reads its
 * answers, asks the venue for snapshots and tells it of lost connections (`startSync`).
 *
 * Invariants: whenever `isUsable`, the book is the venue's at `lastUpdateId`; every update that is in the book was reported to `onApplied` exactly
 * once, in the order of application; an update that contradicts the venue (gap, checksum, a level that is none) never is. Where levels are checked: in the
 * book, while they are applied. A message with a level that is none takes the whole book with it, so that half of it does not matter.
 */
import { assert, type EpochUs } from '#core';
import type { LedgerCause } from '#domain';
import { BookUpdate } from './book-update.ts';
import type { ContinuityRule } from './continuity.ts';
import { L2Book } from './l2-book.ts';
import type { BookPolicy } from './policy.ts';
import { UpdateBuffer, UpdatePool } from './update-buffer.ts';

/** `cold` = nothing was heard of it; `syncing` = there is no valid book, messages are kept for the snapshot; `live` = bridged and continuous. */
export type KeeperState = 'cold' | 'syncing' | 'live';

/**
 * What became of a message. `buffered` = kept for the snapshot; `overflow` = likewise, and the oldest one was given up for it; `dropped` = it says
 * nothing new; `gap` = messages were lost or cannot be trusted (`lastLoss.cause`), `checksum` = the venue's sum disagrees: the book is given up,
 * another snapshot is needed; `too-old` = the snapshot does not reach the first update kept: another one is needed, all kept updates wait for it.
 */
export type KeeperAnswer = 'applied' | 'buffered' | 'dropped' | 'gap' | 'too-old' | 'checksum' | 'overflow';

type ApplyAnswer = Extract<KeeperAnswer, 'applied' | 'gap' | 'checksum'>;

/** Why a book was given up. */
export interface BookLoss {
  readonly cause: Extract<LedgerCause, 'sequence-gap' | 'checksum' | 'damaged-frame'>;
  /** First and last id that are missing; -1 = the venue does not number, or nothing is missing. */
  readonly lostFromId: number;
  readonly lostToId: number;
  /** What was expected and what was found, at most 200 characters. */
  readonly detail: string;
}

/** What a keeper has seen since it was made. */
export interface KeeperCounts {
  /** Messages handed in. */
  readonly frames: number;
  /** Snapshots and deltas in the book; a kept one counts when it is applied. */
  readonly applied: number;
  /** Messages that said nothing new, and kept ones that were given up. */
  readonly dropped: number;
  /** Holes in the numbers of a live book. */
  readonly gaps: number;
  readonly checksumFailures: number;
  /** Messages with a level that is none, or ids that cannot be. */
  readonly damaged: number;
  /** Applied messages after which bid stood at or above ask. */
  readonly crossed: number;
  /** Times that the book came back to life after it had been lost. */
  readonly resyncs: number;
}

const DETAIL_CHARS_MAX = 200;
const NEVER = -1;

/** Keeps one book right by the rules of its venue. */
export class BookKeeper {
  /** The book; worth something only while `isUsable`. To be read only. */
  readonly book = new L2Book();
  readonly #policy: BookPolicy;
  readonly #rule: ContinuityRule;
  readonly #onApplied: (update: BookUpdate) => void;
  readonly #kept: UpdateBuffer;
  readonly #counts = {
    frames: 0,
    applied: 0,
    dropped: 0,
    gaps: 0,
    checksumFailures: 0,
    damaged: 0,
    crossed: 0,
    resyncs: 0,
  };
  /** Levels that the last update pushed out of the depth subscribed. */
  readonly #cut = new BookUpdate();
  #state: KeeperState = 'cold';
  #lastLoss: BookLoss | null = null;
  #crossedSinceUs: EpochUs = NEVER;
  /** A live book was given up and none has taken its place yet. */
  #isLost = false;

  /**
   * `onApplied` is told every applied update during the call that applied it, as it took effect (levels pushed out of the depth subscribed are
   * removals at its end), and must not call back; it reads the update and copies what it keeps. A `pool` may be shared by many keepers.
   */
  constructor(
    policy: BookPolicy,
    onApplied: (update: BookUpdate) => void,
    pool: UpdatePool = new UpdatePool(),
  ) {
    this.#policy = policy;
    this.#rule = policy.newRule();
    this.#onApplied = onApplied;
    this.#kept = new UpdateBuffer(pool, policy.bufferedMax);
  }

  get state(): KeeperState {
    return this.#state;
  }

  /** True when decisions may be based on the book: it is live and bid is below ask. */
  get isUsable(): boolean {
    return this.#state === 'live' && !this.book.isCrossed;
  }

  /** The id of the last update in the book, after a loss of the last right one; -1 before the first and where the venue does not number. */
  get lastUpdateId(): number {
    return this.#rule.lastUpdateId;
  }

  /** Why the book was given up last; `null` = never. */
  get lastLoss(): BookLoss | null {
    return this.#lastLoss;
  }

  /** Counts up to now; the same object all the time. */
  get counts(): KeeperCounts {
    return this.#counts;
  }

  /** Updates kept for the next snapshot. */
  get bufferedCount(): number {
    return this.#kept.count;
  }

  /**
   * Begins anew: with a subscription, after a lost connection, when the book is crossed for too long. Forgets the book and what was kept (it
   * belongs to what was lost); deltas are kept from now on. Not needed after `gap`, `checksum` and `too-old`, where it would only forget more.
   */
  startSync(): void {
    this.#giveUp();
    this.#kept.clear();
  }

  /** Takes a delta. While live this allocates nothing. */
  onDelta(update: BookUpdate): KeeperAnswer {
    assert(!update.isSnapshot, 'a delta is no snapshot');
    this.#counts.frames++;
    if (this.#state === 'cold') this.#state = 'syncing';
    if (update.firstId > update.lastId) return this.#loseDamaged(update);
    const reachedId = this.#rule.lastUpdateId;
    const verdict = this.#rule.judge(update.firstId, update.lastId, update.previousId);
    if (verdict === 'apply') {
      const answer = this.#apply(update, reachedId);
      if (answer === 'applied') this.#settle();
      else if (answer === 'checksum') this.#keepIfNumbered(update);
      return answer;
    }
    if (verdict === 'drop') {
      this.#counts.dropped++;
      return 'dropped';
    }
    if (verdict === 'stale') return this.#keep(update);
    if (this.#state === 'live') {
      this.#loseGap(update, reachedId);
      this.#keep(update);
      return 'gap';
    }
    this.#giveUp();
    this.#keep(update);
    return 'too-old';
  }

  /** Takes a snapshot, and then, in order, what was kept for it. */
  onSnapshot(update: BookUpdate): KeeperAnswer {
    assert(update.isSnapshot, 'a snapshot is one');
    this.#counts.frames++;
    if (this.#state === 'cold') this.#state = 'syncing';
    if (!this.#rule.snapshot(update.lastId)) {
      this.#counts.dropped++;
      return 'dropped';
    }
    // Judged before the snapshot is applied: one that reaches no kept update is not reported to anybody.
    const isBridged = this.#bridge();
    if (isBridged === 'too-old') {
      this.#giveUp();
      return 'too-old';
    }
    let answer = this.#apply(update, NEVER);
    if (answer === 'applied' && isBridged) answer = this.#applyKept(update.lastId);
    if (answer === 'applied') this.#settle();
    return answer;
  }

  /** True when the book has been crossed for longer than the venue's grace: it is to be begun anew. */
  checkCrossed(nowUs: EpochUs): boolean {
    if (this.#state !== 'live' || this.#crossedSinceUs === NEVER) return false;
    return nowUs - this.#crossedSinceUs > this.#policy.crossedGraceUs;
  }

  /** Drops kept updates that a new snapshot holds; true when the first of the others continues it, false when there is none. */
  #bridge(): boolean | 'too-old' {
    for (let kept = this.#kept.first; kept !== null; kept = this.#kept.first) {
      const verdict = this.#judgeKept(kept);
      if (verdict === 'apply') return true;
      if (verdict === 'gap') return 'too-old';
      this.#dropKept();
    }
    return false;
  }

  /** Applies the kept updates; the first is judged already. `reachedId`: what the snapshot has reached. */
  #applyKept(reachedId: number): ApplyAnswer {
    let reached = reachedId;
    let isJudged = true;
    for (let kept = this.#kept.first; kept !== null; kept = this.#kept.first) {
      const verdict = isJudged ? 'apply' : this.#judgeKept(kept);
      isJudged = false;
      if (verdict === 'gap') {
        this.#loseGap(kept, reached);
        return 'gap';
      }
      if (verdict === 'drop') {
        this.#dropKept();
        continue;
      }
      const answer = this.#apply(kept, reached);
      // What cannot be applied is good for nothing; what a sum disagrees with may be right after another snapshot.
      if (answer !== 'checksum') this.#kept.shift();
      if (answer !== 'applied') return answer;
      reached = this.#rule.lastUpdateId;
    }
    return 'applied';
  }

  #judgeKept(kept: BookUpdate): 'apply' | 'drop' | 'gap' {
    const verdict = this.#rule.judge(kept.firstId, kept.lastId, kept.previousId);
    assert(verdict !== 'stale', 'a rule with a snapshot judges');
    return verdict;
  }

  #dropKept(): void {
    this.#kept.shift();
    this.#counts.dropped++;
  }

  /** Puts an update into the book, verifies and reports it. `reachedId`: what is in the book already. */
  #apply(update: BookUpdate, reachedId: number): ApplyAnswer {
    const isOverlapping = update.firstId >= 0 && update.firstId <= reachedId;
    if (!this.book.applyUpdate(update, isOverlapping ? reachedId : NEVER)) return this.#loseDamaged(update);
    const { depth, checksum } = this.#policy;
    this.#cut.clear();
    if (depth !== null) this.book.truncate(depth, this.#cut);
    if (checksum !== null && update.checksum >= 0) {
      const found = checksum(this.book);
      if (found !== update.checksum) return this.#loseChecksum(update, found);
    }
    this.#counts.applied++;
    if (!this.book.isCrossed) this.#crossedSinceUs = NEVER;
    else {
      this.#counts.crossed++;
      if (this.#crossedSinceUs === NEVER) this.#crossedSinceUs = update.tsLocalUs;
    }
    this.#report(update, isOverlapping ? reachedId : NEVER);
    return 'applied';
  }

  /** Whoever applies what is reported has the same levels: without those that the book had passed over, and without those that were cut. */
  #report(update: BookUpdate, reachedId: number): void {
    for (const side of ['bids', 'asks'] as const) {
      if (reachedId >= 0) update[side].dropThrough(reachedId);
      const { count, priceTicks } = this.#cut[side];
      for (let at = 0; at < count; at++)
        assert(update[side].push(priceTicks[at]!, 0), 'a message has room for the levels it pushes out');
    }
    this.#onApplied(update);
  }

  /** The state after something was applied as it should be. */
  #settle(): void {
    if (!this.#rule.isLive) {
      this.#state = 'syncing';
      return;
    }
    this.#state = 'live';
    if (this.#isLost) this.#counts.resyncs++;
    this.#isLost = false;
  }

  #keep(update: BookUpdate): 'buffered' | 'overflow' {
    if (this.#kept.push(update)) return 'buffered';
    this.#counts.dropped++;
    return 'overflow';
  }

  /** Keeps an update that a sum disagreed with where its ids tell its place after the next snapshot. */
  #keepIfNumbered(update: BookUpdate): void {
    if (this.#rule.judge(update.firstId, update.lastId, update.previousId) === 'stale') this.#keep(update);
  }

  #giveUp(): void {
    if (this.#state === 'live') this.#isLost = true;
    this.#state = 'syncing';
    this.#rule.reset();
    this.book.clear();
    this.#crossedSinceUs = NEVER;
  }

  #loseGap(update: BookUpdate, reachedId: number): void {
    this.#counts.gaps++;
    const lostToId = update.previousId >= 0 ? update.previousId : update.firstId - 1;
    const link = update.previousId >= 0 ? `, linked to ${update.previousId}` : '';
    this.#lose({
      cause: 'sequence-gap',
      lostFromId: reachedId + 1,
      lostToId,
      detail: `expected the update after ${reachedId}, found ${update.firstId} to ${update.lastId}${link}`,
    });
  }

  #loseChecksum(update: BookUpdate, found: number): 'checksum' {
    this.#counts.checksumFailures++;
    this.#lose({
      cause: 'checksum',
      lostFromId: NEVER,
      lostToId: NEVER,
      detail: `expected checksum ${update.checksum}, found ${found} after a ${kindOf(update)}`,
    });
    return 'checksum';
  }

  #loseDamaged(update: BookUpdate): 'gap' {
    this.#counts.damaged++;
    this.#lose({
      cause: 'damaged-frame',
      lostFromId: update.firstId,
      lostToId: update.lastId,
      detail: `a ${kindOf(update)} of ids ${update.firstId} to ${update.lastId} holds a level that is none, or its ids cannot be`,
    });
    return 'gap';
  }

  #lose(loss: BookLoss): void {
    this.#lastLoss = { ...loss, detail: loss.detail.slice(0, DETAIL_CHARS_MAX) };
    this.#giveUp();
  }
}

function kindOf(update: BookUpdate): string {
  return update.isSnapshot ? 'snapshot' : 'delta';
}
