import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MACOS_APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The path of the browser that tests drive: that of `CHROMIUM`, else the one of the system.
 * @throws where there is none; the message says how to get one
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
  const folders = (env.PATH ?? '').split(delimiter)
  const installed = [
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    ...MACOS_APPLICATIONS,
  ]
  const found = (env.CHROMIUM ? [env.CHROMIUM] : installed).find(isExecutable)
  if (found !== undefined) return found
  const looked = env.CHROMIUM
    ? `CHROMIUM names ${env.CHROMIUM}, which cannot be run`
    : 'there is no Chromium or Chrome'
  throw new Error(
    `The browser tests cannot run: ${looked}.\nInstall one (Debian: apt-get install chromium), or name it: make test-browser CHROMIUM=/path/to/it`,
  )
}
