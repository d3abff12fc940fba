import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import { type Draft, HOST, read, remove, set } from '../../draft/calls.js'
import { fetch, PAGE_1, PAGE_2, poke, putTables, registers, SETUP, slotOf } from '../../draft/fetch-layout.js'
import { at, draft } from './draft.js'

const HANDLER = 0x38
const HOST_1 = HOST + 0x200
const smi: Operation = { op: 'enter-smm', vcpu: 0, smbase: u64(0x30000) }
const rsm: Operation = { op: 'rsm', vcpu: 0 }
/** Memory of SMM, of which the handler may be missing. */
const smm = (npages: number): Operation =>
  set({ as: 1, id: 1, base: HANDLER + 8 - npages, npages, hva: HOST_1 + 8 - npages })

const long = registers('4-level')
const code = fetch(at('4-level'), 2)
const data = (size = 2): Operation => ({ op: 'read-virtual', vcpu: 0, gva: u64(at('4-level')), size })
const translate = (by: 'emulator' | 'hardware'): Operation => ({
  op: 'translate',
  vcpu: 0,
  gva: u64(at('4-level')),
  access: 'read',
  by,
})
const there = slotOf(PAGE_1)

/** What comes between a failed fetch and the next, and what follows it. */
const SINCE: Readonly<Record<string, readonly Operation[]>> = {
  nothing: [code, code],
  mapped: [there, code, code],
  'mapped/hardware': [there, fetch(at('4-level'), 2, { by: 'hardware' }), code],
  data: [there, data(), data()],
  write: [there, { op: 'write-virtual', vcpu: 0, gva: u64(at('4-level')), data: 'c0de' }, data()],
  'translate/emulator': [there, translate('emulator'), code, code],
  'translate/hardware': [there, translate('hardware'), code],
  'by-frame': [there, read(PAGE_1), code, code],
  registers: [there, long, code],
  'registers-refused': [there, { ...long, cr0: u64(0x8000_0000) }, code, code],
  'other-space': [there, { op: 'set-vcpu', vcpu: 0, as: 1 }, { op: 'set-vcpu', vcpu: 0, as: 0 }, code],
  smi: [there, smm(8), poke(HOST_1, 0, '0faa'), smi, fetch(0x8000n, 2), rsm, code],
  'smi-without-saving': [there, { op: 'enter-smm', vcpu: 0 }, rsm, code],
  changed: [
    there,
    { ...code, between: { after: 0, operation: remove(PAGE_1) } } as Operation,
    code,
    fetch(at('4-level', 0xffcn), 6),
  ],
}

/** What follows a fetch that failed in the handler of an SMI. */
const IN_HANDLER: Readonly<Record<string, readonly Operation[]>> = {
  fetch: [fetch(0x8000n, 2)],
  data: [{ op: 'read-virtual', vcpu: 0, gva: u64(0x3f000), size: 1 }],
  rsm: [rsm],
  registers: [registers('none'), rsm, code],
  failing: [registers('none'), fetch(0x38000n, 2), fetch(0x38000n, 2), rsm],
}

/** An exception that a failed fetch leaves queued, and the next entry into the guest. */
export const queuedCases = function* (): Generator<Draft> {
  const guest = [...SETUP, ...putTables('4-level'), long]
  for (const kernel of [undefined, '6.12', 'pvm'] as const)
    for (const secondStage of ['tdp', 'shadow'] as const) {
      if (kernel === 'pvm' && secondStage === 'tdp') continue // pvm has no second stage
      const config = {
        ...(kernel === undefined ? {} : { kernel }),
        secondStage,
        exitOnEmulationFailure: false,
      }
      const name = `queued/${kernel ?? 'any'}/${secondStage}`
      for (const [since, ops] of Object.entries(SINCE))
        yield draft(
          `${name}/${since}`,
          'an exception that a failed fetch left queued, and what comes before it is delivered',
          [...guest, remove(PAGE_1), code, ...ops],
          config,
        )
      for (const [next, ops] of Object.entries(IN_HANDLER))
        yield draft(
          `${name}/handler/${next}`,
          'in the handler of an SMI what is queued cannot be delivered',
          [...guest, smm(1), smi, fetch(0x8000n, 2), ...ops],
          config,
        )
    }
  for (const cpl of [0, 1, 3])
    yield draft(
      `queued/with-exit/cpl${cpl}`,
      'with the exit on emulation failure nothing is queued, and entering again resumes',
      [
        ...SETUP,
        ...putTables('4-level'),
        registers('4-level', { cpl }),
        remove(PAGE_2),
        fetch(at('4-level', 0xffcn), 6),
        slotOf(PAGE_2),
        fetch(at('4-level', 0xffcn), 6),
      ],
    )
}
