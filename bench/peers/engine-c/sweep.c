/*
 * One strategy with 2,880 sets of parameters, one after another: the columns of the indicators are computed once and
 * shared, each run is one pass by hand over them, with the equity of each bar and what runs are ranked by. The same as
 * `Sweep.summary` in src/backtests/sweep.ts, strategy and costs as in bench/engine/strategy.ts.
 */
#include "rounds.h"
#include <stdint.h>

enum { FASTEST = 5, FASTS = 16, SLOWEST = 21, SLOWS = 180, STRENGTH = 14 };
static const double CAPITAL = 1e6, SHARE = 95, FEE = 0.001, STOP = 2, TARGET = 4;

static double *columns[FASTS + SLOWS + 1], *equity;

typedef struct {
  double final, drawdown, win_rate, profit_factor, fees;
  int64_t trades;
} Summary;

static void average(const double *values, int64_t bars, int length, double *out) {
  const double weight = 2.0 / (length + 1), keep = 1 - weight;
  double sum = 0;
  for (int i = 0; i < length; i++) sum += values[i] - values[0];
  double value = values[0] + sum / length;
  out[length - 1] = value;
  for (int64_t i = length; i < bars; i++) out[i] = value = weight * values[i] + keep * value;
}

static void strength(const double *values, int64_t bars, double *out) {
  const double weight = 1.0 / STRENGTH, keep = 1 - weight;
  double gains = 0, losses = 0;
  for (int64_t i = 1; i < bars; i++) {
    const double change = values[i] - values[i - 1], gain = change > 0 ? change : 0;
    if (i <= STRENGTH) {
      gains += gain;
      losses += gain - change;
      if (i < STRENGTH) continue;
      gains /= STRENGTH;
      losses /= STRENGTH;
    } else {
      gains = weight * gain + keep * gains;
      losses = weight * (gain - change) + keep * losses;
    }
    const double sum = gains + losses;
    out[i] = sum == 0 ? 0 : 100 * (gains / sum);
  }
}

static Summary simulate(const Bars *candles, const double *fast, const double *slow, const double *rsi, int slow_length) {
  const double *open = candles->open, *high = candles->high, *low = candles->low, *close = candles->close;
  const int64_t bars = candles->count;
  const double unit_cost = 1 + FEE;
  double cash = CAPITAL, margin = 0, stop = 0, target = 0, price = 0, quantity = 0, entry_fee = 0;
  double peak = CAPITAL, drawdown = 0, gained = 0, lost = 0, fees = 0;
  int64_t count = 0, wins = 0;
  int held = 0, enters = 0, leaves = 0;
  for (int64_t i = 0; i < slow_length; i++) equity[i] = cash;
  for (int64_t i = slow_length; i < bars; i++) {
    const double o = open[i], c = close[i];
    double out = 0;
    int ends = 0;
    if (leaves) {
      out = o;
      ends = 1;
    } else if (enters) {
      price = o;
      quantity = (cash * SHARE) / 100 / (price * unit_cost);
      margin = quantity * price;
      entry_fee = margin * FEE;
      cash += -(margin + entry_fee);
      stop = price * (1 - STOP / 100);
      target = price * (1 + TARGET / 100);
      held = 1;
    }
    if (held && !ends) {
      ends = 1;
      if (o <= stop) out = o;
      else if (o > target) out = target;
      else if (low[i] <= stop) out = stop;
      else if (high[i] > target) out = target;
      else ends = 0;
    }
    if (ends || (held && i == bars - 1)) {
      if (!ends) out = c;
      const double profit = quantity * (out - price), fee = quantity * out * FEE;
      cash += margin + profit - fee;
      const double net = profit - (entry_fee + fee);
      if (net > 0) gained += net;
      else lost -= net;
      wins += net > 0;
      fees += entry_fee + fee;
      held = 0;
      count++;
    }
    const double value = held ? cash + (margin + quantity * (c - price)) : cash;
    equity[i] = value;
    if (value > peak) peak = value;
    const double fall = (peak - value) / peak;
    if (fall > drawdown) drawdown = fall;
    enters = !held && fast[i - 1] <= slow[i - 1] && fast[i] > slow[i] && rsi[i] < 70;
    leaves = held && fast[i - 1] >= slow[i - 1] && fast[i] < slow[i];
  }
  return (Summary){cash, drawdown, (double)wins / (double)count, gained / lost, fees, count};
}

static void run(const Bars *bars, char *summary) {
  const size_t size = (size_t)bars->count * sizeof(double);
  if (!equity) {
    equity = malloc(size);
    for (int i = 0; i < FASTS + SLOWS + 1; i++) columns[i] = malloc(size);
  }
  for (int i = 0; i < FASTS; i++) average(bars->close, bars->count, FASTEST + i, columns[i]);
  for (int i = 0; i < SLOWS; i++) average(bars->close, bars->count, SLOWEST + i, columns[FASTS + i]);
  strength(bars->close, bars->count, columns[FASTS + SLOWS]);
  double final = 0;
  int64_t trades = 0;
  for (int slow = 0; slow < SLOWS; slow++) {
    for (int fast = 0; fast < FASTS; fast++) {
      const Summary one =
          simulate(bars, columns[fast], columns[FASTS + slow], columns[FASTS + SLOWS], SLOWEST + slow);
      final += one.final;
      trades += one.trades;
    }
  }
  sprintf(summary, "{\"trades\":%ld,\"final\":%.17g}", (long)trades, final);
}

int main(int count, char **args) { return count < 2 ? 2 : answer_rounds(args[1], run); }
