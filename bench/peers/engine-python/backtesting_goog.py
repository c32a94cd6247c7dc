"""
An SMA 10/30 cross, both ways, on the sample data of backtesting.py, as its own tests run it.
Argument: folder for prices.csv, trades.csv and stats.json.
"""

import json
import sys
import warnings
from pathlib import Path

import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover
from backtesting.test import GOOG, SMA


class SmaCross(Strategy):
    def init(self):
        self.fast = self.I(SMA, self.data.Close, 10)
        self.slow = self.I(SMA, self.data.Close, 30)

    def next(self):
        if crossover(self.fast, self.slow):
            self.position.close()
            self.buy()
        elif crossover(self.slow, self.fast):
            self.position.close()
            self.sell()


def milliseconds(times):
    return pd.DatetimeIndex(times).as_unit("ms").astype("int64")


def plain(value):
    if isinstance(value, pd.Timedelta):
        return value / pd.Timedelta(days=1)
    return float(value)


warnings.simplefilter("ignore")
folder = Path(sys.argv[1])
stats = Backtest(GOOG, SmaCross, finalize_trades=True).run()
prices = GOOG.assign(timestamp=milliseconds(GOOG.index)).rename(columns=str.lower)
prices[["timestamp", "open", "high", "low", "close", "volume"]].to_csv(folder / "prices.csv", index=False)
trades = stats["_trades"].assign(
    entry=lambda table: milliseconds(table["EntryTime"]), exit=lambda table: milliseconds(table["ExitTime"])
)
trades[["entry", "exit", "Size", "EntryPrice", "ExitPrice", "PnL"]].to_csv(folder / "trades.csv", index=False)
shown = {name: plain(value) for name, value in stats.items() if name not in ("Start", "End") and name[0] != "_"}
(folder / "stats.json").write_text(json.dumps(shown))
