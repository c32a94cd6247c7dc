import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { AppError } from '../errors.ts'

type Question = { metricsQuestion: number }
/** Without a text where one of the processes did not say its own in time. */
type Answer = { metricsAnswer: number; text?: string }

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'metricsQuestion' in message
}

function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'metricsAnswer' in message
}

/** In the primary: answers each process that asks with the metrics of all. */
export function answerMetricsQuestions(): void {
  const all = new AggregatorRegistry()
  cluster.on('message', async (worker: Worker, message: unknown) => {
    if (!isQuestion(message)) return
    const metricsAnswer = message.metricsQuestion
    const answer = await all.clusterMetrics().then(
      (text): Answer => ({ metricsAnswer, text }),
      (): Answer => ({ metricsAnswer }),
    )
    // Who asked may have died meanwhile.
    worker.send(answer, () => {})
  })
}

/**
 * In one of several processes: reads the metrics of all of them, whichever of them was asked.
 * @returns what throws 503 where one of them does not answer
 */
export function clusterMetrics(registry: Registry): () => Promise<string> {
  AggregatorRegistry.setRegistries([registry])
  new AggregatorRegistry()
  const waiting = new Map<number, (text: string | undefined) => void>()
  let questions = 0
  process.on('message', (message: unknown) => {
    if (!isAnswer(message)) return
    waiting.get(message.metricsAnswer)?.(message.text)
    waiting.delete(message.metricsAnswer)
  })
  return async () => {
    questions += 1
    const answer = Promise.withResolvers<string | undefined>()
    waiting.set(questions, answer.resolve)
    process.send?.({ metricsQuestion: questions })
    const text = await answer.promise
    if (text !== undefined) return text
    throw new AppError('service_unavailable', { detail: 'Not every process says its metrics right now.' })
  }
}
