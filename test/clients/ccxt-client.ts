/** ccxt as a client of the scripted session. */
import ccxt, { type Order } from 'ccxt';
import {
  codeIn,
  type Hedged,
  type HedgingClient,
  isClosing,
  type Outcome,
  outcomeOf,
  type ReadAccount,
  type WishedOrder,
  type WishedStop,
} from './session-client.ts';
import { ccxtUrlsOf, type ExchangeAddress } from './session-stage.ts';

const SYMBOL = 'BTC/USDT:USDT';

/** Statuses of ccxt in the venue's words; it does not tell partly filled orders from new ones. */
const STATUSES: Readonly<Record<string, string>> = {
  closed: 'FILLED',
  canceled: 'CANCELED',
  expired: 'EXPIRED',
  open: 'NEW',
};

/** The client. It names its orders itself. */
export class CcxtClient implements HedgingClient {
  readonly label = 'ccxt';
  readonly exchange: InstanceType<typeof ccxt.binanceusdm>;
  readonly #orderIds = new Map<string, string>();
  readonly #stopIds = new Map<string, string>();

  constructor(address: ExchangeAddress) {
    const { apiKey, secret } = address;
    this.exchange = new ccxt.binanceusdm({
      apiKey,
      secret,
      enableRateLimit: false,
      options: { fetchCurrencies: false },
    });
    this.exchange.urls.api = { ...this.exchange.urls.api, ...ccxtUrlsOf(address) };
  }

  async setLeverage(leverage: number): Promise<Outcome> {
    await this.exchange.loadMarkets();
    return outcomeOf(() => this.exchange.setLeverage(leverage, SYMBOL));
  }

  /** Of "no need to change" ccxt makes a success, with the code inside. */
  async setCrossMargin(): Promise<Outcome> {
    try {
      const answer: unknown = await this.exchange.setMarginMode('cross', SYMBOL);
      return JSON.stringify(answer).includes('-4046') ? '-4046' : 'done';
    } catch (error) {
      return codeIn(error);
    }
  }

  setHedgeMode(isOn: boolean): Promise<Outcome> {
    return outcomeOf(() => this.exchange.setPositionMode(isOn, SYMBOL));
  }

  /** In hedge mode ccxt says `reduceOnly` of what closes and finds the side of the position by it. */
  placeHedged(order: WishedOrder & Hedged): Promise<Outcome> {
    return this.#place({ ...order, reduceOnly: isClosing(order.side, order) }, { hedged: true });
  }

  placeHedgedStop(stop: WishedStop & Hedged): Promise<Outcome> {
    return this.#placeStop(stop, { hedged: true });
  }

  async readSides(): Promise<Readonly<Record<'LONG' | 'SHORT', number>>> {
    const positions = await this.exchange.fetchPositions([SYMBOL]);
    const held = (side: string): number =>
      Number(positions.find((one) => one.side === side && one.hedged === true)?.contracts ?? 0);
    return { LONG: held('long'), SHORT: held('short') };
  }

  place(order: WishedOrder): Promise<Outcome> {
    return this.#place(order, {});
  }

  #place(order: WishedOrder, more: Readonly<Record<string, unknown>>): Promise<Outcome> {
    return outcomeOf(async () => {
      const { amount, params, price, side, type } = partsOf(order);
      const all = { ...params, ...more };
      const placed = await this.exchange.createOrder(SYMBOL, type, side, amount, price, all);
      this.#orderIds.set(order.name, String(placed.id));
    });
  }

  async placeBatch(orders: readonly WishedOrder[]): Promise<readonly Outcome[]> {
    const placed = await this.exchange.createOrders(
      orders.map((order) => {
        const { amount, params, price, side, type } = partsOf(order);
        return { symbol: SYMBOL, type, side, amount, price, params };
      }),
    );
    return placed.map((one: Order, at: number) => {
      if (one.id === undefined) return codeIn(one.info);
      this.#orderIds.set(orders[at]?.name ?? '', String(one.id));
      return 'done';
    });
  }

  amend(name: string, side: 'BUY' | 'SELL', qty: string, price: string): Promise<Outcome> {
    const id = this.#orderIds.get(name) ?? '';
    return outcomeOf(() =>
      this.exchange.editOrder(
        id,
        SYMBOL,
        'limit',
        side === 'BUY' ? 'buy' : 'sell',
        Number(qty),
        Number(price),
      ),
    );
  }

  cancel(name: string): Promise<Outcome> {
    return outcomeOf(() => this.exchange.cancelOrder(this.#orderIds.get(name) ?? '', SYMBOL));
  }

  placeStop(stop: WishedStop): Promise<Outcome> {
    return this.#placeStop(stop, {});
  }

  #placeStop(stop: WishedStop, more: Readonly<Record<string, unknown>>): Promise<Outcome> {
    const params: Record<string, unknown> = { reduceOnly: true, ...more };
    if (stop.type === 'TRAILING_STOP_MARKET') params.trailingPercent = stop.callbackPercent;
    else if (stop.type === 'TAKE_PROFIT_MARKET') params.takeProfitPrice = stop.trigger;
    else params.stopLossPrice = stop.trigger;
    const type = stop.type === 'STOP' ? 'limit' : 'market';
    const side = stop.side === 'BUY' ? 'buy' : 'sell';
    const price = stop.price === undefined ? undefined : Number(stop.price);
    return outcomeOf(async () => {
      const placed = await this.exchange.createOrder(SYMBOL, type, side, Number(stop.qty), price, params);
      this.#stopIds.set(stop.name, String(placed.id));
    });
  }

  cancelStop(name: string): Promise<Outcome> {
    const id = this.#stopIds.get(name) ?? '';
    return outcomeOf(() => this.exchange.cancelOrder(id, SYMBOL, { trigger: true }));
  }

  async cancelAll(): Promise<Outcome> {
    const plain = await outcomeOf(() => this.exchange.cancelAllOrders(SYMBOL));
    const algos = await outcomeOf(() => this.exchange.cancelAllOrders(SYMBOL, { trigger: true }));
    return plain === 'done' ? algos : plain;
  }

  countdown(ms: number): Promise<Outcome> {
    return outcomeOf(() =>
      this.exchange.fapiPrivatePostCountdownCancelAll({ symbol: 'BTCUSDT', countdownTime: ms }),
    );
  }

  async read(): Promise<ReadAccount> {
    const { exchange } = this;
    const all = await exchange.fetchOrders(SYMBOL);
    const byId = new Map(all.map((order) => [String(order.id), order]));
    const fills = await exchange.fetchMyTrades(SYMBOL);
    const positions = await exchange.fetchPositions([SYMBOL]);
    return {
      orders: [...this.#orderIds].map(([name, id]) => {
        const order = byId.get(id);
        return {
          name,
          side: String(order?.side).toUpperCase(),
          qty: Number(order?.amount),
          filled: Number(order?.filled),
          status: STATUSES[String(order?.status)] ?? String(order?.status),
        };
      }),
      fills: fills.map(({ amount, fee, price, side, takerOrMaker }) => ({
        side: String(side).toUpperCase(),
        price: Number(price),
        qty: Number(amount),
        fee: Number(fee?.cost),
        isMaker: takerOrMaker === 'maker',
      })),
      wallet: Number((await exchange.fetchBalance()).USDT?.total),
      position: positions.reduce(
        (sum, { contracts, side }) => sum + Number(contracts) * (side === 'short' ? -1 : 1),
        0,
      ),
      openOrders: (await exchange.fetchOpenOrders(SYMBOL)).length,
      openStops: (await exchange.fetchOpenOrders(SYMBOL, undefined, undefined, { trigger: true })).length,
    };
  }
}

interface OrderParts {
  readonly type: 'limit' | 'market';
  readonly side: 'buy' | 'sell';
  readonly amount: number;
  readonly price: number | undefined;
  readonly params: Record<string, unknown>;
}

function partsOf({ price, qty, reduceOnly, side, timeInForce }: WishedOrder): OrderParts {
  return {
    type: price === null ? 'market' : 'limit',
    side: side === 'BUY' ? 'buy' : 'sell',
    amount: Number(qty),
    price: price === null ? undefined : Number(price),
    params: {
      ...(timeInForce === undefined ? {} : { timeInForce }),
      ...(reduceOnly === true ? { reduceOnly } : {}),
    },
  };
}
