import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LogOutage, openLogOutput } from './log-output.ts'

/** An output with room for so many bytes, which says no in the system's words once it is full. */
function openFullDisk(room: number) {
  const disk = { room, written: '', busy: 0, outages: [] as LogOutage[] }
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code })
  }
  const output = openLogOutput(
    (outage) => disk.outages.push(outage),
    (bytes) => {
      if (disk.busy > 0) {
        disk.busy -= 1
        return fail('EAGAIN')
      }
      const taken = Math.min(bytes.length, disk.room)
      if (taken === 0) return fail('ENOSPC')
      disk.room -= taken
      disk.written += Buffer.from(bytes.subarray(0, taken)).toString()
      return taken
    },
  )
  return { disk, output }
}

describe('a log that cannot be written', () => {
  it('loses lines, and says how many and why with the first that it can write again', () => {
    const { disk, output } = openFullDisk(0)
    for (const line of ['one\n', 'two\n', 'three\n']) output.write(line)
    disk.room = 100
    output.write('four\n')
    output.write('five\n')
    assert.equal(disk.written, 'four\nfive\n')
    assert.deepEqual(
      disk.outages.map(({ err, lines_lost }) => [String(err), lines_lost]),
      [['Error: ENOSPC', 3]],
    )
  })

  it('ends the line that was cut before it writes another', () => {
    const { disk, output } = openFullDisk(6)
    for (const line of ['one\n', 'two\n', 'three\n']) output.write(line)
    assert.equal(disk.written, 'one\ntw')
    disk.room = 1
    output.write('four\n')
    assert.equal(disk.written, 'one\ntwo')
    disk.room = 100
    output.write('five\n')
    assert.equal(disk.written, 'one\ntwo\nfive\n')
    assert.equal(disk.outages[0]?.lines_lost, 2)
  })

  it('waits for the reader of a full pipe and loses nothing', () => {
    const { disk, output } = openFullDisk(100)
    disk.busy = 2
    output.write('one\n')
    assert.equal(disk.written, 'one\n')
    assert.deepEqual(disk.outages, [])
  })

  it('waits once for a reader who sleeps, and loses lines until he wakes', () => {
    const { disk, output } = openFullDisk(100)
    disk.busy = 30
    for (let line = 0; line < 9; line += 1) output.write(`${line}\n`)
    assert.deepEqual([disk.written, disk.busy], ['', 1])
    disk.busy = 0
    output.write('awake\n')
    assert.equal(disk.written, 'awake\n')
    assert.equal(disk.outages[0]?.lines_lost, 9)
  })
})
