import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Contender, compare, ratiosOf, spreadOf } from './compare.ts'
import { costlyNodes } from './plans.ts'
import { comparisonRow, tableOf } from './rows.ts'

function contender(name: string, rates: number[], ran: string[], failed = 0): Contender {
  let turn = 0
  return {
    name,
    async run() {
      ran.push(name)
      turn += 1
      return { rate: rates[turn - 1] ?? 0, failed }
    },
  }
}

const PACE = { rounds: 3, seconds: 1, warmUpSeconds: 1 }
const runs = (rates: number[], failed = 0) => ({ name: 'they', rates, failed, loadShare: undefined })

describe('a comparison', () => {
  it('warms all up, then lets them run back and forth, and leaves the warm-up out', async () => {
    const ran: string[] = []
    const [a, b] = await compare(
      [contender('a', [1, 10, 20, 30], ran), contender('b', [2, 5, 5, 5], ran)],
      PACE,
    )
    assert.deepEqual(ran, ['a', 'b', 'a', 'b', 'b', 'a', 'a', 'b'])
    assert.deepEqual(a?.rates, [10, 20, 30])
    assert.deepEqual(b?.rates, [5, 5, 5])
  })

  it('forms the ratio in each round, so that a slow moment of the machine changes nothing', () => {
    assert.deepEqual(ratiosOf(runs([100, 10, 100]), runs([200, 20, 200])), {
      median: 0.5,
      min: 0.5,
      max: 0.5,
    })
  })

  it('has the mean of the two in the middle as the median of an even number', () => {
    assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 })
  })
})

describe('a row of the results', () => {
  const holds = (rates: number[], goal: number | undefined, failed = 0) =>
    comparisonRow('GET /', runs(rates, failed), runs([10, 10, 10]), goal).holds

  it('holds where the median of the ratios reaches the goal', () => {
    assert.equal(holds([7, 7, 1], 0.7), 'yes')
    assert.equal(holds([6, 6, 20], 0.7), 'no')
    assert.equal(holds([6, 6, 6], undefined), '')
  })

  it('is worth nothing where an answer failed', () => {
    assert.equal(holds([7, 7, 7], 0.7, 1), 'failed')
  })

  it('is a line of a Markdown table', () => {
    const table = tableOf([comparisonRow('GET /', runs([5_000]), runs([10_000]), 0.5)]).split('\n')
    assert.equal(table.length, 3)
    assert.match(
      table[2] ?? '',
      /^\| GET \/ +\| 5,000\/s \(5,000–5,000\) \| they .* 0\.50 \(0\.50–0\.50\) +\| ≥ 0\.5 +\| yes/,
    )
  })
})

describe('a plan', () => {
  it('costs more with more rows where it reads a table from end to end, sorts, or reads what it throws away', () => {
    const nodes = [
      'Nested Loop',
      'Index Scan users_pk',
      'Seq Scan sessions',
      'Sort',
      'Incremental Sort',
      'Index Scan a reading in vain',
    ]
    assert.deepEqual(costlyNodes({ statement: '', nodes }), nodes.slice(2))
  })
})
