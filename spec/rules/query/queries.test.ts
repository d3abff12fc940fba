import { describe, expect, it } from 'vitest'
import { below, machineWith, seeded, take } from '../../generate/index.js'
import { addressOf, pageOf, u64 } from '../../terms/numbers.js'
import { endOf } from '../../terms/slot.js'

describe('a look-up', () => {
  it('finds what a walk over all slots finds, in every space and frame', () => {
    const r = seeded(91)
    for (let n = 0; n < 150; n++) {
      const machine = machineWith(r)
      const as = below(r, machine.spaces.length)
      for (let gfn = 0; gfn < 24; gfn++) {
        const slot = machine.spaces[as]?.slots.find(s => s.base <= gfn && gfn < endOf(s))
        const found =
          slot === undefined
            ? null
            : {
                id: slot.id,
                page: gfn - slot.base,
                hva: addressOf(slot.hva + gfn - slot.base),
                ro: slot.ro,
                log: slot.log,
              }
        expect(take(machine, { op: 'lookup', as, gfn }).returned).toEqual({ is: 'found', found })
      }
    }
  })
})

describe('a host range', () => {
  it('backs exactly the frames whose host page it touches, in every space and alias', () => {
    const r = seeded(92)
    for (let n = 0; n < 600; n++) {
      const machine = machineWith(r)
      const [hva, size] = [u64(below(r, 24 * 4096)), u64(1 + below(r, 6 * 4096))]
      const { returned } = take(machine, { op: 'hva-range', hva, size })
      const [first, last] = [pageOf(hva), pageOf(u64(hva + size - 1n))]
      const naive = machine.spaces.flatMap((space, as) =>
        space.slots.flatMap(slot =>
          Array.from({ length: slot.npages }, (_, i) => i)
            .filter(i => first <= slot.hva + i && slot.hva + i <= last)
            .map(i => `${as} ${slot.id} ${slot.base + i}`),
        ),
      )
      const { ranges } = returned as Extract<typeof returned, { is: 'ranges' }>
      const found = ranges.flatMap(({ as, id, gfn, npages }) =>
        Array.from({ length: npages }, (_, i) => `${as} ${id} ${gfn + i}`),
      )
      expect(found).toEqual(naive)
    }
  })
  it('without a size, or beyond 64 bits, is no range', () => {
    const machine = machineWith(seeded(93))
    expect(take(machine, { op: 'hva-range', hva: u64(0), size: u64(0) }).errno).toBe('EINVAL')
    expect(take(machine, { op: 'hva-range', hva: u64(2n ** 64n - 1n), size: u64(2) }).errno).toBe('EINVAL')
    expect(take(machine, { op: 'hva-range', hva: u64(2n ** 64n - 1n), size: u64(1) }).errno).toBeNull()
  })
})
