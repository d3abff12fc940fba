import { LinearVcpu, Vcpu, type Vm } from '../../impl/index.js'
import { pick, type Random, seeded } from '../../spec/generate/random.js'
import { implTarget, openWith } from './impl.js'
import { type InProcess, inProcess } from './in-process.js'

/**
 * The implementation, which is called wrongly between two calls: with the arguments of the next call, of which one is of
 * another type or outside its domain. Each must be refused by name, and change nothing; whether it did, the comparison
 * with the specification shows, which knows of the right calls only.
 */

/** What is made wrong of each call: places in its arguments; `*` is any element. */
export const PLACES: Readonly<Record<string, readonly string[]>> = {
  setRegion: [
    '0',
    '0.as',
    '0.id',
    '0.gpa',
    '0.size',
    '0.hva',
    '0.flags',
    '0.ioctl',
    '0.memfd',
    '0.memfd.file',
    '0.memfd.offset',
    '1',
    '1.allocation',
  ],
  setBatch: [
    ...['0', '0.as', '0.flags', '0.reserved', '0.resultSize', '0.entries', '0.entries.*', '1', '1.result'],
    ...['do', 'id', 'gpa', 'size', 'hva', 'flags', 'reserved'].map(field => `0.entries.*.${field}`),
  ],
  getDirtyLog: ['0', '0.as', '0.id', '1', '1.bitmap'],
  clearDirtyLog: [
    '0',
    '0.as',
    '0.id',
    '0.first',
    '0.count',
    '0.pages',
    '0.pages.*',
    '0.pages.*.1',
    '0.generation',
  ],
  enableCap: ['0', '0.cap', '0.flags', '0.args', '0.args.*'],
  internalSlot: ['0', '0.id', '0.gpa', '0.size', '0.hva'],
  setTssAddr: ['0', '0.addr'],
  createGuestMemfd: ['0', '0.file', '0.size'],
  createVcpu: ['0'],
  enterSmm: ['0'],
  rsm: ['0'],
  setVcpu: ['0', '0.vcpu', '0.as'],
  lookup: ['0', '1'],
  hvaRange: ['0', '0.hva', '0.size'],
  hostProtect: ['0', '0.hva', '0.size', '0.rights'],
  poke: ['0', '0.hva', '0.data'],
  read: ['0', '0.vcpu', '0.gfn', '0.offset', '0.size', '0.by'],
  fetch: ['0', '0.vcpu', '0.gfn', '0.offset', '0.size', '0.by'],
  walk: ['0', '0.vcpu', '0.gfn', '0.offset'],
  write: ['0', '0.vcpu', '0.gfn', '0.offset', '0.data'],
  rmw: ['0', '0.vcpu', '0.gfn', '0.offset', '0.data'],
  adUpdate: ['0', '0.vcpu', '0.gfn', '0.offset', '0.data'],
  kernelAccess: ['0', '0.write', '0.gfn', '0.offset'],
  vcpu: ['0'],
}

const LINEAR_PLACES: Readonly<Record<string, readonly string[]>> = {
  load: [
    '0',
    '0.maxPhyAddr',
    '0.amd',
    '1',
    '1.cr0',
    '1.cr3',
    '1.cpl',
    '1.cs',
    '1.cs.limit',
    '1.pdptes',
    '1.pdptes.*',
  ],
  smi: ['0'],
  fetch: ['0', '1', '2'],
  translate: ['0', '1', '2'],
  read: ['0', '1', '2'],
  write: ['0', '1', '2'],
  exchange: ['0', '1', '2'],
}

/** In no domain, whatever the field; but for booleans and arrays, of which no other is wrong. */
const WRONG: readonly unknown[] = [
  ...[null, 'x', Symbol('x'), () => 1, {}, [], true, Number.NaN, Number.POSITIVE_INFINITY],
  ...[1.5, -1, -1n, 1n << 64n, new Uint16Array(1), new Date(0), Object.create(null)],
]

const isWrongFor = (right: unknown) => (wrong: unknown) => {
  if (typeof right === 'boolean') return typeof wrong !== 'boolean'
  if (Array.isArray(right)) return !Array.isArray(wrong)
  // An object without fields is one of which all fields are missing: for failures that is right.
  return !(isPlain(right) && isPlain(wrong))
}
const isPlain = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

/** `value` with `wrong` at the place; null where there is nothing at it. */
const spoilt = (
  random: Random,
  value: unknown,
  place: readonly string[],
): { readonly value: unknown } | null => {
  const [key, ...rest] = place
  if (key === undefined) {
    if (value === undefined) return null
    return { value: pick(random, WRONG.filter(isWrongFor(value))) }
  }
  if (typeof value !== 'object' || value === null) return null
  const keys = key === '*' ? Object.keys(value) : [key]
  if (keys.length === 0) return null
  const at = pick(random, keys)
  const inner = spoilt(random, (value as Record<string, unknown>)[at], rest)
  if (inner === null) return null
  return {
    value: Array.isArray(value) ? value.with(Number(at), inner.value) : { ...value, [at]: inner.value },
  }
}

/** Calls `method` wrongly. @throws Error where that was not refused as it must be */
const callWrongly = (
  on: object,
  method: string,
  args: readonly unknown[],
  places: readonly string[],
  random: Random,
): void => {
  const place = pick(random, places)
  const wrong = spoilt(random, [...args], place.split('.'))
  if (wrong === null) return
  const call = (on as Record<string, (...args: readonly unknown[]) => unknown>)[method]
  try {
    call?.apply(on, wrong.value as unknown[])
  } catch (error) {
    const isRefusal = error instanceof TypeError || error instanceof RangeError
    if (isRefusal && / must /.test(error.message)) return
    throw new Error(`${method} with a wrong argument ${place} threw ${String(error)}`)
  }
  throw new Error(`${method} took a wrong argument ${place}`)
}

/** An object whose methods are called wrongly before they are called. */
export const wronged = <T extends object>(
  on: T,
  places: Readonly<Record<string, readonly string[]>>,
  random: Random,
  within: (value: unknown) => unknown,
): T =>
  new Proxy(on, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target)
      const its = places[String(key)]
      if (typeof value !== 'function') return within(value)
      return (...args: readonly unknown[]) => {
        if (its !== undefined) callWrongly(target, String(key), args, its, random)
        return within(Reflect.apply(value, target, args))
      }
    },
  })

const wrongedVm = (vm: Vm, random: Random): Vm => {
  const within = (value: unknown): unknown => {
    if (value instanceof Vcpu) return wronged(value, {}, random, within)
    if (value instanceof LinearVcpu) return wronged(value, LINEAR_PLACES, random, within)
    return value
  }
  return wronged(vm, PLACES, random, within)
}

/** The target; what is wrong is drawn from `seed`. */
export const facadeTarget = (seed: number): InProcess => {
  let opened = 0
  return inProcess(implTarget.now.hello, config => {
    const random = seeded(seed, opened++)
    return openWith(config, vm => wrongedVm(vm, random))
  })
}
