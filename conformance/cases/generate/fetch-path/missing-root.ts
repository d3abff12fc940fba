import type { Config } from '../../../../oracle/wire/config.js'
import { KERNEL_NAMES, type KernelName, type Vendor } from '../../../../spec/terms/kernels.js'
import { addressOf, u64 } from '../../../../spec/terms/numbers.js'
import type { Operation, RegistersCall, SetCall } from '../../../../spec/terms/operation.js'
import { type Draft, HOST, remove, set } from '../../draft/calls.js'
import {
  fetch,
  LEVELS,
  PAGE_1,
  putTables,
  registers,
  SETUP,
  slotOf,
  type Tables,
} from '../../draft/fetch-layout.js'
import { at, draft } from './draft.js'

/** Another root, over the same tables: a copy of the first through a slot of its own. */
const OTHER = 0x30

const rootOf = (paging: Tables): number => LEVELS[paging][0] ?? 0
const elsewhere = (paging: Tables): readonly Operation[] => [
  set({ id: OTHER, base: OTHER, npages: 1, hva: HOST + rootOf(paging) }),
  { ...registers(paging), cr3: addressOf(OTHER) },
]

/** Registers that change while the root is missing: KVM begins its tables anew by some of them. */
const OF_PAGING: Readonly<Record<string, (r: RegistersCall) => RegistersCall>> = {
  cr0: r => ({ ...r, cr0: u64(r.cr0 ^ 0x1_0000n) }), // WP
  cr4: r => ({ ...r, cr4: u64(r.cr4 ^ 0x10n) }), // PSE
  efer: r => ({ ...r, efer: u64(r.efer ^ 0x800n) }), // NXE
  rflags: r => ({ ...r, rflags: u64(0x202) }),
}

/** What comes once the root is missing, and no more where a change in the middle leaves it open; the processor fetches, unless it is said otherwise. */
const sequences = (paging: Tables): Readonly<Record<string, readonly Operation[]>> => {
  const by = { by: 'hardware' } as const
  const code = fetch(at(paging), 2, by)
  const across = fetch(at(paging, 0xffcn), 6, by)
  const data: Operation = { op: 'read-virtual', vcpu: 0, gva: u64(at(paging)), size: 2, ...by }
  const translate = (who: 'emulator' | 'hardware'): Operation => ({
    op: 'translate',
    vcpu: 0,
    gva: u64(at(paging)),
    access: 'fetch',
    by: who,
  })
  const back = slotOf(rootOf(paging))
  const user = registers(paging, { cpl: 3 })
  const went = [back, user, code, remove(rootOf(paging)), code, back]
  const amid = (after: number, operation: SetCall): Operation =>
    ({ ...code, between: { after, operation } }) as Operation
  return {
    still: [code, code, data],
    back: [code, back, code, code],
    'back/across': [across, back, across],
    'back/by-emulator': [code, back, fetch(at(paging), 2), fetch(at(paging), 2)],
    'back/translate': [code, back, translate('emulator'), translate('hardware'), code],
    'back/data': [data, back, data, data],
    'back/registers': [code, back, registers(paging), code],
    ...Object.fromEntries(
      Object.entries(OF_PAGING).map(([what, with_]) => [`back/paging/${what}`, [...went, with_(user), code]]),
    ),
    'back/other-root': [code, back, ...elsewhere(paging), code, registers(paging), code],
    'registers-while-missing': [code, registers(paging), code, back, code],
    'in-between/1': [amid(1, back)],
    'in-between/2': [amid(2, back)],
    'in-between/gone': [back, amid(0, remove(rootOf(paging)) as SetCall)],
    'in-between/delivery': [code, back, amid(0, remove(rootOf(paging)) as SetCall)],
    'page-gone-too': [code, remove(PAGE_1), back, code, code],
  }
}

const TABLES_OF: Readonly<Record<KernelName, readonly (Vendor | 'shadow')[]>> = {
  '6.1': ['intel', 'amd', 'shadow'],
  '6.12': ['intel', 'amd', 'shadow'],
  '7.3': ['intel', 'amd', 'shadow'],
  pvm: ['shadow'],
}
const places = KERNEL_NAMES.flatMap(kernel => TABLES_OF[kernel].map(table => [kernel, table] as const))

/** A case goes on from one outcome, so that there may be but one: 7.3 on AMD’s processors has two. */
const isSure = (kernel: KernelName, table: Vendor | 'shadow'): boolean => kernel !== '7.3' || table !== 'amd'

/** A root that is missing for a while, by kernel, and by vendor or with shadow paging. */
export const missingRootCases = function* (): Generator<Draft> {
  for (const [kernel, table] of places)
    for (const paging of ['4-level', '32-bit'] as const)
      for (const [what, ops] of Object.entries(sequences(paging))) {
        if (!isSure(kernel, table) && what !== 'still') continue
        if (what.startsWith('back/paging/') && table !== 'shadow') continue
        const config: Config = {
          kernel,
          ...(table === 'shadow' ? { secondStage: 'shadow' } : { vendor: table, secondStage: 'tdp' }),
        }
        for (const profile of ['linux', 'batch'] as const)
          yield draft(
            `missing-root/${kernel}/${table}/${paging}/${what}${profile === 'linux' ? '' : '/batch'}`,
            'a root whose slot is away for a while, and what the vCPU meets when it is back',
            [...SETUP, ...putTables(paging), registers(paging), remove(rootOf(paging)), ...ops],
            { ...config, profile },
          )
      }
}
