/** How the venue says no: its error codes with their words and HTTP statuses, as values. A refusal is an expected outcome and never thrown. */

/** A request that is refused. */
export interface ApiRefusal {
  readonly kind: 'refusal';
  readonly status: number;
  readonly code: number;
  readonly msg: string;
}

/** Words by code; `%s` is filled in. Statuses other than 400 stand in `STATUSES`. */
const WORDS = {
  '-1003':
    'Too many requests; current limit of IP(127.0.0.1) is %s requests per minute. Please use the websocket for live updates to avoid polling the API.',
  '-1015': 'Too many new orders; current limit is %s orders per %s.',
  '-1020': 'This operation is not supported.',
  '-1021': 'Timestamp for this request is outside of the recvWindow.',
  '-1022': 'Signature for this request is not valid.',
  '-1023': 'Start time is greater than end time.',
  '-1100': "Illegal characters found in parameter '%s'; legal range is '%s'.",
  '-1101': 'Duplicate values for a parameter detected.',
  '-1102': "Mandatory parameter '%s' was not sent, was empty/null, or malformed.",
  '-1105': "Parameter '%s' was empty.",
  '-1106': "Parameter '%s' sent when not required.",
  '-1111': 'Precision is over the maximum defined for this asset.',
  '-1115': 'Invalid timeInForce.',
  '-1116': 'Invalid orderType.',
  '-1117': 'Invalid side.',
  '-1120': 'Invalid interval.',
  '-1121': 'Invalid symbol.',
  '-1125': 'This listenKey does not exist.',
  '-1128': 'Combination of optional parameters invalid.',
  '-1130': "Data sent for parameter '%s' is not valid.",
  '-1135': 'Invalid JSON Request',
  '-1136': 'Invalid newOrderRespType.',
  '-2010': 'NEW_ORDER_REJECTED',
  '-2011': 'Unknown order sent.',
  '-2013': 'Order does not exist.',
  '-2014': 'API-key format invalid.',
  '-2015': 'Invalid API-key, IP, or permissions for action.',
  '-2019': 'Margin is insufficient.',
  '-2020': 'Unable to fill.',
  '-2021': 'Order would immediately trigger.',
  '-2022': 'ReduceOnly Order is rejected.',
  '-2025': 'Reach max open order limit.',
  '-2027': 'Exceeded the maximum allowable position at current leverage.',
  '-2028': 'Leverage is smaller than permitted: insufficient margin balance.',
  '-4001': 'Price less than 0.',
  '-4002': 'Price greater than max price.',
  '-4003': 'Quantity less than or equal to zero.',
  '-4004': 'Quantity less than min quantity.',
  '-4005': 'Quantity greater than max quantity.',
  '-4006': 'Stop price less than zero.',
  '-4013': 'Price less than min price.',
  '-4014': 'Price not increased by tick size.',
  '-4015': 'Client order id length should be less than 36 chars.',
  '-4016': "Limit price can't be higher than %s.",
  '-4021': "'%s' is not valid depth limit.",
  '-4023': 'Quantity not increased by step size.',
  '-4024': "Limit price can't be lower than %s.",
  '-4028': 'Leverage %s is not valid',
  '-4045': 'Reach max stop order limit.',
  '-4046': 'No need to change margin type.',
  '-4047': 'Margin type cannot be changed if there exists open orders.',
  '-4048': 'Margin type cannot be changed if there exists position.',
  '-4050': 'Cross balance insufficient.',
  '-4051': 'Isolated balance insufficient.',
  '-4054': 'Cannot add position margin: position is 0.',
  '-4055': 'Amount must be positive.',
  '-4056': 'HMAC_SHA256 API key is not supported.',
  '-4059': 'No need to change position side.',
  '-4060': 'Invalid position side.',
  '-4061': "Order's position side does not match user's setting.",
  '-4067': 'Position side cannot be changed if there exists open orders.',
  '-4068': 'Position side cannot be changed if there exists position.',
  '-4082': 'Invalid number of batch place orders.',
  '-4084': 'Method is not allowed currently. Upcoming soon.',
  '-4108': 'Symbol is on delivering or delivered or settling or closed or pre-trading.',
  '-4116': 'ClientOrderId is duplicated.',
  '-4118': 'ReduceOnly Order Failed. Please check your existing position and open orders',
  '-4120': 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.',
  '-4135': 'Invalid activation price',
  '-4136': 'Target strategy invalid for orderType %s, closePosition %s',
  '-4137': 'Quantity must be zero with closePosition equals true',
  '-4138': 'Reduce only must be true with closePosition equals true',
  '-4161': 'Leverage reduction is not supported in Isolated Margin Mode with open positions.',
  '-4164': "Order's notional must be no smaller than %s (unless you choose reduce only).",
  '-4171': 'No need to change multi-assets mode.',
  '-5021':
    'Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history',
  '-5022':
    'Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history',
  '-5027': 'No need to modify the order.',
  '-5040':
    'The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than 253402300799000',
} as const;

/** A code that this exchange answers with. */
export type ApiCode = keyof typeof WORDS;

const STATUSES: Readonly<Partial<Record<ApiCode, number>>> = {
  '-1003': 429,
  '-1015': 429,
  '-2014': 401,
  '-2015': 401,
};

/** Returns a refusal with the venue's words; each `%s` is replaced by the next of `words`. */
export function refuse(code: ApiCode, ...words: readonly (string | number)[]): ApiRefusal {
  let at = 0;
  const msg = WORDS[code].replaceAll('%s', () => String(words[at++] ?? ''));
  return { kind: 'refusal', status: STATUSES[code] ?? 400, code: Number(code), msg };
}

/** Returns a refusal with words of its own, where the venue has several for one code. */
export function refuseWith(code: ApiCode, msg: string, status = STATUSES[code] ?? 400): ApiRefusal {
  return { kind: 'refusal', status, code: Number(code), msg };
}

/** True for a refusal among whatever an endpoint answers. */
export function isRefusal(answer: unknown): answer is ApiRefusal {
  return typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'refusal';
}
