import {
  type DataEnd,
  type Exception,
  type FetchEnd,
  ImpossibleRegisters,
  type LinearVcpu,
  type Processor,
  type Registers,
  type TranslateEnd,
  type Vm,
} from '../../impl/index.js'
import type { Midway } from '../../impl/x86/midway.js'
import type { Config } from '../../oracle/wire/config.js'
import { fromBytes, toBytes } from '../../spec/terms/memory.js'
import type { U64 } from '../../spec/terms/numbers.js'
import {
  betweenOf,
  type EnterSmmCall,
  type FetchPathOperation,
  type Operation,
  type ReadVirtual,
  type RegistersCall,
  type RmwVirtual,
  type RsmCall,
  type VirtualAccess,
} from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { exitsSeen } from './impl-perform.js'

/** A VM of the implementation that can be updated in the middle of a fetch. */
export interface LinearVm {
  readonly vm: Vm
  readonly midway: Midway
  readonly config: Config
  /** vCPUs that were made. */
  readonly made: Set<number>
  /** vCPUs that have registers. */
  readonly loaded: Set<number>
}

const WORD_END = 1n << 32n
const REGISTER_WORDS = ['cr0', 'cr4', 'efer', 'rflags'] as const

const registersOf = (o: RegistersCall): Registers | null => {
  if ([o.pkru ?? 0n, ...REGISTER_WORDS.map(name => o[name])].some(word => word >= WORD_END)) return null
  const [cr0, cr4, efer, rflags] = REGISTER_WORDS.map(name => Number(o[name])) as [
    number,
    number,
    number,
    number,
  ]
  const { base, limit, l, d } = o.cs
  const pdptes = o.pdptes as Registers['pdptes']
  return {
    cr0,
    cr3: o.cr3,
    cr4,
    efer,
    rflags,
    cpl: o.cpl,
    cs: { base, limit, long: l, big: d },
    pkru: Number(o.pkru ?? 0n),
    pdptes,
  }
}

const processorOf = (o: RegistersCall, config: Config): Processor => ({
  ...(o.cpu ?? { maxPhyAddr: 46, gigabytePages: true, amd: false }),
  byTheBook: config.walker === 'architecture',
})

const exceptionOf = (fault: Exception) =>
  fault.vector === '#PF' ? { ...fault, cr2: fault.cr2 as U64 } : fault

const seenOf = (ended: FetchEnd | TranslateEnd | DataEnd): Seen => {
  const mmio = 'exits' in ended && ended.exits !== undefined ? { mmio: exitsSeen(ended.exits) } : {}
  if ('exception' in ended)
    return { is: 'access', end: 'fault', exception: exceptionOf(ended.exception), ...mmio }
  if ('exit' in ended) {
    if (ended.exit.suberror === 3) return { is: 'access', end: 'exit', exit: ended.exit }
    const { bytes, ...exit } = ended.exit
    return {
      is: 'access',
      end: 'exit',
      exit: { ...exit, ...(bytes === undefined ? {} : { bytes: toBytes(bytes) }) },
    }
  }
  if ('gpa' in ended) return { is: 'access', end: 'data', gpa: ended.gpa as U64, rights: ended.rights }
  if ('errno' in ended && ended.errno !== undefined)
    return { is: 'access', end: ended.end, errno: ended.errno }
  const data = 'data' in ended && ended.data !== undefined ? { data: toBytes(ended.data) } : {}
  return { is: 'access', end: ended.end, ...data, ...mmio }
}

const load = ({ vm, config, loaded }: LinearVm, o: RegistersCall): Seen => {
  const registers = registersOf(o)
  if (registers === null) return { is: 'error', errno: 'EINVAL' }
  try {
    const ended = vm.vcpu(o.vcpu).linear.load(processorOf(o, config), registers)
    if (ended.end === 'abandoned') return { is: 'error', errno: 'EINTR' }
    if (ended.end === 'fault') return { is: 'ok', exception: exceptionOf(ended.exception) }
    loaded.add(o.vcpu)
    return { is: 'ok' }
  } catch (error) {
    if (error instanceof ImpossibleRegisters) return { is: 'error', errno: 'EINVAL' }
    throw error
  }
}

/** Performs an operation by linear address; `change` makes the change that comes between two look-ups. */
export const performLinear = (
  on: LinearVm,
  o: FetchPathOperation,
  change: (operation: Operation) => unknown,
): Seen => {
  if (o.op === 'registers') return on.made.has(o.vcpu) ? load(on, o) : { is: 'error', errno: 'ENOENT' }
  if (!on.loaded.has(o.vcpu)) {
    // Slots change all the same, because another thread changes them.
    const between = betweenOf(o)
    if (between !== undefined) change(between.operation)
    return { is: 'access', end: 'fault', errno: on.made.has(o.vcpu) ? 'EINVAL' : 'ENOENT' }
  }
  const { linear }: { readonly linear: LinearVcpu } = on.vm.vcpu(o.vcpu)
  const between = betweenOf(o)
  if (between === undefined) return accessBy(linear, o)
  const { after, operation } = between
  return on.midway.during(
    linear.mmu,
    after,
    () => change(operation),
    () => accessBy(linear, o),
  )
}

/** What the VMM answers to MMIO reads, if the operation says so. */
const answerIn = ({ device }: ReadVirtual | RmwVirtual): Uint8Array | undefined =>
  device === undefined ? undefined : fromBytes(device)

const accessBy = (linear: LinearVcpu, o: VirtualAccess): Seen => {
  switch (o.op) {
    case 'fetch-instruction':
      return seenOf(linear.fetch(o.rip, o.length, o.by))
    case 'translate':
      return seenOf(linear.translate(o.gva, o.access, o.by))
    case 'read-virtual':
      return seenOf(linear.read(o.gva, o.size, o.by, answerIn(o)))
    case 'write-virtual':
      return seenOf(linear.write(o.gva, fromBytes(o.data), o.by))
    case 'rmw-virtual':
      return seenOf(linear.exchange(o.gva, fromBytes(o.data), o.by, answerIn(o)))
  }
}

const WRITING: ReadonlySet<string> = new Set([
  'poke',
  'write',
  'rmw',
  'ad-update',
  'kernel-access',
  'write-virtual',
  'rmw-virtual',
])

const TRIPLE_FAULT: Seen = { is: 'ok', exception: { vector: 'triple fault' } }

/** An SMI that saves registers; RSM of a vCPU that may have saved some. `null`: it has no registers to do so by itself. */
export const performSmm = ({ vm, made, loaded }: LinearVm, o: EnterSmmCall | RsmCall): Seen | null => {
  const saves = o.op === 'enter-smm' && o.smbase !== undefined
  if (!loaded.has(o.vcpu)) {
    return saves ? { is: 'error', errno: made.has(o.vcpu) ? 'EINVAL' : 'ENOENT' } : null
  }
  const { linear }: { readonly linear: LinearVcpu } = vm.vcpu(o.vcpu)
  if (o.op === 'enter-smm') {
    if (o.smbase === undefined) return null
    const ended = linear.smi(Number(o.smbase))
    if (ended.end === 'abandoned') return { is: 'error', errno: 'EINTR' }
    return ended.end === 'entered' ? { is: 'ok' } : { is: 'error', errno: ended.errno }
  }
  const ended = linear.rsm()
  switch (ended.end) {
    case 'left':
      return { is: 'ok' }
    case 'refused':
      return { is: 'error', errno: ended.errno }
    case 'abandoned':
      return { is: 'error', errno: 'EINTR' }
    case 'shutdown':
      if (!ended.inSmm) loaded.delete(o.vcpu)
      return TRIPLE_FAULT
  }
}

/** Flushes what was cached of tables after memory was written: no guest of the suite executes INVLPG. */
export const invalidateAfter = ({ vm, loaded }: LinearVm, o: Operation): void => {
  if (WRITING.has(o.op)) for (const vcpu of loaded) vm.vcpu(vcpu).linear.invalidate()
}
