/** Calls about the account: balances, positions, leverage, margin and position mode, the venue's clock. */
import { assert, XylenError } from '#core';
import {
  type BalanceRecord,
  type EntryAdapter,
  type EntryCall,
  type EntryInstrument,
  type EntryInstruments,
  type FormParams,
  type InstrumentTerms,
  type KeyRights,
  type PositionRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { weightOf } from './limits.ts';
import { readPosition } from './position-record.ts';
import { requireSuccess } from './reply-checks.ts';
import { type SignedCalls, VENUE } from './signed-calls.ts';
import { timeUs } from './wire-fields.ts';

const LEVERAGE_MAX = 125;

type AccountCalls = Pick<
  EntryAdapter,
  | 'serverTime'
  | 'balances'
  | 'positions'
  | 'setLeverage'
  | 'setMarginMode'
  | 'setPositionMode'
  | 'keyRights'
  | 'terms'
>;

/** Returns the calls about the account. */
export function accountCalls(calls: SignedCalls, instruments: EntryInstruments): AccountCalls {
  return {
    serverTime: () => serverTimeCall(calls),
    balances: () =>
      questionCall(calls, 'balances', '/fapi/v3/balance', (doc) => doc.items().map(readBalance)),
    positions: () =>
      questionCall(calls, 'positions', '/fapi/v3/positionRisk', (doc) => readPositions(doc, instruments)),
    setLeverage: (instrument, leverage) => leverageCall(calls, instrument, leverage),
    setMarginMode: (instrument, mode) =>
      settingCall(calls, 'margin-mode', '/fapi/v1/marginType', {
        symbol: instrument.restSymbol,
        marginType: mode === 'cross' ? 'CROSSED' : 'ISOLATED',
      }),
    setPositionMode: (mode) =>
      settingCall(calls, 'position-mode', '/fapi/v1/positionSide/dual', {
        dualSidePosition: mode === 'hedge' ? 'true' : 'false',
      }),
    keyRights: () => keyRightsCall(calls),
    terms: (instrument) => termsCalls(calls, instrument),
  };
}

/** The futures hosts tell what the account may do, not what the key may do: that is asked of the host of the wallet, where there is one. */
function keyRightsCall(calls: SignedCalls): EntryCall<KeyRights> | null {
  if (!calls.hasKeysHost) return null;
  return calls.of({
    name: 'key-rights',
    priority: 'query',
    effect: 'read',
    costs: weightOf(1),
    method: 'GET',
    path: '/sapi/v1/account/apiRestrictions',
    params: {},
    isAtKeysHost: true,
    parse: (body) => readKeyRights(ReplyDoc.parse(body, VENUE, 'key-rights')),
  });
}

/** An internal transfer takes money to another account as well as a withdrawal does; a universal one moves it between wallets of the same. */
function readKeyRights(doc: ReplyDoc): KeyRights {
  const may = (name: string): boolean => doc.at(name).isThere && doc.at(name).flag();
  return {
    canRead: doc.at('enableReading').flag(),
    canTrade: doc.at('enableFutures').flag(),
    canWithdraw: doc.at('enableWithdrawals').flag() || may('enableInternalTransfer'),
  };
}

/** Fees are decimals of the notional: six digits behind the point are parts per million. */
const PPM_DECIMALS = 6;

function termsCalls(
  calls: SignedCalls,
  { restSymbol: symbol }: EntryInstrument,
): readonly EntryCall<InstrumentTerms>[] {
  const ask = (
    name: string,
    path: string,
    params: FormParams,
    weight: number,
    read: (doc: ReplyDoc) => InstrumentTerms,
  ): EntryCall<InstrumentTerms> =>
    calls.of({
      ...{ name, path, params, priority: 'query', effect: 'read', method: 'GET' },
      costs: weightOf(weight),
      parse: (body) => read(ReplyDoc.parse(body, VENUE, name)),
    });
  return [
    ask('position-mode', '/fapi/v1/positionSide/dual', {}, 30, (doc) => ({
      positionMode: doc.at('dualSidePosition').flag() ? 'hedge' : 'one-way',
    })),
    ask('symbol-config', '/fapi/v1/symbolConfig', { symbol }, 5, (doc) => readSymbolConfig(doc, symbol)),
    ask('fee-coin', '/fapi/v1/feeBurn', {}, 30, (doc) => ({ hasFeesInOwnCoin: doc.at('feeBurn').flag() })),
    ask('fees', '/fapi/v1/commissionRate', { symbol }, 20, (doc) => ({
      makerPpm: doc.at('makerCommissionRate').scaled(PPM_DECIMALS),
      takerPpm: doc.at('takerCommissionRate').scaled(PPM_DECIMALS),
    })),
  ];
}

function readSymbolConfig(doc: ReplyDoc, symbol: string): InstrumentTerms {
  const own = doc.items().find((item) => item.at('symbol').text() === symbol);
  if (own === undefined) throw doc.fail(`the settings of ${symbol}`);
  return {
    marginMode: own.at('marginType').word('CROSSED', 'ISOLATED') === 'CROSSED' ? 'cross' : 'isolated',
    leverage: own.at('leverage').integer(),
  };
}

function serverTimeCall(calls: SignedCalls): EntryCall<number> {
  return calls.of({
    name: 'time',
    priority: 'query',
    effect: 'read',
    costs: weightOf(1),
    method: 'GET',
    path: '/fapi/v1/time',
    params: {},
    security: 'open',
    parse: (body) => timeUs(ReplyDoc.parse(body, VENUE, 'time').at('serverTime')),
  });
}

function questionCall<T>(
  calls: SignedCalls,
  name: string,
  path: string,
  read: (doc: ReplyDoc) => T,
): EntryCall<T> {
  return calls.of({
    name,
    priority: 'query',
    effect: 'read',
    costs: weightOf(5),
    method: 'GET',
    path,
    params: {},
    parse: (body) => read(ReplyDoc.parse(body, VENUE, name)),
  });
}

function readBalance(doc: ReplyDoc): BalanceRecord {
  const asset = doc.at('asset').text();
  return {
    total: doc.at('balance').amount(asset),
    available: doc.at('availableBalance').amount(asset),
  };
}

/** Positions in instruments that nobody here trades are passed over: they are the owner's. */
function readPositions(doc: ReplyDoc, instruments: EntryInstruments): readonly PositionRecord[] {
  return doc.items().flatMap((item) => {
    const instrument = instruments.named(item.at('symbol').text());
    if (instrument === undefined) return [];
    return [
      readPosition(instrument, {
        side: item.at('positionSide'),
        qty: item.at('positionAmt'),
        entryPrice: item.at('entryPrice'),
        tsVenueUs: timeUs(item.at('updateTime')),
      }),
    ];
  });
}

function leverageCall(calls: SignedCalls, instrument: EntryInstrument, leverage: number): EntryCall<void> {
  assert(
    Number.isInteger(leverage) && leverage >= 1 && leverage <= LEVERAGE_MAX,
    `leverage is a whole number of 1 to ${LEVERAGE_MAX}, was ${leverage}`,
  );
  return calls.of({
    ...settingParts('leverage', '/fapi/v1/leverage'),
    params: { symbol: instrument.restSymbol, leverage },
    parse: (body) => {
      const doc = ReplyDoc.parse(body, VENUE, 'leverage');
      const [symbol, found] = [doc.at('symbol').text(), doc.at('leverage').integer()];
      if (symbol === instrument.restSymbol && found === leverage) return;
      throw new XylenError(
        'XY_VENUE_REPLY',
        `${VENUE} leverage: expected ${leverage} of ${instrument.restSymbol}, found ${found} of ${symbol.slice(0, 40)}`,
      );
    },
  });
}

function settingCall(calls: SignedCalls, name: string, path: string, params: FormParams): EntryCall<void> {
  return calls.of({
    ...settingParts(name, path),
    params,
    parse: (body) => requireSuccess(ReplyDoc.parse(body, VENUE, name)),
  });
}

function settingParts(name: string, path: string) {
  return {
    name,
    priority: 'order',
    effect: 'change',
    costs: weightOf(1),
    method: 'POST',
    path,
  } as const;
}
