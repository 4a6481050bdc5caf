"""The touch maker of bench/sim/depth-work.ts in hftbacktest: depth_hftbacktest.py JOB, one JSON object.

JOB: path of the events (ev,exch_ts,local_ts,side,price_ticks,qty_lots; times in ns), warm_up_events, repeats, and the numbers of the
work. With repeats = 0 it runs once, compilation and all, and the process is timed from outside. Else a first call over the first
warm_up_events compiles, and seconds and cpu_seconds are those of the fastest of `repeats` calls. Prints one JSON line."""
import json
import resource
import sys
import time

import hftbacktest
import numpy as np
import pandas as pd
from hftbacktest import (
    BUY,
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    GTX,
    LIMIT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    ROIVectorMarketDepthBacktest,
    event_dtype,
)
from numba import njit

JOB = json.loads(sys.argv[1])
TICK, LOT = 0.1, 0.001


def load(path):
    table = pd.read_csv(path)
    events = np.zeros(len(table), event_dtype)
    what = np.where(table.ev == "T", TRADE_EVENT, DEPTH_EVENT) | np.where(table.side == "B", BUY_EVENT, SELL_EVENT)
    events["ev"] = what.astype(np.uint64) | np.uint64(EXCH_EVENT | LOCAL_EVENT)
    events["exch_ts"], events["local_ts"] = table.exch_ts, table.local_ts
    events["px"], events["qty"] = table.price_ticks * TICK, table.qty_lots * LOT
    return events


def build(events):
    asset = (
        BacktestAsset()
        .data(events)
        .linear_asset(1.0)
        .constant_order_latency(JOB["entryUs"] * 1000, JOB["responseUs"] * 1000)
        .power_prob_queue_model(2.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(JOB["makerPpm"] / 1e6, JOB["takerPpm"] / 1e6)
        .tick_size(TICK)
        .lot_size(LOT)
        .roi_lb(float(events["px"].min()) - 10)
        .roi_ub(float(events["px"].max()) + 10)
    )
    return ROIVectorMarketDepthBacktest([asset])


@njit
def maker(hbt, step_ns, qty_lots, position_max):
    steps = 0
    sent = 0
    while hbt.elapse(step_ns) == 0:
        steps += 1
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        bid, ask = depth.best_bid_tick, depth.best_ask_tick
        if bid <= 0 or ask >= 2147483647:
            continue
        # Whole lots: sums of 0.010 in doubles fall short of 0.1.
        position = round(hbt.position(0) / LOT)
        may_buy, may_sell = position < position_max, position > -position_max
        has_bid = has_ask = False
        values = hbt.orders(0).values()
        while values.has_next():
            order = values.get()
            if order.side == BUY:
                if may_buy and order.price_tick == bid:
                    has_bid = True
                elif order.cancellable:
                    hbt.cancel(0, order.order_id, False)
            elif may_sell and order.price_tick == ask:
                has_ask = True
            elif order.cancellable:
                hbt.cancel(0, order.order_id, False)
        if may_buy and not has_bid:
            sent += 1
            hbt.submit_buy_order(0, sent, bid * TICK, qty_lots * LOT, GTX, LIMIT, False)
        if may_sell and not has_ask:
            sent += 1
            hbt.submit_sell_order(0, sent, ask * TICK, qty_lots * LOT, GTX, LIMIT, False)
    return steps, sent


def run(events):
    hbt = build(events)
    wall, cpu = time.perf_counter(), time.process_time()
    steps, sent = maker(hbt, JOB["stepUs"] * 1000, JOB["qtyLots"], JOB["positionLotsMax"])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    state = hbt.state_values(0)
    result = {
        "events": len(events),
        "steps": int(steps),
        "orders": int(sent),
        "fills": int(state.num_trades),
        "volumeLots": round(float(state.trading_volume) / LOT),
        "positionLots": round(float(state.position) / LOT),
        "cash": round(float(state.balance), 4),
        "fees": round(float(state.fee), 5),
    }
    hbt.close()
    return wall, cpu, result


events = load(JOB["path"])
if JOB["repeats"] > 0:
    run(events[: JOB["warmUpEvents"]])
runs = [run(events) for _ in range(max(1, JOB["repeats"]))]
print(
    json.dumps(
        {
            "name": "hftbacktest",
            "version": hftbacktest.__version__ if hasattr(hftbacktest, "__version__") else "",
            "seconds": min(wall for wall, _, _ in runs),
            "cpuSeconds": min(cpu for _, cpu, _ in runs),
            "rssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
            "result": runs[0][2],
        }
    )
)
