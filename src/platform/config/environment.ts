import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Fault } from './config-error.ts'
import { parseEnvFile } from './env-file.ts'

export type Environment = 'development' | 'test' | 'production'
export type ProcessEnv = Readonly<Record<string, string | undefined>>

/** Where the settings come from, once the environment and the file are put together. */
export type Source = {
  environment: Environment
  /** The file that was read, if there is one. */
  file: string | undefined
  lookup(name: string): string | undefined
  faults: Fault[]
}

const ENVIRONMENTS = new Map<string, Environment>([
  ['production', 'production'],
  ['prod', 'production'],
  ['staging', 'production'],
  ['testing', 'test'],
  ['test', 'test'],
  ['ci', 'test'],
  ['development', 'development'],
  ['dev', 'development'],
])
const FILES: Record<Environment, string> = {
  development: '.env.dev',
  test: '.env.test',
  production: '.env.prod',
}

function nonEmpty(text: string | undefined): string | undefined {
  return text?.trim() || undefined
}

function namedEnvironment(lookup: (name: string) => string | undefined): [string, string] | undefined {
  const values = ['APP_ENV', 'ENV'].map((name): [string, string | undefined] => [
    name,
    nonEmpty(lookup(name)),
  ])
  return values.find((entry): entry is [string, string] => entry[1] !== undefined)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function readEnvFile(path: string, named: boolean, faults: Fault[]): Map<string, string> | undefined {
  try {
    return parseEnvFile(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!isMissing(error)) {
      faults.push({
        name: named ? 'ENV_FILE' : basename(path),
        problem: 'cannot be read; look at its kind and permissions',
      })
    } else if (named) {
      faults.push({ name: 'ENV_FILE', problem: 'names a file that does not exist' })
    }
    return undefined
  }
}

function toEnvironment(entry: [string, string] | undefined, faults: Fault[]): Environment | undefined {
  if (entry === undefined) return undefined
  const [name, value] = entry
  const environment = ENVIRONMENTS.get(value.toLowerCase())
  if (environment === undefined) {
    faults.push({ name, problem: `must be one of ${[...ENVIRONMENTS.keys()].join(', ')}` })
  }
  return environment
}

/** A file that is named as one of ours says which environment it is for, even where nothing else does. */
function environmentOfFile(path: string): Environment | undefined {
  const environments: Environment[] = ['production', 'test', 'development']
  return environments.find((environment) => FILES[environment] === basename(path))
}

/**
 * Finds the file and the environment. What the process was given wins over what the file says, in choosing the
 * environment too; a file of `ENV_FILE` may name its environment itself.
 */
export function readSource(env: ProcessEnv, root: string): Source {
  const faults: Fault[] = []
  const given = namedEnvironment((name) => env[name])
  const chosen = toEnvironment(given, faults)
  const named = nonEmpty(env.ENV_FILE)
  const path = resolve(root, named ?? FILES[chosen ?? 'development'])
  const values = readEnvFile(path, named !== undefined, faults)
  const inFile = given === undefined ? namedEnvironment((name) => values?.get(name)) : undefined
  const environment = chosen ?? toEnvironment(inFile, faults) ?? environmentOfFile(path) ?? 'development'
  return {
    environment,
    file: values === undefined ? undefined : path,
    lookup: (name) => env[name] ?? values?.get(name),
    faults,
  }
}
