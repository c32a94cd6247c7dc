"""The strategy of bench/engine/strategy.ts in backtesting.py. Argument: file of bars."""

import sys
import warnings
from importlib.metadata import version

import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover

from rounds import answer_rounds, read_bars

CAPITAL, FEE, SHARE, STOP, TARGET = 1_000_000, 0.001, 0.95, 0.02, 0.04


def ema(values, span):
    return pd.Series(values).ewm(span=span, adjust=False, min_periods=span).mean()


def rsi(values, window):
    change = pd.Series(values).diff()
    average = {"alpha": 1 / window, "adjust": False, "min_periods": window}
    gain, loss = change.clip(lower=0).ewm(**average).mean(), (-change.clip(upper=0)).ewm(**average).mean()
    return 100 - 100 / (1 + gain / loss)


class Cross(Strategy):
    def init(self):
        self.fast = self.I(ema, self.data.Close, 12)
        self.slow = self.I(ema, self.data.Close, 26)
        self.strength = self.I(rsi, self.data.Close, 14)

    def next(self):
        if self.position:
            if crossover(self.slow, self.fast):
                self.position.close()
                return
            trade = self.trades[0]
            # Levels are relative to the fill, which is known only now.
            if trade.sl is None:
                trade.sl = trade.entry_price * (1 - STOP)
                trade.tp = trade.entry_price * (1 + TARGET)
        elif crossover(self.fast, self.slow) and self.strength[-1] < 70:
            self.buy(size=SHARE)


warnings.simplefilter("ignore")
bars = read_bars(sys.argv[1])
frame = pd.DataFrame(
    {name.capitalize(): bars[name] for name in ("open", "high", "low", "close", "volume")},
    index=pd.to_datetime(bars["timestamp"].astype("int64"), unit="ms"),
)


def once():
    test = Backtest(frame, Cross, cash=CAPITAL, commission=FEE, finalize_trades=True)
    stats = test.run()
    return {"trades": int(stats["# Trades"]), "final": float(stats["Equity Final [$]"])}


answer_rounds({"version": version("backtesting")}, once)
