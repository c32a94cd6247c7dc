import type { Fault } from './config-error.ts'
import type { Environment, Source } from './environment.ts'

/** Reads single settings by name and gathers what is wrong with them. An empty value is none. */
export type Settings = {
  environment: Environment
  text(name: string): string | undefined
  flag(name: string, fallback: boolean): boolean
  integer(name: string, range: { fallback: number; min: number; max: number }): number
  choice<T extends string>(name: string, choices: Readonly<Record<string, T>>): T | undefined
  list(name: string): string[]
  fault(name: string, problem: string): void
}

const FLAGS = new Map([
  ...['true', '1', 'yes', 'on', 't', 'y'].map((word): [string, boolean] => [word, true]),
  ...['false', '0', 'no', 'off', 'f', 'n'].map((word): [string, boolean] => [word, false]),
])

export function settingsFrom(source: Source, faults: Fault[]): Settings {
  const fault = (name: string, problem: string): void => {
    faults.push({ name, problem })
  }
  const text = (name: string): string | undefined => source.lookup(name)?.trim() || undefined
  return {
    environment: source.environment,
    text,
    fault,
    flag(name, fallback) {
      const value = text(name)
      if (value === undefined) return fallback
      const flag = FLAGS.get(value.toLowerCase())
      if (flag === undefined) fault(name, 'must be true or false')
      return flag ?? fallback
    },
    integer(name, { fallback, min, max }) {
      const value = text(name)
      if (value === undefined) return fallback
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
      if (number >= min && number <= max) return number
      fault(name, `must be a whole number from ${min} to ${max}`)
      return fallback
    },
    choice(name, choices) {
      const value = text(name)?.toLowerCase()
      if (value === undefined) return undefined
      const choice = Object.hasOwn(choices, value) ? choices[value] : undefined
      if (choice === undefined)
        fault(name, `must be one of ${[...new Set(Object.values(choices))].join(', ')}`)
      return choice
    },
    list(name) {
      const items = text(name)?.split(',') ?? []
      return items.map((item) => item.trim()).filter((item) => item !== '')
    },
  }
}
