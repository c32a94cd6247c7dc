import { setTimeout } from 'node:timers/promises'

/** Long enough to leave the processor to what is waited for. */
const POLL_MS = 2

/** Asks again and again, for what makes no sound of its own: what another process wrote into the database, say. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(POLL_MS)
}
