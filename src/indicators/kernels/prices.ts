/** (high + low + close) / 3 of each bar. */
export function typicalPrice(high: Float64Array, low: Float64Array, close: Float64Array): Float64Array {
  const prices = new Float64Array(close.length)
  for (let bar = 0; bar < prices.length; bar++) {
    prices[bar] = ((high[bar] as number) + (low[bar] as number) + (close[bar] as number)) / 3
  }
  return prices
}

/** (high + low) / 2 of each bar. */
export function middlePrice(high: Float64Array, low: Float64Array): Float64Array {
  const prices = new Float64Array(high.length)
  for (let bar = 0; bar < prices.length; bar++) {
    prices[bar] = ((high[bar] as number) + (low[bar] as number)) / 2
  }
  return prices
}

/** From each bar to the next; 0 at the first. */
export function changes(source: Float64Array): Float64Array {
  const moves = new Float64Array(source.length)
  for (let bar = 1; bar < moves.length; bar++) {
    moves[bar] = (source[bar] as number) - (source[bar - 1] as number)
  }
  return moves
}

/** close − open of each bar. */
export function bodies(open: Float64Array, close: Float64Array): Float64Array {
  return close.map((value, bar) => value - (open[bar] as number))
}
