import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Runs a file of this folder as a process of its own: it gets one message, and its answer is the result. */
export async function askProcess<Question extends object, Answer>(
  file: 'load-process.ts' | 'logins-process.ts',
  question: Question,
): Promise<Answer> {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code}`)
  })
  child.send(question)
  try {
    const [answer] = await Promise.race([once(child, 'message'), exited])
    return answer
  } finally {
    exited.catch(() => {})
    child.kill()
  }
}
