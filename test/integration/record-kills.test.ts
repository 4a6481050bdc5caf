/**
 * `xylen record` against every venue's hostile server, killed with -9 and started again at random: what the protocols can reveal stands in the ledger,
 * every outage of its own as `recorder-down`, nothing else, and the recorded books are the venues' own. `KILLS_MINUTES=10` makes it ten minutes long and
 * takes in the faults that show only after a minute.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import type { BookEvent, LedgerEntry } from '#domain';
import { SocketTransport } from '#net/socket';
import type { MarketHistory } from '#store';
import { ArchiveHistory } from '#store/parquet';
import { drawFault } from '../hostile/draw-fault.ts';
import type { DoneFault, Fault } from '../hostile/fault.ts';
import { type ServedVenue, serveVenue } from '../hostile/served-venue.ts';
import type { TrueBook, TrueChange } from '../hostile/true-market.ts';
import { VENUES_UNDER_TEST, type VenueUnderTest } from '../hostile/venues.ts';
import { RunningProgram, xylenJson } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const MINUTES = Number(process.env.KILLS_MINUTES ?? 0);
const IS_LONG = MINUTES > 0;
const SEED = Number(process.env.SEED ?? 1);
const RUN_US = IS_LONG ? MINUTES * US_PER_MINUTE : 30 * US_PER_SECOND;
const KILL_EVERY_US = IS_LONG ? 40 * US_PER_SECOND : 8 * US_PER_SECOND;
const FAULT_EVERY_US = IS_LONG ? 8 * US_PER_SECOND : 1.5 * US_PER_SECOND;
/** Longer than any fault of the last moment takes to show and to be healed. */
const CALM_US = IS_LONG ? 150 * US_PER_SECOND : 15 * US_PER_SECOND;
const SYMBOLS = 2;
const BUSY = 40;
/** What lies between a fault and the stamp of the last good message before it. */
const TOLERANCE_US = US_PER_SECOND;
const LEVELS = 10;
const STREAMS = ['book', 'trades'] as const;

/** Faults that show after long silence, or last longer than a short run. */
const SLOW: ReadonlySet<Fault['kind']> = new Set(['stall', 'silent', 'limit', 'no-answer']);
/** Faults that cost a recorder nothing that it has; they can only make another loss longer. */
const COSTS_NOTHING: ReadonlySet<Fault['kind']> = new Set([
  ...(['duplicate', 'limit', 'unavailable', 'slow', 'old'] as const),
  ...(['no-answer', 'skew', 'silent', 'refuse'] as const),
]);

/** Faults that hit everything of a connection, whatever is subscribed on it at that moment. */
const OF_CONNECTIONS: ReadonlySet<Fault['kind']> = new Set([
  ...(['disconnect', 'close', 'expire', 'stall', 'huge'] as const),
]);

/** The best levels of a side as text. */
function best(levels: Iterable<readonly [number, number]>, side: 'bid' | 'ask'): string {
  const sign = side === 'bid' ? -1 : 1;
  const sorted = [...levels].sort((a, b) => sign * (a[0] - b[0]));
  return sorted.slice(0, LEVELS).join(' ');
}

/** How the book of a symbol stood at each of its ids. */
class TrueHistory {
  readonly #states = new Map<number, string>();

  note({ book, lastId }: TrueChange): void {
    this.#states.set(lastId, stateOf(book));
  }

  at(lastId: number): string | undefined {
    return this.#states.get(lastId);
  }
}

function stateOf({
  asks,
  bids,
}: {
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
}): string {
  return `${best(bids, 'bid')} | ${best(asks, 'ask')}`;
}

/** A served venue with what is known of its truth. */
interface World extends ServedVenue {
  readonly under: VenueUnderTest;
  readonly histories: ReadonlyMap<string, TrueHistory>;
}

async function openWorld(
  context: TestContext,
  under: VenueUnderTest,
  timers: SocketTransport,
): Promise<World> {
  const histories = new Map(under.instruments(SYMBOLS).map(({ symbol }) => [symbol, new TrueHistory()]));
  const served = await serveVenue({
    under,
    timers,
    prng: new Prng(SEED).split(under.venue),
    symbols: SYMBOLS,
    eventsPerS: BUSY,
    onChange: (change) => histories.get(change.book.instrument.symbol)?.note(change),
  });
  context.after(async () => {
    served.venue.close();
    await served.server.close();
  });
  return { ...served, under, histories };
}

/** The outages of the recorder itself. */
interface Outage {
  readonly fromUs: number;
  readonly toUs: number;
}

class Story {
  readonly outages: Outage[] = [];
  readonly #context: TestContext;
  readonly #timers: SocketTransport;
  readonly #prng = new Prng(SEED).split('kills');
  readonly #worlds: readonly World[];
  readonly #folder: string;
  #isWrong = true;

  constructor(context: TestContext, timers: SocketTransport, worlds: readonly World[], folder: string) {
    this.#context = context;
    this.#timers = timers;
    this.#worlds = worlds;
    this.#folder = folder;
  }

  async run(): Promise<Record<string, unknown>> {
    const endUs = this.#timers.nowUs() + RUN_US;
    for (const world of this.#worlds) {
      world.venue.start();
      this.#goWrong(world, this.#prng.split(world.under.venue));
    }
    let recorder = this.#record();
    while (this.#timers.nowUs() < endUs) {
      await this.#pause(Math.max(US_PER_SECOND, this.#prng.exponential(KILL_EVERY_US)));
      const fromUs = this.#timers.nowUs();
      await recorder.end('SIGKILL');
      await this.#pause(this.#prng.integer(0, 2_000) * US_PER_MS);
      recorder = this.#record();
      this.outages.push({ fromUs, toUs: this.#timers.nowUs() });
    }
    this.#isWrong = false;
    if (IS_LONG) await this.#pause(CALM_US / 3);
    // One that could not even begin, because a venue did not answer for long, has ended by itself: whoever keeps it running begins anew.
    if (recorder.child.exitCode !== null) recorder = this.#record();
    await this.#pause(CALM_US);
    for (const { venue } of this.#worlds) venue.pauseMarket();
    await this.#pause(US_PER_SECOND);
    const code = await recorder.end('SIGINT');
    assert.equal(code, 0, recorder.log);
    return JSON.parse(recorder.lines.at(-1) ?? '{}') as Record<string, unknown>;
  }

  #record(): RunningProgram {
    const symbols = this.#worlds.flatMap(({ under }) =>
      under.instruments(SYMBOLS).map(({ symbol }) => `${under.venue}=${symbol}`),
    );
    return new RunningProgram(this.#context, this.#folder, [
      ...['record', '--config', join(this.#folder, 'xylen.yaml'), '--data-dir', this.#folder],
      ...['--venue', ...this.#worlds.map(({ under }) => under.venue)],
      ...['--symbol', ...symbols, '--kinds', ...STREAMS, '--json'],
    ]);
  }

  #goWrong(world: World, prng: Prng): void {
    this.#timers.after(Math.max(1, Math.round(prng.exponential(FAULT_EVERY_US))), () => {
      if (!this.#isWrong) return;
      const fault = drawFault(prng, world.under.instruments(SYMBOLS));
      if (IS_LONG || !SLOW.has(fault.kind)) world.venue.inject(fault);
      this.#goWrong(world, prng);
    });
  }

  #pause(us: number): Promise<void> {
    return new Promise((resolve) => this.#timers.after(Math.round(us), resolve));
  }
}

/** What was recorded of one symbol, held against what happened. */
class Judgement {
  readonly #world: World;
  readonly #book: TrueBook;
  readonly #losses: readonly LedgerEntry[];
  readonly #outages: readonly Outage[];
  /** When the book was first recorded; before that there was nothing to lose. */
  #begunUs = Number.POSITIVE_INFINITY;

  constructor(world: World, book: TrueBook, losses: readonly LedgerEntry[], outages: readonly Outage[]) {
    this.#world = world;
    this.#book = book;
    this.#losses = losses;
    this.#outages = outages;
  }

  get #name(): string {
    return `${this.#world.under.venue} ${this.#book.instrument.symbol}`;
  }

  /** Every fault that the protocol reveals is in the ledger, once `checkBook` has seen where it begins. Returns their number. */
  checkRevealed(): number {
    const { symbol } = this.#book.instrument;
    const revealed = this.#world.venue.done.filter(
      ({ atUs, isRevealed, symbols }) => isRevealed && symbols.includes(symbol) && atUs >= this.#begunUs,
    );
    for (const done of revealed) {
      const isThere = this.#of('book').some(
        ({ fromUs, toUs }) => fromUs <= done.atUs + TOLERANCE_US && toUs >= done.atUs,
      );
      assert.ok(isThere, `${this.#name}: not in the ledger: ${told(done)}\n${this.#story()}`);
    }
    return revealed.length;
  }

  /** Every outage of the recorder is in the ledger of every stream, by its name. */
  checkOutages(): void {
    for (const stream of STREAMS) {
      const down = this.#of(stream).filter(({ cause }) => cause === 'recorder-down');
      for (const outage of this.#outages) {
        const isThere = down.some(({ fromUs, toUs }) => fromUs <= outage.fromUs && toUs >= outage.toUs);
        // Killed before it ever heard the stream: then there was nothing to lose.
        const wasHeard = this.#of(stream).some(({ fromUs }) => fromUs <= outage.fromUs);
        assert.ok(
          isThere || !wasHeard,
          `${this.#name} ${stream}: not in the ledger: down ${JSON.stringify(outage)}\n${this.#story()}`,
        );
      }
    }
  }

  /** Nothing else is in the ledger. */
  checkCauses(): void {
    for (const loss of this.#losses) {
      const isExplained =
        loss.cause === 'recorder-down'
          ? this.#outages.some(({ fromUs, toUs }) => loss.fromUs <= fromUs && loss.toUs >= toUs)
          : this.#world.venue.done.some(
              ({ atUs, fault, symbols }) =>
                !COSTS_NOTHING.has(fault.kind) &&
                (symbols.includes(loss.symbol) || OF_CONNECTIONS.has(fault.kind)) &&
                atUs >= loss.fromUs - TOLERANCE_US &&
                atUs <= loss.toUs + TOLERANCE_US,
            );
      assert.ok(isExplained, `${this.#name}: no cause for ${JSON.stringify(loss)}\n${this.#story()}`);
    }
  }

  /** The recorded book is the venue's own: at every id that both have, and at the end. Returns the number of ids. */
  async checkBook(history: MarketHistory): Promise<number> {
    const { instrument } = this.#book;
    const { venue } = this.#world.under;
    const own = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    const { priceDecimals, qtyDecimals } = history.instrumentSpec(venue, instrument.symbol);
    // The archive keeps what the venue states as its steps; the truth has steps of its own.
    const unit = {
      price: 10 ** (priceDecimals - instrument.priceDecimals),
      qty: 10 ** (qtyDecimals - instrument.qtyDecimals),
    };
    const truth = this.#world.histories.get(instrument.symbol);
    let compared = 0;
    for await (const events of history.book({ venue, symbol: instrument.symbol })) {
      for (const event of events) {
        apply(own, event, unit);
        this.#begunUs = Math.min(this.#begunUs, event.tsLocalUs);
        const expected = truth?.at(event.lastUpdateId);
        if (expected === undefined) continue;
        assert.equal(stateOf(own), expected, `${this.#name} at ${event.lastUpdateId}\n${this.#story()}`);
        compared++;
      }
    }
    assert.equal(stateOf(own), stateOf(this.#book), `${this.#name} at the end\n${this.#story()}`);
    return compared;
  }

  #of(stream: string): readonly LedgerEntry[] {
    return this.#losses.filter((loss) => loss.stream === stream);
  }

  #story(): string {
    const entries = this.#losses.map(
      ({ cause, detail, fromUs, stream, toUs }) => `${fromUs} ${toUs} ${stream} ${cause} ${detail}`,
    );
    const outages = this.#outages.map(({ fromUs, toUs }) => `${fromUs} ${toUs} killed`);
    return [...this.#world.venue.done.map(told), 'ledger:', ...entries, 'own outages:', ...outages].join(
      '\n  ',
    );
  }
}

function told({ atUs, fault, isRevealed, symbols }: DoneFault): string {
  return `${atUs} ${JSON.stringify(fault)} ${symbols.join(',')}${isRevealed ? ' revealed' : ''}`;
}

function apply(
  book: { bids: Map<number, number>; asks: Map<number, number> },
  event: BookEvent,
  unit: { readonly price: number; readonly qty: number },
): void {
  for (const side of ['bids', 'asks'] as const) {
    if (event.isSnapshot) book[side].clear();
    const levels = event[side];
    for (let at = 0; at < levels.length; at += 2) {
      const ticks = (levels[at] ?? Number.NaN) / unit.price;
      const lots = (levels[at + 1] ?? Number.NaN) / unit.qty;
      if (lots === 0) book[side].delete(ticks);
      else book[side].set(ticks, lots);
    }
  }
}

test(`a recorder that is killed again and again keeps what it can and says what it missed (SEED=${SEED})`, async (context) => {
  const folder = tempDir(context);
  const timers = new SocketTransport();
  context.after(() => timers.close());
  const worlds: World[] = [];
  for (const under of VENUES_UNDER_TEST) worlds.push(await openWorld(context, under, timers));
  const endpoints = worlds.flatMap(({ endpoint }) => endpoint);
  writeFileSync(
    join(folder, 'xylen.yaml'),
    `${['monitoring: { metrics_port: 0 }', 'feeds:', '  endpoints:', ...endpoints].join('\n')}\n`,
  );
  const story = new Story(context, timers, worlds, folder);
  const summary = await story.run();
  assert.equal(summary.refused, 0);
  const told = xylenJson(folder, ['quality', '--data-dir', folder, '--kind', 'ledger']);
  const reports = told.reports as { venue: string; symbol: string; statistics: Record<string, number> }[];
  let [revealed, compared, losses] = [0, 0, 0];
  for (const world of worlds) {
    const { under, venue } = world;
    const symbols = under.instruments(SYMBOLS).map(({ symbol }) => symbol);
    const history = await ArchiveHistory.open(folder, { venue: under.venue, symbols });
    for (const book of venue.books) {
      const { symbol } = book.instrument;
      const entries = await history.losses({ venue: under.venue, symbol });
      const report = reports.find((one) => one.venue === under.venue && one.symbol === symbol);
      assert.equal(report?.statistics.losses, entries.length, 'xylen quality tells every loss');
      const judgement = new Judgement(world, book, entries, story.outages);
      judgement.checkCauses();
      judgement.checkOutages();
      compared += await judgement.checkBook(history);
      revealed += judgement.checkRevealed();
      losses += entries.length;
    }
    await history.close();
  }
  assert.ok(revealed > 10, `there were faults: ${revealed}`);
  context.diagnostic(
    `${story.outages.length} kills, ${revealed} revealed faults of symbols, ${losses} losses in the ledger, ${compared} books compared`,
  );
});
