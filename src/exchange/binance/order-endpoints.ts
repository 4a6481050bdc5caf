/** The endpoints of orders: place, amend, cancel, ask, alone and in batches; and the countdown that cancels for a client that is gone. */
import { US_PER_MS } from '#core';
import { type AccountContext, type AccountDesk, cancelOpen, deskOf, signed } from './account-context.ts';
import { ApiParams } from './api-params.ts';
import { isRefusal, refuse, refuseWith } from './api-refusal.ts';
import { readBatch, readIdList } from './batch-params.ts';
import type { ApiCall, ApiEndpoint } from './front-desk.ts';
import { timeRange } from './market-endpoints.ts';
import { msOf, priceText, qtyText, quoteText } from './market-forms.ts';
import { fixedText } from './number-text.ts';
import {
  checkTrading,
  readClientId,
  readOrder,
  readPrice,
  readQuantity,
  readSide,
  readSymbol,
} from './order-intake.ts';
import { ackForm, isOpen, type OrderRecord, queryForm } from './order-record.ts';
import type { UserFill } from './user-events.ts';

const BATCH_PLACE_MAX = 5;
const BATCH_CANCEL_MAX = 10;
const AMENDS_MAX = 10_000;
const ROWS_DEFAULT = 500;
const ROWS_MAX = 1_000;
const ONE_ORDER = { in10s: 1, inMinute: 1 } as const;
const BATCH = { in10s: 5, inMinute: 1 } as const;
const CANCELLED_ALL = { code: 200, msg: 'The operation of cancel all open order is done.' };

/** Returns the endpoints of orders. */
export function orderEndpoints(context: AccountContext): readonly ApiEndpoint[] {
  const withDesk =
    (answer: (context: AccountContext, desk: AccountDesk, call: ApiCall) => unknown): ApiEndpoint['answer'] =>
    (call) =>
      answer(context, deskOf(context, call), call);
  const perSymbol: ApiEndpoint['weight'] = (params) => (params.has('symbol') ? 1 : 40);
  const path = '/fapi/v1';
  return [
    signed(`POST ${path}/order`, 0, withDesk(placeOrder), ONE_ORDER),
    signed(`POST ${path}/order/test`, 0, withDesk(testOrder)),
    signed(`PUT ${path}/order`, 0, withDesk(amendOrder), ONE_ORDER),
    signed(`DELETE ${path}/order`, 1, withDesk(cancelOrder)),
    signed(`GET ${path}/order`, 1, withDesk(queryOrder)),
    signed(`GET ${path}/openOrder`, 1, withDesk(queryOpenOrder)),
    signed(`GET ${path}/openOrders`, perSymbol, withDesk(openOrders)),
    signed(`GET ${path}/allOrders`, 5, withDesk(allOrders)),
    signed(`GET ${path}/userTrades`, 5, withDesk(userTrades)),
    signed(`DELETE ${path}/allOpenOrders`, 1, withDesk(cancelAll)),
    signed(
      `POST ${path}/batchOrders`,
      5,
      withDesk((...parts) => batch(placeOrder, ...parts)),
      BATCH,
    ),
    signed(
      `PUT ${path}/batchOrders`,
      5,
      withDesk((...parts) => batch(amendOrder, ...parts)),
      BATCH,
    ),
    signed(`DELETE ${path}/batchOrders`, 1, withDesk(cancelBatch)),
    signed(`POST ${path}/countdownCancelAll`, 10, withDesk(countdown)),
  ];
}

function placeOrder(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const wish = readOrder(params, context.board, desk.account.positionMode, nowUs);
  const respType = params.choice('newOrderRespType', ['ACK', 'RESULT'], '-1136');
  if (isRefusal(wish)) return wish;
  if (params.fault !== null) return params.fault;
  const record = desk.account.place(wish, nowUs);
  if (isRefusal(record)) return record;
  const form = ackForm(record);
  if (respType === 'RESULT') return form;
  const none = qtyText(record.instrument, 0);
  return { ...form, status: 'NEW', executedQty: none, cumQty: none };
}

/** Reads an order and says what is wrong with it; what only market and margin could refuse is not asked. */
function testOrder(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const wish = readOrder(params, context.board, desk.account.positionMode, nowUs);
  return isRefusal(wish) ? wish : {};
}

function amendOrder(context: AccountContext, desk: AccountDesk, call: ApiCall): unknown {
  const { nowUs, params } = call;
  const record = findOrder(context, desk, params);
  if (isRefusal(record)) return record;
  if (record === undefined || !isOpen(record)) return refuse('-2013');
  const symbol = context.board.at(record.instrument.ix);
  checkTrading(params, context.board);
  const side = readSide(params);
  const qtyLots = readQuantity(params, record.instrument);
  const priceTicks = readPrice(params, symbol, record.side);
  if (params.fault !== null || priceTicks === null) return params.fault ?? refuse('-1102', 'price');
  if (record.type !== 'LIMIT') return refuseWith('-1020', 'Only limit order is supported.');
  if (side !== record.side) return refuse('-1117');
  if (priceTicks === record.priceTicks && qtyLots === record.qtyLots) return refuse('-5027');
  if (record.amendCount >= AMENDS_MAX) return refuseWith('-1020', 'Exceed maximum modify order limit.');
  const fault = desk.account.amend(record, { priceTicks, qtyLots }, nowUs);
  return fault ?? { ...ackForm(record), pair: record.instrument.symbol };
}

function cancelOrder(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const record = findOrder(context, desk, params);
  if (isRefusal(record)) return record;
  if (record === undefined || !isOpen(record)) return refuse('-2011');
  desk.account.cancel(record, nowUs);
  return ackForm(record);
}

function queryOrder(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const record = findOrder(context, desk, params);
  if (isRefusal(record)) return record;
  return record === undefined ? refuse('-2013') : queryForm(record);
}

function queryOpenOrder(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const record = findOrder(context, desk, params);
  if (isRefusal(record)) return record;
  return record === undefined || !isOpen(record) ? refuse('-2013') : queryForm(record);
}

/** Returns the order of `orderId` or `origClientOrderId`; `undefined` when there is none. */
function findOrder(
  context: AccountContext,
  desk: AccountDesk,
  params: ApiParams,
): OrderRecord | undefined | ReturnType<typeof refuse> {
  const symbol = readSymbol(params, context.board);
  const orderId = params.integer('orderId');
  const clientOrderId = readClientId(params, 'origClientOrderId');
  if (params.fault !== null || symbol === undefined) return params.fault ?? refuse('-1121');
  if (orderId === null && clientOrderId === null)
    return refuseWith(
      '-1102',
      "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    );
  return desk.account.orders.find({ orderId, clientOrderId }, symbol.instrument.ix);
}

function openOrders(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = params.has('symbol') ? readSymbol(params, context.board) : null;
  if (params.fault !== null) return params.fault;
  return desk.account.orders.open(symbol?.instrument.ix ?? null).map(queryForm);
}

function allOrders(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  const fromId = params.integer('orderId');
  const limit = params.integer('limit', 1, ROWS_MAX) ?? ROWS_DEFAULT;
  const range = timeRange(params);
  if (params.fault !== null || symbol === undefined) return params.fault;
  const found = desk.account.orders
    .all(symbol.instrument.ix)
    .filter(({ orderId }) => fromId === null || orderId >= fromId)
    .filter(
      ({ createdUs }) => range === null || (msOf(createdUs) >= range.fromMs && msOf(createdUs) <= range.toMs),
    );
  const isFrom = fromId !== null || range?.isFromGiven === true;
  return (isFrom ? found.slice(0, limit) : found.slice(-limit)).map(queryForm);
}

function userTrades(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  const orderId = params.integer('orderId');
  const fromId = params.integer('fromId');
  const limit = params.integer('limit', 1, ROWS_MAX) ?? ROWS_DEFAULT;
  const range = timeRange(params);
  if (params.fault !== null || symbol === undefined) return params.fault;
  if (fromId !== null && range !== null) return refuse('-1128');
  const found = desk.account.ledger.fills.filter(
    (fill) =>
      fill.record.instrument.ix === symbol.instrument.ix &&
      (orderId === null || fill.orderId === orderId) &&
      (fromId === null || fill.tradeId >= fromId) &&
      (range === null || (msOf(fill.tsUs) >= range.fromMs && msOf(fill.tsUs) <= range.toMs)),
  );
  const isFrom = fromId !== null || range?.isFromGiven === true;
  return (isFrom ? found.slice(0, limit) : found.slice(-limit)).map(tradeForm);
}

function tradeForm(fill: UserFill): unknown {
  const { feeAtoms, isMaker, orderId, priceTicks, qtyLots, realisedAtoms, record, tradeId, tsUs } = fill;
  const { instrument } = record;
  return {
    symbol: instrument.symbol,
    id: tradeId,
    orderId,
    side: record.side.toUpperCase(),
    price: priceText(instrument, priceTicks),
    qty: qtyText(instrument, qtyLots),
    realizedPnl: fixedText(realisedAtoms, instrument.atomDecimals),
    quoteQty: quoteText(instrument, BigInt(priceTicks) * BigInt(qtyLots)),
    commission: fixedText(feeAtoms, instrument.atomDecimals),
    commissionAsset: instrument.quoteAsset,
    time: msOf(tsUs),
    positionSide: record.positionSide.toUpperCase(),
    buyer: record.side === 'buy',
    maker: isMaker,
  };
}

function cancelAll(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  if (params.fault !== null || symbol === undefined) return params.fault;
  cancelOpen(desk.account, symbol.instrument.ix, nowUs);
  return CANCELLED_ALL;
}

type OrderAnswer = (context: AccountContext, desk: AccountDesk, call: ApiCall) => unknown;

/** Does the same with each order of a batch; one that is refused stands as `{code, msg}` in its place. */
function batch(answer: OrderAnswer, context: AccountContext, desk: AccountDesk, call: ApiCall): unknown {
  const items = readBatch(call.params.need('batchOrders'));
  if (call.params.fault !== null) return call.params.fault;
  if (items === null) return refuse('-1130', 'batchOrders');
  if (items.length === 0 || items.length > BATCH_PLACE_MAX) return refuse('-4082');
  return items.map((item) => plain(answer(context, desk, { ...call, params: new ApiParams(item) })));
}

function cancelBatch(context: AccountContext, desk: AccountDesk, call: ApiCall): unknown {
  const { params } = call;
  const symbol = params.need('symbol');
  const name = params.has('orderIdList') ? 'orderIdList' : 'origClientOrderIdList';
  const ids = readIdList(params.need(name));
  if (params.fault !== null) return params.fault;
  if (ids === null) return refuse('-1130', name);
  if (ids.length === 0 || ids.length > BATCH_CANCEL_MAX) return refuse('-4082');
  const key = name === 'orderIdList' ? 'orderId' : 'origClientOrderId';
  return ids.map((id) => {
    const item = new ApiParams(
      new Map([
        ['symbol', symbol],
        [key, id],
      ]),
    );
    return plain(cancelOrder(context, desk, { ...call, params: item }));
  });
}

function plain(answer: unknown): unknown {
  return isRefusal(answer) ? { code: answer.code, msg: answer.msg } : answer;
}

/** Cancels the orders of a symbol once time is up, unless it is asked for again or switched off by 0; conditional orders stay. */
function countdown(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  params.need('countdownTime');
  const ms = params.integer('countdownTime', 0, 1_000_000_000);
  if (params.fault !== null || symbol === undefined || ms === null) return params.fault;
  const { ix } = symbol.instrument;
  if (ms === 0) desk.countdowns.delete(ix);
  else desk.countdowns.set(ix, nowUs + ms * US_PER_MS);
  return { symbol: symbol.instrument.symbol, countdownTime: String(ms) };
}
