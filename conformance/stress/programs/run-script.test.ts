import { expect, it } from 'vitest'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import { LOG } from '../../../spec/terms/slot.js'
import { bytesOf, type Script } from './draw.js'
import { batchTo, type Layout } from './layout.js'
import { judgeHistory } from './run-script.js'
import { TAG_BYTES } from './tag.js'

const SCRIPT: Script = { config: {}, before: [], threads: [], after: [] }
const logged = (page: number): Layout => [{ id: 1, base: 0, npages: 1, page, flags: LOG }]
const [A, B] = [logged(0x100), logged(0x200)]
const nothingRetired: Seen = { is: 'ok', retired: [] }
const written = { is: 'ok', retired: [{ id: 1, base: 0, npages: 1, count: 1, bits: [[0, 1]] }] } as const
const GET: Operation = { op: 'get-dirty', as: 0, id: 1 }
const READ: Operation = { op: 'read', vcpu: 0, gfn: 0, offset: 8, size: TAG_BYTES }

/** Operations one after the other, each with what was seen of it. */
const oneByOne = (...steps: readonly (readonly [Operation, Seen])[]): readonly TraceRecord[] =>
  steps.flatMap(([operation, seen], n): readonly TraceRecord[] =>
    seen.is === 'access'
      ? [{ ev: 'access', n, tid: 0, operation } as TraceRecord, { ev: 'access-end', of: n, seen }]
      : [{ ev: 'call', n, tid: 0, operation } as TraceRecord, { ev: 'return', of: n, seen }],
  )
const begun: readonly (readonly [Operation, Seen])[] = [
  [{ op: 'create-vcpu', vcpu: 0 }, { is: 'ok' }],
  [batchTo(0, [], A), nothingRetired],
  [
    { op: 'write', vcpu: 0, gfn: 0, offset: 8, data: bytesOf(7, TAG_BYTES) },
    { is: 'access', end: 'data' },
  ],
]

it.each<readonly [string, Operation, Seen, string]>([
  [
    'a batch that does not tell the dirty page it retires',
    batchTo(0, A, B),
    nothingRetired,
    'dirty-complete',
  ],
  [
    'a batch that publishes more often than it says',
    batchTo(0, A, B),
    { ...written, generation: 99 },
    'answer',
  ],
  ['a harvest that does not tell a write before it', GET, { is: 'ok', bits: [] }, 'dirty-complete'],
  [
    'a read of what nobody wrote',
    READ,
    { is: 'access', end: 'data', data: bytesOf(8, TAG_BYTES) },
    'two-maps',
  ],
])('the oracle names %s by the property that it breaks', (_, operation, seen, property) => {
  const verdict = judgeHistory(SCRIPT, oneByOne(...begun, [operation, seen]))
  expect([verdict.is, verdict.property]).toEqual(['deviates', property])
})

it('the oracle finds nothing in the same history with the answers of the specification', () => {
  const history = oneByOne(
    ...begun,
    [READ, { is: 'access', end: 'data', data: bytesOf(7, TAG_BYTES) }],
    [batchTo(0, A, B), written],
    [GET, { is: 'ok', bits: [] }],
  )
  expect(judgeHistory(SCRIPT, history).is).toBe('conforms')
})
