/** Self-made replies and messages in the venue's forms of late 2026, changed as a test wants. */
type Changes = Readonly<Record<string, unknown>>;

/** A reply about an order of the order book. */
export const plainBody = (changes: Changes = {}): Changes => ({
  orderId: 77_001,
  symbol: 'BTCUSDT',
  status: 'NEW',
  clientOrderId: 'xy-1',
  price: '65000.50',
  origQty: '1.500',
  executedQty: '0.000',
  cumQty: '0.000',
  timeInForce: 'GTC',
  type: 'LIMIT',
  reduceOnly: false,
  closePosition: false,
  side: 'BUY',
  positionSide: 'BOTH',
  stopPrice: '0.00',
  workingType: 'CONTRACT_PRICE',
  origType: 'LIMIT',
  updateTime: 1_793_390_400_500,
  ...changes,
});

/** A reply about a conditional order; ids of the algo service are large. */
export const algoBody = (changes: Changes = {}): Changes => ({
  algoId: 4_000_000_000_012_345,
  clientAlgoId: 'xy-stop',
  algoType: 'CONDITIONAL',
  orderType: 'STOP_MARKET',
  symbol: 'BTCUSDT',
  side: 'SELL',
  positionSide: 'BOTH',
  timeInForce: 'GTC',
  quantity: '1.500',
  algoStatus: 'NEW',
  triggerPrice: '64000.00',
  price: '0.00',
  actualOrderId: '',
  workingType: 'MARK_PRICE',
  closePosition: false,
  reduceOnly: true,
  createTime: 1_793_390_400_400,
  updateTime: 1_793_390_400_500,
  triggerTime: 0,
  ...changes,
});

/** A fill of `userTrades`. */
export const fillBody = (changes: Changes = {}): Changes => ({
  symbol: 'BTCUSDT',
  id: 5_001,
  orderId: 77_001,
  side: 'BUY',
  price: '65000.50',
  qty: '0.500',
  realizedPnl: '0',
  quoteQty: '32500.25',
  commission: '16.25012500',
  commissionAsset: 'USDT',
  time: 1_793_390_401_000,
  positionSide: 'BOTH',
  buyer: true,
  maker: false,
  ...changes,
});

/** The same fill as `ORDER_TRADE_UPDATE`. */
export const orderEvent = (changes: Changes = {}): Changes => ({
  e: 'ORDER_TRADE_UPDATE',
  E: 1_793_390_401_003,
  T: 1_793_390_401_000,
  o: {
    s: 'BTCUSDT',
    c: 'xy-1',
    S: 'BUY',
    o: 'LIMIT',
    f: 'GTC',
    q: '1.500',
    p: '65000.50',
    ap: '65000.50',
    sp: '0',
    x: 'TRADE',
    X: 'PARTIALLY_FILLED',
    i: 77_001,
    l: '0.500',
    z: '0.500',
    L: '65000.50',
    N: 'USDT',
    n: '16.25012500',
    T: 1_793_390_401_000,
    t: 5_001,
    m: false,
    R: false,
    wt: 'CONTRACT_PRICE',
    ot: 'LIMIT',
    ps: 'BOTH',
    cp: false,
    rp: '0',
    er: '0',
    ...changes,
  },
});

/** A conditional order as `ALGO_UPDATE`. */
export const algoEvent = (changes: Changes = {}): Changes => ({
  e: 'ALGO_UPDATE',
  E: 1_793_390_402_003,
  T: 1_793_390_402_000,
  o: {
    caid: 'xy-stop',
    aid: 4_000_000_000_012_345,
    at: 'CONDITIONAL',
    o: 'STOP_MARKET',
    s: 'BTCUSDT',
    S: 'SELL',
    ps: 'BOTH',
    f: 'GTC',
    q: '1.500',
    X: 'NEW',
    ai: '',
    tp: '64000.00',
    p: '0',
    wt: 'MARK_PRICE',
    cp: false,
    R: true,
    tt: 0,
    ...changes,
  },
});

/** Money and positions as `ACCOUNT_UPDATE`. */
export const accountEvent = (account: Changes): Changes => ({
  e: 'ACCOUNT_UPDATE',
  E: 1_793_390_403_003,
  T: 1_793_390_403_000,
  a: account,
});
