/**
 * Our client order ids inside UUIDs, for venues that take nothing else: `xy-<8 hex>-<order number, base 36>-<e|x|s|t>` and back, without loss. All 122 free
 * bits of a version 8 UUID (RFC 9562) are used: 32 of the run, 53 of the order number, 2 of the purpose, and a check of 35 bits, so that a UUID
 * which somebody else made is taken for ours once in 34 billion.
 */
import { sha256 } from './signing.ts';

const OURS = /^xy-([0-9a-f]{8})-([0-9a-z]{1,11})-([exst])$/;
const VERSION_8 = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})$/;
const PURPOSES = 'exst';
const CHECK_BITS = 35n;
const PURPOSE_BITS = 2n;
const NUMBER_BITS = 53n;
/** Free bits behind the version, and behind the variant. */
const MIDDLE_BITS = 12n;
const LAST_BITS = 62n;
const VERSION = 8n;
const VARIANT = 2n;

/** Returns the UUID of a client order id of ours; `undefined` for ids of another form, which no UUID can hold. */
export function uuidOfClientId(clientOrderId: string): string | undefined {
  const packed = packedOf(clientOrderId);
  return packed === undefined ? undefined : uuidText((packed << CHECK_BITS) | checkOf(packed));
}

/** Returns the client order id in a UUID of ours, in either case; `undefined` for any other text, UUIDs of others included. */
export function clientIdOfUuid(uuid: string): string | undefined {
  const match = VERSION_8.exec(uuid.toLowerCase());
  if (match === null) return undefined;
  const [, first = '', second = '', third = '', fourth = '', fifth = ''] = match;
  const last = BigInt(`0x${fourth}${fifth}`) & mask(LAST_BITS);
  const bits = (((BigInt(`0x${first}${second}`) << MIDDLE_BITS) | BigInt(`0x${third}`)) << LAST_BITS) | last;
  const packed = bits >> CHECK_BITS;
  return checkOf(packed) === (bits & mask(CHECK_BITS)) ? idOf(packed) : undefined;
}

function packedOf(clientOrderId: string): bigint | undefined {
  const match = OURS.exec(clientOrderId);
  if (match === null) return undefined;
  const [, tag = '', digits = '', purpose = ''] = match;
  const orderNumber = Number.parseInt(digits, 36);
  // A number that we never write (zero, leading zeros, beyond exact integers) would come back as another id.
  const isOurs = Number.isSafeInteger(orderNumber) && orderNumber > 0 && orderNumber.toString(36) === digits;
  if (!isOurs) return undefined;
  const head = (BigInt(`0x${tag}`) << NUMBER_BITS) | BigInt(orderNumber);
  return (head << PURPOSE_BITS) | BigInt(PURPOSES.indexOf(purpose));
}

function idOf(packed: bigint): string | undefined {
  const orderNumber = (packed >> PURPOSE_BITS) & mask(NUMBER_BITS);
  if (orderNumber === 0n) return undefined;
  const tag = (packed >> (PURPOSE_BITS + NUMBER_BITS)).toString(16).padStart(8, '0');
  const purpose = PURPOSES[Number(packed & mask(PURPOSE_BITS))] ?? '';
  return `xy-${tag}-${orderNumber.toString(36)}-${purpose}`;
}

function checkOf(packed: bigint): bigint {
  const hash = sha256(`xylen client order id ${packed.toString(16)}`);
  return BigInt(`0x${hash.subarray(0, 8).toString('hex')}`) & mask(CHECK_BITS);
}

function uuidText(bits: bigint): string {
  const last = (VARIANT << LAST_BITS) | (bits & mask(LAST_BITS));
  const middle = (VERSION << MIDDLE_BITS) | ((bits >> LAST_BITS) & mask(MIDDLE_BITS));
  const hex = [
    (bits >> (LAST_BITS + MIDDLE_BITS)).toString(16).padStart(12, '0'),
    middle.toString(16).padStart(4, '0'),
    last.toString(16).padStart(16, '0'),
  ].join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function mask(bits: bigint): bigint {
  return (1n << bits) - 1n;
}
