/** What one run of a contender brought. */
export type Measured = {
  /** Operations a second. */
  rate: number
  /** Those that did not succeed; a run with any is worth nothing. */
  failed: number
  /** What the load took of one core, where it comes from another process. */
  loadShare?: number
}

export type Contender = { name: string; run(seconds: number): Promise<Measured> }

export type Pace = { rounds: number; seconds: number; warmUpSeconds: number }

export type Spread = { median: number; min: number; max: number }

export type Runs = { name: string; rates: number[]; failed: number; loadShare: number | undefined }

export function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  return { median: (low + high) / 2, min: sorted.at(0) ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}

/** The ratio of each round by itself, since what disturbs the machine disturbs neighbours in time alike. */
export function ratiosOf(ours: Runs, theirs: Runs): Spread {
  return spreadOf(ours.rates.map((rate, round) => rate / (theirs.rates[round] ?? Number.NaN)))
}

/** Warms all contenders up, then lets them run in turn, back and forth, so that none always follows another. */
export async function compare(contenders: Contender[], pace: Pace): Promise<Runs[]> {
  const results = contenders.map(({ name }) => ({ name, measured: [] as Measured[] }))
  for (const contender of contenders) await contender.run(pace.warmUpSeconds)
  for (let round = 0; round < pace.rounds; round += 1) {
    const order = contenders.map((contender, index) => ({ contender, result: results[index] }))
    for (const { contender, result } of round % 2 === 0 ? order : order.toReversed()) {
      result?.measured.push(await contender.run(pace.seconds))
    }
  }
  return results.map(({ name, measured }) => {
    const shares = measured.flatMap(({ loadShare }) => loadShare ?? [])
    return {
      name,
      rates: measured.map(({ rate }) => rate),
      failed: measured.reduce((sum, { failed }) => sum + failed, 0),
      loadShare: shares.length === 0 ? undefined : spreadOf(shares).median,
    }
  })
}
