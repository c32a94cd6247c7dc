import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { finished } from 'node:stream/promises'
import { type EventData, run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { briefReporter, describeFailure } from './brief-reporter.ts'
import { findChromium } from './chromium.ts'
import {
  collectRawCoverage,
  describeCoverage,
  findShortfalls,
  findUnloaded,
  MEASURE_COVERAGE,
  ROOT,
  writeHtmlReport,
} from './coverage.ts'
import { SERVER_VARIABLE, TEMPLATE_VARIABLE } from './database.ts'
import { openTestServer } from './server.ts'

const HELP = `Usage: node test/run.ts [--coverage] [--verbose] [--browser | --attacks] [FILE...]
Runs the tests on the PostgreSQL of DATABASE_URL, or on one of its own.
`
const TESTS = '{src,test,scripts,migrations,bench}/**/*.test.ts'
const BROWSER_TESTS = '{src,test}/**/*.browser.test.ts'
const ATTACKS = 'test/attacks/*.attack-test.ts'
/** The long forms of tests take minutes by design. */
const FILE_TIMEOUT_MS = (process.env.LONG === '1' ? 30 : 3) * 60_000

type Kind = { browser: boolean; attacks: boolean }
type Options = Kind & { coverage: boolean; verbose: boolean; files: string[] }

function findTests({ browser, attacks }: Kind): string[] {
  if (browser) return globSync(BROWSER_TESTS, { cwd: ROOT }).sort()
  if (attacks) return globSync(ATTACKS, { cwd: ROOT }).sort()
  return globSync(TESTS, { cwd: ROOT, exclude: [BROWSER_TESTS] }).sort()
}

function readOptions(): Options {
  const flag = { type: 'boolean', default: false } as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { coverage: flag, verbose: flag, browser: flag, attacks: flag, help: { ...flag, short: 'h' } },
  })
  if (values.help) {
    process.stdout.write(HELP)
    process.exit()
  }
  const files =
    positionals.length > 0 ? positionals.flatMap((pattern) => globSync(pattern)) : findTests(values)
  if (files.length === 0) throw new Error(`There is no test file ${positionals.join(', ')}`.trim())
  return { ...values, files }
}

/**
 * Report coverage, and whether it suffices. Files that no test loads are a failure only when all tests ran.
 */
function reportCoverage({ summary }: EventData.TestCoverage, whole: boolean): boolean {
  process.stdout.write(describeCoverage(summary))
  const faults = [
    ...findShortfalls(summary.files),
    ...(whole ? findUnloaded(summary.files) : []).map((path) => `${path}: no test loads it`),
  ]
  for (const fault of faults) process.stdout.write(`# not enough coverage: ${fault}\n`)
  return faults.length === 0
}

/** @returns whether everything passed */
async function runTests({ coverage, verbose, files }: Options, signal: AbortSignal): Promise<boolean> {
  const failures: EventData.TestFail[] = []
  let covered: EventData.TestCoverage | undefined
  const stream = run({
    files,
    cwd: ROOT,
    concurrency: availableParallelism(),
    timeout: FILE_TIMEOUT_MS,
    signal,
    ...(coverage ? MEASURE_COVERAGE : {}),
  })
  stream.on('test:fail', (failure) => failures.push(failure))
  stream.on('test:coverage', (data) => {
    covered = data
  })
  const report = verbose ? stream.compose(new spec()) : stream.compose(briefReporter)
  report.pipe(process.stdout, { end: false })
  await finished(report, { writable: false })
  const whole = files.length === findTests({ browser: false, attacks: false }).length
  const isCovered = covered === undefined || reportCoverage(covered, whole)
  // Last, where whoever sees only the end of a log finds them.
  if (!verbose) process.stdout.write(failures.map(describeFailure).join(''))
  return isCovered && failures.length === 0
}

async function main(): Promise<void> {
  const options = readOptions()
  if (options.browser) process.env.CHROMIUM = findChromium()
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
  const server = await openTestServer(process.env.DATABASE_URL)
  process.env[SERVER_VARIABLE] = server.url
  process.env[TEMPLATE_VARIABLE] = server.template
  // A test says itself which database it means.
  delete process.env.DATABASE_URL
  if (options.coverage) {
    collectRawCoverage()
    // Of functions from the cache V8 counts less exactly.
    process.env.NODE_DISABLE_COMPILE_CACHE = '1'
  }
  try {
    const passed = await runTests(options, stop.signal)
    process.exitCode = passed && !stop.signal.aborted ? 0 : 1
  } finally {
    await server.close()
  }
  if (options.coverage) writeHtmlReport()
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
})
