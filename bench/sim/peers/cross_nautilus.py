"""The EMA cross of bench/sim/cross-work.ts in NautilusTrader's BacktestEngine: cross_nautilus.py JOB, one JSON object.

JOB: kind (bars: ts_ms,open,high,low,close,volume; ticks: ts_ns,price,qty,side,id), path, fast, slow. Always in the market: at a cross
it closes what is open and opens the other way, market orders of 0.010. Prints one JSON line; seconds are those of engine.run()."""
import json
import resource
import sys
import time
from decimal import Decimal

import nautilus_trader
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, RiskEngineConfig, StrategyConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import Bar, BarType, TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType, OrderSide
from nautilus_trader.model.identifiers import TradeId, Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

JOB = json.loads(sys.argv[1])
INSTRUMENT = TestInstrumentProvider.btcusdt_perp_binance()
ID = INSTRUMENT.id
BAR_TYPE = BarType.from_str(f"{ID}-1-MINUTE-LAST-EXTERNAL")


class Cross(Strategy):
    def __init__(self):
        super().__init__(StrategyConfig(strategy_id="S-1"))
        self.seen = 0
        self.side = 0
        self.fast_share = 2 / (JOB["fast"] + 1)
        self.slow_share = 2 / (JOB["slow"] + 1)

    def on_start(self):
        self.qty = INSTRUMENT.make_qty(Decimal("0.010"))
        if JOB["kind"] == "bars":
            self.subscribe_bars(BAR_TYPE)
        else:
            self.subscribe_trade_ticks(ID)

    def on_bar(self, bar):
        self.on_price(bar.close.as_double())

    def on_trade_tick(self, tick):
        self.on_price(tick.price.as_double())

    def on_price(self, price):
        if self.seen == 0:
            self.fast = self.slow = price
        self.fast += (price - self.fast) * self.fast_share
        self.slow += (price - self.slow) * self.slow_share
        self.seen += 1
        if self.seen < JOB["slow"]:
            return
        side = 1 if self.fast >= self.slow else -1
        if side == self.side:
            return
        if self.side != 0:
            self.close_all_positions(ID)
        self.side = side
        self.submit_order(
            self.order_factory.market(ID, OrderSide.BUY if side == 1 else OrderSide.SELL, self.qty)
        )


def load():
    rows = pd.read_csv(JOB["path"]).itertuples(index=False)
    if JOB["kind"] == "bars":
        return [
            Bar(BAR_TYPE, *(Price(p, 1) for p in (o, h, l, c)), Quantity(v, 3), (ms + 60_000) * 1_000_000, (ms + 60_000) * 1_000_000)
            for ms, o, h, l, c, v in rows
        ]
    return [
        TradeTick(ID, Price(p, 1), Quantity(q, 3), AggressorSide.BUYER if s == "B" else AggressorSide.SELLER, TradeId(str(i)), ts, ts)
        for ts, p, q, s, i in rows
    ]


data = load()
engine = BacktestEngine(
    BacktestEngineConfig(
        trader_id="T-001",
        logging=LoggingConfig(bypass_logging=True),
        risk_engine=RiskEngineConfig(bypass=True),
        run_analysis=False,
    )
)
engine.add_venue(
    venue=Venue("BINANCE"),
    oms_type=OmsType.HEDGING,
    account_type=AccountType.MARGIN,
    base_currency=None,
    starting_balances=[Money(10_000_000, USDT), Money(100, BTC)],
    trade_execution=JOB["kind"] == "ticks",
)
engine.add_instrument(INSTRUMENT)
engine.add_data(data)
engine.add_strategy(Cross())
wall, cpu = time.perf_counter(), time.process_time()
engine.run()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(
    json.dumps(
        {
            "name": "nautilus_trader",
            "version": nautilus_trader.__version__,
            "seconds": wall,
            "cpuSeconds": cpu,
            "rssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
            "result": {"events": len(data), "orders": engine.cache.orders_total_count()},
        }
    )
)
