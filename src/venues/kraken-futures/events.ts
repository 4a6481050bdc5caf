/**
 * What Kraken futures says about the conversation. Answers name the feed and the products; refusals come as `alert` or `error` with words alone, the
 * product between backticks where there is one.
 */
import type { ControlMessage, JsonCursor } from '#venues/market';
import type { FieldName, FrameFields } from './frame-fields.ts';

/** A subscription that is already there is no refusal: the venue sends its snapshot again. */
const ALREADY_SUBSCRIBED = /already subscribed/i;
/** The venue itself is in trouble. */
const UNAVAILABLE = /unavailable|maintenance|shutting down|restart/i;

/** Adds what an event means to `controls`; nothing for those that mean nothing here. */
export function readEvent(fields: FrameFields, controls: ControlMessage[]): void {
  const event = textOf(fields, 'event') ?? '';
  if (event === 'info') controls.push({ kind: 'welcome', pingIntervalUs: null });
  else if (event === 'pong') controls.push({ kind: 'pong' });
  else if (event === 'subscribed' || event === 'unsubscribed') answer(event, fields, controls);
  else if (event === 'subscribed_failed') fail(fields, controls);
  else if (event === 'alert' || event === 'error') alert(fields, controls);
}

function answer(kind: 'subscribed' | 'unsubscribed', fields: FrameFields, controls: ControlMessage[]): void {
  const channel = textOf(fields, 'feed') ?? '';
  const symbols = productsOf(fields);
  if (symbols.length === 0) controls.push({ kind, channel, symbol: null });
  for (const symbol of symbols) controls.push({ kind, channel, symbol });
}

function fail(fields: FrameFields, controls: ControlMessage[]): void {
  const channel = textOf(fields, 'feed') ?? null;
  const message = textOf(fields, 'message') ?? 'subscription failed';
  const symbols = productsOf(fields);
  if (symbols.length === 0) controls.push({ kind: 'refused', id: null, channel, symbol: null, message });
  for (const symbol of symbols) controls.push({ kind: 'refused', id: null, channel, symbol, message });
}

function alert(fields: FrameFields, controls: ControlMessage[]): void {
  const message = textOf(fields, 'message') ?? 'no reason given';
  if (ALREADY_SUBSCRIBED.test(message)) return;
  if (UNAVAILABLE.test(message)) {
    controls.push({ kind: 'going-away', message });
    return;
  }
  const symbol = /product `([^`]+)`/.exec(message)?.[1] ?? null;
  controls.push({ kind: 'refused', id: null, channel: null, symbol, message });
}

function textOf(fields: FrameFields, name: FieldName): string | undefined {
  if (!fields.has(name)) return undefined;
  const cursor = fields.seek(name);
  return cursor.isString ? cursor.stringText() : undefined;
}

function productsOf(fields: FrameFields): readonly string[] {
  if (!fields.has('product_ids')) return [];
  const cursor: JsonCursor = fields.seek('product_ids');
  const products: string[] = [];
  cursor.beginArray();
  while (cursor.nextItem()) products.push(cursor.stringText());
  return products;
}
