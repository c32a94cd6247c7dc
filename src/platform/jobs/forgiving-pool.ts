import type pg from 'pg'

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (destroy?: Error | boolean) => void,
) => void

/**
 * Lets a connection be given back twice. The job library does so with the one it listens on when that breaks in the
 * moment in which the runner ends; what the pool throws then would be an unhandled rejection, which ends the process.
 */
export function forgiveSecondRelease(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool)
  function connectForgiving(): Promise<pg.PoolClient>
  function connectForgiving(callback: Connected): void
  function connectForgiving(callback?: Connected): Promise<pg.PoolClient> | undefined {
    if (callback === undefined) return connect()
    connect((error, client, release) => {
      let released = false
      callback(error, client, (destroy) => {
        if (!released) release(destroy)
        released = true
      })
    })
    return undefined
  }
  pool.connect = connectForgiving
}
