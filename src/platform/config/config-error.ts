/** What is wrong with one setting, in words that never hold its value. */
export type Fault = { name: string; problem: string }

/** The settings cannot be used. The message lists every fault, so that all can be mended at once. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[], source: string) {
    const lines = faults.map((fault) => `  ${fault.name} ${fault.problem}`)
    const count = faults.length === 1 ? 'One setting is' : `${faults.length} settings are`
    super(
      `${count} not usable (read from the environment${source}):\n${lines.join('\n')}\n` +
        '.env.example explains every setting. Mend these and start again.',
    )
    this.faults = faults
  }
}
