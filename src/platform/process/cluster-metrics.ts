import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { AggregatorRegistry, type Registry } from 'prom-client'

type Question = { metricsQuestion: number }
type Answer = { metricsAnswer: number; text: string }

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'metricsQuestion' in message
}

function isAnswer(message: unknown, id: number): message is Answer {
  return (
    typeof message === 'object' &&
    message !== null &&
    'metricsAnswer' in message &&
    message.metricsAnswer === id
  )
}

/** In the primary: answers each process that asks with the metrics of all. */
export function answerMetricsQuestions(): void {
  const all = new AggregatorRegistry()
  cluster.on('message', async (worker: Worker, message: unknown) => {
    if (!isQuestion(message)) return
    const text = await all.clusterMetrics()
    worker.send({ metricsAnswer: message.metricsQuestion, text })
  })
}

/** In one of several processes: reads the metrics of all of them, whichever of them was asked. */
export function clusterMetrics(registry: Registry): () => Promise<string> {
  AggregatorRegistry.setRegistries([registry])
  new AggregatorRegistry()
  let questions = 0
  return async () => {
    questions += 1
    const id = questions
    process.send?.({ metricsQuestion: id })
    for (;;) {
      const [message] = await once(process, 'message')
      if (isAnswer(message, id)) return message.text
    }
  }
}
