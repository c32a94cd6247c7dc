/** A picture's frame in pixels: what lies outside the plot are the axes. */
export type Frame = {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
}

export type Scale = { from: number; to: number; place(value: number): number }

/** A scale that maps `from` to `start` and `to` to `end` pixels; a single value lies in the middle. */
export function scaleOf(from: number, to: number, start: number, end: number): Scale {
  const span = to - from
  return {
    from,
    to,
    place: (value) => (span === 0 ? (start + end) / 2 : start + ((value - from) / span) * (end - start)),
  }
}

/** Lowest and highest of values above 0, widened a little, so that lines do not lie on the frame. */
export function rangeOf(columns: readonly Float64Array[], margin = 0.04): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const column of columns) {
    for (const value of column) {
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  const extra = (high - low || high) * margin
  return { low: low - extra, high: high + extra }
}

/** Some five round numbers between two. */
export function roundTicks(from: number, to: number): number[] {
  const rough = (to - from) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) as number) * power
  const ticks: number[] = []
  for (let n = Math.ceil(from / step); n * step <= to; n++) ticks.push(n * step)
  return ticks
}

const DAY = 86_400_000

/** Some six times between two, at starts of days, months or years where these are far apart. */
export function timeTicks(from: number, to: number): { time: number; label: string }[] {
  const count = 6
  const span = to - from
  if (span <= 0) return [{ time: from, label: new Date(from).toISOString().slice(0, 10) }]
  const unit = span > count * DAY ? DAY : 60_000
  const step = Math.max(unit, Math.ceil(span / count / unit) * unit)
  const ticks: { time: number; label: string }[] = []
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    const text = new Date(time).toISOString()
    ticks.push({
      time,
      label: unit === DAY ? text.slice(0, 10) : `${text.slice(5, 10)} ${text.slice(11, 16)}`,
    })
  }
  return ticks
}

const fixed = (value: number) => value.toFixed(1)

/** A line through points, as the `d` of an SVG path. */
export function linePath(times: Float64Array, values: Float64Array, x: Scale, y: Scale): string {
  let path = ''
  for (let at = 0; at < times.length; at++) {
    path += `${at === 0 ? 'M' : 'L'}${fixed(x.place(times[at] as number))} ${fixed(y.place(values[at] as number))}`
  }
  return path
}

/** Axes with labels and faint lines. */
export function axes(frame: Frame, x: Scale, y: Scale, labelOf: (value: number) => string): string {
  const right = frame.width - frame.right
  const bottom = frame.height - frame.bottom
  const rows = roundTicks(Math.min(y.from, y.to), Math.max(y.from, y.to)).map((value) => {
    const at = fixed(y.place(value))
    return `<line class="grid" x1="${frame.left}" x2="${right}" y1="${at}" y2="${at}"/><text class="axis" x="${right + 6}" y="${at}" dy="0.32em">${labelOf(value)}</text>`
  })
  const columns = timeTicks(x.from, x.to).map(({ time, label }) => {
    const at = fixed(x.place(time))
    return `<line class="grid" x1="${at}" x2="${at}" y1="${frame.top}" y2="${bottom}"/><text class="axis" x="${at}" y="${bottom + 16}" text-anchor="middle">${label}</text>`
  })
  return [...rows, ...columns].join('')
}
