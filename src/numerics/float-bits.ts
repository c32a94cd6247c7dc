/**
 * The two halves of a double, as the algorithms of fdlibm take them apart. A DataView reads the high word first on
 * every machine, whatever the order of its bytes.
 */
const view = new DataView(new ArrayBuffer(8))

/** Sign, exponent and the upper 20 bits of the fraction, as a signed 32-bit integer. */
export function highWord(value: number): number {
  view.setFloat64(0, value)
  return view.getInt32(0)
}

/** The same number without the lower 32 bits of its fraction. */
export function withoutLowWord(value: number): number {
  view.setFloat64(0, value)
  view.setInt32(4, 0)
  return view.getFloat64(0)
}

const LEAST = -1074
/** Looked up, since a double that is put together of two words waits for both to reach memory. */
const powers = new Float64Array(1024 - LEAST)
for (let i = 0, power = 5e-324; i < powers.length; i++, power *= 2) powers[i] = power

/** 2 to an integer power from -1074 to 1023, exactly. */
export function powerOfTwo(exponent: number): number {
  return powers[exponent - LEAST] as number
}

/** `value` times 2 to the `exponent`, from -1100 to 1100, rounded once, subnormal results too. */
export function scaleByPowerOfTwo(value: number, exponent: number): number {
  if (exponent > 1023) return value * powerOfTwo(1023) * powerOfTwo(exponent - 1023)
  // The first factor leaves 53 bits of room above the smallest normal number, so that only the second one rounds.
  if (exponent < -1022) return value * powerOfTwo(-969) * powerOfTwo(exponent + 969)
  return value * powerOfTwo(exponent)
}
