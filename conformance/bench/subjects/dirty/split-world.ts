import { type BatchCall, type Entry, LOG, Vm } from '../../../../impl/index.js'

/** What the writing thread does: nothing, its work, or no more. Word 0 of the signal. */
export const [IDLE, GO, STOP] = [0, 1, 2]

/** A slot of 1 TiB, and the odd page at which it is split. */
const PAGES = 2 ** 28
const ODD = 2 ** 27 + 12_345
const CHUNK = 65_536

/** Pages that the guest goes on writing, spread over both parts. They are clear when it begins. */
export const PAGES_WRITTEN = 512
export const pageOf = (i: number): number => (i * PAGES) / PAGES_WRITTEN + 77 + i

const K4 = 4096n
const put = (id: number, first: number, end: number): Entry => ({
  do: 'set',
  id,
  gpa: BigInt(first) * K4,
  size: BigInt(end - first) * K4,
  hva: BigInt(first + 1000) * K4,
  flags: LOG,
})
const GONE = { do: 'remove', gpa: 0n, size: 0n, hva: 0n, flags: 0 } as const
const header = { as: 0, flags: 0, resultSize: 0n }

export const WHOLE: BatchCall = { ...header, entries: [put(0, 0, PAGES), { ...GONE, id: 1 }] }
export const SPLIT: BatchCall = { ...header, entries: [put(0, 0, ODD), put(1, ODD, PAGES)] }

const done = (outcome: object, what: string): void => {
  if ('errno' in outcome) throw new Error(`${what}: ${String(outcome.errno)}`)
}

/** Does the batch, which cannot fail. */
export const apply = (vm: Vm, batch: BatchCall): void => done(vm.setBatch(batch), 'a batch failed')

/** A VM with the slot. All pages are dirty but one in every chunk and those that the guest will write: no chunk is whole. */
export const furnish = (): Vm => {
  const vm = new Vm({ spaces: 1 })
  const manually = (bits: bigint) =>
    done(vm.enableCap({ cap: 'manual-dirty-log-protect2', flags: 0, args: [bits] }), 'a capability')
  manually(3n) // logs start all set
  done(vm.setBatch({ ...header, entries: [put(0, 0, PAGES)] }), 'the slot')
  manually(1n)
  const clear = Array.from({ length: PAGES / CHUNK }, (_, chunk) => [chunk * CHUNK + 5, 1] as const)
  const written = Array.from({ length: PAGES_WRITTEN }, (_, i) => [pageOf(i), 1] as const)
  const all = { as: 0, id: 0, first: 0n, count: PAGES, pages: [...clear, ...written] }
  done(vm.clearDirtyLog(all), 'clearing')
  vm.createVcpu(0)
  return vm
}

/** Pages that are dirty in both parts. */
export const dirtyPages = (vm: Vm): number => {
  let pages = 0
  for (const id of [0, 1]) {
    const log = vm.getDirtyLog({ as: 0, id })
    if (!('errno' in log)) for (const [, count] of log.pages) pages += count
  }
  return pages
}

/** All but one in every chunk, and what of the written pages has been written. */
export const expectedPages = (written: number): number => PAGES - PAGES / CHUNK - PAGES_WRITTEN + written
