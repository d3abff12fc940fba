import { describe, expect, it } from 'vitest'
import { DirtyArena, LinearVcpu, LOG, Released, Vcpu, Vm, type VmOptions } from './index.js'
import { DEFAULT_PROCESSOR, RESET } from './x86/registers.js'

const K4 = 4096n
const region = { as: 0, id: 1, gpa: 0n, size: 4n * K4, hva: 100n * K4, flags: LOG, ioctl: 2 as const }
const entry = { do: 'set' as const, id: 2, gpa: 8n * K4, size: K4, hva: 0n, flags: 0, reserved: 0n }
const page = { gfn: 1, offset: 0, size: 1, by: 'hardware' as const }
const data = Uint8Array.of(7)
const entryData = new Uint8Array(8)

/** Marks a field that may be absent. */
const OPTIONAL = new Set(['cached', 'ioctl', 'reserved', 'generation', 'big', 'pdptes', 'by'])

type Call = readonly [method: string, on: (vm: Vm) => object, args: readonly unknown[]]
const onVm = (vm: Vm): object => vm
const onVcpu = (vm: Vm): object => vm.vcpu(0)
const onLinear = (vm: Vm): object => vm.vcpu(0).linear

/** Every public function, with arguments that it takes. A field is what stands at a path of them. */
const CALLS: readonly Call[] = [
  ['setRegion', onVm, [region]],
  ['setBatch', onVm, [{ as: 0, flags: 1, reserved: 0n, resultSize: 99n, entries: [entry] }]],
  ['getDirtyLog', onVm, [{ as: 0, id: 1 }]],
  ['clearDirtyLog', onVm, [{ as: 0, id: 1, first: 0n, count: 4, pages: [[0, 1]], generation: 2 }]],
  ['enableCap', onVm, [{ cap: 'manual-dirty-log-protect2', flags: 0, args: [1n] }]],
  ['internalSlot', onVm, [{ id: 40_000, gpa: 0n, size: K4, hva: 0n }]],
  ['createVcpu', onVm, [9]],
  ['enterSmm', onVm, [0]],
  ['rsm', onVm, [0]],
  ['setVcpu', onVm, [{ vcpu: 0, as: 1 }]],
  ['lookup', onVm, [0, 1]],
  ['slotAt', onVm, [0, 1]],
  ['hvaRange', onVm, [{ hva: 0n, size: 1n }]],
  ['hostProtect', onVm, [{ hva: 0n, size: K4, rights: 'read' }]],
  ['poke', onVm, [{ hva: 0n, data }]],
  ['peek', onVm, [{ hva: 0n, size: 1 }]],
  ['generation', onVm, [0]],
  ['swaps', onVm, [0]],
  ['slots', onVm, [0]],
  ['recover', onVm, [9]],
  ['vcpu', onVm, [0]],
  ['kickVcpu', onVm, [0]],
  ['releaseVcpu', onVm, [0]],
  ['kernelAccess', onVm, [{ write: false, gfn: 1, offset: 0, size: 1, cached: true }]],
  ['kernelAccess', onVm, [{ write: true, gfn: 1, offset: 0, data }]],
  ...['read', 'fetch'].map((name): Call => [name, onVm, [{ vcpu: 0, ...page }]]),
  ...['write', 'rmw'].map((name): Call => [name, onVm, [{ vcpu: 0, gfn: 1, offset: 0, data }]]),
  ['walk', onVm, [{ vcpu: 0, gfn: 1, offset: 0 }]],
  ['adUpdate', onVm, [{ vcpu: 0, gfn: 1, offset: 0, data: entryData }]],
  ...['read', 'fetch'].map((name): Call => [name, onVcpu, [page]]),
  ...['write', 'rmw'].map((name): Call => [name, onVcpu, [{ gfn: 1, offset: 0, data }]]),
  ['walk', onVcpu, [{ gfn: 1, offset: 0 }]],
  ['adUpdate', onVcpu, [{ gfn: 1, offset: 0, data: entryData }]],
  ...['slotAt', 'hostPageAt'].map((name): Call => [name, onVcpu, [1]]),
  ['isBlocked', onVcpu, [1, false]],
  [
    'load',
    onLinear,
    [DEFAULT_PROCESSOR, { ...RESET, cs: { ...RESET.cs, big: false }, pdptes: [0n, 0n, 0n, 0n] }],
  ],
  ['smi', onLinear, [0x3_0000]],
  ['fetch', onLinear, [0xfff0n, 1]],
  ['translate', onLinear, [0n, 'read']],
  ['read', onLinear, [0n, 1]],
  ['write', onLinear, [0n, data]],
]

const WRONG: readonly unknown[] = [
  undefined,
  null,
  'x',
  Symbol('x'),
  () => 1,
  {},
  [],
  new Date(),
  true,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1.5,
  -1,
  -1n,
  1n << 64n,
  new Uint16Array(1),
  Object.create(null),
]

/** The wrong values for a field whose right value is `right`. */
function wrongFor(name: string, right: unknown): readonly unknown[] {
  return WRONG.filter(wrong => {
    if (wrong === undefined) return !OPTIONAL.has(name)
    if (typeof right === 'boolean') return typeof wrong !== 'boolean'
    return !(Array.isArray(right) && Array.isArray(wrong))
  })
}

/** Every place in `value` with what stands there, and how to put something else there. */
function* places(
  value: unknown,
  at: readonly string[] = [],
): Generator<readonly [readonly string[], unknown]> {
  if (at.length > 0) yield [at, value]
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  for (const [key, inner] of Object.entries(value)) yield* places(inner, [...at, key])
}

function put(value: unknown, [key, ...rest]: readonly string[], wrong: unknown): unknown {
  if (key === undefined) return wrong
  const inner = put((value as Record<string, unknown>)[key], rest, wrong)
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...(value as object), [key]: inner }
}

function vmOf(): Vm {
  const vm = new Vm({ guestMemfd: true, internalIds: [40_000], patience: 100 })
  vm.setRegion(region)
  vm.createVcpu(0)
  vm.write({ vcpu: 0, gfn: 1, offset: 0, data })
  return vm
}

/** All that the calls above could change. */
function state(vm: Vm) {
  return [
    [0, 1].map(as => [vm.slots(as), vm.swaps(as)]),
    vm.peek({ hva: 100n * K4, size: 4096 }),
    vm.read({ vcpu: 0, ...page }),
    vm.clearDirtyLog({ as: 0, id: 1, first: 0n, count: 4, pages: [] }),
  ]
}

function thrown(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

const call = (vm: Vm, [method, on]: Call, args: readonly unknown[]): unknown =>
  (on(vm) as Record<string, (...args: readonly unknown[]) => unknown>)[method]!(...args)

describe.each(CALLS.map((one, i) => ({ title: `${one[0]}, ${i}`, one })))('a call of $title', ({ one }) => {
  const [, , args] = one
  it('is refused by the name of its field for a value of another type or outside, and changes nothing', () => {
    const vm = vmOf()
    const before = state(vm)
    for (const [at, right] of places(args)) {
      const name = at.at(-1)!
      for (const wrong of wrongFor(name, right)) {
        const error = thrown(() => call(vm, one, put(args, at, wrong) as readonly unknown[]))
        const what = `${at.join('.')} = ${String(typeof wrong === 'object' ? JSON.stringify(wrong) : wrong)}`
        expect(error instanceof TypeError || error instanceof RangeError, `${what}: ${String(error)}`).toBe(
          true,
        )
        const { message, stack } = error as Error
        expect(message, `${what}\n${stack}`).toMatch(/^[\w.[\] ]+ must /)
        if (!/^\d+$/.test(name)) expect(message, what).toContain(name)
      }
    }
    expect(state(vm)).toEqual(before)
  })

  it('with the arguments themselves is not refused so', () => {
    const error = thrown(() => call(vmOf(), one, args))
    expect(error).not.toBeInstanceOf(TypeError)
    if (one[0] !== 'recover') expect(error).not.toBeInstanceOf(RangeError)
  })
})

describe('a word that is not known', () => {
  const vm = vmOf()
  it.each<[string, () => unknown]>([
    [
      "entries[0].do must be 'set' or 'remove', not \"Set\"",
      () => vm.setBatch({ as: 0, flags: 0, resultSize: 0n, entries: [{ ...entry, do: 'Set' as never }] }),
    ],
    [
      "rights must be 'none' or 'read' or 'all', not \"write\"",
      () => vm.hostProtect({ hva: 0n, size: K4, rights: 'write' as never }),
    ],
    [
      "cap must be 'manual-dirty-log-protect2' or 'dirty-log-ring', not \"ring\"",
      () => vm.enableCap({ cap: 'ring' as never, flags: 0, args: [] }),
    ],
    ['ioctl must be an integer in 1..2, not 3', () => vm.setRegion({ ...region, ioctl: 3 as never })],
    [
      "failure.allocation must be 'early' or 'late', not \"soon\"",
      () => vm.setRegion(region, { allocation: 'soon' as never }),
    ],
    ['a failure must be', () => vm.setRegion(region, { alocation: 'late' } as never)],
    [
      "access must be 'read' or 'write' or 'fetch', not \"x\"",
      () => vm.vcpu(0).linear.translate(0n, 'x' as never),
    ],
    ["by must be 'emulator' or 'hardware', not \"x\"", () => vm.vcpu(0).linear.fetch(0n, 1, 'x' as never)],
    // A length that is no number was waited for for ever, in a section.
    ['length must be a number, not a function', () => vm.vcpu(0).linear.fetch(28_672n, (() => 1) as never)],
    ['length must be an integer in 1..15, not NaN', () => vm.vcpu(0).linear.fetchWords(0, 0, Number.NaN)],
    ["secondStage must be 'tdp' or 'shadow', not \"ept\"", () => new Vm({ secondStage: 'ept' as never })],
    [
      "secondStage must be 'shadow' where kernel is 'pvm', not 'tdp'",
      () => new Vm({ kernel: 'pvm', secondStage: 'tdp' }),
    ],
    [
      "secondStage must be 'shadow' where kernel is 'pvm', not 'tdp' of arch 'arm64'",
      () => new Vm({ kernel: 'pvm', arch: 'arm64' }),
    ],
    [
      'hvaLimit must be at least 20480 with ownSlots identity-map, not 16384',
      () => new Vm({ ownSlots: ['identity-map'], hvaLimit: 0x4000n }),
    ],
    ['an option must be', () => new Vm({ slotLimits: 8 } as never)],
    ['arena must be a DirtyArena', () => new Vm({ arena: {} as never })],
    ['share must be an object, not undefined', () => Vm.attach(undefined as never)],
    ['share.control must be what Vm.share returned', () => Vcpu.attach({} as never, 0)],
    [
      'entries must be an array, not an object',
      () => vm.setBatch({ as: 0, flags: 0, resultSize: 0n, entries: {} as never }),
    ],
    [
      'entries[0] must be an object, not undefined',
      () => vm.setBatch({ as: 0, flags: 0, resultSize: 0n, entries: new Array(1) as never }),
    ],
  ])('is refused: %s', (message, act) => {
    const before = state(vm)
    expect(act).toThrow(message)
    expect(state(vm)).toEqual(before)
  })
})

describe('an option of a VM', () => {
  const options: VmOptions = {
    spaces: 2,
    slotLimit: 10,
    maxGfn: 9,
    hvaLimit: 1n,
    readonlyMem: true,
    guestMemfd: true,
    maxEntries: 1,
    memoryLimit: 2 ** 18,
    patience: 1,
    exitsOnEmulationFailure: true,
    secondStage: 'tdp',
    kernel: '6.1',
    internalIds: [10],
    arena: DirtyArena.create({ maxBytes: 2 ** 20 }),
  }
  it.each(Object.entries(options))(
    '%s is refused by name for a value of another type or outside',
    (name, right) => {
      expect(new Vm({ [name]: right, slotLimit: 10 })).toBeInstanceOf(Vm)
      for (const wrong of wrongFor(name, right)) {
        if (wrong === undefined) continue
        const error = thrown(() => new Vm({ slotLimit: 10, [name]: wrong } as never))
        const what = `${name} = ${typeof wrong} ${String(error)}`
        expect(error instanceof TypeError || error instanceof RangeError, what).toBe(true)
        expect((error as Error).message).toContain(name === 'memoryLimit' ? 'memory' : name)
      }
    },
  )

  it('spaces is at most 256, and so many are shared as 8 GiB hold', () => {
    expect(() => new Vm({ spaces: 65_536 })).toThrow('spaces must be an integer in 1..256')
    const vm = new Vm({ spaces: 256 })
    vm.setRegion({ ...region, as: 255, flags: 0, ioctl: 1 })
    expect(() => vm.share()).toThrow(/^spaces: 256 of 32764 slots take \d+ MiB/)
    expect(vm.slots(255)).toHaveLength(1)
    expect(vm.setRegion({ ...region, as: 254, flags: 0, ioctl: 1 })).toHaveProperty('generation')
    const small = new Vm({ spaces: 256, slotLimit: 64 })
    small.setRegion({ ...region, as: 255, flags: 0, ioctl: 1 })
    expect(Vm.attach(small.share()).slots(255)).toHaveLength(1)
  })
})

describe('a vCPU that is closed', () => {
  it('does nothing: another thread that has claimed it is not disturbed', () => {
    const vm = vmOf()
    const closed = vm.vcpu(0)
    const { linear } = closed
    closed.close()
    const other = Vm.attach(vm.share())
    const claimed = other.vcpu(0)
    claimed.enter()
    for (const act of [
      () => closed.enter(),
      () => closed.read(page),
      () => closed.write({ gfn: 1, offset: 0, data }),
      () => linear.fetch(0n, 1),
      () => linear.smi(0x3_0000),
      () => linear.rsm(),
      () => linear.load(DEFAULT_PROCESSOR, RESET),
    ])
      expect(act).toThrow(Released)
    closed.leave()
    closed.close()
    expect(() => vm.setRegion({ ...region, size: 0n })).toThrow(`vCPU 0 of thread ${other.owner}`)
    expect(() => vm.vcpu(0)).toThrow(`vCPU 0 is in the hands of thread ${other.owner}`)
    claimed.leave()
    claimed.close()
    expect(vm.vcpu(0).read(page)).toMatchObject({ end: 'data' })
    expect(linear).toBeInstanceOf(LinearVcpu)
  })
})
