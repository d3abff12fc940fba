import { describe, expect, test } from 'vitest'
import { ACCESSES, type Access, type Path } from './access.js'
import { EDITS } from './edit.js'
import { type Circumstances, predict } from './predict.js'

const NPT = { arch: 'x86', secondStage: 'tdp' } as const
const SHADOW = { arch: 'x86', secondStage: 'shadow' } as const
const ARM = { arch: 'arm64', secondStage: 'tdp' } as const

const allowed = (id: string, circumstances: Circumstances): readonly string[] => {
  const edit = EDITS.find(one => one.id === id)
  if (edit === undefined) throw new Error(`no edit ${id}`)
  return predict(edit, circumstances).outcomes
}
const of = (
  where: Pick<Circumstances, 'arch' | 'secondStage'>,
  access: Access,
  path: Path = 'hardware',
): Circumstances => ({ ...where, access, path })

/** By hand, from real-kvm.md: The race, and INVALID on three kernels. */
describe('what the explorer allows beside an edit', () => {
  test.each(['delete-create', 'move-away', 'split'])(
    '%s leaves a hole between two calls, which every access may find, whoever makes it',
    id => {
      for (const where of [NPT, SHADOW, ARM])
        for (const access of ACCESSES)
          for (const path of ['hardware', 'emulator'] as const)
            expect(allowed(id, of(where, access, path)), `${access} ${path}`).not.toEqual([])
    },
  )

  test.each(['log', 'neighbour', 'nothing'])('%s is no hole to anyone', id => {
    for (const where of [NPT, SHADOW, ARM])
      for (const access of ACCESSES)
        for (const path of ['hardware', 'emulator'] as const)
          expect(allowed(id, of(where, access, path)), `${access} ${path}`).toEqual([])
  })

  test('a MOVE over its own range is no hole to the processor of x86, but is one to the emulator and to arm64', () => {
    for (const access of ['read', 'write', 'fetch'] as const) {
      expect(allowed('move-by-a-page', of(NPT, access))).toEqual([])
      expect(allowed('move-by-a-page', of(SHADOW, access))).toEqual([])
      expect(allowed('move-by-a-page', of(NPT, access, 'emulator'))).not.toEqual([])
      expect(allowed('move-by-a-page', of(ARM, access))).not.toEqual([])
    }
  })

  test('a MOVE of the slot of tables is a hole to KVM’s own walk, and none to a walk by the processor', () => {
    expect(allowed('move-by-a-page', of(NPT, 'walk'))).toEqual([])
    expect(allowed('move-by-a-page', of(SHADOW, 'walk'))).toEqual(['page fault'])
  })

  test('a hole shows as MMIO to data, as a failed fetch to code, and as a page fault to a walk', () => {
    expect(allowed('delete-create', of(SHADOW, 'read'))).toEqual(['mmio'])
    expect(allowed('delete-create', of(SHADOW, 'write'))).toEqual(['mmio'])
    expect(allowed('delete-create', of(SHADOW, 'fetch'))).toEqual(['failed fetch'])
    expect(allowed('delete-create', of(SHADOW, 'walk'))).toEqual(['page fault'])
    expect(allowed('delete-create', of(NPT, 'walk'))).toEqual(['page fault', 'mmio'])
    expect(allowed('delete-create', of(SHADOW, 'fetch', 'emulator'))).toEqual(['failed fetch'])
    const prefixed = { ...of(SHADOW, 'fetch', 'emulator'), prefixed: true }
    expect(allowed('delete-create', prefixed)).toEqual(['failed fetch', 'invalid opcode'])
    expect(allowed('delete-create', of(ARM, 'fetch'))).toEqual(['abort'])
  })

  test('the run that predicts a hole has a publication in it, and ends with the access', () => {
    const [edit] = EDITS
    if (edit === undefined) throw new Error('there are edits')
    const { run } = predict(edit, of(NPT, 'fetch'))
    expect(run?.steps.map(({ rule }) => rule)).toContain('vcpu.hole')
    expect(run?.why).toContain('hole')
  })
})
