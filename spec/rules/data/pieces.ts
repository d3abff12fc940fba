import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { type Bytes, load, store } from '../../terms/memory.js'
import { answered, bytesRead, exitsOf } from '../../terms/mmio.js'
import { addressOf } from '../../terms/numbers.js'
import type { ReadVirtual, RmwVirtual, WriteVirtual } from '../../terms/operation.js'
import type { AccessDetails } from '../../terms/result.js'
import { onward, type Piece, seek, type Walk, type Walking } from '../../terms/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { withQueued } from '../entry/queued.js'
import { withChange } from '../fetch/change.js'
import { atCpl0, handled, mayExit, mayNotQueue, mayQueue } from '../fetch/failure.js'
import { at, over } from '../walk/station.js'
import { hostPage, hostRights, marked, slotIn } from '../walk/target.js'

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
  ({ walk }) => walk.exits.length > 0,
  ({ walk }) => ({ exits: walk.exits }),
)
const writes: Premise<Walking> = premise(
  'storing',
  { holds: 'the data is stored', fails: 'the data is loaded' },
  ({ walk }) => walk.storing,
  ({ call, walk }) => ({ op: call.op, storing: walk.storing }),
)
const storesNext: Premise<Walking> = premise(
  'stores-next',
  {
    holds: 'KVM’s emulator has loaded for a read-modify-write, and is to store',
    fails: 'the data is not that of a load by KVM’s emulator for a read-modify-write',
  },
  ({ call, walk }) => call.op === 'rmw-virtual' && !walk.storing,
  ({ call, walk }) => ({ op: call.op, storing: walk.storing }),
)

/** Sizes of a compare-and-exchange. */
const EXCHANGED = new Set([1, 2, 4, 8])
const exchanges: Premise<Walking> = premise(
  'exchanges',
  {
    holds: 'KVM’s emulator exchanges 1, 2, 4 or 8 bytes on one page',
    fails: 'KVM’s emulator does not exchange, or the bytes lie on two pages, or are of another size',
  },
  ({ call, walk }) => {
    if (call.op !== 'rmw-virtual' || walk.by !== 'emulator') return false
    const size = call.data.length / 2
    return EXCHANGED.has(size) && Number(call.gva & 0xfffn) + size <= 4096
  },
  ({ call, walk }) => ({ op: call.op, by: walk.by, ...('gva' in call ? { gva: call.gva } : {}) }),
)
const exited: Premise<Walking> = premise(
  'changed-while-out',
  {
    holds: 'the load has exited, and another thread is changing slots meanwhile',
    fails: 'the load has not exited, or no other thread is in the middle of changing slots',
  },
  ({ walk }) => walk.exits.length > 0 && walk.meanwhile !== null && walk.meanwhile.stage !== 'coming',
  ({ walk }) => ({ exits: walk.exits.length, ...walk.meanwhile }),
)

/** On to the next piece, which is looked up on its own, or to the end. */
const next = (cells: Walking, walk: Partial<Walk> = {}): Walking => {
  const pieces = cells.walk.pieces.slice(1)
  if (cells.walk.by === 'hardware') return onward(cells, { ...walk, pieces, at: 'data' }) // it has reached every page
  const done = { ...walk, pieces, lookups: cells.walk.lookups + 1 }
  return pieces.length > 0 ? seek(cells, 'data', done) : onward(cells, { ...done, at: 'data' })
}

/** What was read so far, with these bytes. */
const more = ({ walk }: Walking, bytes: Bytes | null): Bytes | null =>
  walk.data === null || bytes === null ? null : walk.data + bytes

const inMemory = (cells: Walking): Bytes => {
  const { gfn, offset, size } = piece(cells)
  const slot = slotOfPiece(cells)
  return slot === null ? '' : load(cells.memory, hostPage(slot, gfn), offset, size)
}
const readPiece = (cells: Walking): Walking => next(cells, { data: more(cells, inMemory(cells)) })

/** The bytes of the piece at hand of what is stored. */
const stored = ({ call, walk }: Walking): Bytes => {
  const { data } = call as WriteVirtual | RmwVirtual // storing
  const from = data.length - 2 * walk.pieces.reduce((sum, p) => sum + p.size, 0)
  return data.slice(from, from + 2 * (walk.pieces[0]?.size ?? 0))
}
const writePiece = (cells: Walking): Walking => {
  const { gfn, offset } = piece(cells)
  const slot = slotOfPiece(cells)
  const { memory } = cells
  const after = slot === null ? memory : store(memory, hostPage(slot, gfn), offset, stored(cells))
  // The processor loads and stores at once. The emulator has loaded before; where its compare-and-exchange finds other bytes, as
  // after its own walk has marked an entry in them, or in memory that was not there, the instruction is begun anew.
  const isAnew = exchanges.holds(cells)
  const isOne = (cells.call.op === 'rmw-virtual' && cells.walk.by === 'hardware') || isAnew
  const old = isOne ? { data: isAnew ? inMemory(cells) : more(cells, inMemory(cells)) } : {}
  return next(marked(onward(cells, {}, after), gfn), old)
}

/** What the VMM answers to the read of the piece at hand; null where nobody says. */
const answerOf = (cells: Walking): Bytes | null => {
  const { device } = cells.call as ReadVirtual | RmwVirtual // a write is not answered
  return device === undefined ? null : answered(device, bytesRead(cells.walk.exits), piece(cells).size)
}
export const missPiece = (cells: Walking): Walking => {
  const { gfn, offset, size } = piece(cells)
  const { exits, storing } = cells.walk
  const gpa = addressOf(gfn) + BigInt(offset)
  if (storing) return next(cells, { exits: [...exits, ...exitsOf(gpa, size, stored(cells))] })
  return next(cells, { exits: [...exits, ...exitsOf(gpa, size)], data: more(cells, answerOf(cells)) })
}

/** From the load of a read-modify-write on to its store, which is translated and looked up by itself. */
const toStore = (cells: Walking): Walking => {
  const { call, walk } = cells
  return onward(cells, {
    at: 'begin',
    use: 'write',
    storing: true,
    la: 'gva' in call ? call.gva : 0n,
    pieces: [],
    tops: walk.exits.length > 0 || walk.tops === 'kept' ? 'unread' : walk.tops,
  })
}

/** The exits before the end, where there were any. */
const detailed = ({ walk }: Walking): AccessDetails | null =>
  walk.exits.length === 0 ? null : { mmio: walk.exits }
const read = ({ walk }: Walking): Bytes | null => (walk.data === '' ? null : walk.data)
const exchange = linux('arch/x86/kvm/x86.c', 'emulator_cmpxchg_emulated')

/** How an exchange ends where the host does not let its page be written. */
const failedExchange = (
  id: string,
  says: string,
  when: readonly Premise<Walking>[],
  rewrite: (cells: Walking) => Cells,
): readonly Rule<Cells>[] => [
  at('data', {
    id,
    kind: 'access',
    says,
    cites: [exchange, handled],
    when: [left, pieceMapped, writes, pieceWritable, not(pieceHostWritable), exchanges, ...when],
    rewrite,
    notes: {
      omits: 'What the exit says: the bytes of the instruction, of which nothing is known.',
      variation: 'Before Linux 5.17 (5d6c7de6446e) it went on as a write, and ended as MMIO.',
    },
  }),
]

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
    when: [left, pieceMapped, writes, pieceWritable, not(pieceHostWritable), not(exchanges)],
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
    when: [not(left), not(storesNext), not(wasMmio)],
    rewrite: cells => over(cells, 'data', read(cells)),
  }),
  at('data', {
    id: 'data.mmio',
    kind: 'access',
    says: 'Data with a piece that was no memory ends as MMIO: an exit for every eight bytes of each piece, in order; what is read of it the VMM answers.',
    cites: [linux('arch/x86/kvm/x86.c', 'emulator_read_write, complete_emulated_mmio'), observed('Data')],
    when: [not(left), not(storesNext), wasMmio],
    rewrite: cells => over(cells, 'mmio', read(cells), null, detailed(cells)),
  }),
  at('data', {
    id: 'rmw.store',
    says: 'Once KVM’s emulator has loaded what a read-modify-write changes, it translates anew, as for a write, and stores.',
    cites: [linux('arch/x86/kvm/emulate.c', 'x86_emulate_insn, segmented_cmpxchg'), semantics('Access')],
    when: [not(left), storesNext],
    rewrite: toStore,
  }),
  at('data', {
    id: 'rmw.store-afresh',
    says: 'A load that exited has left KVM: a change of slots that was under way may be made before the store looks up.',
    cites: [semantics('Access')],
    when: [not(left), storesNext, exited],
    rewrite: cells => toStore(withChange(cells)),
  }),
  ...failedExchange(
    'rmw.unwritable-exit',
    'An exchange on a page that the host does not let KVM write fails: KVM_RUN exits with an emulation failure.',
    [mayExit],
    cells => over(cells, 'exit', null, null, detailed(cells)),
  ),
  ...failedExchange(
    'rmw.unwritable-undefined',
    'Without the exit on emulation failure such an exchange above CPL 0 is #UD to the guest.',
    [not(mayExit), mayQueue, not(atCpl0)],
    cells => over(cells, 'fault', null, null, { ...detailed(cells), exception: { vector: '#UD' } }),
  ),
  ...failedExchange(
    'rmw.unwritable-exit-pending',
    'Without the exit on emulation failure such an exchange at CPL 0 exits with #UD queued: entering again delivers it.',
    [not(mayExit), mayQueue, atCpl0],
    cells => over(withQueued(cells, { vector: '#UD' }), 'exit', null, null, detailed(cells)),
  ),
  ...failedExchange(
    'rmw.unwritable-exit-unqueued',
    'On pvm such an exchange exits and queues nothing, at any CPL, whether or not the exit is enabled.',
    [not(mayExit), mayNotQueue],
    cells => over(cells, 'exit', null, null, detailed(cells)),
  ),
]
