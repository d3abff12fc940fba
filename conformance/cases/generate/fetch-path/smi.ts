import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../../../spec/terms/operation.js'
import type { Paging } from '../../../../spec/terms/paging/mode.js'
import {
  batch,
  type Draft,
  enterSmm,
  entry,
  FLAGS,
  get,
  HOST,
  hostProtect,
  remove,
  set,
  vcpu,
} from '../../draft/calls.js'
import {
  fetch,
  poke,
  putTables,
  registers,
  SETUP,
  TABLES,
  TOP,
  type Wanted,
} from '../../draft/fetch-layout.js'
import { at, bytesOf, draft } from './draft.js'

const SMBASE = 0x30000
/** The slot of space 1 from the handler on; the state is saved in its last page. */
const HANDLER = 0x38
const IMAGE = 0x3f
const FROM = 0xe00
const HOST_1 = HOST + 0x200

const rsm: Operation = { op: 'rsm', vcpu: 0 }
const smi = (smbase = SMBASE): Operation => ({ op: 'enter-smm', vcpu: 0, smbase: u64(smbase) })
const slotOfSmm = (flags = 0, host = HOST_1): Operation =>
  set({ as: 1, id: 1, base: HANDLER, npages: 8, hva: host, flags })
const image: Operation = { op: 'read', vcpu: 0, gfn: IMAGE, offset: FROM, size: 512 }
/** The handler writes into what was saved, at an offset from SMBASE + 0xfe00. */
const patch = (offset: number, data: string): Operation => ({
  op: 'write',
  vcpu: 0,
  gfn: IMAGE,
  offset: FROM + offset,
  data,
})
const handler = fetch(0x8000n, 2)
const [CS, SS, EFER, CR4, CR3, CR0, RFLAGS] = [0x12, 0x22, 0xd0, 0x148, 0x150, 0x158, 0x170]

const addressOf = (paging: Paging): bigint => (paging === 'none' ? 0x10010n : at(paging))
/** A guest whose SMM has memory, its registers loaded. */
const guest = (paging: Paging, flags = 0, wanted: Wanted = {}): readonly Operation[] => [
  ...SETUP,
  ...(paging === 'none' ? [] : putTables(paging)),
  poke(HOST + TOP, 24, bytesOf(0x2001n)),
  slotOfSmm(flags),
  poke(HOST_1, 0, '0faa'),
  registers(paging, wanted),
]
const whole = (paging: Paging, flags = 0, wanted: Wanted = {}): readonly Operation[] => [
  ...guest(paging, flags, wanted),
  fetch(addressOf(paging), 2),
  smi(),
  image,
  get(1, 1),
  handler,
  { op: 'translate', vcpu: 0, gva: u64(0x38000), access: 'fetch' },
  rsm,
  fetch(addressOf(paging), 2),
]

const ALL: readonly Paging[] = ['none', ...TABLES]
const WANTED: Readonly<Record<string, Wanted>> = {
  supervisor: {},
  user: { cpl: 3 },
  smep: { smep: true, smap: true, ac: true },
  compatibility: { compatibility: true, cpl: 3, nxe: false, wp: false },
}

/** An SMI saves registers in space 1, and RSM restores what stands there by then. */
export const smiCases = function* (): Generator<Draft> {
  for (const paging of ALL)
    for (const [name, wanted] of Object.entries(WANTED))
      yield draft(
        `smi/${paging}/${name}`,
        'registers are saved in space 1, the handler runs in real mode at SMBASE, and RSM restores them',
        whole(paging, FLAGS.log, wanted),
      )
  yield* refused()
  yield* unsaved()
  yield* unread()
  yield* changed()
  yield* topEntries()
}

const refused = function* (): Generator<Draft> {
  const says = 'an SMI that has nothing to save, or nowhere to go, is refused'
  yield draft('smi/no-vcpu', says, [smi(), rsm])
  yield draft('smi/no-registers', says, [vcpu, slotOfSmm(), smi(), { ...handler } as Operation, rsm])
  yield draft('smi/one-space', says, [vcpu, registers('none'), smi(), fetch(0x10010n, 1)], { spaces: 1 })
  yield draft('smi/no-registers-twice', says, [vcpu, enterSmm, smi(), rsm, smi()])
  yield draft('smi/twice', says, [
    ...guest('4-level'),
    smi(),
    smi(0x40000),
    handler,
    rsm,
    fetch(at('4-level'), 2),
  ])
  yield draft('smi/taken-out', 'what was saved is not restored in an SMM that userspace began anew', [
    ...guest('4-level'),
    smi(),
    { op: 'set-vcpu', vcpu: 0, as: 0 },
    handler,
    enterSmm,
    handler,
    rsm,
    fetch(0x8000n, 1),
    fetch(at('4-level'), 2),
  ])
}

/** What may back the page of the save state when the SMI comes. */
const unsaved = function* (): Generator<Draft> {
  const backings: Readonly<Record<string, readonly Operation[]>> = {
    missing: [remove(1, 1)],
    'in-space-0-only': [remove(1, 1), set({ id: IMAGE, base: IMAGE, npages: 1, hva: HOST_1 + 7 })],
    'read-only': [remove(1, 1), slotOfSmm(FLAGS.ro)],
    'host-read-only': [hostProtect(HOST_1 + 7, 'read')],
    'host-none': [hostProtect(HOST_1 + 7, 'none')],
    'handler-unreadable': [hostProtect(HOST_1, 'none')],
  }
  for (const [name, ops] of Object.entries(backings))
    for (const paging of ['none', 'pae', '4-level'] as const)
      yield draft(
        `smi/unsaved/${name}/${paging}`,
        'where registers cannot be saved the run fails, and the vCPU is in space 1 with those it had',
        [
          ...guest(paging),
          ...ops,
          smi(),
          handler,
          fetch(addressOf(paging), 2),
          rsm,
          fetch(addressOf(paging), 2),
        ],
      )
}

/** What may change about it before RSM. */
const unread = function* (): Generator<Draft> {
  const moved = entry({ id: 1, base: HANDLER, npages: 8, hva: HOST_1 + 0x40 })
  const since: Readonly<Record<string, readonly Operation[]>> = {
    missing: [remove(1, 1)],
    'read-only': [remove(1, 1), slotOfSmm(FLAGS.ro)],
    'host-read-only': [hostProtect(HOST_1 + 7, 'read')],
    'host-none': [hostProtect(HOST_1 + 7, 'none')],
    'host-none-and-back': [hostProtect(HOST_1 + 7, 'none'), rsm, hostProtect(HOST_1 + 7, 'all')],
    'other-bytes': [remove(1, 1), slotOfSmm(0, HOST_1 + 0x40)],
    'rebacked-in-a-batch': [batch([moved], 'bits', 1)],
    'another-in-space-0': [set({ id: IMAGE, base: IMAGE, npages: 1, hva: HOST_1 + 0x40 })],
  }
  for (const [name, ops] of Object.entries(since))
    for (const paging of ['none', '32-bit', '4-level'] as const)
      yield draft(
        `smi/unread/${name}/${paging}`,
        'RSM reads what was saved where it lies by now, in space 1, or the guest shuts down',
        [...guest(paging), smi(), ...ops, rsm, handler, fetch(addressOf(paging), 2), rsm],
      )
}

const patches: Readonly<Record<string, readonly [Paging, ...Operation[]]>> = {
  'cr3-elsewhere': ['4-level', patch(CR3, bytesOf(0x9000n))],
  'cr3-beyond-maxphyaddr': ['4-level', patch(CR3, bytesOf(1n << 46n))],
  'cpl-3': ['4-level', patch(SS, 'f300')],
  'cpl-0-of-3': ['4-level', patch(SS, '9300')],
  compatibility: ['4-level', patch(CS, '9b40')],
  'code-16': ['none', patch(CS, '9b00')],
  'cs-limit': ['none', patch(CS + 2, 'ffff0000')],
  'cs-base': ['none', patch(CS + 6, '1000000000000000')],
  'lma-clear': ['4-level', patch(EFER, bytesOf(0x900n))],
  'lma-set': ['none', patch(EFER, bytesOf(0xc00n))],
  'lme-clear': ['4-level', patch(EFER, bytesOf(0xc00n))],
  'efer-of-64-bits': ['4-level', patch(EFER, bytesOf((1n << 32n) | 0xd00n))],
  'no-pae': ['4-level', patch(CR4, bytesOf(0n))],
  'cr4-of-64-bits': ['4-level', patch(CR4, bytesOf((1n << 32n) | 0x20n))],
  smep: ['4-level', patch(CR4, bytesOf(0x10_0020n))],
  'pg-without-pe': ['32-bit', patch(CR0, bytesOf(0x8000_0000n))],
  'nw-without-cd': ['32-bit', patch(CR0, bytesOf(0xa000_0001n))],
  'cr0-of-64-bits': ['32-bit', patch(CR0, bytesOf(0x1_8000_0001n))],
  'paging-off': ['4-level', patch(CR0, bytesOf(1n))],
  'rflags-without-bit-1': ['4-level', patch(RFLAGS, '00000000')],
  'rflags-beyond-32-bits': ['4-level', patch(RFLAGS, bytesOf(1n << 40n))],
  'vm-in-long-mode': ['4-level', patch(RFLAGS, '02000200')],
  'vm-at-cpl-0': ['none', patch(RFLAGS, '02000200')],
  'vm-at-cpl-3': ['none', patch(RFLAGS, '02000200'), patch(SS, 'f300')],
  'nothing-known': [
    '4-level',
    patch(0x1f0, bytesOf(0x1234n)),
    patch(0xfc, '00000000'),
    patch(0x100, '00000400'),
  ],
  zeros: ['4-level', patch(0, '00'.repeat(512))],
}

const changed = function* (): Generator<Draft> {
  for (const [name, [paging, ...ops]] of Object.entries(patches))
    for (const cpl of [0, 3])
      yield draft(
        `smi/patched/${name}/${cpl}`,
        'the handler changes what was saved: RSM restores that, or the guest shuts down where no processor can be so',
        [
          ...guest(paging, 0, { cpl }),
          smi(),
          ...ops,
          rsm,
          fetch(addressOf(paging), 2),
          { op: 'read-virtual', vcpu: 0, gva: u64(addressOf(paging)), size: 2 },
          smi(),
          image,
          rsm,
        ],
      )
}

/** PAE's top entries are no registers that are saved. */
const topEntries = function* (): Generator<Draft> {
  const top = (value: bigint): Operation => poke(HOST + TOP, 24, bytesOf(value))
  const given: RegistersCall = registers('pae')
  const { pdptes: _, ...fromMemory } = given
  const pages: Readonly<Record<string, readonly Operation[]>> = {
    same: [],
    absent: [top(0x2000n)],
    reserved: [top(0x2003n)],
    'reserved-in-another': [poke(HOST + TOP, 0, bytesOf(0x3n))],
    missing: [remove(TOP)],
    unreadable: [hostProtect(HOST + TOP, 'none')],
    'in-space-1-too': [set({ as: 1, id: TOP, base: TOP, npages: 1, hva: HOST_1 + 0x60 })],
    'in-space-1-only': [remove(TOP), set({ as: 1, id: TOP, base: TOP, npages: 1, hva: HOST + TOP })],
  }
  for (const [how, loaded] of Object.entries({ given, loaded: fromMemory }))
    for (const amd of [false, true])
      for (const [name, ops] of Object.entries(pages))
        yield draft(
          `smi/top-entries/${how}/${amd ? 'amd' : 'intel'}/${name}`,
          'RSM loads PAE’s top entries anew, from space 0; where it cannot the guest shuts down',
          [
            ...guest('pae'),
            { ...loaded, cpu: { maxPhyAddr: 46, gigabytePages: true, amd } } as Operation,
            smi(),
            ...ops,
            rsm,
            fetch(at('pae'), 2),
          ],
        )
}
