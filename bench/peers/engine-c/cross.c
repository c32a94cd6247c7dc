/*
 * Two EMAs and an RSI, a stop and a target, fees, the worst path inside a bar, equity at each close: written by hand in
 * one pass, as one would who needs this strategy and no other. The formulas are those of docs/INDICATORS.md and
 * docs/FILLS.md, so that the trades have to be the same. The strategy and its costs are those of bench/engine/strategy.ts.
 */
#include "rounds.h"
#include <stdint.h>

typedef struct {
  int64_t entry_bar, exit_bar;
  double entry_price, exit_price, quantity, fees, net_profit, highest, lowest;
  int reason;
} Trade;

enum { EXIT_RULE, STOP_LOSS, TAKE_PROFIT, END_OF_DATA };

static const double CAPITAL = 1e6, SHARE = 95, FEE = 0.001, STOP = 2, TARGET = 4;
enum { FAST = 12, SLOW = 26, STRENGTH = 14 };

static double seed(const double *values, int length) {
  double sum = 0;
  for (int i = 0; i < length; i++) sum += values[i] - values[0];
  return values[0] + sum / length;
}

static double *equity;
static Trade *trades;

static int64_t simulate(const Bars *candles) {
  const double *open = candles->open, *high = candles->high, *low = candles->low, *close = candles->close;
  const int64_t bars = candles->count;
  const double fast_weight = 2.0 / (FAST + 1), slow_weight = 2.0 / (SLOW + 1), move_weight = 1.0 / STRENGTH;
  const double fast_keep = 1 - fast_weight, slow_keep = 1 - slow_weight, move_keep = 1 - move_weight;
  const double unit_cost = 1 + FEE;
  double fast = seed(close, FAST), slow = seed(close, SLOW), gains = 0, losses = 0;
  for (int i = 1; i <= STRENGTH; i++) {
    double change = close[i] - close[i - 1], gain = change > 0 ? change : 0;
    gains += gain;
    losses += gain - change;
  }
  gains /= STRENGTH;
  losses /= STRENGTH;
  for (int i = FAST; i < SLOW; i++) fast = fast_weight * close[i] + fast_keep * fast;
  for (int i = STRENGTH + 1; i < SLOW; i++) {
    double change = close[i] - close[i - 1], gain = change > 0 ? change : 0;
    gains = move_weight * gain + move_keep * gains;
    losses = move_weight * (gain - change) + move_keep * losses;
  }

  double cash = CAPITAL, margin = 0, stop = 0, target = 0;
  int held = 0, enters = 0, leaves = 0;
  int64_t count = 0;
  Trade *trade = trades;
  for (int64_t i = 0; i < SLOW; i++) equity[i] = cash;
  for (int64_t i = SLOW; i < bars; i++) {
    double o = open[i], h = high[i], l = low[i], c = close[i];
    double out = 0;
    int reason = -1;
    if (leaves) {
      out = o;
      reason = EXIT_RULE;
    } else if (enters) {
      double price = o;
      double quantity = (cash * SHARE) / 100 / (price * unit_cost);
      double notional = quantity * price;
      if (quantity > 0) {
        double fee = notional * FEE;
        trade = &trades[count];
        *trade = (Trade){i, 0, price, 0, quantity, fee, 0, price, price, 0};
        margin = notional;
        cash += -(margin + fee);
        stop = price * (1 - STOP / 100);
        target = price * (1 + TARGET / 100);
        held = 1;
      }
    }
    if (held) {
      if (o > trade->highest) trade->highest = o;
      if (o < trade->lowest) trade->lowest = o;
      if (reason < 0) {
        if (o <= stop) {
          out = o;
          reason = STOP_LOSS;
        } else if (o > target) {
          out = target;
          reason = TAKE_PROFIT;
        } else if (l <= stop) {
          out = stop;
          reason = STOP_LOSS;
        } else if (h > target) {
          out = target;
          reason = TAKE_PROFIT;
        } else {
          if (h > trade->highest) trade->highest = h;
          if (l < trade->lowest) trade->lowest = l;
        }
      }
      if (reason >= 0) {
        double profit = trade->quantity * (out - trade->entry_price);
        double fee = trade->quantity * out * FEE;
        cash += margin + profit - fee;
        trade->fees += fee;
        trade->net_profit = profit - trade->fees;
        trade->exit_bar = i;
        trade->exit_price = out;
        trade->reason = reason;
        held = 0;
        count++;
      }
    }
    equity[i] = held ? cash + (margin + trade->quantity * (c - trade->entry_price)) : cash;

    double change = c - close[i - 1], gain = change > 0 ? change : 0;
    double fast_before = fast, slow_before = slow;
    fast = fast_weight * c + fast_keep * fast;
    slow = slow_weight * c + slow_keep * slow;
    gains = move_weight * gain + move_keep * gains;
    losses = move_weight * (gain - change) + move_keep * losses;
    double sum = gains + losses;
    double strength = sum > 0 ? (100 * gains) / sum : 0;
    enters = !held && fast_before <= slow_before && fast > slow && strength < 70;
    leaves = held && fast_before >= slow_before && fast < slow;
  }
  if (held) {
    double out = close[bars - 1];
    double profit = trade->quantity * (out - trade->entry_price), fee = trade->quantity * out * FEE;
    cash += margin + profit - fee;
    trade->fees += fee;
    trade->net_profit = profit - trade->fees;
    trade->exit_bar = bars - 1;
    trade->exit_price = out;
    trade->reason = END_OF_DATA;
    equity[bars - 1] = cash;
    count++;
  }
  return count;
}

static void run(const Bars *bars, char *summary) {
  if (!equity) {
    equity = malloc((size_t)bars->count * sizeof *equity);
    trades = malloc((size_t)bars->count * sizeof *trades);
  }
  const int64_t count = simulate(bars);
  sprintf(summary, "{\"trades\":%ld,\"final\":%.17g}", (long)count, equity[bars->count - 1]);
}

int main(int count, char **args) { return count < 2 ? 2 : answer_rounds(args[1], run); }
