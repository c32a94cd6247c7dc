import { gzipSync } from 'node:zlib'
import { csv } from './market.ts'

const MINUTE = 60_000

/** A fraction that looks like chance. */
function scrambled(index: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1)
  for (const factor of [0x85ebca6b, 0xc2b2ae35]) mixed = Math.imul(mixed ^ (mixed >>> 15), factor)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

/** Lines of minute candles whose prices do not shrink: some 32 bytes each as they are stored. */
export function noiseLines(count: number, from: number, seed = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const [a, b, c] = [0, 1, 2].map((part) => scrambled(seed * 1_000_003 + index * 3 + part)) as [
      number,
      number,
      number,
    ]
    return `${from + index * MINUTE},${2 + a},${4 + b},${1 + c},${2 + a * b},${b * c}`
  })
}

/** The same as a packed file. */
export function packedNoise(count: number, from: number, seed = 0): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(csv(noiseLines(count, from, seed))))
}
