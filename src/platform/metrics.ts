import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What the program counts. Names follow Prometheus: base units, `_total` for counters. */
export type Metrics = {
  registry: Registry
  observeRequest(method: string, route: string, status: number, milliseconds: number): void
  /** Something that happened to an account, such as a sign-in. */
  countEvent(event: string, outcome: string): void
  countMail(kind: string, outcome: 'sent' | 'failed' | 'skipped'): void
  /** Values that are read when somebody asks. */
  observeGauge(gauge: ObservedGauge): void
}

export type ObservedGauge = {
  name: string
  help: string
  /** How the values of several processes become one: added where each has its own, the greatest where all see the same. */
  aggregator: 'sum' | 'max'
  /** Values by their `state` label. One that cannot be read right now is left out. */
  read(): Promise<Record<string, number>> | Record<string, number>
}

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const latency = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers,
  })
  const events = new Counter({
    name: 'account_events_total',
    help: 'What happened to accounts, by event and outcome',
    labelNames: ['event', 'outcome'],
    registers,
  })
  const mails = new Counter({
    name: 'mails_total',
    help: 'Mails by kind, and whether the provider took them',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  return {
    registry,
    observeRequest(method, route, status, milliseconds) {
      requests.inc({ method, route, status })
      latency.observe({ method, route }, milliseconds / 1000)
    },
    countEvent: (event, outcome) => events.inc({ event, outcome }),
    countMail: (kind, outcome) => mails.inc({ kind, outcome }),
    observeGauge({ name, help, aggregator, read }) {
      new Gauge({
        name,
        help,
        aggregator,
        labelNames: ['state'],
        registers,
        async collect() {
          this.reset()
          for (const [state, value] of Object.entries(await read())) this.set({ state }, value)
        },
      })
    },
  }
}
