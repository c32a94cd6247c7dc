import { sql } from 'kysely'
import type { TestApp } from '../app.ts'
import { OTHER_PASSWORD, PASSWORD } from '../people.ts'

/** A JSON Web Token, whatever it says and whoever signed it. */
const TOKEN = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/

/** All texts in a value that was parsed from JSON or came from a column; times and numbers hold no secret. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null || value instanceof Date) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)])
}

/** Codes are as numbers are: only one that stands by itself counts. */
function hasCode(text: string, codes: Set<string>): boolean {
  return (text.match(/(?<!\w)\d{6}(?!\w)/g) ?? []).some((digits) => codes.has(digits))
}

async function codesSent(app: TestApp): Promise<Set<string>> {
  const mails = await app.mails()
  return new Set(mails.flatMap(({ text }) => text.match(/^\d{6}$/gm) ?? []))
}

async function textsOfDatabase({ platform: { db } }: TestApp): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ place: string }>`
    SELECT format('%I.%I', schemaname, tablename) AS place FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`.execute(db)
  const texts = new Map<string, string[]>()
  for (const { place } of rows) {
    const content = await sql`SELECT * FROM ${sql.raw(place)}`.execute(db)
    texts.set(place, textsIn(content.rows))
  }
  return texts
}

async function textsOfMetrics({ url }: TestApp): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`)).text()
  // What is counted is no secret; names and labels could hold one.
  return text.split('\n').map((line) => line.replace(/ [\d.e+-]+$/, ''))
}

/**
 * Looks for passwords, codes, tokens and signing secrets where none may be: in every log line, in the metrics, and in
 * every column of every table, the job queue's too.
 * @returns each with its place
 */
export async function findLeaks(apps: [TestApp, ...TestApp[]]): Promise<string[]> {
  const [app] = apps
  const codes = await codesSent(app)
  const { accessSecrets, refreshSecrets } = app.config.tokens
  const secrets = [PASSWORD, OTHER_PASSWORD, ...accessSecrets, ...refreshSecrets]
  const places = await textsOfDatabase(app)
  for (const [number, each] of apps.entries()) {
    places.set(
      `log ${number}`,
      each.logs.flatMap((line) => textsIn(JSON.parse(line))),
    )
    places.set(`metrics ${number}`, await textsOfMetrics(each))
  }
  const isSecret = (text: string) =>
    TOKEN.test(text) || hasCode(text, codes) || secrets.some((secret) => text.includes(secret))
  return [...places].flatMap(([place, texts]) => texts.filter(isSecret).map((text) => `${place}: ${text}`))
}
