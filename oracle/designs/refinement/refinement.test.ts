import { describe, expect, it } from 'vitest'
import { batchDesign } from '../../../spec/designs/batch.js'
import type { Design, Update } from '../../../spec/designs/design.js'
import { sequential } from '../../../spec/designs/sequential.js'
import { fullMenu, type Scope } from '../../../spec/designs/world.js'
import { extra, without } from '../faults/script.js'
import * as updates from '../faults/updates.js'
import { type AtomicCall, asLinuxCalls, asOneBatch } from './calls.js'
import { refinement } from './refinement.js'

const SMALL: readonly (readonly [string, Update])[] = [
  ['removes a page', updates.REMOVE],
  ['redirects a page', updates.REDIRECT],
  ['makes a page read-only', updates.RESTRICT],
  ['makes a page writable', updates.RELAX],
  ['removes a page and adds another', updates.APPEAR_AND_GO],
  ['cuts off the end of a slot', updates.TRUNCATE],
  ['splits a slot', updates.SPLIT],
  ['moves a logged slot', updates.MOVE_LOGGED],
  ['switches logging on', updates.START_LOGGING],
]

const scope = (frames: number, vcpus: number): Scope => ({
  frames,
  vcpus,
  accesses: vcpus === 1 ? 2 : 1,
  harvests: 0,
  menu: fullMenu(frames),
  warm: vcpus > 1,
})

const under =
  (design: Design, calls: (update: Update) => readonly AtomicCall[]) => (update: Update, vcpus: number) =>
    refinement(design, update, calls(update), scope(update.frames, vcpus))

const batch = under(batchDesign, asOneBatch)
const linux = under(sequential, asLinuxCalls)

describe.each([1, 2])('with %i vCPUs', vcpus => {
  it.each(SMALL)('whatever is observed of a batch that %s may be observed of an atomic one', (_, update) => {
    const found = batch(update, vcpus)
    expect([found?.verdict.holds, found?.trace]).toEqual([true, []])
  })

  it.each(SMALL)(
    'whatever is observed of Linux’s calls for an update that %s may be observed of atomic calls',
    (_, update) => {
      const found = linux(update, vcpus)
      expect([found?.verdict.holds, found?.trace]).toEqual([true, []])
    },
  )
})

describe('refinement to atomic calls fails', () => {
  it('for a batch that revokes nothing: an access finds the old page after the return', () => {
    const found = under(without('revoke')(batchDesign), asOneBatch)(updates.REMOVE, 1)
    expect(found?.verdict.holds).toBe(false)
    expect(found?.trace.at(-1)).toBe('vCPU 0 reads frame 0: host page 0')
    expect(found?.allowed).toEqual(['vCPU 0 reads frame 0: a hole'])
  })

  it('for Linux’s calls without revocation', () => {
    expect(under(without('revoke')(sequential), asLinuxCalls)(updates.REMOVE, 1)?.verdict.holds).toBe(false)
  })

  it('for calls one at a time, compared with one batch: a redirected page is seen as a hole', () => {
    const found = under(sequential, asOneBatch)(updates.REDIRECT, 1)
    expect(found?.verdict.holds).toBe(false)
  })

  it('for a batch that never blocks: an access caches the old page between revocation and publication', () => {
    const found = under(without('publish', 0)(batchDesign), asOneBatch)(updates.REMOVE, 1)
    expect(found?.verdict.holds).toBe(false)
  })

  it('for a batch that fails after its swap: an access finds the new page after the failure', () => {
    const late = extra('after', 'publish', -1, () => ({ kind: 'may-fail', to: 0 }))(batchDesign)
    const found = under(late, asOneBatch)(updates.REDIRECT, 1)
    expect(found?.verdict.holds).toBe(false)
    expect(found?.trace).toContain('the call fails')
  })
})
