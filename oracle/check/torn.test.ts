import { describe, expect, it } from 'vitest'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import { begins, ends, judged, whole } from '../generate/records.js'
import { data, GET, SETTLED, wrote } from './logged-slot.fixture.js'
import { mayTear } from './torn.js'

const write = (offset: number, bytes: string): Operation => ({
  ...{ op: 'write', vcpu: 0, gfn: 1, offset, data: bytes },
})
const read = (offset: number, size: number): Operation => ({
  ...{ op: 'read', vcpu: 1, gfn: 1, offset, size },
})
const raced = (writing: Operation, reading: Operation, seen: string) =>
  judged({}, SETTLED, begins(1, writing, 0), begins(2, reading, 1), ends(2, data(seen)), ends(1, wrote))

describe('a read that meets a write', () => {
  it('of an aligned word sees all of it or nothing', () => {
    for (const size of [1, 2, 4, 8]) {
      const word = write(8, '77'.repeat(size))
      expect(raced(word, read(8, size), '77'.repeat(size)).is).toBe('conforms')
      expect(raced(word, read(8, size), '00'.repeat(size)).is).toBe('conforms')
      if (size > 1) expect(raced(word, read(8, size), `${'77'.repeat(size - 1)}00`).is).toBe('deviates')
    }
  })

  it('of more than a word, or of one that is not aligned, may see a part: that is not judged, and said', () => {
    const torn = raced(write(0, '77'.repeat(16)), read(0, 16), '77'.repeat(8) + '00'.repeat(8))
    expect([torn.is, torn.deviations]).toEqual(['inconclusive', []])
    expect(torn.remarks[0]).toMatch(/^write 1 and read 2 overlap, and are not both one aligned word/)
    expect(raced(write(6, '77777777'), read(6, 4), '77770000').is).toBe('inconclusive')
    expect(raced(write(0, '77'.repeat(16)), read(0, 8), '7777777700000000').is).toBe('inconclusive')
  })

  it('made in several pieces may find the later of two words and not the earlier one', () => {
    const both = (first: string, second: string) =>
      judged(
        {},
        SETTLED,
        begins(9, read(0, 16), 1),
        whole(1, write(0, '11'.repeat(8)), wrote),
        whole(2, write(8, '22'.repeat(8)), wrote),
        ends(9, data(first.repeat(8) + second.repeat(8))),
      ).is
    expect([both('00', '00'), both('11', '00'), both('11', '22')]).toEqual(Array(3).fill('conforms'))
    expect(both('00', '22')).toBe('inconclusive')
    // Of one word it finds all or nothing, so it is judged.
    expect(raced(write(0, '77'.repeat(8)), read(0, 16), '77'.repeat(4) + '00'.repeat(12)).is).toBe('deviates')
  })

  it('of other bytes, or at another time, is judged as ever', () => {
    const long = write(0, '77'.repeat(16))
    expect(raced(long, read(16, 2), '7777').is).toBe('deviates')
    const after = [SETTLED, whole(1, long, wrote), whole(2, read(0, 16), data('00'.repeat(16)))]
    expect(judged({}, ...after).is).toBe('deviates')
  })

  it('leaves a mixture, so that later reads are not judged either, and dirty logs are', () => {
    const two = [
      ...SETTLED,
      begins(1, write(0, '11'.repeat(16)), 0),
      begins(2, { ...write(0, '22'.repeat(16)), vcpu: 1 } as Operation, 1),
      ends(1, wrote),
      ends(2, wrote),
    ]
    const mixed = whole(3, read(0, 16), data('11'.repeat(8) + '22'.repeat(8)))
    expect(judged({}, two, mixed).is).toBe('inconclusive')
    expect(judged({}, two, whole(3, GET, { is: 'ok', bits: [[1, 1]] })).is).toBe('conforms')
    expect(judged({}, two, whole(3, GET, { is: 'ok', bits: [] })).is).toBe('deviates')
  })
})

describe('what may be torn', () => {
  const crossing: Operation = { op: 'write-virtual', vcpu: 0, gva: u64(0xffe), data: '77777777' }
  const word: Operation = { op: 'write-virtual', vcpu: 0, gva: u64(0xff8), data: '77'.repeat(8) }
  const reading = (gva: number, size: number): Operation => ({
    ...{ op: 'read-virtual', vcpu: 1, gva: u64(gva), size },
  })

  it('is data at a linear address that crosses a page, and none that is an aligned word', () => {
    expect(mayTear(crossing, reading(0xffe, 4))).toBe(true)
    expect(mayTear(word, reading(0xff8, 8))).toBe(false)
    expect(mayTear(word, reading(0xff8, 16))).toBe(false) // it sees the word, or not
  })

  it('is what an SMI saves, and what the host writes in one go', () => {
    const smi: Operation = { op: 'enter-smm', vcpu: 0, smbase: u64(0x30000) }
    const poke: Operation = { op: 'poke', hva: u64(0x1000), data: '77'.repeat(16) }
    const fetch: Operation = { op: 'fetch-instruction', vcpu: 1, rip: u64(0), length: 2 }
    expect([mayTear(smi, read(0, 8)), mayTear(poke, read(8, 8)), mayTear(poke, fetch)]).toEqual([
      true,
      true,
      true,
    ])
    expect([mayTear(poke, read(16, 8)), mayTear(fetch, read(0, 16))]).toEqual([false, false])
  })
})
