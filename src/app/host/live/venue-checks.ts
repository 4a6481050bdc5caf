/** What `xylen doctor --venue` asks: does the market answer and stream, are the symbols traded, and what of the account, where the environment has its keys. */
import { messageOf, Prng, US_PER_SECOND, XylenError } from '#core';
import { InstrumentTable, type VenueId } from '#domain';
import type { SocketTransport } from '#net/socket';
import { EventStamp, type FeedListener, type FeedNotice } from '#venues/feed';
import type { CommandContext } from '../../cli/command.ts';
import { loadedOf } from '../../cli/context.ts';
import { checkAccount } from './account-checks.ts';
import { AccountDesk } from './account-desk.ts';
import { type CheckFinding, failed, passed, warned } from './check-report.ts';
import { keysOf, loadEntryVenue, systemOf, TRADED_VENUES } from './entry-venues.ts';
import { LiveEvents } from './live-events.ts';
import { type LiveVenue, openLiveVenue } from './live-venue.ts';
import { addressOf } from './venue-address.ts';
import { openTransport, type WantedInstrument } from './venue-connection.ts';

/** What is asked for. */
export interface VenueChecksWish {
  readonly venue: VenueId;
  readonly symbols: readonly string[];
  readonly isTestnet: boolean;
}

/** A book is usable after a snapshot and the changes behind it. */
const STREAM_WITHIN_US = 20 * US_PER_SECOND;

/** Asks a venue; nothing is changed there. @throws XY_USAGE for a test system that does not exist. */
export async function checkVenue(
  { isTestnet, symbols, venue }: VenueChecksWish,
  context: CommandContext,
): Promise<readonly CheckFinding[]> {
  await using opened = new AsyncDisposableStack();
  const findings: CheckFinding[] = [];
  const transport = openTransport(context.config);
  opened.defer(() => transport.close());
  const prng = new Prng(context.config.simulation.seed).split(`doctor ${transport.nowUs()}`);
  const traded = await tradedSystem(venue, isTestnet, context, findings);
  const config = traded?.address.config ?? context.config;
  const market = await openLiveVenue(venue, { config, transport, prng, signal: context.signal });
  opened.defer(() => market.close());
  const wanted = await listed(market, symbols, findings);
  if (wanted === null) return findings;
  findings.push(await streamFinding(market, wanted, transport, prng));
  if (traded === null) return findings;
  const { secrets } = loadedOf(context);
  const found = keysOf(traded.system, secrets);
  if ('missing' in found) {
    const names = found.missing.join(', ');
    findings.push(
      warned('account', `not looked at: ${names} not set`, 'set them in the environment or in .env'),
    );
    return findings;
  }
  const { log } = context;
  const { address, entry } = traded;
  const desk = new AccountDesk({ venue: entry, address, keys: found.keys, wanted, transport, prng, log });
  opened.defer(() => desk.close());
  const { atomDecimals } = new InstrumentTable(wanted.map((one) => one.listed.spec));
  const { isLoopback } = address;
  const sight = await checkAccount({ desk, config, atomDecimals, isLoopback, isTestnet });
  return [...findings, ...sight.findings];
}

async function tradedSystem(
  venue: VenueId,
  isTestnet: boolean,
  { config }: CommandContext,
  findings: CheckFinding[],
) {
  if (!TRADED_VENUES.includes(venue)) {
    findings.push(
      warned('order entry', `${venue} cannot be traded here`, `venues that can: ${TRADED_VENUES.join(', ')}`),
    );
    return null;
  }
  const entry = await loadEntryVenue(venue);
  const system = systemOf(entry, isTestnet);
  try {
    return { entry, system, address: addressOf(venue, system, config) };
  } catch (error) {
    if (!(error instanceof XylenError) || error.code !== 'XY_LIVE_REFUSED') throw error;
    findings.push(failed('addresses', error.message, 'set feeds.endpoints so that both are of one system'));
    return null;
  }
}

/** The symbols as the venue lists them; `null` = it does not. */
async function listed(
  market: LiveVenue,
  symbols: readonly string[],
  findings: CheckFinding[],
): Promise<readonly WantedInstrument[] | null> {
  try {
    const wanted = await market.list(symbols, 0);
    findings.push(passed('market', `${market.id} lists ${symbols.join(', ')}`));
    for (const { listed: one } of wanted) {
      const { symbol } = one.spec;
      if (one.untradable !== undefined)
        findings.push(failed(`symbol ${symbol}`, one.untradable, 'trade another one'));
      else if (one.status !== 'trading')
        findings.push(
          failed(`symbol ${symbol}`, `the venue says: ${one.status}`, 'wait, or trade another one'),
        );
      else findings.push(passed(`symbol ${symbol}`, 'is traded'));
    }
    return wanted;
  } catch (error) {
    const isUnknown = error instanceof XylenError && error.code === 'XY_INSTRUMENT_UNKNOWN';
    const todo = isUnknown ? 'spell it as the venue does' : 'look at the network and the address, then again';
    findings.push(failed(isUnknown ? 'symbols' : 'market', messageOf(error), todo));
    return null;
  }
}

/** Opens the feed until every book is usable. */
async function streamFinding(
  market: LiveVenue,
  wanted: readonly WantedInstrument[],
  transport: SocketTransport,
  prng: Prng,
): Promise<CheckFinding> {
  const startUs = transport.nowUs();
  const waiting = new Set(wanted.map(({ instrument }) => instrument.ix));
  const notices: FeedNotice[] = [];
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const listener: FeedListener = new LiveEvents({
    instruments: new InstrumentTable(wanted.map(({ listed: one }) => one.spec)),
    timeframeUs: 60 * US_PER_SECOND,
    lastOpenUs: wanted.map(() => startUs),
    startUs,
    push: (event) => {
      if (event.kind !== 'feed-state' || !event.isUsable) return;
      waiting.delete(event.instrumentIx);
      if (waiting.size === 0) resolve(true);
    },
    onMissing: () => undefined,
    onNotice: (notice) => notices.push(notice),
    onLedger: () => undefined,
  });
  const feed = market.openFeed({
    ...{ wanted, listener, prng: prng.split('feed'), stamp: new EventStamp() },
    subscriptions: wanted.map(({ instrument }) => ({ instrument, stream: 'book', timeframeUs: null })),
  });
  feed.start();
  const cancel = transport.after(STREAM_WITHIN_US, () => resolve(false));
  const isUp = await promise;
  cancel();
  feed.stop();
  const tookMs = Math.round((transport.nowUs() - startUs) / 1_000);
  if (isUp) return passed('stream', `every book is usable after ${tookMs} ms`);
  const last = notices.at(-1)?.message ?? 'nothing was heard';
  return failed(
    'stream',
    `no usable book within ${tookMs} ms: ${last}`,
    'look at the network and the address, then again',
  );
}
