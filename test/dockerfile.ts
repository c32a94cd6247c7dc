import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, matchesGlob, relative, resolve } from 'node:path'

type Instruction = { keyword: string; text: string }
type Stage = { name: string; base: string; folder: string; workdir: string; env: Record<string, string> }

/** What a container of an image starts with. */
export type Image = {
  base: string
  /** Where its file system begins, and where its programs start. */
  folder: string
  workdir: string
  env: Record<string, string>
  user: string
  command: string[]
  healthCheck: string[]
}

function readInstructions(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line))
  const whole = lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
  return whole.map((line) => {
    const [, keyword = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    return { keyword, text: rest }
  })
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

/** Whether `.dockerignore` keeps a path out: the last line that fits it, or a folder above it, decides. */
function isIgnored(patterns: string[], path: string): boolean {
  const parts = path.split('/')
  const folders = parts.map((_, depth) => parts.slice(0, depth + 1).join('/'))
  return patterns.reduce((ignored, line) => {
    const pattern = line.replace(/^!/, '')
    return folders.some((folder) => matchesGlob(folder, pattern)) ? !line.startsWith('!') : ignored
  }, false)
}

function copyFromContext(context: string, patterns: string[], source: string, target: string): void {
  const isWanted = (path: string) => {
    const inside = relative(context, path)
    return statSync(path).isDirectory() || !isIgnored(patterns, inside)
  }
  if (isIgnored(patterns, source) && !statSync(join(context, source)).isDirectory()) {
    throw new Error(`.dockerignore keeps ${source} out, which the Dockerfile copies`)
  }
  cpSync(join(context, source), target, { recursive: true, filter: isWanted })
}

/**
 * Performs the steps of a Dockerfile without an engine: each stage is a folder, `RUN` runs in it on this machine.
 * Knows what ours needs; any other instruction fails.
 * @param context the folder that is built
 * @param into an empty folder
 */
export function performDockerfile(context: string, into: string): Image {
  const ignore = readFileSync(join(context, '.dockerignore'), 'utf8').split('\n')
  const patterns = ignore.filter((line) => !/^\s*(#|$)/.test(line))
  const stages: Stage[] = []
  const image: Image = {
    base: '',
    folder: '',
    workdir: '',
    env: {},
    user: 'root',
    command: [],
    healthCheck: [],
  }
  const current = (): Stage => {
    const stage = stages.at(-1)
    if (stage === undefined) throw new Error('the Dockerfile does not begin with FROM')
    return stage
  }
  const steps: Record<string, (text: string) => void> = {
    FROM(text) {
      const [base = '', , name = String(stages.length)] = words(text)
      const folder = join(into, name)
      mkdirSync(folder)
      stages.push({ name, base, folder, workdir: folder, env: {} })
    },
    WORKDIR(text) {
      current().workdir = join(current().folder, text)
      mkdirSync(current().workdir, { recursive: true })
    },
    ENV(text) {
      for (const word of words(text)) {
        const [name = '', value = ''] = word.split('=')
        current().env[name] = value
      }
    },
    COPY(text) {
      const stage = current()
      const from = /^--from=(\S+)/.exec(text)?.[1]
      const paths = words(text).filter((word) => !word.startsWith('--'))
      const target = resolve(stage.workdir, paths.pop() ?? '')
      for (const source of paths) {
        const isInto = paths.length > 1 || target === stage.workdir
        const place = isInto ? join(target, basename(source)) : target
        mkdirSync(dirname(place), { recursive: true })
        const origin = stages.find(({ name }) => name === from)
        if (origin === undefined) copyFromContext(context, patterns, source, place)
        else cpSync(join(origin.folder, source), place, { recursive: true, verbatimSymlinks: true })
      }
    },
    RUN(text) {
      const { workdir, env } = current()
      const PATH = `${dirname(process.execPath)}:${process.env.PATH}`
      execFileSync('sh', ['-c', text], { cwd: workdir, env: { ...process.env, ...env, PATH } })
    },
    USER(text) {
      image.user = text
    },
    CMD(text) {
      image.command = JSON.parse(text)
    },
    HEALTHCHECK(text) {
      image.healthCheck = JSON.parse(text.slice(text.indexOf('CMD') + 'CMD'.length))
    },
    LABEL() {},
    EXPOSE() {},
  }
  for (const { keyword, text } of readInstructions(readFileSync(join(context, 'Dockerfile'), 'utf8'))) {
    const step = steps[keyword]
    if (step === undefined) throw new Error(`${keyword} of the Dockerfile is not known here`)
    step(text)
  }
  const { base, folder, workdir, env } = current()
  return { ...image, base, folder, workdir, env }
}

/** Every file below a folder with its size and the time of its last change. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { size, mtimeMs } = statSync(join(folder, name))
    return `${name} ${size} ${mtimeMs}`
  })
}
