/** Intents of the recorded expectations, told as orders of ours. Words that are not known fail, so that no case passes unread. */
import assert from 'node:assert/strict';
import { parseDecimal } from '#core';
import type { EntryAdapter, EntryCall, EntryOrder, EntryOrderType } from '../../../entry/index.ts';
import { ETH, orderOf, readRequest, refOf, STAMP } from './entry-stage.ts';

type Intent = Readonly<Record<string, string | boolean>>;

const TYPES: Readonly<Record<string, EntryOrderType>> = {
  market: 'market',
  limit: 'limit',
  'stop-market': 'stop_market',
  'stop-limit': 'stop_limit',
  stop: 'stop_limit',
  'take-profit-market': 'take_profit_market',
  'market-if-touched': 'take_profit_market',
  'take-profit-limit': 'take_profit_limit',
  'take-profit': 'take_profit_limit',
  'limit-if-touched': 'take_profit_limit',
  'trailing-stop-market': 'trailing_stop',
  'trailing-stop': 'trailing_stop',
};

/** Returns the request of an intent: an order, a cancel or a question. */
export function requestOf(
  entry: EntryAdapter,
  intent: Intent,
): { readonly method: string; readonly path: string; readonly params: Readonly<Record<string, string>> } {
  const call = callOf(entry, intent);
  const request = call.request(STAMP);
  const { path, params } = readRequest(request);
  return { method: request.method, path, params };
}

function callOf(entry: EntryAdapter, intent: Intent): EntryCall<unknown> {
  const ref = refOf({ instrument: ETH, venueOrderId: '123' });
  const [openPlain, openAlgo] = entry.openOrders([ETH]);
  if (typeof intent.type === 'string') return entry.place(orderIn(intent));
  if (typeof intent.cancel === 'string')
    return entry.cancel({ ...ref, isConditional: /algo, not/.test(intent.cancel) });
  const isAlgo = /algo/.test(String(intent.query));
  assert.match(String(intent.query), /open/, `an intent that is known: ${JSON.stringify(intent)}`);
  return (isAlgo ? openAlgo : openPlain) ?? assert.fail();
}

function orderIn(intent: Intent): EntryOrder {
  const type = TYPES[String(intent.type)] ?? assert.fail(`a type that is known: ${String(intent.type)}`);
  const trigger = intent.triggerPrice ?? intent.activationPrice ?? intent.activatePrice;
  const rate = intent.callbackRate ?? intent.trailingOffset;
  const tif = String(intent.timeInForce ?? 'GTC');
  return orderOf({
    instrument: ETH,
    type,
    side: intent.side === 'SELL' ? 'sell' : 'buy',
    qtyLots: intent.closePosition === true ? null : parseDecimal(String(intent.quantity), ETH.qtyDecimals),
    priceTicks: intent.price === undefined ? null : parseDecimal(String(intent.price), ETH.priceDecimals),
    triggerTicks: trigger === undefined ? null : parseDecimal(String(trigger), ETH.priceDecimals),
    triggerBy: intent.triggerBy === 'mark' || intent.workingType === 'MARK_PRICE' ? 'mark' : 'last',
    callbackBps: type === 'trailing_stop' ? parseDecimal(String(rate), 2) : null,
    timeInForce: intent.postOnly === true ? 'GTX' : tif === 'IOC' || tif === 'FOK' ? tif : 'GTC',
    reduceOnly: intent.reduceOnly === true,
    positionSide:
      intent.positionSide === 'LONG' ? 'long' : intent.positionSide === 'SHORT' ? 'short' : 'both',
  });
}
