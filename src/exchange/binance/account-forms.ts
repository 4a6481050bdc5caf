/** Account, balance and positions in the forms of the venue, versions 2 and 3. */
import type { AccountLedger } from './account-ledger.ts';
import { maxNotionalText, msOf } from './market-forms.ts';
import { figuresOf, type PositionState } from './position-figures.ts';
import type { TradingAccount } from './trading-account.ts';

/** Returns the sums of the one asset. */
function assetForm(ledger: AccountLedger, version: 2 | 3): Record<string, unknown> {
  const sums = ledger.sums();
  const money = (atoms: bigint): string => ledger.moneyText(atoms);
  const initial = money(sums.positionMarginAtoms + sums.orderMarginAtoms);
  return {
    asset: ledger.asset,
    walletBalance: money(sums.walletAtoms),
    unrealizedProfit: money(sums.unrealisedAtoms),
    marginBalance: money(sums.walletAtoms + sums.unrealisedAtoms),
    maintMargin: money(sums.maintenanceAtoms),
    initialMargin: initial,
    positionInitialMargin: money(sums.positionMarginAtoms),
    openOrderInitialMargin: money(sums.orderMarginAtoms),
    crossWalletBalance: money(sums.crossWalletAtoms),
    crossUnPnl: money(sums.crossUnrealisedAtoms),
    availableBalance: money(sums.availableAtoms),
    maxWithdrawAmount: money(sums.availableAtoms),
    ...(version === 2 ? { marginAvailable: true } : {}),
    updateTime: msOf(ledger.updatedUs),
  };
}

/** Returns the answer of `GET /fapi/vN/account`; version 3 tells only positions and symbols with orders. */
export function accountForm({ ledger }: TradingAccount, version: 2 | 3): unknown {
  const asset = assetForm(ledger, version);
  const head =
    version === 3
      ? {}
      : {
          feeTier: 0,
          canTrade: true,
          canDeposit: false,
          canWithdraw: false,
          updateTime: msOf(ledger.updatedUs),
          multiAssetsMargin: false,
          tradeGroupId: -1,
        };
  const states = ledger
    .states()
    .filter((state) => version === 2 || state.lots !== 0 || state.buyingLots > 0 || state.sellingLots > 0);
  return {
    ...head,
    totalInitialMargin: asset.initialMargin,
    totalMaintMargin: asset.maintMargin,
    totalWalletBalance: asset.walletBalance,
    totalUnrealizedProfit: asset.unrealizedProfit,
    totalMarginBalance: asset.marginBalance,
    totalPositionInitialMargin: asset.positionInitialMargin,
    totalOpenOrderInitialMargin: asset.openOrderInitialMargin,
    totalCrossWalletBalance: asset.crossWalletBalance,
    totalCrossUnPnl: asset.crossUnPnl,
    availableBalance: asset.availableBalance,
    maxWithdrawAmount: asset.maxWithdrawAmount,
    assets: [asset],
    positions: states.map((state) => (version === 2 ? positionV2(state) : positionV3(state))),
  };
}

/** Returns a row of `GET /fapi/vN/balance`. */
export function balanceForm({ ledger }: TradingAccount): unknown {
  const asset = assetForm(ledger, 3);
  return {
    accountAlias: 'simulated',
    asset: asset.asset,
    balance: asset.walletBalance,
    crossWalletBalance: asset.crossWalletBalance,
    crossUnPnl: asset.crossUnPnl,
    availableBalance: asset.availableBalance,
    maxWithdrawAmount: asset.maxWithdrawAmount,
    marginAvailable: true,
    updateTime: asset.updateTime,
  };
}

function positionV2(state: PositionState): unknown {
  const figures = figuresOf(state);
  return {
    symbol: figures.symbol,
    initialMargin: figures.initialMargin,
    maintMargin: figures.maintenanceMargin,
    unrealizedProfit: figures.unrealised,
    positionInitialMargin: figures.positionMargin,
    openOrderInitialMargin: figures.orderMargin,
    leverage: String(state.leverage),
    isolated: figures.isIsolated,
    entryPrice: figures.entryPrice,
    breakEvenPrice: figures.breakEvenPrice,
    maxNotional: maxNotionalText(state),
    positionSide: figures.positionSide,
    positionAmt: figures.amount,
    notional: figures.notional,
    isolatedWallet: figures.isolatedWallet,
    updateTime: msOf(state.updatedUs),
    bidNotional: figures.bidNotional,
    askNotional: figures.askNotional,
  };
}

function positionV3(state: PositionState): unknown {
  const figures = figuresOf(state);
  return {
    symbol: figures.symbol,
    positionSide: figures.positionSide,
    positionAmt: figures.amount,
    unrealizedProfit: figures.unrealised,
    isolatedMargin: figures.isIsolated ? figures.isolatedMargin : '0.00000000',
    notional: figures.notional,
    isolatedWallet: figures.isolatedWallet,
    initialMargin: figures.initialMargin,
    maintMargin: figures.maintenanceMargin,
    updateTime: msOf(state.updatedUs),
  };
}

/** Returns a row of `GET /fapi/vN/positionRisk`. */
export function positionRiskForm(state: PositionState, ledger: AccountLedger, version: 2 | 3): unknown {
  const figures = figuresOf(state);
  const row = {
    symbol: figures.symbol,
    positionSide: figures.positionSide,
    positionAmt: figures.amount,
    entryPrice: figures.entryPrice,
    breakEvenPrice: figures.breakEvenPrice,
    markPrice: figures.markPrice,
    unRealizedProfit: figures.unrealised,
    liquidationPrice: ledger.liquidationPrice(state),
    isolatedMargin: figures.isolatedMargin,
    notional: figures.notional,
    isolatedWallet: figures.isolatedWallet,
    updateTime: msOf(state.updatedUs),
  };
  if (version === 2) {
    return {
      ...row,
      leverage: String(state.leverage),
      maxNotionalValue: maxNotionalText(state),
      marginType: figures.isIsolated ? 'isolated' : 'cross',
      isAutoAddMargin: 'false',
    };
  }
  return {
    ...row,
    marginAsset: ledger.asset,
    initialMargin: figures.initialMargin,
    maintMargin: figures.maintenanceMargin,
    positionInitialMargin: figures.positionMargin,
    openOrderInitialMargin: figures.orderMargin,
    adl: 0,
    bidNotional: figures.bidNotional,
    askNotional: figures.askNotional,
  };
}
