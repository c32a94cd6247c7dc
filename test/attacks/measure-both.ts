type Which = 'first' | 'second'

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/**
 * Measures two things by turns, each so many times, in an order that favours neither.
 * @param prepare makes ready, and returns what is measured
 * @returns the median of each in milliseconds
 */
export async function measureBoth(
  samples: number,
  prepare: (which: Which) => Promise<() => Promise<unknown>>,
): Promise<Record<Which, number>> {
  const times: Record<Which, number[]> = { first: [], second: [] }
  for (let i = 0; i < samples; i += 1) {
    const order: Which[] = i % 2 ? ['first', 'second'] : ['second', 'first']
    for (const which of order) {
      const action = await prepare(which)
      const begin = performance.now()
      await action()
      times[which].push(performance.now() - begin)
    }
  }
  return { first: median(times.first), second: median(times.second) }
}
