import { setImmediate } from 'node:timers/promises'

/** Asks again and again, for what makes no sound of its own: what another process wrote into the database, say. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setImmediate()
}
