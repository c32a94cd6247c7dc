import { logTicks, roundTicks, timeTicks } from './ticks.ts'

/*
 * A chart has one size up and down, and is as wide as the page lets it be: its lines lie in a picture that is stretched
 * sideways, its texts and marks are placed by per cent and keep their size. So a phone shows the same page.
 */

/** Units across the stretched picture. */
const ACROSS = 1_000
const TIMES_HEIGHT = 22

export type Scale = { from: number; to: number; isLog: boolean; place(value: number): number }

/** A scale that maps `from` to `start` and `to` to `end`; a single value lies in the middle. */
export function scaleOf(from: number, to: number, start: number, end: number, isLog = false): Scale {
  const position = isLog ? Math.log : (value: number) => value
  const [first, span] = [position(from), position(to) - position(from)]
  return {
    from,
    to,
    isLog,
    place: (value) =>
      span === 0 ? (start + end) / 2 : start + ((position(value) - first) / span) * (end - start),
  }
}

export type Range = { low: number; high: number }

/** The range of two. */
export function widest(a: Range, b: Range): Range {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }
}

/** Lowest and highest of values; those that are no number do not count. */
export function rangeOf(columns: readonly Float64Array[]): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const column of columns) {
    for (const value of column) {
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return { low, high }
}

/** Beyond this ratio equal steps of money say less than equal steps of per cent. */
const LOG_FROM = 3

/** A scale up and down for values, a little wider than they are, logarithmic where they grew manifold. */
export function valueScale({ low, high }: Range, height: number): Scale {
  const isLog = low > 0 && high / low > LOG_FROM
  if (isLog) {
    const extra = (high / low) ** 0.04
    return scaleOf(low / extra, high * extra, height, 0, true)
  }
  const extra = (high - low || Math.abs(high) || 1) * 0.05
  return scaleOf(low - extra, high + extra, height, 0)
}

export function timeScale(from: number, to: number): Scale {
  return scaleOf(from, to, 0, ACROSS)
}

export const fixed = (value: number) => (Math.round(value * 10) / 10).toString()
/** A place of the stretched picture, for what is not stretched. */
export const across = (place: number) => `${(Math.round(place * 10) / 100).toString()}%`

/** A line through points, as the `d` of an SVG path. */
export function linePath(times: Float64Array, values: Float64Array, x: Scale, y: Scale): string {
  let path = ''
  for (let at = 0; at < times.length; at++) {
    path += `${at === 0 ? 'M' : 'L'}${fixed(x.place(times[at] as number))} ${fixed(y.place(values[at] as number))}`
  }
  return path
}

function grid(x: Scale, y: Scale, height: number, labelOf: (value: number) => string): string {
  const [low, high] = [Math.min(y.from, y.to), Math.max(y.from, y.to)]
  const isManifold = y.isLog && high / low > 10
  const values = isManifold ? logTicks(low, high) : roundTicks(low, high)
  const hint = y.isLog ? `<text class="axis" x="4" y="${height - 6}">logarithmic</text>` : ''
  const rows = values.map((value) => {
    const at = fixed(y.place(value))
    return `<line class="grid" x2="100%" y1="${at}" y2="${at}"/><text class="axis" x="100%" dx="6" y="${at}" dy=".32em">${labelOf(value)}</text>`
  })
  const columns = timeTicks(x.from, x.to).map(({ time, label }, index) => {
    const at = across(x.place(time))
    const isLeftOut = index % 2 === 1 ? ' odd' : ''
    return `<line class="grid" x1="${at}" x2="${at}" y2="${height}"/><text class="axis time${isLeftOut}" x="${at}" y="${height + 16}">${label}</text>`
  })
  return rows.join('') + columns.join('') + hint
}

export type Drawing = {
  /** What the picture is called, as HTML. */
  label: string
  height: number
  x: Scale
  y: Scale
  labelOf: (value: number) => string
  /** Paths in units of the scales. */
  lines: string
  /** What keeps its size: placed by `across` and pixels. */
  marks?: string
}

export function chart({ label, height, x, y, labelOf, lines, marks = '' }: Drawing): string {
  const stretched = `<svg width="100%" height="${height}" viewBox="0 0 ${ACROSS} ${height}" preserveAspectRatio="none">${lines}</svg>`
  return `<svg class="chart" role="img" aria-label="${label}" height="${height + TIMES_HEIGHT}">${grid(x, y, height, labelOf)}${stretched}${marks}</svg>`
}
