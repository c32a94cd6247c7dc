import { startCaddy } from './proxies.ts'
import { describeProxy } from './proxy-behaviour.ts'

describeProxy('Caddy', startCaddy)
