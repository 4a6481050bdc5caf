/**
 * The endpoints of accounts: balances, positions, settings, income. Accounts are one-way or hedged, of a single asset, with cross or isolated margin by symbol;
 * multi-asset margin is refused with the venue's words for what it does not offer.
 */
import { type Instrument, type MarginTier, notionalAtoms, notionalAtomsMaxAt } from '#domain';
import { type AccountContext, type AccountDesk, deskOf, signed } from './account-context.ts';
import { accountForm, balanceForm, positionRiskForm } from './account-forms.ts';
import { type ApiRefusal, refuse } from './api-refusal.ts';
import { ppmText } from './exchange-info.ts';
import type { ApiCall, ApiEndpoint } from './front-desk.ts';
import type { MarketBoard, SymbolBoard } from './market-board.ts';
import { timeRange } from './market-endpoints.ts';
import { maxNotionalText, msOf } from './market-forms.ts';
import { fixedText } from './number-text.ts';
import { readPositionSide, readSymbol } from './order-intake.ts';
import { queryForm } from './order-record.ts';
import type { TradingAccount } from './trading-account.ts';
import { leverageUpdate } from './user-events.ts';

const ROWS_DEFAULT = 100;
const ROWS_MAX = 1_000;

/** What every key of a simulated account may do: there is nowhere to withdraw to. */
const KEY_RIGHTS = {
  ipRestrict: false,
  createTime: 0,
  enableReading: true,
  enableFutures: true,
  enableSpotAndMarginTrading: false,
  enableMargin: false,
  enableWithdrawals: false,
  enableInternalTransfer: false,
  permitsUniversalTransfer: false,
  enableVanillaOptions: false,
};

type Answer = (context: AccountContext, desk: AccountDesk, call: ApiCall) => unknown;

/** Returns the endpoints of accounts. */
export function accountEndpoints(context: AccountContext): readonly ApiEndpoint[] {
  const own = (at: string, weight: number, answer: Answer): ApiEndpoint =>
    signed(at, weight, (call) => answer(context, deskOf(context, call), call));
  return [
    own('GET /fapi/v2/account', 5, (_, desk) => accountForm(desk.account, 2)),
    own('GET /fapi/v3/account', 5, (_, desk) => accountForm(desk.account, 3)),
    own('GET /fapi/v2/balance', 5, (_, desk) => [balanceForm(desk.account)]),
    own('GET /fapi/v3/balance', 5, (_, desk) => [balanceForm(desk.account)]),
    own('GET /fapi/v1/positionRisk', 5, (...parts) => positionRisk(2, ...parts)),
    own('GET /fapi/v2/positionRisk', 5, (...parts) => positionRisk(2, ...parts)),
    own('GET /fapi/v3/positionRisk', 5, (...parts) => positionRisk(3, ...parts)),
    own('POST /fapi/v1/leverage', 1, setLeverage),
    own('POST /fapi/v1/marginType', 1, setMarginType),
    own('POST /fapi/v1/positionMargin', 1, movePositionMargin),
    own('GET /fapi/v1/positionSide/dual', 30, (_, desk) => ({ dualSidePosition: isHedged(desk) })),
    own('POST /fapi/v1/positionSide/dual', 1, setPositionMode),
    own('GET /fapi/v1/multiAssetsMargin', 30, () => ({ multiAssetsMargin: false })),
    own('POST /fapi/v1/multiAssetsMargin', 1, setAssetMode),
    own('GET /fapi/v1/leverageBracket', 1, leverageBrackets),
    own('GET /fapi/v1/commissionRate', 20, commissionRate),
    own('GET /fapi/v1/income', 30, income),
    own('GET /fapi/v1/symbolConfig', 5, symbolConfig),
    own('GET /fapi/v1/accountConfig', 5, accountConfig),
    own('GET /fapi/v1/feeBurn', 30, () => ({ feeBurn: false })),
    own('GET /fapi/v1/forceOrders', 20, forceOrders),
    own('GET /sapi/v1/account/apiRestrictions', 1, () => KEY_RIGHTS),
  ];
}

function positionRisk(
  version: 2 | 3,
  context: AccountContext,
  desk: AccountDesk,
  { params }: ApiCall,
): unknown {
  const symbol = params.has('symbol') ? readSymbol(params, context.board) : null;
  if (params.fault !== null) return params.fault;
  const { ledger } = desk.account;
  return ledger
    .states()
    .filter(({ instrument }) => symbol === null || instrument.ix === symbol?.instrument.ix)
    .filter((state) => version === 2 || state.lots !== 0 || state.buyingLots > 0 || state.sellingLots > 0)
    .map((state) => positionRiskForm(state, ledger, version));
}

function setLeverage(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  params.need('leverage');
  const leverage = params.integer('leverage', Number.MIN_SAFE_INTEGER);
  if (params.fault !== null || symbol === undefined || leverage === null) return params.fault;
  const { instrument } = symbol;
  if (leverage < 1 || leverage > instrument.leverageMax) return refuse('-4028', leverage);
  const { account } = desk;
  const fault = leverageFault(context.board, account, instrument, leverage);
  if (fault !== null) return fault;
  const before = account.ledger.leverageOf(instrument.ix);
  if (leverage !== before) {
    account.setLeverage(instrument, leverage);
    if (leverage < before && account.ledger.sums().freeAtoms < 0n) {
      account.setLeverage(instrument, before);
      return refuse('-2028');
    }
    account.emit(leverageUpdate(instrument.symbol, leverage, nowUs));
  }
  return { symbol: instrument.symbol, leverage, maxNotionalValue: maxNotionalText(symbol) };
}

function setMarginType(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  params.need('marginType');
  const type = params.choice('marginType', ['CROSSED', 'ISOLATED']);
  if (params.fault !== null || symbol === undefined) return params.fault;
  const { instrument } = symbol;
  const { account, algos } = desk;
  const isIsolated = type === 'ISOLATED';
  if (account.ledger.isIsolated(instrument.ix) === isIsolated) return refuse('-4046');
  if (account.orders.open(instrument.ix).length > 0 || algos.open(instrument.ix).length > 0)
    return refuse('-4047');
  if (account.ledger.heldLots(instrument.ix) !== 0) return refuse('-4048');
  account.setIsolated(instrument, isIsolated);
  return { code: 200, msg: 'success' };
}

/** Returns why a leverage cannot be chosen for what is held; `null` = it can, as far as margin allows. */
function leverageFault(
  board: MarketBoard,
  account: TradingAccount,
  instrument: Instrument,
  leverage: number,
): ApiRefusal | null {
  const { ledger } = account;
  const lots = ledger.heldLots(instrument.ix);
  if (lots === 0) return null;
  if (ledger.isIsolated(instrument.ix) && leverage < ledger.leverageOf(instrument.ix)) return refuse('-4161');
  const most = notionalAtomsMaxAt(instrument.marginTiers, leverage);
  const heldAtoms = notionalAtoms(instrument, board.at(instrument.ix).markTicks, lots);
  return most !== null && heldAtoms > most ? refuse('-2027') : null;
}

/** Moves cash into the wallet of an isolated position (type 1), or out of it (type 2). */
function movePositionMargin(context: AccountContext, desk: AccountDesk, { nowUs, params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  const positionSide = readPositionSide(params, desk.account.positionMode);
  params.need('amount');
  params.need('type');
  const type = params.integer('type', 1, 2);
  if (params.fault !== null || symbol === undefined) return params.fault;
  const { instrument } = symbol;
  const amount = params.decimal('amount', instrument.atomDecimals);
  if (params.fault !== null || amount === null) return params.fault;
  if (amount <= 0) return refuse('-4055');
  const { isIsolated, lots } = desk.account.ledger.stateOf(instrument.ix, positionSide);
  if (!isIsolated || lots === 0) return refuse('-4054');
  const amountAtoms = BigInt(amount) * (type === 1 ? 1n : -1n);
  if (!desk.account.moveMargin(instrument, positionSide, amountAtoms, nowUs))
    return refuse(type === 1 ? '-4050' : '-4051');
  const moved = Number(desk.account.ledger.moneyText(BigInt(amount)));
  return { amount: moved, code: 200, msg: 'Successfully modify position margin.', type };
}

function isHedged({ account }: AccountDesk): boolean {
  return account.positionMode === 'hedge';
}

/** Chooses between one position a symbol and a long and a short one. */
function setPositionMode(_context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  params.need('dualSidePosition');
  const isOn = params.flag('dualSidePosition');
  if (params.fault !== null) return params.fault;
  if (isOn === isHedged(desk)) return refuse('-4059');
  const { account, algos } = desk;
  if (account.orders.open().length > 0 || algos.open().length > 0) return refuse('-4067');
  if (account.ledger.states().some(({ lots }) => lots !== 0)) return refuse('-4068');
  account.setPositionMode(isOn ? 'hedge' : 'one-way');
  return { code: 200, msg: 'success' };
}

function setAssetMode(_context: AccountContext, _desk: AccountDesk, { params }: ApiCall): unknown {
  params.need('multiAssetsMargin');
  const isOn = params.flag('multiAssetsMargin');
  if (params.fault !== null) return params.fault;
  return isOn ? refuse('-4084') : refuse('-4171');
}

function leverageBrackets(context: AccountContext, _desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = params.has('symbol') ? readSymbol(params, context.board) : null;
  if (params.fault !== null) return params.fault;
  const rows = context.board.all.filter((one) => symbol === null || one === symbol);
  return rows.map((one) => ({
    symbol: one.instrument.symbol,
    notionalCoef: 1,
    brackets: one.instrument.marginTiers.map((tier, at, tiers) =>
      bracketForm(one, tier, tiers[at - 1], at + 1),
    ),
  }));
}

function bracketForm(
  symbol: SymbolBoard,
  tier: MarginTier,
  before: MarginTier | undefined,
  bracket: number,
): unknown {
  const { atomDecimals } = symbol.instrument;
  const units = (atoms: bigint): number => Number(fixedText(atoms, atomDecimals));
  return {
    bracket,
    initialLeverage: tier.leverageMax,
    notionalCap:
      tier.notionalAtomsMax === null ? Number(maxNotionalText(symbol)) : units(tier.notionalAtomsMax),
    notionalFloor: units(before?.notionalAtomsMax ?? 0n),
    maintMarginRatio: Number(ppmText(tier.maintenanceMarginPpm, 6)),
    cum: units(tier.deductionAtoms),
  };
}

function commissionRate(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = readSymbol(params, context.board);
  if (params.fault !== null || symbol === undefined) return params.fault;
  const { instrument } = symbol;
  const { fees } = desk.account.rules.costs;
  const makerRate = ppmText(fees.ppm(instrument.venue, 'maker'), 6);
  return {
    symbol: instrument.symbol,
    makerCommissionRate: makerRate,
    takerCommissionRate: ppmText(fees.ppm(instrument.venue, 'taker'), 6),
    rpiCommissionRate: makerRate,
  };
}

function income(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = params.has('symbol') ? readSymbol(params, context.board) : null;
  const kind = params.text('incomeType');
  const limit = params.integer('limit', 1, ROWS_MAX) ?? ROWS_DEFAULT;
  const range = timeRange(params);
  if (params.fault !== null) return params.fault;
  const { ledger } = desk.account;
  const found = ledger.incomes.filter(
    (row) =>
      (symbol === null || row.instrumentIx === symbol?.instrument.ix) &&
      (kind === null || row.kind === kind) &&
      (range === null || (msOf(row.tsUs) >= range.fromMs && msOf(row.tsUs) <= range.toMs)),
  );
  const chosen = range?.isFromGiven === true ? found.slice(0, limit) : found.slice(-limit);
  return chosen.map((row) => ({
    symbol: context.board.at(row.instrumentIx).instrument.symbol,
    incomeType: row.kind,
    income: ledger.moneyText(row.amountAtoms),
    asset: ledger.asset,
    info: row.kind,
    time: msOf(row.tsUs),
    tranId: row.transactionId,
    tradeId: row.tradeId,
  }));
}

function symbolConfig(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = params.has('symbol') ? readSymbol(params, context.board) : null;
  if (params.fault !== null) return params.fault;
  return context.board.all
    .filter((one) => symbol === null || one === symbol)
    .map((one) => ({
      symbol: one.instrument.symbol,
      marginType: desk.account.ledger.isIsolated(one.instrument.ix) ? 'ISOLATED' : 'CROSSED',
      isAutoAddMargin: false,
      leverage: desk.account.ledger.leverageOf(one.instrument.ix),
      maxNotionalValue: maxNotionalText(one),
    }));
}

function accountConfig(_context: AccountContext, desk: AccountDesk): unknown {
  return {
    feeTier: 0,
    canTrade: true,
    canDeposit: false,
    canWithdraw: false,
    dualSidePosition: isHedged(desk),
    updateTime: msOf(desk.account.ledger.updatedUs),
    multiAssetsMargin: false,
    tradeGroupId: -1,
  };
}

/** Returns the orders by which the venue has closed positions. */
function forceOrders(context: AccountContext, desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = params.has('symbol') ? readSymbol(params, context.board) : null;
  if (params.fault !== null) return params.fault;
  const symbols = context.board.all.filter((one) => symbol === null || one === symbol);
  return symbols.flatMap(({ instrument }) =>
    desk.account.orders
      .all(instrument.ix)
      .filter(({ clientOrderId }) => clientOrderId.startsWith('autoclose-'))
      .map(queryForm),
  );
}
