import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'

/** Editors write a file in several steps; what changes within this time is one change. */
const QUIET_MS = 200

/** Tests and hidden files of editors are no part of the server. */
function matters(file: string): boolean {
  return /(^|\/)[^./][^/]*\.(ts|js|css|html|json)$/.test(file) && !file.endsWith('.test.ts')
}

/**
 * Calls back with the files that changed: those of the server, its migrations, and the env files.
 * @param root the repository
 */
export function watchFiles(root: string, onChange: (files: string[]) => void): { close(): void } {
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const note = (file: string): void => {
    changed.add(file)
    clearTimeout(timer)
    timer = setTimeout(() => {
      const files = [...changed]
      changed.clear()
      onChange(files)
    }, QUIET_MS)
  }
  const watchFolder = (folder: string): FSWatcher =>
    watch(join(root, folder), { recursive: true }, (_event, file) => {
      if (file !== null && matters(file)) note(join(folder, file))
    })
  const envFiles = watch(root, (_event, file) => {
    if (file !== null && /^\.env(\.(dev|test|prod))?$/.test(file)) note(file)
  })
  const watchers = [watchFolder('src'), watchFolder('migrations'), envFiles]
  return {
    close() {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}
