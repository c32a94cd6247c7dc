import { relative } from 'node:path'
import type { EventData } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

const DOTS_PER_LINE = 100

/** A parent that failed only since a test in it did. */
function onlyTells(error: EventData.Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed'
}

/** All there is about a failed test; nothing of a parent that only tells of it. */
export function describeFailure({ name, file = '', line = 0, details }: EventData.TestFail): string {
  const { error } = details
  if (onlyTells(error)) return ''
  const cause = inspect(error.cause ?? error, { colors: process.stdout.isTTY })
  return `\n✖ ${name} (${relative(process.cwd(), file)}:${line})\n${cause.replace(/^/gm, '  ')}\n`
}

function describeEvent({ type, data }: TestEvent): string {
  if (type === 'test:fail') return onlyTells(data.details.error) ? '' : `\n✖ ${data.name}\n`
  if (type === 'test:diagnostic' && data.nesting === 0) return `# ${data.message}\n`
  return type === 'test:stderr' || type === 'test:stdout' ? data.message : ''
}

/** A dot for what passed, the name of what failed, and the runner's own closing lines. */
export async function* briefReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let dots = 0
  for await (const event of source) {
    if (event.type === 'test:pass') {
      dots += 1
      yield dots % DOTS_PER_LINE === 0 ? '.\n' : '.'
    }
    const text = describeEvent(event)
    if (text !== '' && dots % DOTS_PER_LINE !== 0) {
      dots = 0
      yield '\n'
    }
    yield text
  }
}
