import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { addressOf, type U64 } from '../../terms/numbers.js'
import type { ReadVirtual, RmwVirtual, WriteVirtual } from '../../terms/operation.js'
import { onward, type Piece, seek, type Walking } from '../../terms/walking.js'
import { linux, semantics } from '../cite.js'
import { isCanonical } from '../fetch/window.js'
import { at, byHardware, over, regimeIn, walker } from '../walk/station.js'

const cites = [linux('arch/x86/kvm/x86.c', 'emulator_read_write'), semantics('Access')]
const PAGE = 4096

/** Whether one of these operations is under way. */
export const op = (...names: readonly Walking['call']['op'][]): Premise<Walking> =>
  premise(
    `op-${names.join('-or-')}`,
    { holds: `the operation is ${names.join(' or ')}`, fails: `the operation is not ${names.join(' or ')}` },
    ({ call }) => names.includes(call.op),
    ({ call }) => ({ op: call.op }),
  )
const fetches = op('fetch-instruction')
const translates = op('translate')

const sizeOf = (cells: Walking): number => {
  const call = cells.call as ReadVirtual | WriteVirtual | RmwVirtual // asked of data only
  return call.op === 'read-virtual' ? call.size : call.data.length / 2
}
const had = ({ walk }: Walking): number => walk.pieces.reduce((sum, { size }) => sum + size, 0)

export const pieceHere = (cells: Walking): Piece => {
  const offset = Number(cells.walk.la & 0xfffn)
  return { gfn: cells.walk.gfn, offset, size: Math.min(sizeOf(cells) - had(cells), PAGE - offset) }
}
export const allTranslated: Premise<Walking> = premise(
  'all-translated',
  { holds: 'no byte of the data lies beyond this page', fails: 'bytes of the data lie beyond this page' },
  cells => had(cells) + pieceHere(cells).size === sizeOf(cells),
  cells => ({ size: sizeOf(cells), had: had(cells), here: pieceHere(cells) }),
)
/** The address of the last byte that is still to be translated. */
const lastByte = (cells: Walking): bigint => {
  const size = cells.call.op === 'translate' ? 1 : sizeOf(cells) - had(cells)
  return (cells.walk.la + BigInt(size) - 1n) & ((1n << 64n) - 1n)
}
const canonical: Premise<Walking> = premise(
  'canonical',
  {
    holds: 'the addresses of the first and the last byte are canonical, or have 32 bits',
    fails: 'the address of the first or the last byte is not canonical',
  },
  cells => {
    const { width } = regimeIn(cells)
    return width === 32 || (isCanonical(cells.walk.la, width) && isCanonical(lastByte(cells), width))
  },
  cells => ({ la: cells.walk.la, last: lastByte(cells), width: regimeIn(cells).width }),
)

const widthMask = (cells: Walking): bigint =>
  regimeIn(cells).mode === '64-bit' ? (1n << 64n) - 1n : (1n << 32n) - 1n

/** On to the next page of the data, which is translated on its own. */
export const toNextPage = (cells: Walking): Walking => {
  const piece = pieceHere(cells)
  return onward(cells, {
    at: 'begin',
    la: (cells.walk.la + BigInt(piece.size)) & widthMask(cells),
    pieces: [...cells.walk.pieces, piece],
    tops: cells.walk.tops === 'kept' ? 'unread' : cells.walk.tops,
  })
}
/** Every page is translated: on to the data, whose pages the emulator looks up one by one; the processor has reached them. */
export const toData = (cells: Walking): Walking =>
  cells.walk.by === 'hardware'
    ? onward(cells, { at: 'data', pieces: [...cells.walk.pieces, pieceHere(cells)] })
    : seek(cells, 'data', { pieces: [...cells.walk.pieces, pieceHere(cells)] })

/** Where the way of data begins, and what is done with an address once it is translated. */
export const ways: readonly Rule<Cells>[] = [
  at('begin', {
    id: 'data.address',
    says: 'A linear address of data is taken as it is; outside 64-bit mode its low 32 bits.',
    cites,
    when: [canonical],
    rewrite: cells => onward(cells, { at: 'paging', la: cells.walk.la & widthMask(cells) }),
  }),
  at('begin', {
    id: 'data.non-canonical',
    kind: 'access',
    says: 'A non-canonical address of data is #GP(0).',
    cites,
    when: [not(canonical)],
    rewrite: cells => over(cells, 'fault', null, null, { exception: { vector: '#GP', error: 0 } }),
    notes: { omits: 'Segments other than CS, and #SS for the stack.' },
  }),
  at('translated', {
    id: 'fetch.translated',
    says: 'What was translated for a fetch is looked up among all slots, internal ones too.',
    cites: [walker],
    when: [fetches],
    rewrite: cells => seek(cells, 'page', {}),
  }),
  at('translated', {
    id: 'translate.answer',
    kind: 'access',
    says: 'A translation answers the physical address and the rights of all entries together; no slot need be there.',
    cites: [walker],
    when: [translates],
    rewrite: cells => {
      const { gfn, la, writable, user, executable } = cells.walk
      const gpa = (addressOf(gfn) | (la & 0xfffn)) as U64
      return over(cells, 'data', null, null, {
        gpa,
        rights: { write: writable, user, execute: executable },
      })
    },
  }),
  at('translated', {
    id: 'data.crosses',
    says: 'Data that goes on beyond its page goes on at the next linear address, which is translated on its own before anything is touched.',
    cites,
    when: [not(fetches), not(translates), not(byHardware), not(allTranslated)],
    rewrite: toNextPage,
    notes: { variation: 'KVM’s emulator touches the first page before it translates the second.' },
  }),
  at('translated', {
    id: 'data.translated',
    says: 'Once every page is translated the data is touched, piece by piece.',
    cites,
    when: [not(fetches), not(translates), not(byHardware), allTranslated],
    rewrite: toData,
  }),
  at('translated', {
    id: 'data.by-hardware',
    says: 'The processor takes the translated address of data to the slot behind it at once.',
    cites: [walker],
    when: [not(fetches), not(translates), byHardware],
    rewrite: cells => seek(cells, 'reach', {}),
  }),
]
