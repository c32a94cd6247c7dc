import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Program, startProgram } from '../../../test/programs.ts'

const URL_OF_MODULE = new URL('./shutdown.ts', import.meta.url).href

/** A program that does nothing but end as it is told. */
function startSmallProgram(start: string, deadlineMs: number): Program {
  const script = `
    import { pino } from 'pino'
    import { runUntilSignal } from '${URL_OF_MODULE}'
    const log = pino(pino.destination({ fd: 1, sync: true }))
    process.on('exit', (code) => log.info('exit ' + code))
    setInterval(() => {}, 1000)
    const running = runUntilSignal(log, ${start}, ${deadlineMs})
    log.info('called')
    await running
    log.info('started')`
  return startProgram(['--input-type=module', '--eval', script])
}

describe('runUntilSignal', () => {
  it('leaves behind what does not end in time', async () => {
    const program = startSmallProgram('async () => () => new Promise(() => {})', 50)
    await program.line(/"started"/)
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    await program.line(/some work did not end in time and is left behind/)
  })

  it('ends with exit 0 where closing fails, and says so', async () => {
    const program = startSmallProgram('async () => async () => { throw new Error("no") }', 5000)
    await program.line(/"started"/)
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    await program.line(/the shutdown was not clean/)
  })

  it('closes once, whoever asks again meanwhile', async () => {
    const start = `async () => async () => {
      log.info('closed')
      process.emit('message', 'stop')
    }`
    const program = startSmallProgram(start, 5000)
    await program.line(/"started"/)
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    assert.equal(program.lines.filter((line) => line.includes('"closed"')).length, 1)
  })

  it('closes what was still starting when the signal came', async () => {
    const start = `async () => {
      await new Promise((resolve) => process.once('SIGUSR2', resolve))
      return async () => log.info('closed')
    }`
    const program = startSmallProgram(start, 5000)
    await program.line(/"called"/)
    program.signal('SIGTERM')
    await program.line(/shutting down/)
    program.signal('SIGUSR2')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    await program.line(/"closed"/)
  })
})
