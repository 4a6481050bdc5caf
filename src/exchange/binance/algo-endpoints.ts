/** The endpoints of conditional orders, which are a family of their own since December 2025: `/fapi/v1/algoOrder` and its lists. */
import type { EpochUs } from '#core';
import type { PositionMode } from '#sim';
import { type AccountContext, type AccountDesk, deskOf, signed } from './account-context.ts';
import {
  type AlgoRecord,
  type AlgoType,
  type AlgoWish,
  algoForm,
  isRisingTrigger,
  isWaiting,
} from './algo-record.ts';
import type { ApiParams } from './api-params.ts';
import { type ApiRefusal, isRefusal, refuse, refuseWith } from './api-refusal.ts';
import type { ApiCall, ApiEndpoint } from './front-desk.ts';
import type { SymbolBoard } from './market-board.ts';
import { timeRange } from './market-endpoints.ts';
import { msOf } from './market-forms.ts';
import {
  ALGO_TYPES,
  checkTrading,
  readClientId,
  readGoodTill,
  readPositionSide,
  readPrice,
  readQuantity,
  readReduceOnly,
  readSide,
  readSymbol,
  refuseIfSent,
} from './order-intake.ts';
import { STP_MODES } from './order-record.ts';

const ROWS_DEFAULT = 500;
const ROWS_MAX = 1_000;

/** Returns the endpoints of conditional orders. */
export function algoEndpoints(context: AccountContext): readonly ApiEndpoint[] {
  const withDesk =
    (answer: (context: AccountContext, desk: AccountDesk, call: ApiCall) => unknown): ApiEndpoint['answer'] =>
    (call) =>
      answer(context, deskOf(context, call), call);
  const perSymbol: ApiEndpoint['weight'] = (params) => (params.has('symbol') ? 1 : 40);
  return [
    signed('POST /fapi/v1/algoOrder', 0, withDesk(placeAlgo), { in10s: 1, inMinute: 1 }),
    signed('DELETE /fapi/v1/algoOrder', 1, withDesk(cancelAlgo)),
    signed('GET /fapi/v1/algoOrder', 1, withDesk(queryAlgo)),
    signed('GET /fapi/v1/openAlgoOrders', perSymbol, withDesk(openAlgos)),
    signed('GET /fapi/v1/allAlgoOrders', 5, withDesk(allAlgos)),
    signed('DELETE /fapi/v1/algoOpenOrders', 1, withDesk(cancelAlgos)),
  ];
}

function placeAlgo(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  checkTrading(params, context.board);
  if (params.fault !== null || symbol === undefined) return params.fault;
  const wish = readAlgo(params, symbol, desk.account.positionMode, nowUs);
  if (isRefusal(wish)) return wish;
  const ticks = wish.workingType === 'MARK_PRICE' ? symbol.markTicks : symbol.lastTicks;
  const fault = triggerFault(wish, ticks);
  if (fault !== null) return fault;
  const record = desk.algos.place(wish, ticks, nowUs);
  return isRefusal(record) ? record : algoForm(record);
}

function readAlgo(
  params: ApiParams,
  symbol: SymbolBoard,
  mode: PositionMode,
  nowUs: EpochUs,
): AlgoWish | ApiRefusal {
  const { instrument } = symbol;
  params.need('algoType');
  if (params.text('algoType')?.toUpperCase() !== 'CONDITIONAL') params.refuse(refuse('-1130', 'algoType'));
  const side = readSide(params);
  params.need('type');
  const type: AlgoType = params.choice('type', ALGO_TYPES, '-1116');
  const positionSide = readPositionSide(params, mode);
  const closePosition = params.flag('closePosition');
  const reduceOnly = readReduceOnly(params, mode);
  if (closePosition) {
    refuseCloseMix(params, type);
    // What opens the position cannot close it.
    if (positionSide === (side === 'buy' ? 'long' : 'short')) params.refuse(refuse('-1128'));
  }
  const isTrailing = type === 'TRAILING_STOP_MARKET';
  const hasPrice = type === 'STOP' || type === 'TAKE_PROFIT';
  if (!hasPrice) refuseIfSent(params, 'price');
  // What this exchange does not do is refused, not passed over.
  if (params.flag('priceProtect')) params.refuse(refuse('-4084'));
  const timeInForce = params.choice('timeInForce', ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'], '-1115');
  const wish: AlgoWish = {
    instrument,
    side,
    positionSide,
    type,
    timeInForce,
    goodTillMs: readGoodTill(params, timeInForce, nowUs),
    qtyLots: closePosition ? 0 : readQuantity(params, instrument),
    priceTicks: hasPrice ? readPrice(params, symbol, side) : null,
    triggerTicks: isTrailing ? 0 : readTrigger(params, symbol),
    workingType: params.choice('workingType', ['CONTRACT_PRICE', 'MARK_PRICE']),
    closePosition,
    reduceOnly,
    clientAlgoId: readClientId(params, 'clientAlgoId'),
    stpMode: params.choice('selfTradePreventionMode', STP_MODES),
    activateTicks: isTrailing ? readActivation(params, symbol) : null,
    callbackTenths: isTrailing ? readCallback(params) : 0,
  };
  return params.fault ?? wish;
}

function refuseCloseMix(params: ApiParams, type: AlgoType): void {
  if (type !== 'STOP_MARKET' && type !== 'TAKE_PROFIT_MARKET') params.refuse(refuse('-4136', type, 'true'));
  if (params.has('quantity')) params.refuse(refuse('-4137'));
  refuseIfSent(params, 'reduceOnly');
}

function readTrigger(params: ApiParams, { instrument }: SymbolBoard): number {
  params.need('triggerPrice');
  const ticks = params.decimal('triggerPrice', instrument.priceDecimals) ?? 0;
  if (ticks <= 0) params.refuse(refuse('-4006'));
  else if (ticks % instrument.tickStep !== 0) params.refuse(refuse('-4014'));
  return ticks;
}

/** Only `activatePrice` counts; the name that some clients send, `activationPrice`, is unknown to the venue. */
function readActivation(params: ApiParams, { instrument }: SymbolBoard): number | null {
  if (params.has('activationPrice'))
    params.refuse(refuseWith('-1130', "Unknown parameter 'activationPrice'."));
  const ticks = params.decimal('activatePrice', instrument.priceDecimals);
  if (ticks !== null && (ticks <= 0 || ticks % instrument.tickStep !== 0)) params.refuse(refuse('-4135'));
  return ticks;
}

/** Reads the distance of a trailing stop: 0.1 to 10 percent, in tenths. */
function readCallback(params: ApiParams): number {
  params.need('callbackRate');
  const tenths = params.decimal('callbackRate', 1) ?? 0;
  if (tenths < 1 || tenths > 100) params.refuse(refuse('-1130', 'callbackRate'));
  return tenths;
}

/** Returns the refusal of a trigger that the price has reached already, `null` when it has not. */
function triggerFault(wish: AlgoWish, ticks: number): ApiRefusal | null {
  if (wish.type === 'TRAILING_STOP_MARKET') {
    const { activateTicks } = wish;
    if (activateTicks === null) return null;
    return (wish.side === 'sell' ? activateTicks > ticks : activateTicks < ticks) ? null : refuse('-2021');
  }
  const isAhead = isRisingTrigger(wish) ? wish.triggerTicks > ticks : wish.triggerTicks < ticks;
  return isAhead ? null : refuse('-2021');
}

function findAlgo(desk: AccountDesk, params: ApiParams): AlgoRecord | undefined | ApiRefusal {
  const algoId = params.integer('algoId');
  const clientAlgoId = readClientId(params, 'clientAlgoId');
  if (params.fault !== null) return params.fault;
  if (algoId === null && clientAlgoId === null)
    return refuseWith('-1102', "Param 'clientAlgoId' or 'algoId' must be sent, but both were empty/null!");
  return desk.algos.find(algoId, clientAlgoId);
}

function cancelAlgo(_context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const record = findAlgo(desk, params);
  if (isRefusal(record)) return record;
  if (record === undefined || !isWaiting(record)) return refuse('-2011');
  desk.algos.cancel(record, nowUs);
  // The code of this reply is a text.
  return { algoId: record.algoId, clientAlgoId: record.clientAlgoId, code: '200', msg: 'success' };
}

function queryAlgo(_context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const record = findAlgo(desk, params);
  if (isRefusal(record)) return record;
  return record === undefined ? refuse('-2013') : algoForm(record);
}

function openAlgos(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = params.has('symbol') ? readSymbol(params, context.board) : null;
  if (params.fault !== null) return params.fault;
  return desk.algos.open(symbol?.instrument.ix ?? null).map(algoForm);
}

function allAlgos(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  const fromId = params.integer('algoId');
  const limit = params.integer('limit', 1, ROWS_MAX) ?? ROWS_DEFAULT;
  const range = timeRange(params);
  if (params.fault !== null || symbol === undefined) return params.fault;
  const found = desk.algos
    .all(symbol.instrument.ix)
    .filter(({ algoId }) => fromId === null || algoId >= fromId)
    .filter(
      ({ createdUs }) => range === null || (msOf(createdUs) >= range.fromMs && msOf(createdUs) <= range.toMs),
    );
  const isFrom = fromId !== null || range?.isFromGiven === true;
  return (isFrom ? found.slice(0, limit) : found.slice(-limit)).map(algoForm);
}

function cancelAlgos(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  if (params.fault !== null || symbol === undefined) return params.fault;
  for (const record of desk.algos.open(symbol.instrument.ix)) desk.algos.cancel(record, nowUs);
  return { code: 200, msg: 'The operation of cancel all open order is done.' };
}
