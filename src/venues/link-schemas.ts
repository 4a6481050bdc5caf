/**
 * Validation of the exchange link: bytes in, messages out, or `XY_LINK_PROTOCOL` with the field that is wrong. Both ends use it: the other
 * process may be another build, or no trader at all.
 */
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode, XylenError } from '#core';
import {
  type ExecutionEvent,
  type MarketEvent,
  ORDER_STATUSES,
  ORDER_TYPES,
  POSITION_SIDES,
  parseVenueId,
  SELF_TRADE_MODES,
  TRIGGER_SOURCES,
  VENUE_REJECT_CODES,
} from '#domain';
import {
  type AdvanceReply,
  LINK_COMMANDS_MAX,
  LINK_PROTOCOL,
  LINK_VERSION,
  type LinkReply,
  type LinkRequest,
} from './link-messages.ts';
import type { MarketCard } from './market-card.ts';

const TEXT_CHARS_MAX = 4_096;
const INSTRUMENTS_MAX = 1_024;
const LEVEL_NUMBERS_MAX = 200_000;
const OPEN_ORDERS_MAX = 100_000;
/** Refuses what is no UTF-8 instead of guessing. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** A moment or another number that is finite; strategies may set timers between two microseconds. */
const moment = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const integer = z.int();
const count = z.int().min(0);
const positive = z.int().min(1);
const text = z.string().max(TEXT_CHARS_MAX);
const instrumentIx = z
  .int()
  .min(0)
  .max(INSTRUMENTS_MAX - 1);
const clientOrderId = z.string().regex(/^[\x21-\x7e]{1,64}$/);
const side = z.enum(['buy', 'sell']);
const orderType = z.enum(ORDER_TYPES);
const positionSide = z.enum(POSITION_SIDES).exactOptional();
const atoms = z
  .string()
  .regex(/^-?\d{1,60}$/)
  .transform(BigInt);
const levels = z
  .array(count)
  .max(LEVEL_NUMBERS_MAX)
  .transform((numbers) => Float64Array.from(numbers));

const orderFields = z.strictObject({
  clientOrderId,
  instrumentIx,
  side,
  type: orderType,
  label: z.enum(['ENTRY', 'EXIT', 'SL', 'TP']),
  /** 0 closes a whole position. */
  qtyLots: count,
  priceTicks: integer.nullable(),
  triggerTicks: integer.nullable(),
  timeInForce: z.enum(['GTC', 'IOC', 'FOK', 'GTX']),
  reduceOnly: z.boolean(),
  triggerBy: z.enum(TRIGGER_SOURCES).exactOptional(),
  callbackBps: positive.exactOptional(),
  closePosition: z.literal(true).exactOptional(),
  selfTrade: z.enum(SELF_TRADE_MODES).exactOptional(),
  positionSide,
});
const order = orderFields.refine(
  ({ closePosition, qtyLots }) => (closePosition === true) === (qtyLots === 0),
  {
    path: ['qtyLots'],
    error: 'expected a quantity, or 0 for what closes a whole position',
  },
);

const command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('submit'), nowUs: moment, order }),
  z.strictObject({ kind: z.literal('cancel'), nowUs: moment, clientOrderId, instrumentIx }),
]);

const request = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('hello'),
    protocol: text,
    version: count,
    sessionId: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  }),
  z.strictObject({ kind: z.literal('resume'), worldSeq: count, step: count.nullable() }),
  z.strictObject({
    kind: z.literal('advance'),
    step: positive,
    limitUs: moment.nullable(),
    commands: z.array(command).max(LINK_COMMANDS_MAX),
  }),
  z.strictObject({ kind: z.literal('acknowledge'), worldSeq: count }),
  z.strictObject({ kind: z.literal('open-orders') }),
  z.strictObject({ kind: z.literal('order'), clientOrderId, instrumentIx }),
  z.strictObject({ kind: z.literal('account') }),
  z.strictObject({ kind: z.literal('here') }),
]) satisfies z.ZodType<LinkRequest>;

const stamps = { instrumentIx, tsVenueUs: moment, tsLocalUs: moment };
const ids = { ...stamps, clientOrderId: text, venueOrderId: text };
const refusal = { ...ids, code: z.enum(VENUE_REJECT_CODES), message: text };
const ending = { ...ids, reason: text };

const event = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('candle'),
    isSummary: z.literal(true).exactOptional(),
    ...stamps,
    timeframeUs: positive,
    openTsUs: moment,
    openTicks: integer,
    highTicks: integer,
    lowTicks: integer,
    closeTicks: integer,
    volumeLots: count,
  }),
  z.strictObject({
    kind: z.literal('trade'),
    ...stamps,
    tradeId: integer,
    priceTicks: integer,
    qtyLots: count,
    takerSide: side,
  }),
  z.strictObject({
    kind: z.literal('book'),
    ...stamps,
    isSnapshot: z.boolean(),
    firstUpdateId: integer,
    lastUpdateId: integer,
    previousUpdateId: integer,
    bids: levels,
    asks: levels,
  }),
  z.strictObject({ kind: z.literal('mark'), ...stamps, markTicks: integer }),
  z.strictObject({ kind: z.literal('funding'), ...stamps, rateE12: integer }),
  z.strictObject({ kind: z.literal('feed-state'), ...stamps, isUsable: z.boolean() }),
  z.strictObject({ kind: z.literal('order-accepted'), ...ids }),
  z.strictObject({ kind: z.literal('order-triggered'), ...ids }),
  z.strictObject({ kind: z.literal('order-rejected'), ...refusal }),
  z.strictObject({ kind: z.literal('cancel-rejected'), ...refusal }),
  z.strictObject({ kind: z.literal('amend-rejected'), ...refusal }),
  z.strictObject({ kind: z.literal('order-amended'), ...ids, priceTicks: integer, qtyLots: positive }),
  z.strictObject({ kind: z.literal('order-canceled'), ...ending }),
  z.strictObject({ kind: z.literal('order-expired'), ...ending }),
  z.strictObject({
    kind: z.literal('fill'),
    ...ids,
    execId: text,
    side,
    priceTicks: integer,
    qtyLots: positive,
    leavesLots: count,
    feeAtoms: atoms,
    liquidity: z.enum(['maker', 'taker']),
    isLiquidation: z.boolean(),
    positionSide,
  }),
  z.strictObject({
    kind: z.literal('funding-payment'),
    ...stamps,
    amountAtoms: atoms,
    rateE12: integer,
    positionLots: integer,
    markTicks: integer,
    positionSide,
  }),
]) satisfies z.ZodType<MarketEvent | ExecutionEvent>;

const venueOrder = z.strictObject({
  clientOrderId: text,
  venueOrderId: text,
  instrumentIx,
  side,
  type: orderType,
  qtyLots: count,
  filledLots: count,
  priceTicks: integer.nullable(),
  triggerTicks: integer.nullable(),
  status: z.enum(ORDER_STATUSES),
  updatedUs: moment,
  positionSide,
});

const account = z.strictObject({
  tsVenueUs: moment,
  cashAtoms: atoms,
  positions: z
    .array(
      z.strictObject({
        instrumentIx,
        qtyLots: integer,
        costTickLots: atoms,
        positionSide,
        marginAtoms: atoms.exactOptional(),
      }),
    )
    .max(2 * INSTRUMENTS_MAX),
});

const instrument = z.strictObject({
  venue: text.transform((id, context) => {
    const venue = parseVenueId(id);
    if (venue !== undefined) return venue;
    context.addIssue({ code: 'custom', message: 'expected a venue id' });
    return z.NEVER;
  }),
  symbol: text,
  baseAsset: text,
  quoteAsset: text,
  kind: z.enum(['perpetual', 'spot']),
  priceDecimals: count,
  qtyDecimals: count,
  tickSize: text,
  lotSize: text,
  qtyMin: text,
  qtyMax: text,
  notionalMin: text,
  leverageMax: z.number(),
  maintenanceMarginPpm: z.number(),
  marginTiers: z
    .array(
      z.strictObject({
        notionalMax: text.nullable(),
        maintenanceMarginPpm: z.number(),
        leverageMax: z.number(),
      }),
    )
    .max(100)
    .exactOptional(),
  rulesFrom: z.enum(['venue', 'config', 'inferred', 'synthetic']),
});

const market = z.strictObject({
  instruments: z.array(instrument).min(1).max(INSTRUMENTS_MAX),
  startCashAtoms: atoms,
  leverage: z.number(),
  seed: count,
  isSynthetic: z.boolean(),
  hasFunding: z.boolean(),
  fundingMissing: z.array(z.string().max(200)).max(2_048),
  sourceTimeframeUs: positive,
  timeframesUs: z.array(positive).min(1).max(INSTRUMENTS_MAX),
  startUs: moment,
  endUs: moment,
  tradeFromUs: moment,
  dataHash: text,
  dataSets: z.array(text).max(INSTRUMENTS_MAX),
  assumptions: z.array(z.strictObject({ key: text, value: text, text })).max(INSTRUMENTS_MAX),
}) satisfies z.ZodType<MarketCard>;

const errorReply = z.strictObject({
  kind: z.literal('error'),
  // Another version may have codes that this one does not know.
  code: text.transform((code): ErrorCode => (code in ERROR_CODES ? (code as ErrorCode) : 'XY_LINK_PROTOCOL')),
  message: text,
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

const reply = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('event'), step: positive, worldSeq: positive, event }),
  z.strictObject({ kind: z.literal('idle'), step: positive }),
  z.strictObject({ kind: z.literal('end'), step: positive }),
  z.strictObject({ kind: z.literal('welcome'), version: count, stepsKeptMax: positive, market }),
  z.strictObject({ kind: z.literal('resumed'), step: count, worldSeqLast: count }),
  z.strictObject({ kind: z.literal('acknowledged') }),
  z.strictObject({ kind: z.literal('open-orders'), orders: z.array(venueOrder).max(OPEN_ORDERS_MAX) }),
  z.strictObject({ kind: z.literal('order'), order: venueOrder.nullable() }),
  z.strictObject({ kind: z.literal('account'), account }),
  errorReply,
  z.strictObject({ kind: z.literal('are-you-there') }),
]) satisfies z.ZodType<LinkReply>;

/** As much of a hello as every version has. */
const greeting = z.object({ protocol: text, version: z.number() });

/** Parses what a trader said. @throws XY_LINK_PROTOCOL */
export function parseLinkRequest(payload: Uint8Array): LinkRequest {
  const message = jsonOf(payload);
  if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'hello') {
    const { protocol, version } = parsed(greeting, message, 'hello');
    checkVersion(protocol, version);
  }
  return parsed(request, message, 'request');
}

/** Parses what an exchange said. @throws XY_LINK_PROTOCOL */
export function parseLinkReply(payload: Uint8Array): LinkReply {
  return parsed(reply, jsonOf(payload), 'reply');
}

/** True for the replies to `advance`. */
export function isAdvanceReply(message: LinkReply): message is AdvanceReply {
  return message.kind === 'event' || message.kind === 'idle' || message.kind === 'end';
}

function checkVersion(protocol: string, version: number): void {
  if (protocol === LINK_PROTOCOL && version === LINK_VERSION) return;
  const found = `${protocol} ${version}`;
  throw protocolError(`expected ${LINK_PROTOCOL} ${LINK_VERSION}, found '${found.slice(0, 80)}'`);
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(payload));
  } catch (cause) {
    throw protocolError(`expected a message in JSON, found ${payload.length} bytes that are none`, cause);
  }
}

function parsed<T>(schema: z.ZodType<T>, message: unknown, what: string): T {
  const result = schema.safeParse(message);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join('.') ?? '';
  throw protocolError(`a ${what} is not valid at '${place}': ${issue?.message ?? 'no reason'}`, result.error);
}

function protocolError(message: string, cause?: unknown): XylenError {
  return new XylenError('XY_LINK_PROTOCOL', message, { cause });
}
