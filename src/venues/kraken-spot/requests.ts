/** The texts of requests: streams of one kind go together, as many symbols in one as Kraken's pace allows. */
import { US_PER_MINUTE, XylenError } from '#core';
import type { Subscription } from '#venues/market';
import { type KrakenSpotSettings, ORDERS_DEPTH_COSTS } from './settings.ts';

/** Symbols in one request of a public channel; each brings a snapshot. */
const SYMBOLS_MAX = 50;
/** A quarter of a second's worth of level 3 subscriptions (200 a second): requests go out four times a second. */
const ORDERS_COST_MAX = 50;
/** Candle lengths that Kraken streams and keeps, in minutes. */
const CANDLE_MINUTES = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600];

/** A request for some subscriptions; its id is chosen when it is sent. */
export interface SubscribeRequest {
  readonly batch: readonly Subscription[];
  textOf(id: number): string;
}

/** Returns the length of a candle in Kraken's minutes; `undefined` when it has no such candles. */
export function candleMinutes(timeframeUs: number | null): number | undefined {
  return CANDLE_MINUTES.find((minutes) => minutes * US_PER_MINUTE === timeframeUs);
}

/** Returns the channel of a subscription as in answers: candles by their length too. @throws XY_USAGE when Kraken has no such stream */
export function channelKey({ stream, timeframeUs, instrument }: Subscription): string {
  if (stream === 'book') return 'book';
  if (stream === 'trades') return 'trade';
  if (stream === 'quotes') return 'ticker';
  if (stream === 'orders') return 'level3';
  const minutes = stream === 'candles' ? candleMinutes(timeframeUs) : undefined;
  if (minutes !== undefined) return `ohlc-${minutes}`;
  const what =
    stream === 'candles' ? `candles of ${(timeframeUs ?? 0) / US_PER_MINUTE} minutes` : `stream '${stream}'`;
  throw new XylenError('XY_USAGE', `kraken-spot has no ${what} (asked for ${instrument.symbol})`, {
    fields: { venue: 'kraken-spot', symbol: instrument.symbol, stream },
  });
}

/** Puts subscriptions into as few requests as may be, in the order given. */
export function subscribeTexts(
  subscriptions: readonly Subscription[],
  settings: KrakenSpotSettings,
  token: string | null,
): readonly SubscribeRequest[] {
  const byChannel = new Map<string, Subscription[]>();
  for (const subscription of subscriptions) {
    const channel = channelKey(subscription);
    const list = byChannel.get(channel) ?? [];
    list.push(subscription);
    byChannel.set(channel, list);
  }
  const requests: SubscribeRequest[] = [];
  for (const [channel, list] of byChannel) {
    const size =
      channel === 'level3' ? ORDERS_COST_MAX / ORDERS_DEPTH_COSTS[settings.ordersDepth] : SYMBOLS_MAX;
    const step = Math.max(1, Math.floor(size));
    for (let at = 0; at < list.length; at += step) {
      const batch = list.slice(at, at + step);
      requests.push({ batch, textOf: (id) => requestText('subscribe', channel, batch, settings, token, id) });
    }
  }
  return requests;
}

/** Returns the request that ends a subscription. */
export function unsubscribeText(
  subscription: Subscription,
  settings: KrakenSpotSettings,
  token: string | null,
  id: number,
): string {
  return requestText('unsubscribe', channelKey(subscription), [subscription], settings, token, id);
}

function requestText(
  method: 'subscribe' | 'unsubscribe',
  channel: string,
  batch: readonly Subscription[],
  settings: KrakenSpotSettings,
  token: string | null,
  id: number,
): string {
  const symbol = batch.map((subscription) => subscription.instrument.wireSymbol);
  const isSubscribe = method === 'subscribe';
  // Trades come with the last fifty: they fill a short break, and are known again by their ids.
  const snapshot = isSubscribe ? { snapshot: true } : {};
  const params = { ...parametersOf(channel, settings, token), symbol, ...snapshot };
  return JSON.stringify({ method, params, req_id: id });
}

function parametersOf(
  channel: string,
  settings: KrakenSpotSettings,
  token: string | null,
): Readonly<Record<string, string | number>> {
  if (channel === 'book') return { channel, depth: settings.bookDepth };
  if (channel === 'level3') {
    if (token === null) throw new XylenError('XY_USAGE', 'kraken-spot: level 3 needs a token');
    return { channel, depth: settings.ordersDepth, token };
  }
  if (channel === 'ticker') return { channel, event_trigger: 'bbo' };
  const minutes = /^ohlc-(\d+)$/.exec(channel)?.[1];
  if (minutes !== undefined) return { channel: 'ohlc', interval: Number(minutes) };
  return { channel };
}
