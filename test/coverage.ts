import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { EventData, run } from 'node:test'
import { fileURLToPath } from 'node:url'

export const ROOT = join(import.meta.dirname, '..')
const REPORT = join(ROOT, 'coverage')
/** What every process of a run, however deep, writes here is counted together. */
const RAW = join(REPORT, 'raw')
const COVERED = ['src/**/*.ts']
const NOT_COVERED = ['**/*.test.ts']

type Files = EventData.TestCoverage['summary']['files']

/** Folders with everything below them whose every line, branch and function must be covered. */
const FULLY_COVERED = [
  ...['src/engine', 'src/indicators', 'src/numerics', 'src/strategies/language'],
  ...['src/account-events', 'src/auth', 'src/one-time-codes', 'src/passwords', 'src/sessions', 'src/users'],
]
/** Required of every other folder, as the sum over its files: defensive code is not always reachable. */
const REQUIRED_PERCENT = 95

/** The runner has no thresholds per folder, so it only measures; `findShortfalls` judges. */
export const MEASURE_COVERAGE = {
  coverage: true,
  coverageIncludeGlobs: COVERED,
  coverageExcludeGlobs: NOT_COVERED,
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

type Counts = Pick<
  Files[number],
  `total${'Line' | 'Branch' | 'Function'}Count` | `covered${'Line' | 'Branch' | 'Function'}Count`
>
export type CoveredFile = Counts & { path: string }

/** Name each folder whose lines, branches or functions are covered less than its rule requires. */
export function findShortfalls(files: readonly CoveredFile[]): string[] {
  const folders = Map.groupBy(files, ({ path }) => dirname(relative(ROOT, path)))
  return [...folders].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(shortfallsOf)
}

function shortfallsOf([folder, files]: [string, readonly CoveredFile[]]): string[] {
  const isFull = FULLY_COVERED.some((root) => `${folder}/`.startsWith(`${root}/`))
  const required = isFull ? 100 : REQUIRED_PERCENT
  const kinds = [
    { name: 'lines', total: 'totalLineCount', covered: 'coveredLineCount' },
    { name: 'branches', total: 'totalBranchCount', covered: 'coveredBranchCount' },
    { name: 'functions', total: 'totalFunctionCount', covered: 'coveredFunctionCount' },
  ] as const
  return kinds.flatMap(({ name, total, covered }) => {
    const all = files.reduce((sum, file) => sum + file[total], 0)
    const reached = files.reduce((sum, file) => sum + file[covered], 0)
    // Compared as counts: a percentage that is rounded to 100 could hide a line.
    if (reached * 100 >= all * required) return []
    const uncovered = `${reached} of ${all} ${name} covered`
    return [`${folder}: ${uncovered} (${percent((100 * reached) / all)}), ${required} % required`]
  })
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
