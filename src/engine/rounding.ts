/** How near to a tick or step a value has to be to count as it, in ticks or steps. */
const NEAR = 1e-9

/** The multiples of a tick or step. A step of 0 takes any value. */
export type Grid = {
  step: number
  /** Steps that make 1 where that is a whole number, else 0: 3 steps of 0.1 are 3 / 10, which is 0.3. */
  perUnit: number
}

export function gridOf(step: number): Grid {
  const perUnit = Math.floor(1 / step + 0.5)
  const whole = step > 0 && perUnit >= 1 && Math.abs(1 / step - perUnit) <= NEAR * (1 / step)
  return { step, perUnit: whole ? perUnit : 0 }
}

function times(grid: Grid, n: number): number {
  return grid.perUnit > 0 ? n / grid.perUnit : n * grid.step
}

export function nearest(grid: Grid, value: number): number {
  return grid.step > 0 ? times(grid, Math.floor(value / grid.step + 0.5)) : value
}

export function roundUp(grid: Grid, value: number): number {
  return grid.step > 0 ? times(grid, Math.ceil(value / grid.step - NEAR)) : value
}

export function roundDown(grid: Grid, value: number): number {
  return grid.step > 0 ? times(grid, Math.floor(value / grid.step + NEAR)) : value
}
