import { AsyncLocalStorage } from 'node:async_hooks'

/** What every log line of a request says, whoever writes it. */
export type RequestScope = { request_id: string }

const scopes = new AsyncLocalStorage<RequestScope>()

/** The request that is being served here, if one is. */
export function currentRequest(): RequestScope | undefined {
  return scopes.getStore()
}

/** Runs `work`, and all that it starts, as part of a request. */
export function withinRequest(scope: RequestScope, work: () => void): void {
  scopes.run(scope, work)
}
