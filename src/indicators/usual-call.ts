import type { Indicator } from './indicator.ts'

/** For parameters that have no default. */
const USUAL_LENGTH = 20

/** The default parameters, and the usual length where one has to be given. */
export function usualParameters({ parameters }: Indicator): number[] {
  return parameters.map((parameter) => parameter.default ?? USUAL_LENGTH)
}

/** As it is written in a rule, with the default of each parameter: `macd(source, fast=12, slow=26, signal=9)`. */
export function signatureOf({ name, inputs, parameters }: Indicator): string {
  const sources = inputs.filter((input) => input === 'source')
  const named = sources.length > 1 ? sources.map((source, i) => `${source}${i + 1}`) : sources
  const rest = parameters.map((parameter) =>
    parameter.default === undefined ? parameter.name : `${parameter.name}=${parameter.default}`,
  )
  return `${name}(${[...named, ...rest].join(', ')})`
}
