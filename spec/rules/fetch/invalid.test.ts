import { describe, expect, it } from 'vitest'
import { deleteOf, setOf } from '../../generate/index.js'
import type { SetCall } from '../../terms/operation.js'
import {
  type Asked,
  basesAfter,
  endings,
  flagsAfter,
  gone,
  HOST,
  inOneBatch,
  lookedUp,
  PAGE_1,
  PAGE_2,
  ROOT,
  TABLE,
  UNACCESSED,
  waysAmid,
} from './changing.fixture.js'

type SecondStage = 'tdp' | 'shadow'
const linux = (operation: Parameters<typeof waysAmid>[0], asked: Asked = {}) =>
  lookedUp(waysAmid(operation, { ...asked, params: { profile: 'linux', ...asked.params } }))
/** How a fetch may go and end by KVM's emulator. */
const emulated = (operation: SetCall, after = 0, without = 0) => endings(linux(operation, { after, without }))
/** How a fetch may go and end by the processor itself. */
const fetched = (operation: SetCall, secondStage: SecondStage, after = 0) =>
  [...endings(linux(operation, { after, by: 'hardware', params: { secondStage } }))].sort()

const slot = (frame: number, base = frame): SetCall => setOf([frame, base, 1, HOST + frame])
const failsLate = (frame: number): SetCall => ({ ...slot(frame, 32), allocation: 'late' })
const EACH = 'invalid.each-look-up'

describe('a fetch of the emulator during which Linux deletes or moves a slot', () => {
  it('finds the slot INVALID from the first look-up after the first swap on', () => {
    expect(emulated(deleteOf(ROOT), 0)).toEqual([`${EACH} > invalid.window > invalid.table > fault.page`])
    expect(emulated(deleteOf(ROOT), 1)).toEqual([`${EACH} > invalid.window > invalid.table > fault.page`])
    expect(emulated(deleteOf(ROOT), 4)).toEqual([`${EACH} > invalid.window > fetch.bytes`])
    expect(emulated(deleteOf(ROOT), 6)).toEqual([`${EACH} > fetch.bytes`])
  })

  it('fails where the page of its bytes is INVALID, with those of the first page where it is the second', () => {
    const end = `${EACH} > invalid.window > invalid.page > failure.exit`
    expect(emulated(deleteOf(PAGE_1), 1)).toEqual([end])
    const [way] = linux(deleteOf(PAGE_2), { after: 3 })
    expect(way?.cells.returned).toMatchObject({ details: { exit: { ndata: 8 } } })
  })

  it('sees neither place of a slot that is moved, and the old one again of a move that fails', () => {
    expect(emulated(slot(PAGE_2, 32), 1)).toEqual([`${EACH} > invalid.window > invalid.page > failure.exit`])
    const [failed] = linux(failsLate(PAGE_2), { after: 1 })
    expect(endings(failed === undefined ? [] : [failed])).toEqual([
      `${EACH} > invalid.window > invalid.page > failure.exit`,
    ])
    expect(failed === undefined ? [] : basesAfter(failed)).toEqual([TABLE, ROOT, PAGE_1, PAGE_2])
  })

  it('that began while the slot was INVALID may see it moved already by a later look-up', () => {
    const moved = [`${EACH} > invalid.window > invalid.second-swap > fetch.bytes`]
    expect(emulated({ ...slot(PAGE_2, 5), id: PAGE_2 }, 0)).not.toContain(moved[0]) // the page is gone in both
    const [back] = emulated(failsLate(PAGE_2), 0).filter(way => way.includes('second-swap'))
    expect(back).toBe(moved[0])
    expect(emulated(failsLate(PAGE_2), 1)).toEqual([`${EACH} > invalid.window > invalid.page > failure.exit`])
  })

  it('sees a change of one swap from the next look-up on', () => {
    expect(emulated(slot(PAGE_2), 5, PAGE_2)).toEqual([`${EACH} > invalid.one-swap > fetch.bytes`])
    expect(emulated(slot(ROOT), 1, ROOT)).toEqual([`${EACH} > fault.page`])
  })

  it('does not see a change of another space, nor a batch, which Linux does not have', () => {
    expect(emulated({ ...slot(PAGE_1), as: 1 })).toEqual([`${EACH} > invalid.one-swap > fetch.bytes`])
    expect(endings(linux(inOneBatch(gone(PAGE_1))))).toEqual([`${EACH} > invalid.one-swap > fetch.bytes`])
  })

  it('sets a bit in a table that has become INVALID since it was read: it has the host address', () => {
    const [way] = linux(deleteOf(TABLE), { after: 2, bits: UNACCESSED })
    expect(endings(way === undefined ? [] : [way])).toEqual([
      `${EACH} > invalid.window > invalid.table > fault.page`, // of the second page
    ])
    expect(way === undefined ? 0 : flagsAfter(way, 0)).toBe(0x67)
  })
})

describe('a fetch of the processor itself during which Linux deletes or moves a slot', () => {
  const kicked = `${EACH} > invalid.kicked`

  it('retries below a second stage, whether the slot holds tables or the page, until the change is made', () => {
    expect(fetched(deleteOf(TABLE), 'tdp')).toEqual([
      `${kicked} > fault.page`,
      `${EACH} > invalid.window > invalid.table-retry > fault.page`,
    ])
    expect(fetched(deleteOf(PAGE_1), 'tdp')).toContain(
      `${EACH} > invalid.window > invalid.page-retry > failure.exit`,
    )
    expect(fetched(failsLate(PAGE_1), 'tdp')).toContain(
      `${EACH} > invalid.window > invalid.page-retry > fetch.bytes`,
    )
  })

  it('with shadowed tables retries for a page only: tables are read by KVM’s walker', () => {
    expect(fetched(failsLate(PAGE_1), 'shadow')).toContain(
      `${EACH} > invalid.window > invalid.page-retry > fetch.bytes`,
    )
    expect(fetched(failsLate(TABLE), 'shadow')).toContain(
      `${EACH} > invalid.window > invalid.table > fault.page`,
    )
    expect(fetched(failsLate(ROOT), 'shadow')).toContain(
      `${EACH} > invalid.window > invalid.root-shadow > invalid.root-shadow`,
    )
  })

  it('may see the set of after though it had looked everything up, since the zap kicks it out of the guest', () => {
    expect(fetched(deleteOf(ROOT), 'tdp', 5)).toEqual([
      `${kicked} > delivery.exits`,
      `${kicked} > delivery.loops`,
      `${EACH} > invalid.window > fetch.bytes`,
    ])
  })
})
