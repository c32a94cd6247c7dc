import { execFile } from 'node:child_process'

/*
 * Look for known holes in the dependencies, by npm's own audit. High and critical ones of what production installs
 * fail; all others are reported. A registry without the audit service, or none within reach, is no failure: the note
 * says that nothing was checked.
 */

const LIMIT_MS = Number(process.env.AUDIT_LIMIT_MS ?? 60_000)
const MAX_REPORT_BYTES = 64 * 1024 * 1024
const SEVERITIES = ['critical', 'high', 'moderate', 'low', 'info'] as const
const FAILING = new Set<string>(['critical', 'high'])

type Severity = (typeof SEVERITIES)[number]
type Finding = { name: string; severity: Severity; titles: string[] }
type Audit = { findings: Finding[] } | { unavailable: string }

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function findingsOf(vulnerabilities: Record<string, unknown>): Finding[] {
  return Object.entries(vulnerabilities).flatMap(([name, value]) => {
    if (!isObject(value)) return []
    const severity = SEVERITIES.find((known) => known === value.severity) ?? 'critical'
    const via = Array.isArray(value.via) ? value.via : []
    const titles = via.flatMap((cause) => (isObject(cause) ? [`${cause.title} (${cause.url})`] : []))
    return [{ name, severity, titles }]
  })
}

/** npm's report, or why there is none: npm exits alike for holes and for a registry that does not answer. */
function readReport(output: string, reason: string): Audit {
  try {
    const report: unknown = JSON.parse(output)
    if (isObject(report) && isObject(report.vulnerabilities))
      return { findings: findingsOf(report.vulnerabilities) }
    const message = isObject(report) && typeof report.message === 'string' ? report.message : reason
    return { unavailable: message }
  } catch {
    return { unavailable: reason }
  }
}

function audit(args: string[]): Promise<Audit> {
  const options = { timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_REPORT_BYTES } as const
  return new Promise((resolve) => {
    execFile('npm', ['audit', '--json', ...args], options, (error, stdout) => {
      const reason = error?.killed ? `no answer within ${LIMIT_MS / 1000} s` : 'npm gave no report'
      resolve(readReport(stdout, reason))
    })
  })
}

function describe({ name, severity, titles }: Finding): string {
  return [`  ${severity}: ${name}`, ...titles.map((title) => `    ${title}`)].join('\n')
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function main(): Promise<void> {
  const production = await audit(['--omit=dev'])
  if ('unavailable' in production) {
    print(`Not checked: the registry offers no audit here (${production.unavailable}).`)
    return
  }
  const names = new Set(production.findings.map(({ name }) => name))
  const everything = await audit([])
  const others = 'unavailable' in everything ? [] : everything.findings.filter(({ name }) => !names.has(name))
  const failing = production.findings.filter(({ severity }) => FAILING.has(severity))
  const lesser = production.findings.filter(({ severity }) => !FAILING.has(severity))
  if (failing.length > 0) print('Holes in what production installs:', ...failing.map(describe))
  if (lesser.length > 0) print('Lesser holes in what production installs:', ...lesser.map(describe))
  if (others.length > 0) print('Holes in what only development installs:', ...others.map(describe))
  if (names.size + others.length === 0) print('No known holes.')
  process.exitCode = failing.length > 0 ? 1 : 0
}

await main()
