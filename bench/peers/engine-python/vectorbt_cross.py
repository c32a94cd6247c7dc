"""The strategy of bench/engine/strategy.ts in vectorbt. Arguments: engine, file of bars, file for the trades."""

import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import vectorbt as vbt

from rounds import answer_rounds, read_bars

ENGINE, BARS, TRADES = sys.argv[1:4]
CAPITAL, FEE, SHARE, STOP, TARGET = 1_000_000, 0.001, 0.95, 0.02, 0.04

bars = read_bars(BARS)
index = pd.to_datetime(bars["timestamp"].astype("int64"), unit="ms")
open_, high, low, close = (pd.Series(bars[name], index=index) for name in ("open", "high", "low", "close"))


def shifted(signal):
    """What is known at a close is traded at the next open."""
    return np.concatenate(([False], signal[:-1]))


def crosses_above(a, b):
    is_above = a > b
    was_below = np.concatenate(([False], a[:-1] <= b[:-1]))
    return is_above & was_below


def simulate():
    fast = vbt.MA.run(close, 12, ewm=True, engine=ENGINE).ma.to_numpy()
    slow = vbt.MA.run(close, 26, ewm=True, engine=ENGINE).ma.to_numpy()
    # Wilder's average of 14 is an exponential one of 2 * 14 - 1.
    strength = vbt.RSI.run(close, 27, ewm=True, engine=ENGINE).rsi.to_numpy()
    entries = shifted(crosses_above(fast, slow) & (strength < 70))
    exits = shifted(crosses_above(slow, fast))
    portfolio = vbt.Portfolio.from_signals(
        close,
        pd.Series(entries, index=index),
        pd.Series(exits, index=index),
        price=open_,
        open=open_,
        high=high,
        low=low,
        sl_stop=STOP,
        tp_stop=TARGET,
        stop_entry_price="fillprice",
        # Theirs is the share of the cash that notional and fee take together.
        size=SHARE * (1 + FEE),
        size_type="percent",
        fees=FEE,
        init_cash=CAPITAL,
        freq="1min",
        engine=ENGINE,
    )
    return portfolio, portfolio.value(engine=ENGINE)


def write_trades():
    trades = simulate()[0].trades.records
    trades[["entry_idx", "entry_price", "exit_idx", "exit_price", "size", "pnl"]].to_csv(TRADES, index=False)


def once():
    portfolio, value = simulate()
    return {"trades": int(portfolio.trades.count()), "final": float(value.iloc[-1])}


write_trades()
answer_rounds({"version": version("vectorbt")}, once)
