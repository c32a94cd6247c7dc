import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uploadSlots } from './upload-slots.ts'

test('a user has a number of uploads at once, and the process has one for all users', () => {
  const slots = uploadSlots({ perUser: 2, total: 3 })
  const free = slots.take('ada')
  slots.take('ada')
  assert.throws(() => slots.take('ada'), { code: 'too_many_imports', retryAfterSeconds: 10 })
  const other = slots.take('ben')
  assert.throws(() => slots.take('eve'), { code: 'overloaded', status: 503, retryAfterSeconds: 10 })
  other()
  slots.take('eve')
  free()
  slots.take('ada')
  assert.throws(() => slots.take('ada'), { code: 'too_many_imports' })
})
