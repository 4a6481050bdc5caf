/** A client of Binance USD-M futures as the scripted session knows it: the same steps and questions, whoever wrote what carries them out. */

/** A plain order. Prices and quantities are decimal texts. */
export interface WishedOrder {
  /** The script's name of it; the client's id is the client's affair. */
  readonly name: string;
  readonly side: 'BUY' | 'SELL';
  readonly qty: string;
  /** `null` = a market order. */
  readonly price: string | null;
  readonly timeInForce?: 'GTC' | 'IOC' | 'FOK' | 'GTX';
  readonly reduceOnly?: boolean;
}

/** A conditional order that closes. */
export interface WishedStop {
  readonly name: string;
  readonly type: 'STOP_MARKET' | 'TAKE_PROFIT_MARKET' | 'STOP' | 'TRAILING_STOP_MARKET';
  readonly side: 'BUY' | 'SELL';
  readonly qty: string;
  /** `null` for a trailing stop. */
  readonly trigger: string | null;
  /** Limit price of `STOP`. */
  readonly price?: string;
  /** Distance of a trailing stop, percent. */
  readonly callbackPercent?: string;
}

/** The side of a position in hedge mode. */
export interface Hedged {
  readonly positionSide: 'LONG' | 'SHORT';
}

/** An order as a client reads it: everything as text of one form, so that clients can be compared. */
export interface ReadOrder {
  readonly name: string;
  readonly side: string;
  readonly qty: number;
  readonly filled: number;
  readonly status: string;
}

/** A fill as a client reads it. */
export interface ReadFill {
  readonly side: string;
  readonly price: number;
  readonly qty: number;
  readonly fee: number;
  readonly isMaker: boolean;
}

/** What a client says of its account. */
export interface ReadAccount {
  readonly orders: readonly ReadOrder[];
  readonly fills: readonly ReadFill[];
  readonly wallet: number;
  /** Signed. */
  readonly position: number;
  readonly openOrders: number;
  readonly openStops: number;
}

/** The result of a step: `done`, or the venue's code of the refusal. */
export type Outcome = string;

/** A client. Each step answers with its outcome; batches with one for each order. */
export interface SessionClient {
  readonly label: string;
  setLeverage(leverage: number): Promise<Outcome>;
  setCrossMargin(): Promise<Outcome>;
  place(order: WishedOrder): Promise<Outcome>;
  placeBatch(orders: readonly WishedOrder[]): Promise<readonly Outcome[]>;
  amend(name: string, side: 'BUY' | 'SELL', qty: string, price: string): Promise<Outcome>;
  cancel(name: string): Promise<Outcome>;
  placeStop(stop: WishedStop): Promise<Outcome>;
  cancelStop(name: string): Promise<Outcome>;
  cancelAll(): Promise<Outcome>;
  countdown(ms: number): Promise<Outcome>;
  read(): Promise<ReadAccount>;
}

/** A client that can hold a long and a short position at once. In hedge mode its other steps are the same ones. */
export interface HedgingClient extends SessionClient {
  setHedgeMode(isOn: boolean): Promise<Outcome>;
  placeHedged(order: WishedOrder & Hedged): Promise<Outcome>;
  placeHedgedStop(stop: WishedStop & Hedged): Promise<Outcome>;
  /** What is held by side, positive, in coins. */
  readSides(): Promise<Readonly<Record<'LONG' | 'SHORT', number>>>;
}

/** True for what closes a position of hedge mode. */
export function isClosing(side: 'BUY' | 'SELL', { positionSide }: Hedged): boolean {
  return side !== (positionSide === 'LONG' ? 'BUY' : 'SELL');
}

/** Returns `done`, or the code of the venue in what was thrown. */
export async function outcomeOf(step: () => Promise<unknown>): Promise<Outcome> {
  try {
    await step();
    return 'done';
  } catch (error) {
    return codeIn(error);
  }
}

/** Returns the code of the venue in a fault; throws what has none. */
export function codeIn(fault: unknown): Outcome {
  const text = fault instanceof Error ? `${fault.name} ${fault.message}` : JSON.stringify(fault);
  const [code] = /-[1-5]\d{3}\b/.exec(text) ?? [];
  if (code === undefined) throw fault;
  return code;
}
