import { readFileSync } from 'node:fs'

/*
 * Loaded before a program, so that its machine's clock is wrong by as many milliseconds as the file `CLOCK_FILE` says
 * at that moment. Timers go on as they are: they hang on no clock that can be set.
 */

const file = process.env.CLOCK_FILE ?? ''
const RealDate = Date
const now = () => RealDate.now() + Number(readFileSync(file, 'utf8'))

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
})
