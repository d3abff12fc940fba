import { machineAfter, machineOf, slotOf } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { FetchPathOperation, RegistersCall } from '../../terms/operation.js'
import { waysOf } from '../paths.js'

/** Tables in frames 1 to 4, root last; the page is frame 16. */
export const LA = (2n << 39n) | (3n << 30n) | (5n << 21n) | (7n << 12n)
const INDEX = [0, 7, 5, 3, 2]
const hex = (value: bigint): string => {
  let text = ''
  for (let i = 0n; i < 8n; i++) text += ((value >> (8n * i)) & 255n).toString(16).padStart(2, '0')
  return text
}
export const OPEN = 0x67n
export const long: RegistersCall = {
  op: 'registers',
  vcpu: 0,
  cr0: u64(0x8001_0001),
  cr3: u64(0x4000),
  cr4: u64(0x20),
  efer: u64(0xd00),
  rflags: u64(2),
  cpl: 0,
  cs: { base: u64(0), limit: 0xffff_ffff, d: false, l: true },
}
/** The machine after an operation with a single way. */
export const after = (cells: Cells, operation: FetchPathOperation): Cells => {
  const [way] = waysOf(cells, operation)
  return { ...(way?.cells as Cells), returned: null } // every operation has a way
}
/** A slot of 32 frames over it all, tables in it with other entries where they are given, and a vCPU in long mode. */
export const start = (entries: Readonly<Record<number, bigint>> = {}): Cells => {
  const machine = machineOf([slotOf([1, 0, 32, 0x1000, 'L'])])
  const written = [4, 3, 2, 1].reduce(
    (cells, level) =>
      machineAfter(cells, {
        op: 'poke',
        hva: u64((0x1000 + level) * 4096 + (INDEX[level] ?? 0) * 8),
        data: hex((BigInt(level === 1 ? 16 : level - 1) << 12n) | (entries[level] ?? OPEN)),
      }),
    machineAfter(machine, { op: 'create-vcpu', vcpu: 0 }),
  )
  return after(written, long)
}
