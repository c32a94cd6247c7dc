import type { TestApp } from '../app.ts'
import { giveCandles, giveStrategy, runBacktest, swingingLines, type Trader, trader } from '../backtests.ts'
import type { LocatedOperation } from '../openapi.ts'
import { OTHER_PASSWORD } from '../people.ts'

/** Somebody with one of everything, so that each request would succeed if nothing in it were wrong. */
export type World = {
  trader: Trader
  strategy: string
  dataset: string
  backtest: string
  importId: string
}

const BARS = 120

export async function createWorld(app: TestApp, known?: Trader): Promise<World> {
  const own = known ?? (await trader(app))
  const dataset = await giveCandles(app, own, swingingLines(BARS))
  const strategy = await giveStrategy(own)
  await own.post(`/strategies/${strategy}/versions`, { document: await documentOf(own, strategy) })
  const { id: backtest } = await runBacktest(app, own, strategy, { instruments: [{ dataset_id: dataset }] })
  const { data } = await own.get('/market/imports')
  return { trader: own, strategy, dataset, backtest, importId: data.imports[0].id }
}

async function documentOf(own: Trader, strategy: string): Promise<object> {
  const { data } = await own.get(`/strategies/${strategy}`)
  return { ...data.version.document, name: 'Second version' }
}

/** The path with ids of things that are there. */
export function pathOf({ path }: LocatedOperation, world: World, given: Record<string, string> = {}): string {
  const ids: [RegExp, string][] = [
    [/\/strategies\//, world.strategy],
    [/\/datasets\//, world.dataset],
    [/\/imports\//, world.importId],
    [/\/backtests\//, world.backtest],
  ]
  const id = ids.find(([prefix]) => prefix.test(path))?.[1] ?? ''
  const usual: Record<string, string> = { id, number: '1', name: 'macd', session_id: world.trader.person.id }
  return path.replace(/\{(\w+)\}/g, (_, name: string) => given[name] ?? usual[name] ?? '')
}

/** Query parameters without which an operation answers nothing but 422. */
export function queryOf({ operationId }: LocatedOperation, world: World): Record<string, string> {
  const needed: Record<string, Record<string, string>> = {
    diffVersions: { against: '2' },
    explainBar: { at: '2021-02-19T01:00:00Z' },
    compareBacktests: { ids: world.backtest },
  }
  return needed[operationId] ?? {}
}

/** The documented body, with the ids of things that are there. */
export function bodyOf({ operationId, requestBody }: LocatedOperation, world: World): unknown {
  const { example } = requestBody?.content['application/json'] ?? {}
  const { person } = world.trader
  switch (operationId) {
    case 'startBacktest':
      return { ...Object(example), version: 1, instruments: [{ dataset_id: world.dataset }], ...PLAIN_RUN }
    case 'importData':
      return { ...Object(example), exchange: 'nowhere' }
    case 'createStrategy':
      return { template: 'sma_cross', name: 'A strategy', note: 'A note', description: 'A description' }
    case 'changePassword':
      return { current_password: 'not the right one', new_password: OTHER_PASSWORD }
    case 'updateProfile':
      return { name: person.name, phone: '12345', country_code: 44 }
    default:
      return example
  }
}

/** What of the documented example needs other data than these few candles. */
const PLAIN_RUN = {
  from: '2021-02-19T00:30:00Z',
  to: '2021-02-19T02:00:00Z',
  from_out_of_sample: '2021-02-19T01:00:00Z',
  parameters: { fast: 5 },
  leverage: 1,
}
