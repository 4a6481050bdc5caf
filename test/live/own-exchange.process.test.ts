/**
 * A live session against the house's own exchange: engine, gateway, Binance adapter, signatures, user stream and algo orders on one side, the simulated exchange in
 * Binance's protocol on the other, connections cut and answers lost in between. Once quiet, orders, position and cash agree to the atom.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, parseDecimal, US_PER_HOUR, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import { InstrumentTable } from '#domain';
import { Engine } from '#engine';
import { SimulatedExchange } from '#exchange';
import { SimulatedNetwork } from '#net/simulated';
import { SYNTHETIC_SYMBOLS, SyntheticTape, syntheticInstrument } from '#sim';
import { openBinanceUsdmEntry } from '#venues/binance';
import type { EntryInstrument } from '#venues/entry';
import { BAR_US, engineOptions } from '../../src/engine/test/fixture.ts';
import { testSeed } from '../support/property.ts';
import { flatBar, type LiveDesk, openDesk, runSession, Turner } from './live-desk.ts';

const HOST = 'exchange.test';
const KEY = { apiKey: 'live-session-key', secret: 'live-session-secret' };
/** A minute after a settlement of funding: the next one is eight hours away. */
const START_US = 1_700_006_400_000_000 + US_PER_MINUTE;
const BARS = 40;
const TURN_US = 50 * US_PER_MS;
const CASH_ATOMS = 10_000n * 100_000_000n;
const SYMBOLS = SYNTHETIC_SYMBOLS.slice(0, 1);
const INSTRUMENTS = new InstrumentTable(SYMBOLS.map(syntheticInstrument));

interface Asked {
  readonly positions: readonly { readonly symbol: string; readonly positionAmt: string }[];
  readonly balances: readonly { readonly asset: string; readonly balance: string }[];
  readonly orders: readonly { readonly clientOrderId: string }[];
  readonly algos: readonly { readonly clientAlgoId: string }[];
}

class LiveStory {
  readonly network: SimulatedNetwork;
  readonly exchange: SimulatedExchange;
  readonly desk: LiveDesk;
  readonly engine: Engine;
  readonly #prng: Prng;
  readonly #symbol: string;

  constructor(seed: number) {
    this.#prng = new Prng(seed).split('story');
    this.network = new SimulatedNetwork(this.#prng, START_US);
    const nowUs = (): number => this.network.nowUs();
    this.exchange = new SimulatedExchange({
      instruments: INSTRUMENTS,
      market: new SyntheticTape({
        ...{ symbols: SYMBOLS, startUs: START_US - US_PER_HOUR, tapeFromUs: START_US - US_PER_MINUTE },
        ...{ endUs: null, barUs: US_PER_MINUTE, stepUs: US_PER_SECOND, seed, feedLatencyUs: 0 },
      }),
      accounts: [{ keys: [{ kind: 'hmac', ...KEY }], cashAtoms: CASH_ATOMS }],
      leverage: 5,
      prng: this.#prng.split('exchange'),
      startUs: START_US,
      clock: { nowUs, clientNowUs: nowUs },
    });
    this.network.addServer(HOST, this.exchange);
    this.#turn();
    const spec = INSTRUMENTS.at(0);
    this.#symbol = spec.symbol;
    const own: EntryInstrument = {
      ...spec,
      venue: 'binance-usdm',
      wireSymbol: spec.symbol,
      restSymbol: spec.symbol,
    };
    this.engine = new Engine(
      engineOptions([new Turner((priceTicks) => Math.ceil(priceTicks / 500))], {
        ...{ instruments: INSTRUMENTS, startUs: START_US, tradeFromUs: START_US },
      }),
    );
    const transport = this.network.openTransport();
    const prng = this.#prng.split('client');
    const adapter = openBinanceUsdmEntry({
      hosts: { rest: `https://${HOST}`, stream: `wss://${HOST}` },
      keys: { ...KEY, passphrase: '' },
      instruments: [own],
    });
    this.desk = openDesk({
      ...{ adapter, instrument: own, atomDecimals: INSTRUMENTS.atomDecimals, transport, prng },
    });
    for (let bar = 0; bar < BARS; bar++) transport.after((bar + 1) * BAR_US, () => this.#onBar(bar));
    transport.after((BARS + 1) * BAR_US, () => this.desk.world.end());
  }

  run(): Promise<string> {
    return runSession(this.engine, this.desk.world, this.network);
  }

  /** What the exchange itself says of the account. */
  asked(): Asked {
    const ask = (path: string): unknown => {
      const stamp = { venueUs: this.network.nowUs(), nonce: 1n, random: new Uint8Array(16) };
      const adapter = openBinanceUsdmEntry({
        hosts: { rest: '', stream: '' },
        keys: { ...KEY, passphrase: '' },
        instruments: [],
      });
      const [signed] = adapter.openOrders([]);
      assert.ok(signed !== undefined);
      const { headers, url } = signed.request(stamp);
      const [, query = ''] = url.split('?');
      const lower = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const { body } = this.exchange.answer({ method: 'GET', path, query, headers: lower, body: '' });
      return JSON.parse(body);
    };
    return {
      positions: ask('/fapi/v3/positionRisk') as Asked['positions'],
      balances: ask('/fapi/v3/balance') as Asked['balances'],
      orders: ask('/fapi/v1/openOrders') as Asked['orders'],
      algos: ask('/fapi/v1/openAlgoOrders') as Asked['algos'],
    };
  }

  #turn(): void {
    this.network.after(TURN_US, () => {
      this.exchange.advanceTo(this.network.nowUs());
      this.#turn();
    });
  }

  #onBar(bar: number): void {
    const { network } = this;
    const openTsUs = START_US - (START_US % BAR_US) + bar * BAR_US;
    this.desk.world.push(flatBar(openTsUs, this.#priceTicks()));
    if (bar > BARS - 8) return;
    // A connection that is cut every some minutes, half-open ones, a venue that hears nothing, or hears too late.
    const prng = this.#prng;
    const soon = (): number => prng.integer(0, 10 * US_PER_SECOND);
    if (prng.uniform() < 0.4) network.after(soon(), () => network.breakSockets(HOST));
    if (prng.uniform() < 0.2) network.after(soon(), () => network.cutSockets(HOST));
    const dice = prng.uniform();
    const untilUs = network.nowUs() + prng.integer(1, 30) * US_PER_SECOND;
    if (dice < 0.2) network.lose(HOST, untilUs);
    else if (dice < 0.4) network.refuse(HOST, untilUs);
    else if (dice < 0.6) network.delay(HOST, prng.integer(1, 20) * US_PER_SECOND, untilUs);
  }

  #priceTicks(): number {
    const query = `symbol=${this.#symbol}`;
    const { body } = this.exchange.answer({
      method: 'GET',
      path: '/fapi/v1/ticker/price',
      query,
      headers: {},
      body: '',
    });
    return Math.round(
      Number((JSON.parse(body) as { price: string }).price) * 10 ** INSTRUMENTS.at(0).priceDecimals,
    );
  }
}

const SEED = testSeed();
for (let round = 0; round < 3; round++) {
  const seed = SEED + round;
  test(`a live session and the exchange agree to the atom (SEED=${seed})`, async () => {
    const story = new LiveStory(seed);
    assert.equal(await story.run(), 'ended');
    const { algos, balances, orders, positions } = story.asked();
    const told = story.desk.notices.join('\n');
    const { portfolio } = story.engine;
    const { qtyDecimals } = INSTRUMENTS.at(0);
    const held = positions.reduce(
      (sum, { positionAmt }) => sum + Math.round(Number(positionAmt) * 10 ** qtyDecimals),
      0,
    );
    assert.equal(portfolio.positionLots(0), held, told);
    const open = [
      ...orders.map(({ clientOrderId }) => clientOrderId),
      ...algos.map(({ clientAlgoId }) => clientAlgoId),
    ];
    const own = story.engine.orderDesk.orders.openOrders.map(({ request }) => request.clientOrderId);
    assert.deepEqual(own.toSorted(), open.toSorted(), told);
    const wallet = balances.find(({ asset }) => asset === 'USDT')?.balance ?? '';
    assert.equal(portfolio.cashAtoms, BigInt(parseDecimal(wallet, INSTRUMENTS.atomDecimals)), told);
    assert.ok(portfolio.feesAtoms > 0n, 'it has traded');
    assert.equal(algos.length, held === 0 ? 0 : 1, 'a position has its stop, and nothing else rests');
  });
}
