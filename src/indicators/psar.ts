import type { Column, Indicator } from './indicator.ts'
import { factor } from './parameters.ts'

type Parameters = [acceleration: number, maximum: number]

export const psar: Indicator = {
  name: 'psar',
  title: 'Parabolic stop and reverse',
  category: 'trend',
  inputs: ['high', 'low'],
  parameters: [factor('acceleration', 0.02, 0, 1), factor('maximum', 0.2, 0, 1)],
  outputs: ['psar'],
  definition:
    's + a·(E − s) of the bar before, E the best price of the trend, a grows by `acceleration` with each new E, up to ' +
    '`maximum`. Never beyond the last two bars; where a bar touches it, it turns and begins at E. The first trend is ' +
    'down where the second bar moved more down than up.',
  reference: 'TA-Lib SAR',
  warmUpFormula: '1',
  warmUp: () => 1,
  settle: () => Number.POSITIVE_INFINITY,
  compute([high, low]: [Column, Column], parameters: Parameters, [out]: [Column]) {
    const down = (low[0] as number) - (low[1] as number)
    const isFalling = down > 0 && down > (high[1] as number) - (high[0] as number)
    // A falling trend is a rising one of the mirrored prices.
    const mirrored = [low.map((value) => -value), high.map((value) => -value)] as [Column, Column]
    follow([high, low], mirrored, isFalling, parameters, out)
  },
}

/** Tops and bottoms as a rising trend sees them. */
type Sides = [top: Column, bottom: Column]

function follow(up: Sides, down: Sides, startsDown: boolean, parameters: Parameters, out: Column): void {
  const [acceleration, maximum] = [Math.min(...parameters), parameters[1]]
  let sign = startsDown ? -1 : 1
  let [top, bottom] = startsDown ? down : up
  let stop = bottom[0] as number
  let best = top[1] as number
  let pace = acceleration
  for (let bar = 1; bar < out.length; bar++) {
    // The first bar of all has no other before it than itself.
    const before = Math.max(bar - 1, 1)
    if ((bottom[bar] as number) <= stop) {
      sign = -sign
      ;[top, bottom] = sign < 0 ? down : up
      stop = Math.min(-best, bottom[before] as number, bottom[bar] as number)
      out[bar] = sign * stop
      pace = acceleration
      best = top[bar] as number
    } else {
      out[bar] = sign * stop
      pace = (top[bar] as number) > best ? Math.min(pace + acceleration, maximum) : pace
      best = Math.max(best, top[bar] as number)
    }
    stop = Math.min(stop + pace * (best - stop), bottom[before] as number, bottom[bar] as number)
  }
}
