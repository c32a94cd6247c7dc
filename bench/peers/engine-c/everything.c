/*
 * Everything on: three perpetuals in one account, limit entries that expire, a stop, a trailing stop by the ATR, leverage
 * with liquidation, funding, slippage, maker and taker fees, the worse of both paths inside a bar. Written by hand for this
 * strategy alone (EVERYTHING_STRATEGY in bench/engine/strategy.ts), one pass over time, by the rules of docs/FILLS.md.
 *
 * Usage: everything CANDLES CANDLES CANDLES, with a bar of each at every minute.
 */
#include "rounds.h"
#include <math.h>
#include <stdint.h>

enum { MARKETS = 3, FAST = 20, SLOW = 60, RANGE = 14, MOMENTUM = 24, PATIENCE = 5, MOST = 3 };
static const double CAPITAL = 1e6, SHARE = 30, LEVERAGE = 2, MAKER = 0.0002, TAKER = 0.0005, SLIPPAGE = 0.01;
static const double DISCOUNT = 0.999, STOP = 3, TRAIL = 3, MAINTENANCE = 0.005, RATE = 0.0001, HOURS8 = 28800000;

typedef struct {
  int held;
  double price, quantity, margin, stop, trail, highest;
} Position;

typedef struct {
  double limit, rank;
  int64_t last;
  int waits;
} Order;

typedef struct {
  Position position;
  Order order;
  double flows[2];
  int count, entered, exited;
} Walk;

typedef struct {
  const Bars *bars;
  Position position;
  Order order;
  int leaves;
  double distance, fast, slow, range;
} Market;

typedef struct {
  double equity, free;
  int places;
} Snapshot;

static Bars others[MARKETS - 1];
static double *equity;

static double seed(const double *values, int64_t from, int length) {
  double sum = 0;
  for (int i = 0; i < length; i++) sum += values[from + i] - values[from];
  return values[from] + sum / length;
}

static double true_range(const Bars *bars, int64_t i) {
  const double before = bars->close[i - 1];
  const double top = bars->high[i] > before ? bars->high[i] : before;
  return top - (bars->low[i] < before ? bars->low[i] : before);
}

static double value_at(const Position *p, double price) { return p->margin + p->quantity * (price - p->price); }
static double liquidation(const Position *p) { return (p->price - p->margin / p->quantity) / (1 - MAINTENANCE); }
static void see(Position *p, double price) {
  if (price > p->highest) p->highest = price;
}

static void leave(Walk *walk, double price, double rate) {
  Position *p = &walk->position;
  const double profit = p->quantity * (price - p->price), fee = p->quantity * price * rate;
  const double flow = p->margin + profit - fee;
  walk->flows[walk->count++] = flow > 0 ? flow : 0;
  walk->exited = 1;
  p->held = 0;
}

static void lose_margin(Walk *walk) {
  walk->flows[walk->count++] = 0;
  walk->exited = 1;
  walk->position.held = 0;
}

static void stop_out(Walk *walk, double price) { leave(walk, price * (1 - SLIPPAGE / 100), TAKER); }

static double stop_of(const Position *p) { return p->stop > p->trail ? p->stop : p->trail; }

static void pull(Position *p, double distance) {
  const double trail = (p->highest > p->price ? p->highest : p->price) - distance;
  if (trail > p->trail) p->trail = trail;
}

static int enter(Walk *walk, double price, double rate, double distance, const Snapshot *snapshot) {
  if (snapshot->places <= 0 || snapshot->free <= 0) return walk->order.waits = 0;
  const double unit = price * (1 / LEVERAGE + rate);
  double quantity = (snapshot->equity * SHARE) / 100 / unit;
  const double most = snapshot->free / unit;
  if (most < quantity) quantity = most;
  const double margin = (quantity * price) / LEVERAGE, fee = quantity * price * rate;
  walk->position = (Position){1, price, quantity, margin, price * (1 - STOP / 100), -INFINITY, price};
  pull(&walk->position, distance);
  walk->flows[walk->count++] = -(margin + fee);
  walk->entered = 1;
  return walk->order.waits = 0, 1;
}

static void line(Walk *walk, double from, double to, double distance, const Snapshot *snapshot) {
  if (from == to) return;
  double at = from;
  if (!walk->position.held) {
    const double limit = walk->order.limit;
    if (walk->exited || !walk->order.waits || to > from || to >= limit) return;
    if (!enter(walk, limit, MAKER, distance, snapshot)) return;
    at = limit;
  }
  Position *p = &walk->position;
  see(p, at);
  pull(p, distance);
  if (at <= liquidation(p)) return lose_margin(walk);
  if (at <= stop_of(p)) return stop_out(walk, at);
  if (to > at) {
    see(p, to);
    pull(p, distance);
  } else if (to < at) {
    const double stop = stop_of(p), wiped = liquidation(p), level = stop > wiped ? stop : wiped;
    if (to > level) return;
    if (level == wiped) lose_margin(walk);
    else stop_out(walk, level);
  }
}

static double worth(const Walk *walk, double close) {
  double value = 0;
  for (int i = 0; i < walk->count; i++) value += walk->flows[i];
  return walk->position.held ? value + value_at(&walk->position, close) : value;
}

/* Both paths of a bar, and the worse of them. */
static Walk inside(const Market *market, int64_t i, const Snapshot *snapshot) {
  const Bars *bars = market->bars;
  const double o = bars->open[i], h = bars->high[i], l = bars->low[i], c = bars->close[i], d = market->distance;
  Walk up = {market->position, market->order, {0, 0}, 0, 0, 0}, down = up;
  line(&up, o, h, d, snapshot);
  line(&up, h, l, d, snapshot);
  line(&up, l, c, d, snapshot);
  line(&down, o, l, d, snapshot);
  line(&down, l, h, d, snapshot);
  line(&down, h, c, d, snapshot);
  const double first = worth(&up, c), second = worth(&down, c);
  if (first != second) return first < second ? up : down;
  return up.position.held && !down.position.held ? down : up;
}

static int64_t count_of_trades;
static double cash;

static void adopt(Market *market, const Walk *walk, Snapshot *snapshot) {
  for (int i = 0; i < walk->count; i++) cash += walk->flows[i];
  if (walk->entered) {
    snapshot->free -= -walk->flows[0];
    snapshot->places--;
  }
  count_of_trades += walk->exited;
  market->position = walk->position;
  market->order = walk->order;
}

static Snapshot snapshot_of(const Market *markets, int64_t i) {
  Snapshot snapshot = {cash, cash, MOST};
  for (int k = 0; k < MARKETS; k++) {
    if (!markets[k].position.held) continue;
    snapshot.equity += value_at(&markets[k].position, markets[k].bars->open[i]);
    snapshot.places--;
  }
  return snapshot;
}

/* The markets whose orders a price reaches, by rank. */
static int by_rank(Market *markets, int64_t i, int at_open, Market **reached) {
  int count = 0;
  for (int k = 0; k < MARKETS; k++) {
    Market *market = &markets[k];
    if (!market->order.waits) continue;
    if (at_open ? market->bars->open[i] > market->order.limit : market->bars->low[i] >= market->order.limit) continue;
    int place = count++;
    for (; place > 0 && reached[place - 1]->order.rank < market->order.rank; place--) reached[place] = reached[place - 1];
    reached[place] = market;
  }
  return count;
}

static void begin_bar(Market *market, int64_t i) {
  const Bars *bars = market->bars;
  Position *p = &market->position;
  const double open = bars->open[i];
  const int dues = (int)(floor(bars->timestamp[i] / HOURS8) - floor(bars->timestamp[i - 1] / HOURS8));
  for (int due = 0; due < dues; due++) {
    const double owed = p->quantity * open * RATE;
    p->margin -= owed >= p->margin ? p->margin : owed;
    if (p->margin > 0) continue;
    p->held = 0;
    market->leaves = 0;
    count_of_trades++;
    return;
  }
  pull(p, market->distance);
}

static void at_open(Market *markets, int64_t i) {
  Snapshot none = {0, 0, 0};
  for (int k = 0; k < MARKETS; k++) {
    Market *market = &markets[k];
    if (market->position.held) begin_bar(market, i);
  }
  for (int k = 0; k < MARKETS; k++) {
    Market *market = &markets[k];
    if (!market->leaves) continue;
    Walk walk = {market->position, market->order, {0, 0}, 0, 0, 0};
    stop_out(&walk, market->bars->open[i]);
    adopt(market, &walk, &none);
    market->leaves = 0;
  }
  Market *reached[MARKETS];
  const int count = by_rank(markets, i, 1, reached);
  Snapshot snapshot = count ? snapshot_of(markets, i) : none;
  for (int k = 0; k < count; k++) {
    Market *market = reached[k];
    Walk walk = {market->position, market->order, {0, 0}, 0, 0, 0};
    const double slipped = market->bars->open[i] * (1 + SLIPPAGE / 100), limit = walk.order.limit;
    enter(&walk, slipped < limit ? slipped : limit, TAKER, market->distance, &snapshot);
    adopt(market, &walk, &snapshot);
  }
  for (int k = 0; k < MARKETS; k++) {
    Market *market = &markets[k];
    const double open = market->bars->open[i];
    if (!market->position.held) continue;
    Walk walk = {market->position, market->order, {0, 0}, 0, 0, 0};
    see(&walk.position, open);
    if (open <= liquidation(&walk.position)) lose_margin(&walk);
    else if (open <= stop_of(&walk.position)) stop_out(&walk, open);
    else continue;
    adopt(market, &walk, &none);
  }
}

static void in_bar(Market *markets, int64_t i) {
  Snapshot none = {0, 0, 0};
  int held[MARKETS];
  for (int k = 0; k < MARKETS; k++) held[k] = markets[k].position.held;
  Market *reached[MARKETS];
  const int count = by_rank(markets, i, 0, reached);
  Snapshot snapshot = count ? snapshot_of(markets, i) : none;
  for (int k = 0; k < count; k++) {
    const Walk walk = inside(reached[k], i, &snapshot);
    adopt(reached[k], &walk, &snapshot);
  }
  for (int k = 0; k < MARKETS; k++) {
    Market *market = &markets[k];
    Position *p = &market->position;
    if (!held[k]) continue;
    const double high = market->bars->high[i], low = market->bars->low[i];
    const double top = high > p->highest ? high : p->highest, trail = top - market->distance;
    if (low > stop_of(p) && low > trail && low > liquidation(p)) {
      p->highest = top;
      if (trail > p->trail) p->trail = trail;
    } else {
      const Walk walk = inside(market, i, &none);
      adopt(market, &walk, &none);
    }
  }
}

static void decide(Market *market, int64_t i, int last) {
  const Bars *bars = market->bars;
  const double fast_weight = 2.0 / (FAST + 1), slow_weight = 2.0 / (SLOW + 1), range_weight = 1.0 / RANGE;
  const double c = bars->close[i], fast = market->fast, slow = market->slow;
  market->fast = fast_weight * c + (1 - fast_weight) * fast;
  market->slow = slow_weight * c + (1 - slow_weight) * slow;
  market->range = range_weight * true_range(bars, i) + (1 - range_weight) * market->range;
  market->distance = TRAIL * market->range;
  if (market->order.waits && market->order.last <= i) market->order.waits = 0;
  if (last) return;
  const int enters = fast <= slow && market->fast > market->slow, leaves = fast >= slow && market->fast < market->slow;
  if (market->position.held && leaves) market->leaves = 1;
  if (leaves) market->order.waits = 0;
  if (!enters || market->order.waits || (market->position.held && !market->leaves)) return;
  const double before = bars->close[i - MOMENTUM];
  market->order = (Order){c * DISCOUNT, before == 0 ? 0 : (100 * (c - before)) / before, i + PATIENCE, 1};
}

static void run(const Bars *first, char *summary) {
  const int64_t bars = first->count;
  if (!equity) equity = malloc((size_t)bars * sizeof *equity);
  Market markets[MARKETS];
  for (int k = 0; k < MARKETS; k++) {
    const Bars *own = k == 0 ? first : &others[k - 1];
    double ranges[RANGE];
    for (int i = 0; i < RANGE; i++) ranges[i] = true_range(own, i + 1);
    markets[k] = (Market){.bars = own, .fast = seed(own->close, 0, FAST), .slow = seed(own->close, 0, SLOW)};
    markets[k].range = seed(ranges, 0, RANGE);
    for (int i = FAST; i < SLOW; i++)
      markets[k].fast = 2.0 / (FAST + 1) * own->close[i] + (1 - 2.0 / (FAST + 1)) * markets[k].fast;
    for (int i = RANGE + 1; i < SLOW; i++)
      markets[k].range = 1.0 / RANGE * true_range(own, i) + (1 - 1.0 / RANGE) * markets[k].range;
  }
  cash = CAPITAL;
  count_of_trades = 0;
  for (int64_t i = 0; i < SLOW; i++) equity[i] = cash;
  for (int64_t i = SLOW; i < bars; i++) {
    at_open(markets, i);
    in_bar(markets, i);
    double value = cash;
    for (int k = 0; k < MARKETS; k++) {
      if (markets[k].position.held) value += value_at(&markets[k].position, markets[k].bars->close[i]);
    }
    equity[i] = value;
    for (int k = 0; k < MARKETS; k++) decide(&markets[k], i, i == bars - 1);
  }
  Snapshot none = {0, 0, 0};
  for (int k = 0; k < MARKETS; k++) {
    if (!markets[k].position.held) continue;
    Walk walk = {markets[k].position, markets[k].order, {0, 0}, 0, 0, 0};
    stop_out(&walk, markets[k].bars->close[bars - 1]);
    adopt(&markets[k], &walk, &none);
  }
  sprintf(summary, "{\"trades\":%ld,\"final\":%.17g}", (long)count_of_trades, cash);
}

int main(int count, char **args) {
  if (count < 1 + MARKETS) return 2;
  for (int k = 0; k < MARKETS - 1; k++) {
    if (!read_bars(args[2 + k], &others[k])) return 1;
  }
  return answer_rounds(args[1], run);
}
