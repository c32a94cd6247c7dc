import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { tokensOfSession } from '../lab/accounts.ts'
import type { OurData } from '../systems/ours.ts'

/** What is asked of the API is answered so. */
type Answer = { id: string; dataset_id: string; state: string }

/** A signed-in user of the API. */
export type Trader = {
  post(path: string, body: object): Promise<Answer>
  delete(path: string): Promise<void>
  /** Uploads a file of candles of one minute. @returns the dataset's id */
  upload(file: string, symbol: string): Promise<string>
  /** Follows a backtest to its end. @throws where it does not succeed */
  follow(backtestId: string): Promise<void>
}

const ADDRESS = '10.200.0.1'

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text.slice(0, 400)}`)
  return JSON.parse(text).data
}

/** @param session number of one of the sessions that the accounts were made with */
export function openTrader({ config, accounts }: OurData, base: string, session: number): Trader {
  const { accessToken } = tokensOfSession(config, accounts, session)
  const headers = { authorization: `Bearer ${accessToken}`, 'x-forwarded-for': ADDRESS }
  const api = `${base}/api/v1`
  return {
    async post(path, body) {
      const response = await fetch(api + path, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return readAnswer(response)
    },
    async delete(path) {
      await readAnswer(await fetch(api + path, { method: 'DELETE', headers }))
    },
    async upload(file, symbol) {
      const form = new FormData()
      for (const [name, value] of Object.entries({ exchange: 'binance', symbol, timeframe: '1m' }))
        form.append(name, value)
      form.append('file', await openAsBlob(file), basename(file))
      const answer = await readAnswer(
        await fetch(`${api}/market/imports`, { method: 'POST', headers, body: form }),
      )
      return answer.dataset_id
    },
    async follow(backtestId) {
      const response = await fetch(`${api}/backtests/${backtestId}/events`, { headers })
      const text = await response.text()
      if (!text.includes('event: succeeded')) throw new Error(`the backtest ended with ${text.slice(-400)}`)
    },
  }
}
