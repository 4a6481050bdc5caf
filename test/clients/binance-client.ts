/** The npm package `binance` as a client of the scripted session. */
import { type FuturesNewAlgoOrderParams, type NewFuturesOrderParams, USDMClient } from 'binance';
import {
  codeIn,
  type Hedged,
  type HedgingClient,
  type Outcome,
  outcomeOf,
  type ReadAccount,
  type WishedOrder,
  type WishedStop,
} from './session-client.ts';
import type { ExchangeAddress } from './session-stage.ts';

const SYMBOL = 'BTCUSDT';

/** The client. It names its orders itself. */
export class BinancePackageClient implements HedgingClient {
  readonly label = 'binance';
  readonly rest: USDMClient;
  readonly #orderIds = new Map<string, number>();
  readonly #stopIds = new Map<string, number>();

  constructor({ apiKey, restUrl, secret }: ExchangeAddress) {
    this.rest = new USDMClient({ api_key: apiKey, api_secret: secret, baseUrl: restUrl });
  }

  setLeverage(leverage: number): Promise<Outcome> {
    return this.#outcome(() => this.rest.setLeverage({ symbol: SYMBOL, leverage }));
  }

  setCrossMargin(): Promise<Outcome> {
    return this.#outcome(() => this.rest.setMarginType({ symbol: SYMBOL, marginType: 'CROSSED' }));
  }

  setHedgeMode(isOn: boolean): Promise<Outcome> {
    return this.#outcome(() => this.rest.setPositionMode({ dualSidePosition: isOn ? 'true' : 'false' }));
  }

  placeHedged(order: WishedOrder & Hedged): Promise<Outcome> {
    return this.place(order);
  }

  placeHedgedStop(stop: WishedStop & Hedged): Promise<Outcome> {
    return this.placeStop(stop);
  }

  async readSides(): Promise<Readonly<Record<'LONG' | 'SHORT', number>>> {
    const positions = await this.rest.getPositionsV3();
    const held = (side: 'LONG' | 'SHORT'): number =>
      Math.abs(Number(positions.find(({ positionSide }) => positionSide === side)?.positionAmt ?? 0));
    return { LONG: held('LONG'), SHORT: held('SHORT') };
  }

  place(order: WishedOrder & Partial<Hedged>): Promise<Outcome> {
    return this.#outcome(async () => {
      const { orderId } = await this.rest.submitNewOrder(paramsOf(order));
      this.#orderIds.set(order.name, orderId);
    });
  }

  async placeBatch(orders: readonly WishedOrder[]): Promise<readonly Outcome[]> {
    const results = await this.rest.submitMultipleOrders(orders.map(paramsOf));
    return results.map((result, at) => {
      if ('code' in result) return codeIn(result);
      this.#orderIds.set(orders[at]?.name ?? '', result.orderId);
      return 'done';
    });
  }

  amend(name: string, side: 'BUY' | 'SELL', qty: string, price: string): Promise<Outcome> {
    const orderId = this.#orderIds.get(name) ?? 0;
    return this.#outcome(() =>
      this.rest.modifyOrder({ symbol: SYMBOL, orderId, side, quantity: Number(qty), price: Number(price) }),
    );
  }

  cancel(name: string): Promise<Outcome> {
    const orderId = this.#orderIds.get(name) ?? 0;
    return this.#outcome(() => this.rest.cancelOrder({ symbol: SYMBOL, orderId }));
  }

  placeStop(stop: WishedStop & Partial<Hedged>): Promise<Outcome> {
    const isTrailing = stop.type === 'TRAILING_STOP_MARKET';
    const params: FuturesNewAlgoOrderParams = {
      algoType: 'CONDITIONAL',
      symbol: SYMBOL,
      side: stop.side,
      type: stop.type,
      quantity: stop.qty,
      ...(stop.positionSide === undefined ? { reduceOnly: 'true' } : { positionSide: stop.positionSide }),
      ...(stop.trigger === null ? {} : { triggerPrice: stop.trigger }),
      ...(stop.price === undefined ? {} : { price: stop.price, timeInForce: 'GTC' as const }),
      ...(isTrailing ? { callbackRate: stop.callbackPercent ?? '1' } : {}),
    };
    return this.#outcome(async () => {
      const { algoId } = await this.rest.submitNewAlgoOrder(params);
      this.#stopIds.set(stop.name, algoId);
    });
  }

  cancelStop(name: string): Promise<Outcome> {
    return this.#outcome(() => this.rest.cancelAlgoOrder({ algoId: this.#stopIds.get(name) ?? 0 }));
  }

  async cancelAll(): Promise<Outcome> {
    const plain = await this.#outcome(() => this.rest.cancelAllOpenOrders({ symbol: SYMBOL }));
    const algos = await this.#outcome(() => this.rest.cancelAllAlgoOpenOrders({ symbol: SYMBOL }));
    return plain === 'done' ? algos : plain;
  }

  countdown(ms: number): Promise<Outcome> {
    return this.#outcome(() => this.rest.setCancelOrdersOnTimeout({ symbol: SYMBOL, countdownTime: ms }));
  }

  async read(): Promise<ReadAccount> {
    const { rest } = this;
    const [all, fills, balances, positions, open, stops] = await Promise.all([
      rest.getAllOrders({ symbol: SYMBOL }),
      rest.getAccountTrades({ symbol: SYMBOL }),
      rest.getBalanceV3(),
      rest.getPositionsV3(),
      rest.getAllOpenOrders({ symbol: SYMBOL }),
      rest.getOpenAlgoOrders({ symbol: SYMBOL }),
    ]);
    const byId = new Map(all.map((order) => [order.orderId, order]));
    return {
      orders: [...this.#orderIds].map(([name, orderId]) => {
        const order = byId.get(orderId);
        return {
          name,
          side: String(order?.side),
          qty: Number(order?.origQty),
          filled: Number(order?.executedQty),
          status: String(order?.status),
        };
      }),
      fills: fills.map(({ commission, maker, price, qty, side }) => ({
        side,
        price: Number(price),
        qty: Number(qty),
        fee: Number(commission),
        isMaker: maker,
      })),
      wallet: Number(balances[0]?.balance),
      position: positions.reduce((sum, { positionAmt }) => sum + Number(positionAmt), 0),
      openOrders: open.length,
      openStops: stops.length,
    };
  }

  #outcome(step: () => Promise<unknown>): Promise<Outcome> {
    return outcomeOf(step).catch((error: unknown) => codeIn(error));
  }
}

function paramsOf(order: WishedOrder & Partial<Hedged>): NewFuturesOrderParams {
  const { positionSide, price, qty, reduceOnly, side, timeInForce } = order;
  const ofSide = positionSide === undefined ? {} : { positionSide };
  const common = { symbol: SYMBOL, side, quantity: Number(qty), ...ofSide };
  const reducing = reduceOnly === true ? { reduceOnly: 'true' as const } : {};
  return price === null
    ? { ...common, ...reducing, type: 'MARKET' }
    : { ...common, ...reducing, type: 'LIMIT', price: Number(price), timeInForce: timeInForce ?? 'GTC' };
}
