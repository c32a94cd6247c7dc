import { setTimeout as delay } from 'node:timers/promises'
import { sessionNumbers } from '../lab/accounts.ts'
import { type Contender, compare, spreadOf } from '../lab/compare.ts'
import { comparisonRow, goalRow, type Row, valueRow } from '../lab/rows.ts'
import { highestMegabytes } from '../lab/usage.ts'
import { copyIntoTable } from '../limits/copy-table.ts'
import { makeOurData, serveOurData } from '../systems/ours.ts'
import { candleFile } from './candle-files.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { openTrader } from './trader.ts'

const OPERATION = 'CSV import, first byte to commit: rows'
const RATE_GOAL = 500_000
const RATIO_GOAL = 0.7
/** 64 MiB. */
const MEMORY_GOAL_MB = 64
const USERS = 300
/** By then a process has given back what its start took. */
const IDLE_MS = 5_000

/** Files that differ, so that nothing is stored already; the same ones again for each contender. */
async function filesOf({ bars, pace }: EngineLaboratory): Promise<string[]> {
  const files: string[] = []
  for (let seed = 1; seed <= pace.rounds + 1; seed += 1) files.push(await candleFile(bars, seed))
  return files
}

/** One file after another, each once. */
function onceEach(
  name: string,
  files: string[],
  rows: number,
  load: (file: string) => Promise<number>,
): Contender {
  const left = files.values()
  return {
    name,
    async run() {
      const { value: file } = left.next()
      if (file === undefined) throw new Error('there are more rounds than files')
      return { rate: rows / (await load(file)), failed: 0 }
    },
  }
}

/** Candles that are uploaded against the same file loaded into a table by the database itself. */
export async function importing(lab: EngineLaboratory): Promise<Row[]> {
  const ours = await makeOurData(await lab.postgres(), { database: 'importing', users: USERS })
  const files = await filesOf(lab)
  const server = await serveOurData(ours)
  const growths: number[] = []
  await delay(IDLE_MS)
  try {
    const trader = openTrader(ours, server.base, sessionNumbers(ours.accounts, 1)[0] ?? 0)
    const upload = async (file: string) => {
      let seconds = 0
      let dataset = ''
      const { before, highest } = await highestMegabytes(server.pid, async () => {
        const begin = performance.now()
        dataset = await trader.upload(file, 'BTC/USDT')
        seconds = (performance.now() - begin) / 1000
      })
      growths.push(highest - before)
      await trader.delete(`/market/datasets/${dataset}`)
      return seconds
    }
    const [our, their] = await compare(
      [
        onceEach('ours', files, lab.bars, upload),
        onceEach('COPY into a plain table', files, lab.bars, (file) => copyIntoTable(ours.databaseUrl, file)),
      ],
      lab.pace,
    )
    if (our === undefined || their === undefined) throw new Error('a contender did not run')
    const [first = Number.NaN, ...later] = growths
    return [
      comparisonRow(OPERATION, our, their, RATIO_GOAL),
      goalRow(OPERATION, spreadOf(our.rates), '/s', RATE_GOAL),
      valueRow(
        'Memory growth during an import, the first of a process',
        spreadOf([first]),
        ' MB',
        MEMORY_GOAL_MB,
      ),
      valueRow('Memory growth during an import, later ones', spreadOf(later), ' MB', MEMORY_GOAL_MB),
    ]
  } finally {
    await server.stop()
  }
}
