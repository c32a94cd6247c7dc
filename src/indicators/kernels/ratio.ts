/** 100·a / b; 0 where b is 0, as in TA-Lib. */
export function percent(a: number, b: number): number {
  return b === 0 ? 0 : 100 * (a / b)
}

/** a / b; 0 where b is 0, as in TA-Lib. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b
}
