import { waysOf } from '../rules/paths.js'
import { type Cells, initialMachine } from '../terms/cells.js'
import { store } from '../terms/memory.js'
import { generation, gfn, hvaPage, slotId, spaceId, u64 } from '../terms/numbers.js'
import type { FetchInstruction } from '../terms/operation.js'
import { entryBytes } from '../terms/paging/entry.js'
import type { Loaded } from '../terms/paging/loaded.js'
import { defaultCpu } from '../terms/paging/registers.js'
import { defaultParameters } from '../terms/parameters.js'
import type { Slot } from '../terms/slot.js'
import { emptySpace } from '../terms/space.js'
import type { Walking } from '../terms/walking.js'

/** How the guest of the explorer reads addresses: as they are, or by a page directory in frame 0. */
export type Addresses = 'flat' | 'directory'

/** Present, writable, accessed, a page of 4 MiB at frame 0: the frame of an address is the number of its page. */
const LARGE_PAGE = entryBytes(0xa3n, 4)
const HOST = 0x100

const loaded = (addresses: Addresses): Loaded => ({
  cr0: u64(addresses === 'flat' ? 1 : 0x8000_0001),
  cr3: u64(0),
  cr4: u64(0x10), // PSE
  efer: u64(0),
  rflags: u64(2),
  cpl: 0,
  cs: { base: u64(0), limit: 0xffff_ffff, d: true, l: false },
  cpu: defaultCpu,
  pkru: u64(0),
  pdptes: [],
})

const slotOver = (frames: number): Slot => ({
  id: slotId(0),
  base: gfn(0),
  npages: frames,
  hva: hvaPage(HOST),
  log: false,
  ro: false,
  gmem: false,
  dirty: null,
  since: generation(0),
})

/** A machine at rest: so many frames in one slot, and a vCPU with registers for such addresses. */
const machine = (frames: number, addresses: Addresses): Cells => {
  const empty = initialMachine(defaultParameters)
  return {
    ...empty,
    spaces: empty.spaces.with(0, { ...emptySpace, slots: [slotOver(frames)] }),
    vcpus: [{ id: 0, space: spaceId(0), image: loaded(addresses) }],
    memory: store(empty.memory, hvaPage(HOST), 0, LARGE_PAGE),
  }
}

const isWalking = (cells: Cells): cells is Walking => 'walk' in cells

/**
 * The frames whose slots a fetch of `length` bytes at `rip` looks up, in order, among so many frames: those of tables,
 * and those of its bytes. The explorer's vCPUs fetch by these lists, so that they look up what a walk looks up.
 */
export const framesFetched = (
  frames: number,
  addresses: Addresses,
  rip: number,
  length: number,
): readonly number[] => {
  const call: FetchInstruction = { op: 'fetch-instruction', vcpu: 0, rip: u64(rip), length }
  const [way] = waysOf(machine(frames, addresses), call)
  return (way?.states ?? [])
    .filter(isWalking)
    .filter(({ walk }) => walk.at === 'table' || walk.at === 'page')
    .map(({ walk }) => walk.gfn)
}
