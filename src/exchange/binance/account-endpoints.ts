/**
 * The endpoints of accounts: balances, positions, settings, income. Accounts are one-way, cross margin, single asset; a wish for another mode
 * is refused with the venue's words for what it does not offer.
 */
import { type AccountContext, type AccountDesk, deskOf, signed } from './account-context.ts';
import { accountForm, balanceForm, positionRiskForm } from './account-forms.ts';
import { refuse } from './api-refusal.ts';
import { ppmText } from './exchange-info.ts';
import type { ApiCall, ApiEndpoint } from './front-desk.ts';
import { timeRange } from './market-endpoints.ts';
import { maxNotionalText, msOf } from './market-forms.ts';
import { readSymbol } from './order-intake.ts';
import { queryForm } from './order-record.ts';
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
    own('GET /fapi/v1/positionSide/dual', 30, () => ({ dualSidePosition: false })),
    own('POST /fapi/v1/positionSide/dual', 1, (_, __, call) => setMode(call, 'dualSidePosition', '-4059')),
    own('GET /fapi/v1/multiAssetsMargin', 30, () => ({ multiAssetsMargin: false })),
    own('POST /fapi/v1/multiAssetsMargin', 1, (_, __, call) => setMode(call, 'multiAssetsMargin', '-4171')),
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
  const before = account.ledger.stateOf(instrument.ix).leverage;
  if (leverage !== before) {
    account.setLeverage(instrument, leverage);
    const sums = account.ledger.sums();
    const boundAtoms = sums.positionMarginAtoms + sums.orderMarginAtoms;
    if (leverage < before && boundAtoms > sums.walletAtoms + sums.unrealisedAtoms) {
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
  if (type === 'CROSSED') return refuse('-4046');
  if (desk.account.orders.open(symbol.instrument.ix).length > 0) return refuse('-4047');
  if (desk.account.ledger.stateOf(symbol.instrument.ix).lots !== 0) return refuse('-4048');
  return refuse('-4084');
}

function setMode({ params }: ApiCall, name: string, noNeed: '-4059' | '-4171'): unknown {
  params.need(name);
  const isOn = params.flag(name);
  if (params.fault !== null) return params.fault;
  return isOn ? refuse('-4084') : refuse(noNeed);
}

function leverageBrackets(context: AccountContext, _desk: AccountDesk, { params }: ApiCall): unknown {
  const symbol = params.has('symbol') ? readSymbol(params, context.board) : null;
  if (params.fault !== null) return params.fault;
  const rows = context.board.all.filter((one) => symbol === null || one === symbol);
  return rows.map((one) => ({
    symbol: one.instrument.symbol,
    notionalCoef: 1,
    brackets: [
      {
        bracket: 1,
        initialLeverage: one.instrument.leverageMax,
        notionalCap: Number(maxNotionalText(one)),
        notionalFloor: 0,
        maintMarginRatio: Number(ppmText(one.instrument.maintenanceMarginPpm, 6)),
        cum: 0,
      },
    ],
  }));
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
      marginType: 'CROSSED',
      isAutoAddMargin: false,
      leverage: desk.account.ledger.stateOf(one.instrument.ix).leverage,
      maxNotionalValue: maxNotionalText(one),
    }));
}

function accountConfig(_context: AccountContext, desk: AccountDesk): unknown {
  return {
    feeTier: 0,
    canTrade: true,
    canDeposit: false,
    canWithdraw: false,
    dualSidePosition: false,
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
