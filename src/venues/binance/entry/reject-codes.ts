/** Binance's error codes in the house's words. Codes are stable, their texts are not; a code that is not here is `other`. */
import type { VenueRejectCode } from '#domain';

const CODES: Readonly<Partial<Record<VenueRejectCode, readonly number[]>>> = {
  insufficient_margin: [-2018, -2019, -4050, -4051],
  price_filter: [
    -4001, -4002, -4006, -4007, -4013, -4014, -4016, -4024, -4029, -4135, -4183, -4184, -4210, -4211,
  ],
  quantity_filter: [-4003, -4004, -4005, -4023, -4030],
  min_notional: [-4164, -5029],
  // "Position is not sufficient" (-2024) comes for orders that would close more than there is.
  reduce_only: [-2022, -2024, -2026, -4062, -4118, -4138],
  post_only_would_take: [-5022],
  would_trigger_immediately: [-2021, -4142],
  fok_unfilled: [-5021],
  no_liquidity: [-1112, -2020, -4131, -5041],
  duplicate_client_order_id: [-4116],
  too_many_orders: [-1015, -2025, -4045],
  leverage: [-2027, -2028, -4028, -4161, -4202, -4203, -4205, -4206, -4208, -4209, -4403],
  maintenance: [-1008, -1016, -1122, -4140, -4141, -5024],
  unknown_order: [-2011, -2013],
};

const BY_CODE = new Map<number, VenueRejectCode>(
  Object.entries(CODES).flatMap(([word, codes]) =>
    codes.map((code): [number, VenueRejectCode] => [code, word as VenueRejectCode]),
  ),
);

/** Codes whose meaning is in their text alone. */
const BY_TEXT: Readonly<Record<number, readonly (readonly [text: RegExp, word: VenueRejectCode])[]>> = {
  [-1111]: [
    [/price/i, 'price_filter'],
    [/quantity/i, 'quantity_filter'],
  ],
  [-2010]: [
    [/duplicate/i, 'duplicate_client_order_id'],
    [/insufficient/i, 'insufficient_margin'],
    [/immediately match/i, 'post_only_would_take'],
    [/immediately trigger/i, 'would_trigger_immediately'],
  ],
};

/** Returns why the venue refused, in the house's words. */
export function rejectCodeOf(code: number, message: string): VenueRejectCode {
  const byText = BY_TEXT[code]?.find(([text]) => text.test(message));
  return byText?.[1] ?? BY_CODE.get(code) ?? 'other';
}
