import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { load, store } from '../../terms/memory.js'
import { addressOf, type U64 } from '../../terms/numbers.js'
import type { ReadVirtual, WriteVirtual } from '../../terms/operation.js'
import { onward, type Piece, seek, type Walking } from '../../terms/paging/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { isCanonical } from '../fetch/window.js'
import { at, hostPage, hostRights, marked, over, regimeIn, slotIn, walker } from '../walk/at.js'

const cites = [linux('arch/x86/kvm/x86.c', 'emulator_read_write'), semantics('1: access')]
const PAGE = 4096

const op = (...names: readonly Walking['call']['op'][]): Premise<Walking> =>
  premise(
    `op-${names.join('-or-')}`,
    `the operation is ${names.join(' or ')}`,
    ({ call }) => names.includes(call.op),
    ({ call }) => ({ op: call.op }),
  )
const fetches = op('fetch-instruction')
const translates = op('translate')

const sizeOf = (cells: Walking): number => {
  const call = cells.call as ReadVirtual | WriteVirtual // asked of data only
  return call.op === 'read-virtual' ? call.size : call.data.length / 2
}
const had = ({ walk }: Walking): number => walk.pieces.reduce((sum, { size }) => sum + size, 0)

const pieceHere = (cells: Walking): Piece => {
  const offset = Number(cells.walk.la & 0xfffn)
  return { gfn: cells.walk.gfn, offset, size: Math.min(sizeOf(cells) - had(cells), PAGE - offset) }
}
const allTranslated: Premise<Walking> = premise(
  'all-translated',
  'no byte lies beyond this page',
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
  'in first and last byte all bits above the address’s width are as its top bit, or the mode has 32 of them',
  cells => {
    const { width } = regimeIn(cells)
    return width === 32 || (isCanonical(cells.walk.la, width) && isCanonical(lastByte(cells), width))
  },
  cells => ({ la: cells.walk.la, last: lastByte(cells), width: regimeIn(cells).width }),
)

const widthMask = (cells: Walking): bigint =>
  regimeIn(cells).mode === '64-bit' ? (1n << 64n) - 1n : (1n << 32n) - 1n

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
    when: [not(fetches), not(translates), not(allTranslated)],
    rewrite: cells => {
      const piece = pieceHere(cells)
      return onward(cells, {
        at: 'begin',
        la: (cells.walk.la + BigInt(piece.size)) & widthMask(cells),
        pieces: [...cells.walk.pieces, piece],
        tops: cells.walk.tops === 'kept' ? 'unread' : cells.walk.tops,
      })
    },
    notes: { variation: 'KVM’s emulator touches the first page before it translates the second.' },
  }),
  at('translated', {
    id: 'data.translated',
    says: 'Once every page is translated the data is touched, piece by piece.',
    cites,
    when: [not(fetches), not(translates), allTranslated],
    rewrite: cells => onward(cells, { at: 'data', pieces: [...cells.walk.pieces, pieceHere(cells)] }),
  }),
]

const left: Premise<Walking> = premise(
  'pieces-left',
  'a piece is still to be touched',
  ({ walk }) => walk.pieces.length > 0,
  ({ walk }) => ({ pieces: walk.pieces }),
)
const piece = ({ walk }: Walking): Piece => walk.pieces[0] as Piece // pieces-left
const slotOfPiece = (cells: Walking) => slotIn(cells, piece(cells).gfn)
const shown = (cells: Walking) => ({ gfn: piece(cells).gfn, slot: slotOfPiece(cells) })
const pieceMapped: Premise<Walking> = premise(
  'piece-mapped',
  'a slot lies behind the page of the piece',
  cells => slotOfPiece(cells) !== null,
  shown,
)
const pieceWritable: Premise<Walking> = premise(
  'piece-writable',
  'that slot is not read-only',
  cells => slotOfPiece(cells)?.ro === false,
  shown,
)
const hostShown = (cells: Walking) => ({ ...shown(cells), host: hostRights(cells, piece(cells).gfn) })
const pieceReadable: Premise<Walking> = premise(
  'piece-host-readable',
  'the host can read the page of the piece',
  cells => hostRights(cells, piece(cells).gfn).read,
  hostShown,
)
const pieceHostWritable: Premise<Walking> = premise(
  'piece-host-writable',
  'the host can write the page of the piece',
  cells => hostRights(cells, piece(cells).gfn).write,
  hostShown,
)
const wasMmio: Premise<Walking> = premise(
  'part-mmio',
  'a piece was no memory',
  ({ walk }) => walk.mmio,
  ({ walk }) => ({ mmio: walk.mmio }),
)
const writes = op('write-virtual')

const rest = ({ walk }: Walking): readonly Piece[] => walk.pieces.slice(1)

const readPiece = (cells: Walking): Walking => {
  const { gfn, offset, size } = piece(cells)
  const slot = slotOfPiece(cells)
  const bytes = slot === null ? '' : load(cells.memory, hostPage(slot, gfn), offset, size)
  return onward(cells, { pieces: rest(cells), data: cells.walk.data + bytes })
}
const writePiece = (cells: Walking): Walking => {
  const { gfn, offset, size } = piece(cells)
  const slot = slotOfPiece(cells)
  const { data } = cells.call as WriteVirtual // writes
  const from = data.length - 2 * cells.walk.pieces.reduce((sum, p) => sum + p.size, 0)
  const bytes = data.slice(from, from + 2 * size)
  const memory = slot === null ? cells.memory : store(cells.memory, hostPage(slot, gfn), offset, bytes)
  return marked(onward(cells, { pieces: rest(cells) }, memory), gfn)
}
const missPiece = (cells: Walking): Walking => onward(cells, { pieces: rest(cells), mmio: true })

/** What becomes of the pieces. */
export const pieces: readonly Rule<Cells>[] = [
  at('data', {
    id: 'data.read',
    says: 'A piece that is read comes from any slot, read-only or not.',
    cites,
    when: [left, pieceMapped, not(writes), pieceReadable],
    rewrite: readPiece,
  }),
  at('data', {
    id: 'data.read-bad-hva',
    says: 'A piece that the host cannot read goes out as MMIO: KVM’s emulator takes what it cannot read for a device.',
    cites,
    when: [left, pieceMapped, not(writes), not(pieceReadable)],
    rewrite: missPiece,
    notes: { variation: 'A processor that reads by itself ends KVM_RUN with EFAULT (read.bad-hva).' },
  }),
  at('data', {
    id: 'data.hole',
    says: 'A piece in a hole goes out as MMIO; the other piece is still served from its slot.',
    cites: [...cites, observed('real-kvm 5: data crossing')],
    when: [left, not(pieceMapped)],
    rewrite: missPiece,
  }),
  at('data', {
    id: 'data.write',
    says: 'A piece that is written to a writable slot is done, and then marked.',
    cites,
    when: [left, pieceMapped, writes, pieceWritable, pieceHostWritable],
    rewrite: writePiece,
  }),
  at('data', {
    id: 'data.write-bad-hva',
    says: 'A piece that the host cannot write goes out as MMIO too, and nothing is marked.',
    cites,
    when: [left, pieceMapped, writes, pieceWritable, not(pieceHostWritable)],
    rewrite: missPiece,
    notes: { variation: 'A processor that writes by itself ends KVM_RUN with EFAULT (write.bad-hva).' },
  }),
  at('data', {
    id: 'data.write-read-only',
    says: 'A piece that is written to a read-only slot goes out as MMIO and leaves the page as it was.',
    cites: [...cites, observed('real-kvm 5: data, RO slot')],
    when: [left, pieceMapped, writes, not(pieceWritable)],
    rewrite: missPiece,
  }),
  at('data', {
    id: 'data.done',
    kind: 'access',
    says: 'Data whose every piece was memory ends as data.',
    cites,
    when: [not(left), not(wasMmio)],
    rewrite: cells => over(cells, 'data', cells.walk.data === '' ? null : cells.walk.data),
  }),
  at('data', {
    id: 'data.mmio',
    kind: 'access',
    says: 'Data with a piece that was no memory ends as an MMIO exit.',
    cites,
    when: [not(left), wasMmio],
    rewrite: cells => over(cells, 'mmio'),
  }),
]
