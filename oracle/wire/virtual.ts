import { either } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { U64 } from '../../spec/terms/numbers.js'
import { type Cpu, defaultCpu } from '../../spec/terms/paging/registers.js'
import { closed, tagged } from './closed.js'
import { Hex64, HexBytes, natural, oneOf, U32, VcpuId } from './scalars.js'

const CodeSegment = closed('code segment', { base: Hex64, limit: U32, d: t.boolean, l: t.boolean })

const SomeOfCpu = closed(
  'processor',
  {},
  {
    maxPhyAddr: natural(52, 'bits of a physical address', 32),
    gigabytePages: t.boolean,
    amd: t.boolean,
  },
)
/** A processor; what is left out is that of `defaultCpu`. */
export const CpuCodec = new t.Type<Cpu, Record<string, unknown>, unknown>(
  SomeOfCpu.name,
  (u): u is Cpu => SomeOfCpu.is(u),
  (u, c) => either.map(SomeOfCpu.validate(u, c), some => ({ ...defaultCpu, ...some })),
  SomeOfCpu.encode,
)

const Pdptes = new t.Type<readonly U64[], readonly string[], unknown>(
  'four hexadecimal strings of at most 64 bits',
  (u): u is readonly U64[] => Array.isArray(u) && u.length === 4,
  (u, c) => {
    if (!Array.isArray(u) || u.length !== 4) return t.failure(u, c)
    return t.readonlyArray(Hex64).validate(u, c)
  },
  a => a.map(entry => Hex64.encode(entry)),
)

/** Fields of a register image, for the operation `registers` and for the input of `memslot walk`. */
export const imageFields = {
  cr0: Hex64,
  cr3: Hex64,
  cr4: Hex64,
  efer: Hex64,
  rflags: Hex64,
  cpl: natural(3, 'privilege level'),
  cs: CodeSegment,
}
export const imageOptions = { cpu: CpuCodec, pkru: Hex64, pdptes: Pdptes }

const vcpu = { vcpu: VcpuId }
/** The most bytes of a data access by linear address. */
const MAX_DATA_BYTES = 16
/** The most bytes of an x86 instruction. */
const MAX_INSTRUCTION_BYTES = 15

const FewBytes = new t.Type<string, string, unknown>(
  'bytes as pairs of hexadecimal digits, 1 to 16 of them',
  HexBytes.is,
  (u, c) => (HexBytes.is(u) && /^([0-9a-f]{2}){1,16}$/.test(u) ? t.success(u) : t.failure(u, c)),
  a => a,
)

const By = oneOf('emulator', 'hardware')
const by = { by: By }
/** What the VMM answers to MMIO reads. */
const device = { device: FewBytes }

/** A change of slots in the middle of an access; `changes` are the codecs of the calls that another thread may make there. */
export const amidOf = <M extends Readonly<Record<string, t.Mixed>>>(changes: M) => ({
  between: closed('between', {
    after: natural(0xffff, 'look-ups made'),
    operation: tagged('change of slots', 'op', changes),
  }),
})

/** Operations by linear address; `amid` is the field of a change of slots in their middle. */
export const virtualMembers = <A extends ReturnType<typeof amidOf>>(amid: A) => {
  return {
    registers: closed('registers', { op: t.literal('registers'), ...vcpu, ...imageFields }, imageOptions),
    'fetch-instruction': closed(
      'fetch-instruction',
      {
        op: t.literal('fetch-instruction'),
        ...vcpu,
        rip: Hex64,
        length: natural(MAX_INSTRUCTION_BYTES, 'bytes of an instruction', 1),
      },
      { ...by, ...amid },
    ),
    translate: closed(
      'translate',
      { op: t.literal('translate'), ...vcpu, gva: Hex64, access: oneOf('read', 'write', 'fetch') },
      { ...by, ...amid },
    ),
    'read-virtual': closed(
      'read-virtual',
      { op: t.literal('read-virtual'), ...vcpu, gva: Hex64, size: natural(MAX_DATA_BYTES, 'bytes', 1) },
      { ...by, ...device, ...amid },
    ),
    'rmw-virtual': closed(
      'rmw-virtual',
      { op: t.literal('rmw-virtual'), ...vcpu, gva: Hex64, data: FewBytes },
      { ...by, ...device, ...amid },
    ),
    'write-virtual': closed(
      'write-virtual',
      { op: t.literal('write-virtual'), ...vcpu, gva: Hex64, data: FewBytes },
      { ...by, ...amid },
    ),
  }
}
