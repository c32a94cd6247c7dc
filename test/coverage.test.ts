import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type CoveredFile, findShortfalls, ROOT } from './coverage.ts'

const FULL = {
  ...{ totalLineCount: 100, coveredLineCount: 100 },
  ...{ totalBranchCount: 20, coveredBranchCount: 20 },
  ...{ totalFunctionCount: 20, coveredFunctionCount: 20 },
}

function fileOf(path: string, counts: Partial<CoveredFile> = {}): CoveredFile {
  return { ...FULL, ...counts, path: join(ROOT, path) }
}

describe('the coverage rule', () => {
  it('accepts files that are covered in full', () => {
    assert.deepEqual(findShortfalls([fileOf('src/engine/a.ts'), fileOf('src/app.ts')]), [])
  })

  it('requires every line, branch and function of a pure folder and of the folders below it', () => {
    const files = [
      fileOf('src/engine/a.ts', { coveredLineCount: 99 }),
      fileOf('src/indicators/kernels/a.ts', { coveredBranchCount: 19 }),
      fileOf('src/auth/a.ts', { coveredFunctionCount: 19 }),
    ]
    assert.deepEqual(findShortfalls(files), [
      'src/auth: 19 of 20 functions covered (95.00 %), 100 % required',
      'src/engine: 99 of 100 lines covered (99.00 %), 100 % required',
      'src/indicators/kernels: 19 of 20 branches covered (95.00 %), 100 % required',
    ])
  })

  it('does not round a single uncovered line away', () => {
    const files = [fileOf('src/numerics/a.ts', { totalLineCount: 100_000, coveredLineCount: 99_999 })]
    assert.equal(findShortfalls(files).length, 1)
  })

  it('requires 95 % of every other folder, summed over its files', () => {
    const half = fileOf('src/backtests/a.ts', { coveredLineCount: 91, coveredBranchCount: 18 })
    assert.equal(findShortfalls([half]).length, 2)
    assert.deepEqual(findShortfalls([half, fileOf('src/backtests/b.ts')]), [])
  })

  it('does not let one folder pay for another', () => {
    const files = [fileOf('src/platform/http/a.ts', { coveredLineCount: 94 }), fileOf('src/platform/b.ts')]
    assert.deepEqual(findShortfalls(files), [
      'src/platform/http: 94 of 100 lines covered (94.00 %), 95 % required',
    ])
  })

  it('does not take a folder for pure whose name only begins like one', () => {
    assert.deepEqual(findShortfalls([fileOf('src/engine-room/a.ts', { coveredLineCount: 95 })]), [])
    assert.deepEqual(findShortfalls([fileOf('src/strategies/a.ts', { coveredLineCount: 95 })]), [])
  })

  it('accepts folders without branches or functions', () => {
    const none = {
      totalBranchCount: 0,
      coveredBranchCount: 0,
      totalFunctionCount: 0,
      coveredFunctionCount: 0,
    }
    assert.deepEqual(findShortfalls([fileOf('src/engine/a.ts', none)]), [])
  })
})
