import type { Settings } from './settings.ts'

export type MarketSettings = {
  /** Of one upload, as it is sent. */
  maxUploadBytes: number
  /** In which one upload has to arrive. */
  uploadSeconds: number
  /** Of all market data that is kept for a user, as it is stored. */
  storageBytesPerUser: number
  /** Of a user, at once, waiting ones included. */
  maxImportsPerUser: number
  /** Where all exchanges are asked; their own addresses where it is left out. For tests, and for proxies. */
  exchangeBaseUrl: string | undefined
}

const MEGABYTE = 1024 * 1024
const MAX_MEGABYTES = 1_048_576

function readBaseUrl(settings: Settings): string | undefined {
  const text = settings.text('EXCHANGE_BASE_URL')
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    settings.fault('EXCHANGE_BASE_URL', 'must be an address such as https://proxy.example.com')
    return undefined
  }
  return text.replace(/\/+$/, '')
}

export function readMarketSettings(settings: Settings): MarketSettings {
  const megabytes = (name: string, fallback: number) =>
    settings.integer(name, { fallback, min: 1, max: MAX_MEGABYTES }) * MEGABYTE
  return {
    maxUploadBytes: megabytes('UPLOAD_MAX_MB', 1_024),
    uploadSeconds: settings.integer('UPLOAD_MAX_MINUTES', { fallback: 60, min: 1, max: 1_440 }) * 60,
    storageBytesPerUser: megabytes('STORAGE_MB_PER_USER', 2_048),
    maxImportsPerUser: settings.integer('MAX_IMPORTS_PER_USER', { fallback: 4, min: 1, max: 100 }),
    exchangeBaseUrl: readBaseUrl(settings),
  }
}
