import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { load, store } from '../../terms/memory.js'
import type { WriteVirtual } from '../../terms/operation.js'
import { onward, type Piece, seek, type Walk, type Walking } from '../../terms/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { at, over } from '../walk/station.js'
import { hostPage, hostRights, marked, slotIn } from '../walk/target.js'
import { op } from './address.js'

const cites = [linux('arch/x86/kvm/x86.c', 'emulator_read_write'), semantics('Access')]

const left: Premise<Walking> = premise(
  'pieces-left',
  { holds: 'a piece is still to be read or written', fails: 'every piece was read or written' },
  ({ walk }) => walk.pieces.length > 0,
  ({ walk }) => ({ pieces: walk.pieces }),
)
const piece = ({ walk }: Walking): Piece => walk.pieces[0] as Piece // pieces-left
const slotOfPiece = (cells: Walking) => slotIn(cells, piece(cells).gfn)
const shown = (cells: Walking) => ({ gfn: piece(cells).gfn, slot: slotOfPiece(cells) })
const pieceMapped: Premise<Walking> = premise(
  'piece-mapped',
  { holds: 'a slot lies behind the page of the piece', fails: 'no slot lies behind the page of the piece' },
  cells => slotOfPiece(cells) !== null,
  shown,
)
const pieceWritable: Premise<Walking> = premise(
  'piece-writable',
  { holds: 'the slot of the piece is not read-only', fails: 'the slot of the piece is read-only' },
  cells => slotOfPiece(cells)?.ro === false,
  shown,
)
const hostShown = (cells: Walking) => ({ ...shown(cells), host: hostRights(cells, piece(cells).gfn) })
const pieceReadable: Premise<Walking> = premise(
  'piece-host-readable',
  { holds: 'the host can read the page of the piece', fails: 'the host cannot read the page of the piece' },
  cells => hostRights(cells, piece(cells).gfn).read,
  hostShown,
)
const pieceHostWritable: Premise<Walking> = premise(
  'piece-host-writable',
  { holds: 'the host can write the page of the piece', fails: 'the host cannot write the page of the piece' },
  cells => hostRights(cells, piece(cells).gfn).write,
  hostShown,
)
const wasMmio: Premise<Walking> = premise(
  'part-mmio',
  { holds: 'a piece was no memory', fails: 'every piece was memory' },
  ({ walk }) => walk.mmio,
  ({ walk }) => ({ mmio: walk.mmio }),
)
const writes = op('write-virtual')

/** On to the next piece, which is looked up on its own, or to the end. */
const next = (cells: Walking, walk: Partial<Walk> = {}): Walking => {
  const pieces = cells.walk.pieces.slice(1)
  if (cells.walk.by === 'hardware') return onward(cells, { ...walk, pieces, at: 'data' }) // it has reached every page
  const done = { ...walk, pieces, lookups: cells.walk.lookups + 1 }
  return pieces.length > 0 ? seek(cells, 'data', done) : onward(cells, { ...done, at: 'data' })
}

const readPiece = (cells: Walking): Walking => {
  const { gfn, offset, size } = piece(cells)
  const slot = slotOfPiece(cells)
  const bytes = slot === null ? '' : load(cells.memory, hostPage(slot, gfn), offset, size)
  return next(cells, { data: cells.walk.data + bytes })
}
const writePiece = (cells: Walking): Walking => {
  const { gfn, offset, size } = piece(cells)
  const slot = slotOfPiece(cells)
  const { data } = cells.call as WriteVirtual // writes
  const from = data.length - 2 * cells.walk.pieces.reduce((sum, p) => sum + p.size, 0)
  const bytes = data.slice(from, from + 2 * size)
  const memory = slot === null ? cells.memory : store(cells.memory, hostPage(slot, gfn), offset, bytes)
  return next(marked(onward(cells, {}, memory), gfn))
}
export const missPiece = (cells: Walking): Walking => next(cells, { mmio: true })

/** How each piece of data is read or written, and how the whole ends. */
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
    cites: [...cites, observed('Data that crosses a page')],
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
    cites: [...cites, observed('Data in an RO slot')],
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
