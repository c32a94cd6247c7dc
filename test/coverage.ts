import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, relative } from 'node:path'
import type { EventData, run } from 'node:test'
import { fileURLToPath } from 'node:url'

export const ROOT = join(import.meta.dirname, '..')
const REPORT = join(ROOT, 'coverage')
/** What every process of a run, however deep, writes here is counted together. */
const RAW = join(REPORT, 'raw')
const COVERED = ['src/**/*.ts']
const NOT_COVERED = ['**/*.test.ts']

type Files = EventData.TestCoverage['summary']['files']

/** Every line, branch and function of `src/`. */
export const FULL_COVERAGE = {
  coverage: true,
  coverageIncludeGlobs: COVERED,
  coverageExcludeGlobs: NOT_COVERED,
  lineCoverage: 100,
  branchCoverage: 100,
  functionCoverage: 100,
} satisfies Parameters<typeof run>[0]

export function collectRawCoverage(): void {
  rmSync(REPORT, { recursive: true, force: true })
  process.env.NODE_V8_COVERAGE = RAW
}

/** Whether anything is left of a file once its types and comments are gone. */
function hasCode(path: string): boolean {
  const source = readFileSync(join(ROOT, path), 'utf8')
  const code = path.endsWith('.ts') ? stripTypeScriptTypes(source) : source
  return code.replace(/\/\*.*?\*\/|\/\/.*$/gms, '').trim() !== ''
}

/** Files that no test loaded: the runner's report leaves them out. */
export function findUnloaded(files: Files): string[] {
  const loaded = new Set(files.map(({ path }) => relative(ROOT, path)))
  const all = globSync(COVERED, { cwd: ROOT, exclude: NOT_COVERED })
  return all.filter((path) => !loaded.has(path) && hasCode(path)).sort()
}

function percent(covered: number): string {
  return `${covered.toFixed(2)} %`
}

/** The files with something uncovered, and the sums, as text. */
export function describeCoverage({ files, totals }: EventData.TestCoverage['summary']): string {
  const gaps = files.flatMap(({ path, lines, branches, functions }) => {
    const places = [
      ...lines.filter(({ count }) => count === 0).map(({ line }) => `line ${line}`),
      ...branches.filter(({ count }) => count === 0).map(({ line }) => `branch at ${line}`),
      ...functions
        .filter(({ count }) => count === 0)
        .map(({ name, line }) => `${name || 'function'} at ${line}`),
    ]
    return places.length === 0 ? [] : [`# not covered: ${relative(ROOT, path)}: ${places.join(', ')}`]
  })
  const {
    coveredLinePercent: lines,
    coveredBranchPercent: branches,
    coveredFunctionPercent: functions,
  } = totals
  const sums = `# coverage of src: lines ${percent(lines)}, branches ${percent(branches)}, functions ${percent(functions)}`
  return `${[...gaps, sums].join('\n')}\n`
}

/** Writes `coverage/index.html`. */
export function writeHtmlReport(): void {
  const c8 = fileURLToPath(import.meta.resolve('c8/bin/c8.js'))
  const patterns = [
    ...COVERED.flatMap((glob) => ['--include', glob]),
    ...NOT_COVERED.flatMap((glob) => ['--exclude', glob]),
  ]
  const { NODE_V8_COVERAGE: _, ...env } = process.env
  spawnSync(
    process.execPath,
    [c8, 'report', '--temp-directory', RAW, '--reporter', 'html', '--report-dir', REPORT, ...patterns],
    { cwd: ROOT, env, stdio: 'inherit' },
  )
  rmSync(RAW, { recursive: true, force: true })
  process.stdout.write('# report: coverage/index.html\n')
}
