import { describe, expect, it } from 'vitest'
import { typescriptKernels } from '../dirty/kernels-typescript.js'
import {
  DirtyArena,
  type Entry,
  HARVEST,
  LOG,
  type Recovered,
  Released,
  RO,
  StuckCall,
  TakenOver,
  Vm,
} from '../index.js'
import { Machine } from '../machine.js'
import { limitsOf } from '../options.js'
import { PROTOCOL, type Step } from '../update/protocol.js'
import { Death, Dying } from './dying.fixture.js'

const K4 = 4096n
const pages = (n: number): bigint => BigInt(n) * K4
const set = (id: number, base: number, npages: number, hva: number, flags = 0): Entry => ({
  do: 'set',
  id,
  gpa: pages(base),
  size: pages(npages),
  hva: pages(hva),
  flags,
})
const removed = (id: number): Entry => ({ do: 'remove', id, gpa: 0n, size: 0n, hva: 0n, flags: 0 })
const batch = (vm: Vm, ...entries: Entry[]) =>
  vm.setBatch({ as: 0, flags: HARVEST, resultSize: 100_000n, entries })

/** A chunk of a log's bits; slots of several have chunks that change hands. */
const CHUNK = 65_536
const HUGE = 10 * CHUNK
const INTERNAL = 12
/** Frames that are looked at, and those that are written, so that they are dirty, before the thread dies. */
const FRAMES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 31, HUGE, HUGE + CHUNK, HUGE + 3 * CHUNK]
const WRITTEN = [1, 3, 5, 6, 9, HUGE + 5, HUGE + CHUNK + 7, HUGE + 2 * CHUNK, HUGE + 3 * CHUNK + 1]

/** Slots of every kind, some of their pages dirty, and what the calls below change of them. */
function prepare(vm: Vm): void {
  vm.internalSlot({ id: INTERNAL + 1, gpa: pages(33), size: K4, hva: pages(901) })
  batch(
    vm,
    set(0, 0, 4, 100, LOG),
    set(1, 4, 3, 200, LOG),
    set(2, 7, 2, 300, RO),
    set(3, 9, 2, 400, LOG),
    set(4, HUGE, 3 * CHUNK + 64, 1_000_000, LOG),
  )
  vm.createVcpu(0)
  for (const gfn of WRITTEN) vm.write({ vcpu: 0, gfn, offset: 0, data: Uint8Array.of(gfn & 255) })
}

const call = { as: 0, size: pages(3), hva: pages(200) }
/** Every kind of call that stores under the lock. */
const CALLS: Readonly<Record<string, (vm: Vm) => unknown>> = {
  'a batch that owes nothing: a split': vm => batch(vm, set(0, 0, 2, 100, LOG), set(5, 2, 2, 102, LOG)),
  'a batch that redirects, removes, creates and restricts': vm =>
    batch(vm, set(0, 0, 4, 150, LOG), removed(1), set(6, 30, 2, 600, LOG), set(3, 9, 2, 400, LOG | RO)),
  'a batch that hands whole chunks of a log over': vm =>
    batch(
      vm,
      set(4, HUGE, 2 * CHUNK, 1_000_000, LOG),
      set(7, HUGE + 2 * CHUNK, CHUNK + 64, 1_000_000 + 2 * CHUNK, LOG),
    ),
  'a batch that is refused for want of room': vm =>
    vm.setBatch({ as: 0, flags: HARVEST, resultSize: 0n, entries: [removed(0)] }),
  'a deletion': vm => vm.setRegion({ ...call, id: 1, gpa: pages(4), size: 0n, flags: 0 }),
  'a MOVE': vm => vm.setRegion({ ...call, id: 1, gpa: pages(28), flags: LOG }),
  'a MOVE that fails late': vm => vm.setRegion({ ...call, id: 1, gpa: pages(2 ** 40 - 1), flags: LOG }),
  'a change of flags': vm => vm.setRegion({ ...call, id: 1, gpa: pages(4), flags: 0 }),
  'an internal slot': vm => vm.internalSlot({ id: INTERNAL, gpa: pages(31), size: K4, hva: pages(900) }),
  'the deletion of an internal slot': vm => vm.internalSlot({ id: INTERNAL + 1, gpa: 0n, size: 0n, hva: 0n }),
  'a change of rights': vm => vm.hostProtect({ hva: pages(300), size: pages(2), rights: 'none' }),
  'a capability': vm => vm.enableCap({ cap: 'manual-dirty-log-protect2', flags: 0, args: [1n] }),
  'a new vCPU': vm => vm.createVcpu(7),
  'a vCPU that changes its space': vm => vm.setVcpu({ vcpu: 0, as: 1 }),
}

/** What a VM is seen to be, by calls alone. */
function seen(vm: Vm) {
  const slots = [0, 1].map(as => vm.slots(as).map(({ since: _, ...slot }) => slot))
  const frames = FRAMES.map(gfn => vm.lookup(0, gfn))
  return { slots, frames, swaps: [0, 1].map(as => vm.swaps(as)) }
}
type Seen = ReturnType<typeof seen>

/** The host pages that some log or some retired record says are dirty. Consumes the logs. */
function dirtyIn(vm: Vm, before: Seen, recovered: Recovered): Set<number> {
  const dirty = new Set<number>()
  const add = (hva: bigint, runs: readonly (readonly [number, number])[]) => {
    for (const [first, count] of runs) for (let i = 0; i < count; i++) dirty.add(Number(hva / K4) + first + i)
  }
  for (const { id, hva } of vm.slots(0)) {
    const log = vm.getDirtyLog({ as: 0, id })
    if (!('errno' in log)) add(hva, log.pages)
  }
  if (recovered.call !== 'finished') return dirty
  for (const { id, pages = [] } of recovered.retired) {
    add(before.slots[0]!.find(slot => slot.id === id)!.hva, pages)
  }
  return dirty
}

/** The host pages behind the frames that were written. */
function written(before: Seen): Set<number> {
  return new Set(
    WRITTEN.map(gfn => {
      const slot = before.slots[0]!.find(({ base, npages }) => base <= gfn && gfn < base + npages)!
      return Number(slot.hva / K4) + gfn - slot.base
    }),
  )
}

/** A world, the call that ends in it, and what it is after the call of a thread that lived. */
function expectRecovered(w: World, recovered: Recovered, after: Seen, where: string): void {
  const now = seen(w.other)
  const [before, { swaps }] = [w.before.swaps, now]
  if (recovered.call === 'undone') {
    expect([before, before.map((n, as) => (as === 0 ? n + 2 : n))], where).toContainEqual(swaps)
    now.swaps = before
  }
  if (recovered.call === 'finished') {
    // In space 1 a deletion of an internal slot may have been undone before it was made again, which steps twice.
    const stepped = after.swaps.map((n, as) => (as === 1 ? n + 2 : n))
    expect([after.swaps, stepped], where).toContainEqual(swaps)
    expect({ ...now, swaps: after.swaps }, where).toEqual(after)
  } else if (recovered.call === 'undone') expect(now, where).toEqual(w.before)
  else expect([w.before, after], where).toContainEqual(now)
  useBlocks(w.other)
  expect(dirtyIn(w.other, w.before, recovered), where).toEqual(written(w.before))
}

/** Makes a log and marks it, so that a block which two logs believe to be theirs shows. */
function useBlocks(vm: Vm): void {
  const made = {
    as: 1,
    id: 10,
    gpa: pages(20 * CHUNK),
    size: pages(3 * CHUNK),
    hva: pages(20_000_000),
    flags: LOG,
  }
  expect(vm.setRegion(made)).toHaveProperty('generation')
  expect(vm.setVcpu({ vcpu: 0, as: 1 })).toHaveProperty('generation')
  for (const gfn of [20, 21, 22].map(n => n * CHUNK)) {
    expect(vm.write({ vcpu: 0, gfn, offset: 0, data: Uint8Array.of(1) }).end).toBe('data')
  }
  expect(vm.setVcpu({ vcpu: 0, as: 0 })).toHaveProperty('generation')
}

interface World {
  readonly dying: Dying
  readonly vm: Vm
  /** Another thread's object. */
  readonly other: Vm
  /** A third one's, which may die as well. */
  readonly second: Vm
  readonly before: Seen
}

function world(patience = 50): World {
  const dying = new Dying()
  const [vm, share] = dying.during(() => {
    const arena = DirtyArena.create({ maxBytes: 2 ** 21, kernels: (_, view) => typescriptKernels(view) })
    const options = {
      slotLimit: INTERNAL,
      internalIds: [INTERNAL, INTERNAL + 1],
      memoryLimit: 2 ** 23,
      patience,
      arena,
    }
    const vm = new Vm(options)
    prepare(vm)
    return [vm, vm.share()] as const
  })
  const other = Vm.attach(share)
  const second = dying.during(() => Vm.attach(share))
  return { dying, vm, other, second, before: seen(other) }
}

/** Lets the thread of `vm` die at store `at` of `act`; whether it did. */
function dies({ dying, ...w }: World, at: number, act: (vm: Vm) => unknown, vm = w.vm): boolean {
  dying.at = dying.stores + at
  try {
    dying.during(() => act(vm))
    return false
  } catch (error) {
    if (!(error instanceof Death)) throw error
    return true
  }
}

/** The same VM, on which the call was made by a thread that lived. */
function undisturbed(act: (vm: Vm) => unknown): Seen {
  const w = world()
  expect(dies(w, Number.POSITIVE_INFINITY, act)).toBe(false)
  return seen(w.other)
}

/** Uses the VM as its users do: changes every slot twice, so that both sets are seen, and marks and harvests. */
function useFurther(vm: Vm): void {
  const shown = () => FRAMES.map(gfn => vm.lookup(0, gfn)?.id ?? -1)
  const before = shown()
  const extra = { as: 0, id: 11, gpa: pages(5 * CHUNK), size: pages(2 * CHUNK), hva: pages(5000) }
  for (let round = 0; round < 3; round++) {
    expect(vm.setRegion({ ...extra, flags: LOG })).toHaveProperty('generation')
    expect(shown()).toEqual(before)
    expect(vm.kernelAccess({ write: true, gfn: 5 * CHUNK + 3, offset: 0, data: Uint8Array.of(1) }).end).toBe(
      'data',
    )
    expect(vm.getDirtyLog({ as: 0, id: 11 })).toMatchObject({ pages: [[3, 1]] })
    expect(vm.setRegion({ ...extra, size: 0n, flags: 0 })).toHaveProperty('generation')
    expect(shown()).toEqual(before)
  }
  const moved = vm.slots(0).filter(({ id }) => id < INTERNAL)
  const redirected = moved.map(({ id, base, npages, flags }) =>
    set(id, base, npages, 7_000_000 + base, flags),
  )
  expect(batch(vm, ...redirected)).toHaveProperty('retired')
  expect(shown()).toEqual(before)
}

describe.each(Object.entries(CALLS))('a thread that dies in %s', (_, act) => {
  it('at any store leaves a VM that is as before or as after, with every dirty page known', () => {
    const after = undisturbed(act)
    let deaths = 0
    for (let at = 1; ; at++) {
      const w = world()
      if (!dies(w, at, act)) break
      deaths++
      const recovered = w.other.recover(w.vm.owner)
      expectRecovered(w, recovered, after, `store ${at}: ${recovered.call}`)
      if (at % 3 === 0) useFurther(w.other)
    }
    expect(deaths).toBeGreaterThan(1)
  })
})

/** Recovers the VM from thread `owner`; if that had not come to take the call over, then from the one that is named. */
function recoverFrom(vm: Vm, owner: number): Recovered {
  try {
    return vm.recover(owner)
  } catch (error) {
    if (error instanceof StuckCall) return vm.recover(error.owner)
    throw error
  }
}

describe('a thread that dies as it recovers the VM from another', () => {
  const redirects = CALLS['a batch that redirects, removes, creates and restricts']!
  const split = CALLS['a batch that owes nothing: a split']!
  it.each([redirects, split])('leaves it to a third one to recover it from both', act => {
    const after = undisturbed(act)
    let deaths = 0
    for (let at = 1; dies(world(), at, act); at += 67) {
      for (let again = 1; ; again += 41) {
        const w = world(5)
        dies(w, at, act)
        const [first, second] = [w.vm.owner, w.second.owner]
        if (!dies(w, again, vm => vm.recover(first), w.second)) break
        deaths++
        const recovered = recoverFrom(w.other, second)
        w.other.recover(first) // its vCPU
        expectRecovered(w, recovered, after, `stores ${at} and ${again}: ${recovered.call}`)
        useFurther(w.other)
      }
    }
    expect(deaths).toBeGreaterThan(10)
  })
})

describe('a thread that dies as it makes and frees logs', () => {
  it('at any store leaves an arena that gives each log memory of its own, and nearly all of it', () => {
    const small = (id: number, flags: number) =>
      ({ as: 1, id, gpa: pages(10 * id), size: pages(3), hva: pages(10 * id), flags }) as const
    const act = (vm: Vm) => {
      vm.setRegion({ ...call, id: 1, gpa: pages(4), size: 0n, flags: 0 })
      vm.setRegion({ ...small(5, LOG), gpa: pages(10 * CHUNK), size: pages(100 * CHUNK) })
      vm.setRegion(small(6, LOG))
      vm.setRegion({ ...small(5, 0), size: 0n })
      vm.setRegion({ ...small(6, 0), size: 0n })
      vm.createVcpu(3)
    }
    for (let at = 1; ; at++) {
      const w = world()
      if (!dies(w, at, act)) break
      const { vm, other } = { vm: w.vm, other: w.other }
      other.recover(vm.owner)
      for (const id of [5, 6]) other.setRegion({ ...small(id, 0), size: 0n })
      const ids = [0, 1, 2, 3]
      for (const id of ids) expect(other.setRegion(small(id, LOG))).toHaveProperty('generation')
      other.setVcpu({ vcpu: 0, as: 1 })
      for (const id of [1, 3]) other.write({ vcpu: 0, gfn: 10 * id + 1, offset: 0, data: Uint8Array.of(1) })
      const dirty = ids.map(id => other.getDirtyLog({ as: 1, id }))
      const none: number[][] = []
      expect(dirty, `store ${at}`).toMatchObject([none, [[1, 1]], none, [[1, 1]]].map(pages => ({ pages })))
      const large = { ...small(9, LOG), gpa: pages(10 * CHUNK), size: pages(180 * CHUNK) }
      expect(other.setRegion(large), `store ${at}`).toHaveProperty('generation')
    }
  })
})

describe('a thread that dies while it takes or clears the bits of a log', () => {
  const clear = { as: 0, id: 0, first: 0n, count: 4, pages: [[1, 1]] as [number, number][] }
  it.each([
    ['takes', (vm: Vm) => vm.getDirtyLog({ as: 0, id: 0 })],
    ['clears', (vm: Vm) => vm.clearDirtyLog(clear)],
  ] as const)('leaves every page of the slot dirty, or the log as it was: %s', (_, act) => {
    let marked = 0
    for (let at = 1; ; at++) {
      const w = world()
      if (!dies(w, at, act)) break
      const { call } = w.other.recover(w.vm.owner)
      if (call === 'marked') marked++
      const pages = call === 'marked' ? [[0, 4]] : [[1, 1], [3, 1]] // biome-ignore format: pairs
      expect(w.other.getDirtyLog({ as: 0, id: 0 }), `store ${at}`).toMatchObject({ pages })
      expect(w.other.getDirtyLog({ as: 0, id: 1 })).toMatchObject({ pages: [[1, 2]] })
      useFurther(w.other)
    }
    expect(marked).toBeGreaterThan(1)
  })
})

describe('a thread that dies in an access', () => {
  it('at any store keeps no update and no harvest waiting once it is known to be dead', () => {
    const write = (vm: Vm) => vm.write({ vcpu: 0, gfn: HUGE + CHUNK, offset: 0, data: Uint8Array.of(9) })
    let deaths = 0
    for (let at = 1; ; at++) {
      const w = world()
      if (!dies(w, at, write)) break
      deaths++
      expect(w.other.recover(w.vm.owner)).toEqual({ call: 'none' })
      expect(w.other.write({ vcpu: 0, gfn: HUGE + CHUNK, offset: 0, data: Uint8Array.of(1) }).end).toBe(
        'data',
      )
      expect(w.other.getDirtyLog({ as: 0, id: 0 })).toHaveProperty('pages')
      useFurther(w.other)
    }
    expect(deaths).toBeGreaterThan(2)
  })

  it('and whose object is used after all finds that its vCPU and its reader were released', () => {
    const vm = new Vm({ patience: 20 })
    prepare(vm)
    const vcpu = vm.vcpu(0)
    vm.lookup(0, 0)
    const other = Vm.attach(vm.share())
    other.recover(vm.owner)
    const reader = other.vcpu(0)
    reader.enter()
    expect(() => vcpu.enter()).toThrow(Released)
    expect(() => vcpu.read({ gfn: 0, offset: 0, size: 1 })).toThrow(Released)
    expect(() => vm.lookup(0, 0)).toThrow(Released)
    vcpu.leave()
    vcpu.close()
    expect(() => batch(other, removed(0))).toThrow(`vCPU 0 of thread ${other.owner}`)
    reader.leave()
    expect(batch(other, removed(0))).toHaveProperty('retired')
  })
})

describe('a writer that is stopped in a call', () => {
  /** A VM whose updates call `stopped` before step `at`. */
  const stopping = (at: number, stopped: () => void) => {
    const stop: Step = () => stopped()
    const protocol = [...PROTOCOL.slice(0, at), stop, ...PROTOCOL.slice(at)]
    const vm = new Vm(
      Machine.create(limitsOf({ patience: 5 }), DirtyArena.create({ maxBytes: 2 ** 20 }), protocol),
    )
    return vm
  }
  const first = (vm: Vm) => batch(vm, set(0, 0, 2, 100, LOG), set(1, 2, 2, 200, LOG))
  const second = (vm: Vm) => batch(vm, set(0, 0, 2, 300, LOG), removed(1))
  const steps = PROTOCOL.map((_, at) => at)

  it.each(steps)('for twice the patience of others is named to them, and goes on: before step %i', at => {
    let isArmed = false
    const vm = stopping(at, () => {
      if (!isArmed) return
      for (const _ of [1, 2]) {
        expect(() => other.slots(0)).toThrow(`thread ${vm.owner} has been in a call of this VM for 5 ms`)
        expect(() => other.slots(0)).toThrow(StuckCall)
      }
    })
    first(vm)
    const other = Vm.attach(vm.share())
    isArmed = true
    expect(second(vm)).toEqual({ generation: 6, retired: [] })
    expect(other.slots(0).map(({ id, hva }) => [id, hva])).toEqual([[0, pages(300)]])
  })

  it.each(steps)('and taken for dead finds out before it stores anything: before step %i', at => {
    let takeOver: (() => void) | undefined
    const vm = stopping(at, () => takeOver?.())
    first(vm)
    const other = Vm.attach(vm.share())
    const calls: string[] = []
    takeOver = () => {
      takeOver = undefined
      calls.push(other.recover(vm.owner).call)
    }
    expect(() => second(vm)).toThrow(TakenOver)
    const [call] = calls
    const slots = other.slots(0).map(({ id, hva }) => [id, hva])
    expect(call).toBe(at <= PROTOCOL.findIndex(step => step.name === 'publish') ? 'undone' : 'finished')
    expect(slots).toEqual(call === 'finished' ? [[0, pages(300)]] : [[0, pages(100)], [1, pages(200)]]) // biome-ignore format: pairs
    expect(batch(other, set(0, 0, 2, 400, LOG))).toHaveProperty('retired')
    expect(batch(vm, set(0, 0, 2, 500, LOG))).toHaveProperty('retired')
    useFurther(other)
  })
})

describe('recover', () => {
  it('that cannot wait for a living reader throws, and goes on when it is called again', () => {
    const w = world(20)
    w.other.createVcpu(1)
    const reader = w.other.vcpu(1)
    reader.enter()
    const publishes = CALLS['a change of flags']!
    const owner = w.vm.owner
    // The update waits for the reader, which holds the set before; its thread dies while it waits.
    const stores = () => {
      for (let at = 1; at < 400; at++) {
        const probe = world(20)
        if (!dies(probe, at, publishes)) break
        if (probe.other.recover(probe.vm.owner).call === 'finished') return at
      }
      throw new Error('the update was never published')
    }
    dies(w, stores(), publishes)
    expect(() => w.other.recover(owner)).toThrow(expect.objectContaining({ waiting: 'publish', vcpu: 1 }))
    reader.leave()
    expect(w.other.recover(owner)).toMatchObject({ call: 'finished', retired: [{ id: 1, count: 2 }] })
    expect(w.other.slots(0)).toHaveLength(6)
  })

  it('does nothing to a VM in which that thread held nothing', () => {
    const { vm, other, before } = world()
    expect(other.recover(vm.owner + 5)).toEqual({ call: 'none' })
    expect(seen(other)).toEqual(before)
  })

  it('takes the number of another thread', () => {
    const vm = new Vm()
    for (const owner of [0, -1, 1.5, vm.owner, 2 ** 22]) expect(() => vm.recover(owner)).toThrow(RangeError)
  })
})
