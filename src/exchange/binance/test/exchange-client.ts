/** An exchange in simulated time with a client that signs: what the tests of this folder talk to. */
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { assert, Prng, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { InstrumentTable, type MarketEvent } from '#domain';
import type { ServerSocket, SocketReceiver } from '#net';
import { SYNTHETIC_SYMBOLS, SyntheticTape, syntheticInstrument } from '#sim';
import type { ApiCredential } from '../key-ring.ts';
import { type ExchangeMarket, SimulatedExchange } from '../simulated-exchange.ts';

/** Where the time of the test exchanges begins: twenty minutes before a settlement of funding. */
export const START_US = 1_700_006_400_000_000 + 7 * US_PER_HOUR + 40 * US_PER_MINUTE;

/** Pairs of keys of the first account. */
export const PAIRS: Readonly<
  Record<'ed25519' | 'rsa', { readonly apiKey: string; readonly privateKey: KeyObject }>
> = {
  ed25519: { apiKey: 'demo-ed25519', privateKey: generateKeyPairSync('ed25519').privateKey },
  rsa: { apiKey: 'demo-rsa', privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey },
};

/** The token of their admin desks. */
export const ADMIN_TOKEN = 'token-of-the-tests';

const SYMBOLS = SYNTHETIC_SYMBOLS.slice(0, 2);

type Params = Readonly<Record<string, string | number | boolean>>;

/** An answer, parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // What JSON holds; tests say what they expect of it.
  readonly body: unknown;
  readonly text: string;
}

/** What a test socket has heard. */
export class Ear implements ServerSocket {
  readonly heard: Record<string, unknown>[] = [];
  readonly texts: string[] = [];
  closed: number | null = null;

  send(text: string): void {
    this.texts.push(text);
    this.heard.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(code: number): void {
    this.closed = code;
  }

  destroy(): void {
    this.closed = 1006;
  }

  stall(): void {
    this.closed = 1006;
  }
}

/** A market of two symbols that begins two hours before the exchange does. */
function syntheticTape(seed: number): SyntheticTape {
  return new SyntheticTape({
    symbols: SYMBOLS,
    startUs: START_US - 2 * US_PER_HOUR,
    tapeFromUs: START_US - US_PER_MINUTE,
    endUs: null,
    barUs: US_PER_MINUTE,
    stepUs: 100_000,
    seed,
    feedLatencyUs: 0,
  });
}

/** A market of one symbol at 60,000 that falls by a share of it five seconds after the start. */
export function fallingMarket(share: number): ExchangeMarket {
  const at = (afterUs: number, ticks: number): MarketEvent[] => {
    const base = { instrumentIx: 0, tsVenueUs: START_US + afterUs, tsLocalUs: START_US + afterUs };
    const ids = {
      isSnapshot: true,
      firstUpdateId: afterUs + 2,
      lastUpdateId: afterUs + 2,
      previousUpdateId: afterUs + 1,
    };
    return [
      { kind: 'trade', ...base, tradeId: afterUs + 1, priceTicks: ticks, qtyLots: 10, takerSide: 'sell' },
      {
        kind: 'book',
        ...base,
        ...ids,
        bids: Float64Array.of(ticks - 1, 5_000),
        asks: Float64Array.of(ticks + 1, 5_000),
      },
      { kind: 'mark', ...base, markTicks: ticks },
    ];
  };
  const events = [...at(0, 600_000), ...at(5_000_000, Math.round(600_000 * (1 - share)))];
  const feeds = (['book', 'trade', 'mark'] as const).map((kind) => ({
    instrumentIx: 0,
    kind,
    timeframeUs: null,
  }));
  return { feeds, next: () => events.shift(), fundingE12: () => 0 };
}

/** An exchange and its client. */
export class ExchangeClient {
  readonly exchange: SimulatedExchange;
  #apiKey = 'demo-key-0';
  #secret = 'demo-secret-0';

  constructor(
    seed = 7,
    accountCount = 2,
    cashAtoms = 10_000_00000000n,
    market: ExchangeMarket = syntheticTape(seed),
  ) {
    const startUs = START_US;
    this.exchange = new SimulatedExchange({
      instruments: new InstrumentTable(SYMBOLS.map(syntheticInstrument)),
      market,
      marketLabel: 'SYNTHETIC test market',
      adminToken: ADMIN_TOKEN,
      accounts: Array.from({ length: accountCount }, (_, at) => ({
        keys: [
          { kind: 'hmac', apiKey: `demo-key-${at}`, secret: `demo-secret-${at}` },
          ...(at === 0 ? [pairOf('ed25519'), pairOf('rsa')] : []),
        ],
        cashAtoms,
      })),
      leverage: 20,
      prng: new Prng(seed).split('exchange'),
      startUs,
    });
  }

  /** Asks as another account from now on. */
  as(accountIx: number): void {
    this.#apiKey = `demo-key-${accountIx}`;
    this.#secret = `demo-secret-${accountIx}`;
  }

  /** Lets time pass. */
  pass(us: number): void {
    this.exchange.advanceTo(this.exchange.nowUs + us);
  }

  /** Asks without a signature. */
  open(method: string, path: string, params: Params = {}): Answer {
    return this.#ask(method, path, formOf(params));
  }

  /** Asks with a signature. */
  signed(method: string, path: string, params: Params = {}): Answer {
    const text = formOf({ ...params, timestamp: Math.floor(this.exchange.nowUs / 1_000) });
    const signature = createHmac('sha256', this.#secret).update(text).digest('hex');
    return this.#ask(method, path, `${text}&signature=${signature}`);
  }

  /** Asks at the admin desk. */
  admin(method: string, what: string, body: unknown = null, token = ADMIN_TOKEN): Answer {
    const [path = '', query = ''] = `/xylen/${what}`.split('?');
    const headers = { 'x-xylen-token': token };
    const text = body === null ? '' : JSON.stringify(body);
    const answer = this.exchange.onRequest({ method, path, query, headers, body: text });
    assert(answer !== 'no-answer', 'the admin desk answers');
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse(answer.body),
      text: answer.body,
    };
  }

  /** Opens a socket. */
  listen(path: string, query = ''): { readonly ear: Ear; readonly receiver: SocketReceiver } {
    const ear = new Ear();
    return { ear, receiver: this.exchange.onSocket(path, query, ear) };
  }

  #ask(method: string, path: string, query: string): Answer {
    const headers = { 'x-mbx-apikey': this.#apiKey };
    const answer = this.exchange.onRequest({ method, path, query, headers, body: '' });
    if (answer === 'no-answer') return { status: 0, headers: {}, body: null, text: '' };
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse(answer.body),
      text: answer.body,
    };
  }
}

function pairOf(kind: 'ed25519' | 'rsa'): ApiCredential {
  const { apiKey, privateKey } = PAIRS[kind];
  const publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { kind, apiKey, publicKeyPem };
}

function formOf(params: Params): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&');
}
