/** The house's own adapter of Binance USD-M futures as a client of the scripted session: its calls, sent one by one over real sockets. */
import { type EpochUs, parseDecimal } from '#core';
import type { HttpAnswer, HttpFailure } from '#net';
import type { SocketTransport } from '#net/socket';
import { SYNTHETIC_SYMBOLS, syntheticInstrument } from '#sim';
import { openBinanceUsdmEntry } from '#venues/binance';
import type {
  EntryAdapter,
  EntryCall,
  EntryInstrument,
  EntryOrder,
  EntryOrderRef,
  EntryOrderType,
  ExactAmount,
  FillRecord,
} from '#venues/entry';
import type { Outcome, ReadAccount, SessionClient, WishedOrder, WishedStop } from './session-client.ts';
import type { ExchangeAddress } from './session-stage.ts';

const TIMEOUT_US = 10_000_000;
const ANSWER_BYTES_MAX = 1_000_000;

const STOP_TYPES: Readonly<Record<WishedStop['type'], EntryOrderType>> = {
  STOP: 'stop_limit',
  STOP_MARKET: 'stop_market',
  TAKE_PROFIT_MARKET: 'take_profit_market',
  TRAILING_STOP_MARKET: 'trailing_stop',
};

/** A refusal by the venue. */
class Refused extends Error {}

/** The client. Its names are the script's. */
export class OwnClient implements SessionClient {
  readonly label = 'own';
  readonly #adapter: EntryAdapter;
  readonly #transport: SocketTransport;
  readonly #nowUs: () => EpochUs;
  readonly #instrument: EntryInstrument;
  readonly #orders: string[] = [];
  #nonce = 0n;

  constructor(
    { apiKey, restUrl, secret, socketUrl }: ExchangeAddress,
    transport: SocketTransport,
    nowUs: () => EpochUs,
  ) {
    const [symbol] = SYNTHETIC_SYMBOLS;
    if (symbol === undefined) throw new RangeError('there is a synthetic symbol');
    const spec = syntheticInstrument(symbol);
    this.#instrument = {
      ...spec,
      ix: 0,
      venue: 'binance-usdm',
      wireSymbol: spec.symbol,
      restSymbol: spec.symbol,
    };
    this.#adapter = openBinanceUsdmEntry({
      hosts: { rest: restUrl, stream: socketUrl },
      keys: { apiKey, secret, passphrase: '' },
      instruments: [this.#instrument],
    });
    this.#transport = transport;
    this.#nowUs = nowUs;
  }

  setLeverage(leverage: number): Promise<Outcome> {
    return this.#outcome(this.#adapter.setLeverage(this.#instrument, leverage));
  }

  setCrossMargin(): Promise<Outcome> {
    return this.#outcome(this.#adapter.setMarginMode(this.#instrument, 'cross'));
  }

  async place(order: WishedOrder): Promise<Outcome> {
    const outcome = await this.#outcome(this.#adapter.place(this.#orderOf(order)));
    if (outcome === 'done') this.#orders.push(order.name);
    return outcome;
  }

  async placeBatch(orders: readonly WishedOrder[]): Promise<readonly Outcome[]> {
    const call = this.#adapter.placeBatch(orders.map((order) => this.#orderOf(order)));
    if (call === null) throw new Refused('no batches');
    const outcomes = await this.#ask(call);
    return outcomes.map((outcome, at) => {
      if (outcome.kind === 'refused') return outcome.venueCode;
      this.#orders.push(orders[at]?.name ?? '');
      return 'done';
    });
  }

  amend(name: string, side: 'BUY' | 'SELL', qty: string, price: string): Promise<Outcome> {
    return this.#outcome(
      this.#adapter.amend({
        order: this.#refOf(name, false),
        side: side === 'BUY' ? 'buy' : 'sell',
        qtyLots: this.#lots(qty),
        priceTicks: this.#ticks(price),
      }),
    );
  }

  cancel(name: string): Promise<Outcome> {
    return this.#outcome(this.#adapter.cancel(this.#refOf(name, false)));
  }

  placeStop(stop: WishedStop): Promise<Outcome> {
    return this.#outcome(
      this.#adapter.place({
        ...this.#orderOf({ name: stop.name, side: stop.side, qty: stop.qty, price: stop.price ?? null }),
        type: STOP_TYPES[stop.type],
        triggerTicks: stop.trigger === null ? null : this.#ticks(stop.trigger),
        callbackBps: stop.callbackPercent === undefined ? null : Number(stop.callbackPercent) * 100,
        reduceOnly: true,
      }),
    );
  }

  cancelStop(name: string): Promise<Outcome> {
    return this.#outcome(this.#adapter.cancel(this.#refOf(name, true)));
  }

  async cancelAll(): Promise<Outcome> {
    for (const call of this.#adapter.cancelAll(this.#instrument)) {
      const outcome = await this.#outcome(call);
      if (outcome !== 'done') return outcome;
    }
    return 'done';
  }

  countdown(ms: number): Promise<Outcome> {
    return this.#outcome(this.#adapter.deadMan(this.#instrument, ms * 1_000));
  }

  async read(): Promise<ReadAccount> {
    const orders = [];
    for (const name of this.#orders) {
      const order = await this.#ask(this.#adapter.order(this.#refOf(name, false)));
      orders.push({
        name,
        side: String(order?.side).toUpperCase(),
        qty: this.#qty(order?.qtyLots ?? 0),
        filled: this.#qty(order?.filledLots ?? 0),
        status: order?.status === 'ACCEPTED' ? 'NEW' : String(order?.status),
      });
    }
    const [balance] = await this.#ask(this.#adapter.balances());
    const positionCall = this.#adapter.positions([this.#instrument]);
    const positions = positionCall === null ? [] : await this.#ask(positionCall);
    const open = await Promise.all(
      this.#adapter.openOrders([this.#instrument]).map((call) => this.#ask(call)),
    );
    const resting = open.flat();
    return {
      orders,
      fills: (await this.#fills()).map((fill) => ({
        side: fill.side.toUpperCase(),
        price: fill.priceTicks / 10 ** this.#instrument.priceDecimals,
        qty: this.#qty(fill.qtyLots),
        fee: numberOf(fill.fee),
        isMaker: fill.liquidity === 'maker',
      })),
      wallet: numberOf(balance?.total ?? null),
      position: positions.reduce((sum, { qtyLots }) => sum + this.#qty(qtyLots), 0),
      openOrders: resting.filter(({ isConditional }) => !isConditional).length,
      openStops: resting.filter(({ isConditional }) => isConditional).length,
    };
  }

  async #fills(): Promise<FillRecord[]> {
    const fills: FillRecord[] = [];
    const toUs = this.#nowUs() + 1;
    const range = { instrument: this.#instrument, fromUs: toUs - 3_600_000_000, toUs, afterExecId: null };
    let call: EntryCall<{ readonly fills: readonly FillRecord[]; readonly next: unknown }> | null =
      this.#adapter.fills(range);
    while (call !== null) {
      const page: { readonly fills: readonly FillRecord[]; readonly next: unknown } = await this.#ask(call);
      fills.push(...page.fills);
      call = page.next as typeof call;
    }
    return fills;
  }

  #orderOf({ name, price, qty, reduceOnly, side, timeInForce }: WishedOrder): EntryOrder {
    return {
      clientOrderId: name,
      instrument: this.#instrument,
      side: side === 'BUY' ? 'buy' : 'sell',
      type: price === null ? 'market' : 'limit',
      qtyLots: this.#lots(qty),
      priceTicks: price === null ? null : this.#ticks(price),
      triggerTicks: null,
      triggerBy: 'last',
      callbackBps: null,
      timeInForce: timeInForce ?? 'GTC',
      reduceOnly: reduceOnly ?? false,
      positionSide: 'both',
    };
  }

  #refOf(clientOrderId: string, isConditional: boolean): EntryOrderRef {
    return { instrument: this.#instrument, clientOrderId, venueOrderId: null, isConditional };
  }

  #lots(qty: string): number {
    return parseDecimal(qty, this.#instrument.qtyDecimals);
  }

  #ticks(price: string): number {
    return parseDecimal(price, this.#instrument.priceDecimals);
  }

  #qty(lots: number): number {
    return lots / 10 ** this.#instrument.qtyDecimals;
  }

  async #outcome(call: EntryCall<unknown> | null): Promise<Outcome> {
    if (call === null) throw new Refused('the adapter has no such call');
    try {
      await this.#ask(call);
      return 'done';
    } catch (error) {
      if (error instanceof Refused) return error.message;
      throw error;
    }
  }

  async #ask<T>(call: EntryCall<T>): Promise<T> {
    const stamp = { venueUs: this.#nowUs(), nonce: ++this.#nonce, random: new Uint8Array(16) };
    const answer = await new Promise<HttpAnswer | HttpFailure>((resolve) =>
      this.#transport.request(
        { ...call.request(stamp), timeoutUs: TIMEOUT_US, bodyBytesMax: ANSWER_BYTES_MAX },
        resolve,
      ),
    );
    if (answer.kind !== 'answer') throw new Error(`${call.name}: ${answer.kind}`);
    const verdict = this.#adapter.judge(call, answer, stamp.venueUs);
    if (verdict.kind === 'good') return call.parse(answer.body);
    const [code] = /-\d{4}\b/.exec('message' in verdict ? verdict.message : '') ?? [];
    if (code === undefined) throw new Error(`${call.name}: ${JSON.stringify(verdict)}`);
    throw new Refused(code);
  }
}

function numberOf(amount: ExactAmount | null): number {
  return amount === null ? Number.NaN : Number(amount.units) / 10 ** amount.decimals;
}
