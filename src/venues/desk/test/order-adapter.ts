/** The adapter of the made-up exchange with orders: replies and private messages in the port's records. */
import type {
  EntryAdapter,
  EntryInstrument,
  FillRecord,
  OrderRecord,
  PositionRecord,
  PrivateDialogue,
} from '../../entry/index.ts';
import { ReplyDoc } from '../../entry/index.ts';
import { cancelCall, FAKE_ADAPTER, fakeCall } from './fake-adapter.ts';

/** What is traded there. */
export const FAKE_INSTRUMENT: EntryInstrument = {
  ix: 0,
  venue: 'binance-usdm',
  symbol: 'BTCUSDT',
  wireSymbol: 'BTCUSDT',
  restSymbol: 'BTCUSDT',
  kind: 'perpetual',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  priceDecimals: 1,
  qtyDecimals: 3,
};

function orderOf(doc: ReplyDoc): OrderRecord {
  return {
    instrument: FAKE_INSTRUMENT,
    clientOrderId: doc.at('id').text(),
    venueOrderId: doc.at('venueId').text(),
    side: doc.at('side').word('buy', 'sell'),
    type: 'limit',
    qtyLots: doc.at('qtyLots').integer(),
    filledLots: doc.at('filledLots').integer(),
    priceTicks: 100,
    triggerTicks: null,
    status: doc.at('status').word('ACCEPTED', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED'),
    reduceOnly: false,
    isConditional: false,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: doc.at('updatedUs').integer(),
  };
}

function fillOf(doc: ReplyDoc): FillRecord {
  return {
    instrument: FAKE_INSTRUMENT,
    execId: doc.at('execId').text(),
    // The venue names its own id only, as some do, unless it was told to.
    clientOrderId: doc.at('clientId').text(),
    venueOrderId: doc.at('venueId').text(),
    side: doc.at('side').word('buy', 'sell'),
    priceTicks: doc.at('priceTicks').integer(),
    qtyLots: doc.at('qtyLots').integer(),
    filledLots: null,
    fee: { asset: 'USDT', units: 7n, decimals: 3 },
    liquidity: 'maker',
    forcedBy: null,
    tsVenueUs: doc.at('atUs').integer(),
  };
}

function positionOf(doc: ReplyDoc): PositionRecord {
  const qtyLots = doc.integer();
  const entryPrice = qtyLots === 0 ? null : '10.0';
  return { instrument: FAKE_INSTRUMENT, positionSide: 'both', qtyLots, entryPrice, tsVenueUs: 1 };
}

class OrderDialogue implements PrivateDialogue {
  readonly #greeting: PrivateDialogue = FAKE_ADAPTER.stream.open([]);
  readonly ping = this.#greeting.ping;

  onOpen(...args: Parameters<PrivateDialogue['onOpen']>) {
    return this.#greeting.onOpen(...args);
  }

  onMessage(...args: Parameters<PrivateDialogue['onMessage']>) {
    const [bytes, , sink] = args;
    if (bytes[0] !== 0x7b) return this.#greeting.onMessage(...args);
    const doc = ReplyDoc.parse(bytes, 'binance-usdm', 'message');
    if (doc.at('order').isThere) sink.onOrder(orderOf(doc.at('order')));
    if (doc.at('fill').isThere) sink.onFill(fillOf(doc.at('fill')));
    return { send: [], isReady: false, refusal: null };
  }
}

/** The adapter. */
export const ORDER_ADAPTER: EntryAdapter = {
  ...FAKE_ADAPTER,
  unsupported: ({ timeInForce }) => (timeInForce === 'FOK' ? 'the exchange has no FOK' : null),
  place: ({ clientOrderId, qtyLots, reduceOnly, side, type }) =>
    fakeCall(
      'order',
      {
        id: clientOrderId,
        method: 'POST',
        priority: 'order',
        text: JSON.stringify({ qtyLots, side, reduceOnly, isMarket: type === 'market' }),
      },
      (doc) => ({ venueOrderId: doc.text(), order: null }),
    ),
  cancel: ({ clientOrderId }) => cancelCall(clientOrderId),
  balances: () => fakeCall('balance', {}, (doc) => [{ total: doc.amount('USDT'), available: null }]),
  cancelAll: () => [cancelCall('all')],
  positions: () => fakeCall('position', {}, (doc) => [positionOf(doc)]),
  openOrders: () => [fakeCall('open', {}, (doc) => doc.items().map(orderOf))],
  order: ({ clientOrderId }) =>
    fakeCall('order', { id: clientOrderId }, (doc) => (doc.isThere ? orderOf(doc) : null)),
  fills: ({ fromUs }) =>
    fakeCall('fills', { id: String(fromUs) }, (doc) => ({ fills: doc.items().map(fillOf), next: null })),
  stream: { ...FAKE_ADAPTER.stream, open: () => new OrderDialogue() },
};
