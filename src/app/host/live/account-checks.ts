/**
 * What must be right with an account before money is at stake, asked of the venue itself and changing nothing: clock, rights of the key, modes, leverage, fees,
 * money, and what was there before. Each answer is one finding; a question that fails is a finding too.
 */
import { assert, formatDecimal, formatDurationUs, messageOf, US_PER_MS, US_PER_SECOND } from '#core';
import type { InstrumentTerms, KeyRights, OrderRecord, PositionRecord } from '#venues/entry';
import { entryOfVenue, type XylenConfig } from '../../config/schema.ts';
import { type AccountDesk, atomsOf } from './account-desk.ts';
import { type CheckFinding, failed, passed, warned } from './check-report.ts';

/** What the venue said of an account. */
export interface AccountSight {
  readonly findings: readonly CheckFinding[];
  /** Money of the quote currency in atoms; `null` = it was not told. */
  readonly cashAtoms: bigint | null;
  readonly currency: string;
  readonly atomDecimals: number;
  readonly openOrders: readonly OrderRecord[];
  readonly positions: readonly PositionRecord[];
  /** False: the venue says so; `null` = it cannot say. */
  readonly canWithdraw: boolean | null;
  /** True when every answer says that it comes from the simulated exchange, and it runs on this machine. */
  readonly isSimulated: boolean;
}

/** What is checked. */
export interface AccountChecksParts {
  readonly desk: AccountDesk;
  readonly config: XylenConfig;
  readonly atomDecimals: number;
  readonly isLoopback: boolean;
  readonly isTestnet: boolean;
  /** True when a run goes on: what is open may be its own. */
  readonly isResumed?: boolean;
}

/** Larger differences of clocks make requests too old or too young for venues before they notice. */
const CLOCK_WARN_US = US_PER_SECOND;
const CLOCK_FAIL_US = 60 * US_PER_SECOND;
/** What the simulated exchange says in every reply. */
const SIMULATED_HEADER = 'x-xylen-simulated';
const SHOWN_MAX = 5;

/** Asks the venue. */
export async function checkAccount(parts: AccountChecksParts): Promise<AccountSight> {
  const checks = new AccountChecks(parts);
  return await checks.run();
}

class AccountChecks {
  readonly #parts: AccountChecksParts;
  readonly #findings: CheckFinding[] = [];
  readonly #currency: string;

  constructor(parts: AccountChecksParts) {
    this.#parts = parts;
    const [first] = parts.desk.instruments;
    assert(first !== undefined, 'an account is checked for some instrument');
    this.#currency = first.quoteAsset;
  }

  async run(): Promise<AccountSight> {
    const { atomDecimals } = this.#parts;
    const isSimulated = await this.#venue();
    const canWithdraw = isSimulated === null ? null : await this.#keyRights(isSimulated);
    const cashAtoms = isSimulated === null ? null : await this.#balance();
    const openOrders = isSimulated === null ? [] : await this.#openOrders();
    const positions = isSimulated === null ? [] : await this.#positions();
    if (isSimulated !== null) await this.#terms();
    return {
      findings: this.#findings,
      ...{ cashAtoms, atomDecimals, openOrders, positions, canWithdraw },
      currency: this.#currency,
      isSimulated: isSimulated === true,
    };
  }

  /** Reachability and clock; `null` = it does not answer. */
  async #venue(): Promise<boolean | null> {
    const { desk, isLoopback } = this.#parts;
    const { adapter, sender, transport } = desk;
    const call = adapter.serverTime();
    const stamp = { venueUs: transport.nowUs(), nonce: 1n, random: new Uint8Array(16) };
    const askedUs = transport.nowUs();
    const answer = await new Promise<Parameters<Parameters<typeof transport.request>[1]>[0]>((resolve) => {
      const bounds = { timeoutUs: 10 * US_PER_SECOND, bodyBytesMax: 65_536 };
      transport.request({ ...call.request(stamp), ...bounds }, resolve);
    });
    const roundTripUs = transport.nowUs() - askedUs;
    if (answer.kind === 'failure') {
      this.#add(
        failed(
          'order entry',
          `no answer: ${answer.reason}`,
          'look at the network and the address, then again',
        ),
      );
      return null;
    }
    const isSimulated = isLoopback && answer.headers[SIMULATED_HEADER] === 'true';
    const where = isSimulated ? 'the SIMULATED exchange on this machine' : adapter.venue;
    this.#add(passed('order entry', `${where} answers in ${Math.round(roundTripUs / US_PER_MS)} ms`));
    await this.#try('clock', async () => {
      await desk.ask(call);
      this.#clock(sender.clock.offsetUs);
    });
    return isSimulated;
  }

  #clock(offsetUs: number): void {
    const words = `the venue's clock is ${(offsetUs / US_PER_MS).toFixed(0)} ms from ours`;
    const todo = 'let the system keep its clock (NTP)';
    if (Math.abs(offsetUs) >= CLOCK_FAIL_US) this.#add(failed('clock', words, todo));
    else if (Math.abs(offsetUs) >= CLOCK_WARN_US)
      this.#add(warned('clock', words, `${todo}; requests are stamped with the venue's`));
    else this.#add(passed('clock', words));
  }

  async #keyRights(isSimulated: boolean): Promise<boolean | null> {
    const { desk, isTestnet } = this.#parts;
    const call = desk.adapter.keyRights();
    let canWithdraw: boolean | null = null;
    if (call !== null)
      await this.#try('key rights', async () => {
        const rights = await desk.ask(call);
        canWithdraw = rights.canWithdraw;
        this.#add(rightsFinding(rights));
      });
    else if (isTestnet || isSimulated) this.#add(passed('key rights', 'a key of invented money'));
    if (canWithdraw === null && call === null && !isTestnet && !isSimulated)
      this.#add(
        warned('key rights', `${desk.adapter.venue} does not say whether this key can withdraw`, CONFIRM_KEY),
      );
    return canWithdraw;
  }

  async #balance(): Promise<bigint | null> {
    const { atomDecimals, desk } = this.#parts;
    let cashAtoms: bigint | null = null;
    await this.#try('balance', async () => {
      const balances = await desk.ask(desk.adapter.balances());
      const own = balances.find(({ total }) => total.asset === this.#currency)?.total;
      cashAtoms = own === undefined ? 0n : atomsOf(own, atomDecimals);
      const words = `${formatDecimal(cashAtoms, atomDecimals)} ${this.#currency}`;
      if (cashAtoms > 0n) this.#add(passed('balance', words));
      else
        this.#add(
          failed('balance', words, `there is nothing to trade with: send ${this.#currency} there first`),
        );
    });
    return cashAtoms;
  }

  async #openOrders(): Promise<readonly OrderRecord[]> {
    const { desk } = this.#parts;
    const orders: OrderRecord[] = [];
    await this.#try('open orders', async () => {
      for (const call of desk.adapter.openOrders(desk.instruments)) orders.push(...(await desk.ask(call)));
      const names = orders.map(
        ({ clientOrderId, instrument, venueOrderId }) =>
          `${instrument.symbol} ${clientOrderId || venueOrderId}`,
      );
      if (orders.length === 0) this.#add(passed('open orders', 'none'));
      else
        this.#add(
          warned(
            'open orders',
            listed(names),
            this.#parts.isResumed === true
              ? 'those of the run are taken over, others are not touched'
              : 'a run leaves those of others alone and ends those of former runs, stops of what is held excepted; cancel what you do not want',
          ),
        );
    });
    return orders;
  }

  async #positions(): Promise<readonly PositionRecord[]> {
    const { desk } = this.#parts;
    const call = desk.adapter.positions(desk.instruments);
    if (call === null) {
      this.#add(
        warned(
          'positions',
          'a spot market has none',
          'coins that are held are not sold, and neither they nor the money are compared with the books: orders alone are',
        ),
      );
      return [];
    }
    let open: readonly PositionRecord[] = [];
    await this.#try('positions', async () => {
      open = (await desk.ask(call)).filter(({ qtyLots }) => qtyLots !== 0);
      const names = open.map(
        ({ instrument, qtyLots }) => `${formatDecimal(qtyLots, instrument.qtyDecimals)} ${instrument.symbol}`,
      );
      if (open.length === 0) this.#add(passed('positions', 'none'));
      else
        this.#add(
          warned(
            'positions',
            listed(names),
            this.#parts.isResumed === true
              ? 'compared with the books of the run; while they differ nothing is opened'
              : 'a run takes them over as they are and places a stop where one is missing: close them first if you do not want that',
          ),
        );
    });
    return open;
  }

  async #terms(): Promise<void> {
    const { desk } = this.#parts;
    const { adapter, instruments } = desk;
    if (adapter.terms === undefined) {
      this.#add(
        warned(
          'modes and fees',
          `${adapter.venue} is not asked`,
          'compare venues.fees with your tier; modes and leverage are set at the start',
        ),
      );
      return;
    }
    for (const instrument of instruments) {
      const { symbol } = instrument;
      let terms: InstrumentTerms = {};
      for (const call of adapter.terms(instrument)) {
        // What one answer does not tell another may; nothing of it is needed to trade safely.
        const ask = async (): Promise<void> => {
          terms = { ...terms, ...(await desk.ask(call)) };
        };
        await this.#try(`${call.name} of ${symbol}`, ask, warned);
      }
      this.#settings(symbol, terms);
      this.#fees(symbol, terms);
    }
  }

  #settings(symbol: string, { leverage, marginMode, positionMode }: InstrumentTerms): void {
    const { config } = this.#parts;
    const found = `${positionMode ?? 'mode not told'}, ${marginMode ?? 'margin not told'}, leverage ${leverage ?? 'not told'}`;
    const wanted = config.simulation.leverage;
    const isRight = marginMode === 'cross' && leverage === wanted && positionMode === 'one-way';
    const check = `settings of ${symbol}`;
    if (isRight) this.#add(passed(check, found));
    else
      this.#add(
        warned(
          check,
          found,
          `a run sets one-way, cross and leverage ${wanted} (simulation.leverage) at its start`,
        ),
      );
  }

  #fees(symbol: string, { hasFeesInOwnCoin, makerPpm, takerPpm }: InstrumentTerms): void {
    if (hasFeesInOwnCoin === true)
      this.#add(
        failed(
          `fees of ${symbol}`,
          "fees are taken in the venue's own coin, which this account's books do not hold",
          'switch that off at the venue',
        ),
      );
    if (makerPpm === undefined || takerPpm === undefined) return;
    const { config, desk } = this.#parts;
    const own = entryOfVenue(config.venues.fees, desk.adapter.venue);
    const bps = (ppm: number): string => String(ppm / 100);
    const found = `maker ${bps(makerPpm)}, taker ${bps(takerPpm)} basis points`;
    const check = `fees of ${symbol}`;
    if (own.makerPpm === makerPpm && own.takerPpm === takerPpm) this.#add(passed(check, found));
    else {
      const todo = `venues.fees reckons with maker ${bps(own.makerPpm)}, taker ${bps(own.takerPpm)}: set it to the fees of the account`;
      this.#add(warned(check, found, todo));
    }
  }

  async #try(check: string, work: () => Promise<void>, say = failed): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#add(say(check, messageOf(error), 'see to what the venue says, then again'));
    }
  }

  #add(finding: CheckFinding): void {
    this.#findings.push(finding);
  }
}

/** What a person is asked for where the venue cannot say it. */
export const CONFIRM_KEY = 'make sure of it where keys are managed; a run asks you to confirm it in words';

function rightsFinding({ canRead, canTrade, canWithdraw }: KeyRights): CheckFinding {
  const check = 'key rights';
  if (canWithdraw === true)
    return failed(
      check,
      'this key can move money out of the account',
      'make a key without the right to withdraw or transfer',
    );
  if (!canRead || !canTrade)
    return failed(
      check,
      `this key can${canRead ? '' : 'not'} read and can${canTrade ? '' : 'not'} trade`,
      'give it both rights',
    );
  if (canWithdraw === null)
    return warned(check, 'read and trade; the right to withdraw is not told', CONFIRM_KEY);
  return passed(check, 'read and trade, no right to withdraw');
}

function listed(names: readonly string[]): string {
  const more = names.length > SHOWN_MAX ? ` and ${names.length - SHOWN_MAX} more` : '';
  return names.slice(0, SHOWN_MAX).join(', ') + more;
}

/** Returns a span of time for people. */
export function spanText(us: number): string {
  return formatDurationUs(Math.round(us / US_PER_MS) * US_PER_MS);
}
