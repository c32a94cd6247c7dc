import type { Reference } from './reference.ts'
import { APO, EMA, PPO, SMA, talib } from './talib.ts'
import { ago, follow, lift, over, over0, type Series, sum } from './textbook.ts'

const typical = (high: Series, low: Series, close: Series) =>
  lift((h, l, c) => (h + l + c) / 3, high, low, close)

const byVolume = (prices: Series, volumes: Series) =>
  sum(prices.map((price, i) => price * (volumes[i] ?? 0))) / sum(volumes)

const index = (close: Series, volume: Series, counts: (change: number) => boolean) =>
  follow(close, 0, 1000, (before, value, bar) => {
    const change = (volume[bar] ?? 0) - (volume[bar - 1] ?? 0)
    return counts(change) ? (before * value) / (close[bar - 1] ?? 1) : before
  })

const withSignal = (line: Series, length: number) => {
  const signal = EMA(line, length)
  return [lift((value, other) => value + 0 * other, line, signal), signal] as const
}

export const VOLUME: Record<string, Reference> = {
  obv: ({ close, volume }) => talib('OBV', [close, volume], []),
  ad: ({ high, low, close, volume }) => talib('AD', [high, low, close, volume], []),
  adosc: ({ high, low, close, volume }, [fastPeriod = 0, slowPeriod = 0]) =>
    talib('ADOSC', [high, low, close, volume], [fastPeriod, slowPeriod]),
  cmf: ({ high, low, close, volume }, [length = 0]) => {
    const flow = lift((h, l, c, v) => over0(2 * c - h - l, h - l) * v, high, low, close, volume)
    return [over(length, (flows, volumes) => over0(sum(flows), sum(volumes)), flow, volume)]
  },
  vwap: ({ timestamp, high, low, close, volume }) => {
    const price = typical(high, low, close)
    const days = timestamp.map((time) => new Date(time).toISOString().slice(0, 10))
    return [
      price.map((_, bar) => {
        const start = days.indexOf(days[bar] ?? '')
        return byVolume(price.slice(start, bar + 1), volume.slice(start, bar + 1))
      }),
    ]
  },
  rolling_vwap: ({ high, low, close, volume }, [length = 0]) => [
    over(length, byVolume, typical(high, low, close), volume),
  ],
  force_index: ({ close, volume }, [length = 0]) => [
    EMA(
      lift((c, b, v) => (c - b) * v, close, ago(close, 1), volume),
      length,
    ),
  ],
  eom: ({ high, low, volume }, [length = 0, divisor = 0]) => {
    const middle = lift((h, l) => (h + l) / 2, high, low)
    const ease = lift(
      (m, b, h, l, v) => ((m - b) * (h - l) * divisor) / v,
      middle,
      ago(middle, 1),
      high,
      low,
      volume,
    )
    return [SMA(ease, length)]
  },
  nvi: ({ close, volume }) => [index(close, volume, (change) => change < 0)],
  pvi: ({ close, volume }) => [index(close, volume, (change) => change > 0)],
  pvt: ({ close, volume }) => [
    follow(
      close,
      0,
      0,
      (before, value, bar) => before + (volume[bar] ?? 0) * (value / (close[bar - 1] ?? 1) - 1),
    ),
  ],
  kvo: ({ high, low, close, volume }, [fast = 0, slow = 0, signal = 0]) => {
    const price = typical(high, low, close)
    const flow = lift((p, b, v) => (p >= b ? v : -v) + 0 * b, price, ago(price, 1), volume)
    return [...withSignal(APO(flow, fast, slow), signal)]
  },
  pvo: ({ volume }, [fast = 0, slow = 0, length = 0]) => {
    const [line, signal] = withSignal(PPO(volume, fast, slow), length)
    return [line, signal, lift((a, b) => a - b, line, signal)]
  },
}
