type Waiting<K, V> = { key: K; resolve: (value: V | undefined) => void; reject: (error: unknown) => void }

/**
 * Makes one look-up of all that are asked for in the same turn of the event loop: under load a round trip serves many
 * requests, and a lone one waits for nobody. Whoever asks gets what the database holds after it asked.
 * @param load finds values by keys, each of which it gets once; what is missing was not found
 */
export function batch<K, V>(load: (keys: K[]) => Promise<Map<K, V>>): (key: K) => Promise<V | undefined> {
  let waiting: Waiting<K, V>[] = []
  const flush = async () => {
    const asked = waiting
    waiting = []
    try {
      const found = await load([...new Set(asked.map(({ key }) => key))])
      for (const { key, resolve } of asked) resolve(found.get(key))
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }
  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ key, resolve, reject })
    })
}
