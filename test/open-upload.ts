import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { TestApp } from './app.ts'
import { BTC_MINUTES, type Fields, HEADER } from './market.ts'
import type { SignedUp } from './people.ts'

/** An upload that is sent by hand, so that it can stop anywhere. */
export type OpenUpload = {
  write(text: string): void
  /** Ends the file and the form. */
  finish(): void
  destroy(): void
  /** The answer, however much was sent by then. */
  answer(): Promise<{ status: number | undefined; code: string | undefined }>
}

export function openUpload(
  { url }: Pick<TestApp, 'url'>,
  { accessToken }: Pick<SignedUp, 'accessToken'>,
  fields: Fields = BTC_MINUTES,
): OpenUpload {
  const request = httpRequest(`${url}/api/v1/market/imports`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'multipart/form-data; boundary=x',
    },
  })
  request.on('error', () => {})
  for (const [name, value] of Object.entries(fields)) {
    request.write(`--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  }
  request.write('--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n')
  request.write(`${HEADER}\n`)
  return {
    write: (text) => void request.write(text),
    finish: () => void request.end('\r\n--x--\r\n'),
    destroy: () => void request.destroy(),
    async answer() {
      const [response]: [IncomingMessage] = (await once(request, 'response')) as [IncomingMessage]
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part)
      const body = JSON.parse(Buffer.concat(parts).toString())
      return { status: response.statusCode, code: body.api_error?.code }
    },
  }
}
