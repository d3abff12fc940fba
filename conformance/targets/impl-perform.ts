import type { Access as Ended, Failure, MmioExit, Vm } from '../../impl/index.js'
import { fromBytes, toBytes } from '../../spec/terms/memory.js'
import type { U64 } from '../../spec/terms/numbers.js'
import type { Mishaps, Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'

const failureOf = (o: Mishaps & { readonly bitmap?: 'bad'; readonly result?: 'bad' }): Failure => ({
  caller: o.caller,
  argument: o.argument,
  bitmap: o.bitmap,
  result: o.result,
  allocation: o.allocation,
})

type Outcome = { readonly errno: string } | { readonly generation: number }
const outcome = (result: Outcome): Seen =>
  'errno' in result ? { is: 'error', errno: result.errno } : { is: 'ok', generation: result.generation }
/** Calls that concern no single space answer no generation. */
const plain = (result: Outcome): Seen => ('errno' in result ? outcome(result) : { is: 'ok' })

/** Exits as MMIO, in the words of a trace. */
export const exitsSeen = (exits: readonly MmioExit[]) =>
  exits.map(({ gpa, size, data }) => ({
    gpa: gpa as U64,
    size,
    ...(data === undefined ? {} : { data: toBytes(data) }),
  }))

const access = (ended: Ended): Seen => ({
  is: 'access',
  end: ended.end,
  ...('data' in ended && ended.data !== undefined ? { data: toBytes(ended.data) } : {}),
  ...('errno' in ended && ended.errno !== undefined ? { errno: ended.errno } : {}),
  ...('exits' in ended ? { mmio: exitsSeen(ended.exits) } : {}),
})

const batchOutcome = (result: ReturnType<Vm['setBatch']>): Seen => {
  if ('errno' in result) {
    const { errno, index, bound } = result
    return { is: 'error', errno, index, ...(bound === undefined ? {} : { bound: bound as U64 }) }
  }
  const { generation } = result
  if ('retiredCount' in result) return { is: 'ok', generation, retiredCount: result.retiredCount }
  const retired = result.retired.map(({ pages, ...r }) => ({
    ...r,
    ...(pages === undefined ? {} : { bits: pages }),
  }))
  return { is: 'ok', generation, retired }
}

/** What the implementation answers to one operation. `vcpus`: those that were made. */
export const perform = (vm: Vm, vcpus: Set<number>, spaces: number, o: Operation): Seen => {
  // The façade takes an access of a vCPU that was never made for a fault of its caller.
  if ('vcpu' in o && 'gfn' in o && !vcpus.has(o.vcpu)) return { is: 'access', end: 'fault', errno: 'ENOENT' }
  switch (o.op) {
    case 'set':
      return outcome(vm.setRegion(o, failureOf(o)))
    case 'batch':
      return batchOutcome(vm.setBatch(o, failureOf(o)))
    case 'get-dirty': {
      const log = vm.getDirtyLog(o, failureOf(o))
      if ('errno' in log) return outcome(log)
      return { is: 'ok', generation: log.generation, bits: log.pages, bytes: log.bytes }
    }
    case 'clear-dirty':
      return outcome(vm.clearDirtyLog(o, failureOf(o)))
    case 'enable-cap':
      return plain(vm.enableCap(o))
    case 'internal-slot':
      return plain(vm.internalSlot(o))
    case 'set-tss-addr':
      return plain(vm.setTssAddr(o))
    case 'create-guest-memfd':
      return plain(vm.createGuestMemfd(o))
    case 'create-vcpu': {
      const made = vm.createVcpu(o.vcpu)
      if (!('errno' in made)) vcpus.add(o.vcpu)
      return plain(made)
    }
    case 'set-vcpu':
      return plain(vm.setVcpu(o))
    case 'enter-smm':
      return plain(vm.enterSmm(o.vcpu))
    case 'rsm':
      return plain(vm.rsm(o.vcpu))
    case 'lookup': {
      if (o.as >= spaces) return { is: 'error', errno: 'EINVAL' }
      const found = vm.lookup(o.as, o.gfn)
      if (found === null) return { is: 'ok', found: null }
      const { id, page, hva, readonly: ro, logged: log } = found
      return { is: 'ok', found: { id, page, hva: hva as U64, ro, log } }
    }
    case 'hva-range':
      if (o.size === 0n || o.hva + o.size > 1n << 64n) return { is: 'error', errno: 'EINVAL' }
      return { is: 'ok', ranges: vm.hvaRange(o) }
    case 'host-protect':
      return plain(vm.hostProtect(o))
    case 'poke':
      vm.poke({ hva: o.hva, data: fromBytes(o.data) })
      return { is: 'ok' }
    case 'read':
      return access(vm.read(o))
    case 'fetch':
      return access(vm.fetch(o))
    case 'walk':
      return access(vm.walk(o))
    case 'write':
      return access(vm.write({ ...o, data: fromBytes(o.data) }))
    case 'rmw':
      return access(vm.rmw({ ...o, data: fromBytes(o.data) }))
    case 'ad-update':
      return access(vm.adUpdate({ ...o, data: fromBytes(o.data) }))
    case 'registers':
    case 'fetch-instruction':
    case 'translate':
    case 'read-virtual':
    case 'write-virtual':
    case 'rmw-virtual':
      throw new Error(`${o.op} goes by the registers of a vCPU`) // see performLinear
    case 'kernel-access':
      return access(
        vm.kernelAccess(
          o.data === undefined ? { write: false, ...o } : { ...o, write: true, data: fromBytes(o.data) },
        ),
      )
  }
}
