/** What a position is worth at a price: cash + margin + signed × (price − entry price). `signed`: quantity × direction. */
export type Money = { cash: number; margin: number; signed: number; entryPrice: number }
/** Highest and lowest price since the fill: they go in, and come out as they are then. */
export type Extremes = { highest: number; lowest: number }

/**
 * The hot loops: one for each side, since a direction as a factor costs a third more. `Number` tells the compiler that
 * a property is one, so that the loop needs no objects.
 */
export function passLong(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  equity: Float64Array,
  exit: Uint8Array,
  from: number,
  end: number,
  shift: number,
  adverse: number,
  favourable: number,
  { cash, margin, signed, entryPrice }: Money,
  extremes: Extremes,
): number {
  let highest = Number(extremes.highest)
  let lowest = Number(extremes.lowest)
  let bar = from
  for (; bar < end; bar++) {
    const top = high[bar] as number
    const bottom = low[bar] as number
    const value = cash + (margin + signed * ((close[bar] as number) - entryPrice))
    if (bottom <= adverse || top >= favourable || exit[bar] === 1 || value <= 0) break
    equity[bar + shift] = value
    if (bottom < lowest) lowest = bottom
    if (top > highest) highest = top
  }
  extremes.highest = highest
  extremes.lowest = lowest
  return bar
}

export function passShort(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  equity: Float64Array,
  exit: Uint8Array,
  from: number,
  end: number,
  shift: number,
  adverse: number,
  favourable: number,
  { cash, margin, signed, entryPrice }: Money,
  extremes: Extremes,
): number {
  let highest = Number(extremes.highest)
  let lowest = Number(extremes.lowest)
  let bar = from
  for (; bar < end; bar++) {
    const top = high[bar] as number
    const bottom = low[bar] as number
    const value = cash + (margin + signed * ((close[bar] as number) - entryPrice))
    if (top >= adverse || bottom <= favourable || exit[bar] === 1 || value <= 0) break
    equity[bar + shift] = value
    if (bottom < lowest) lowest = bottom
    if (top > highest) highest = top
  }
  extremes.highest = highest
  extremes.lowest = lowest
  return bar
}
