import { u64 } from '../../../../spec/terms/numbers.js'
import { type Draft, remove } from '../../draft/calls.js'
import { fetch, OPEN, PAGE_1, PAGE_2, putTables, registers, SETUP, TABLES } from '../../draft/fetch-layout.js'
import { at, draft } from './draft.js'

/** How a fetch ends by profile: emulator or hardware, the second stage, the exit on emulation failure, and CPL. */
export const profileCases = function* (): Generator<Draft> {
  const holes = { root: 4, table: 2, page: PAGE_1, second: PAGE_2 } as const
  for (const by of ['emulator', 'hardware'] as const)
    for (const secondStage of ['tdp', 'shadow'] as const)
      for (const exitOnEmulationFailure of [true, false])
        for (const cpl of [0, 1, 3])
          for (const [name, frame] of Object.entries(holes))
            yield draft(
              `profile/${by}/${secondStage}/${exitOnEmulationFailure ? 'exit' : 'no-exit'}/cpl${cpl}/${name}`,
              `a fetch with a hole for the ${name}, by profile`,
              [
                ...SETUP,
                ...putTables('4-level'),
                registers('4-level', { cpl }),
                remove(frame),
                fetch(at('4-level', 0xffcn), 6, { by }),
              ],
              { secondStage, exitOnEmulationFailure },
            )
}

/** Where KVM's walker and the manuals differ. */
export const walkerCases = function* (): Generator<Draft> {
  for (const walker of ['kvm', 'architecture'] as const) {
    for (const paging of TABLES)
      for (const nxe of [true, false])
        for (const smep of [true, false])
          yield draft(
            `walker/${walker}/absent/${paging}${nxe ? '/nxe' : ''}${smep ? '/smep' : ''}`,
            'whether a fault says that it was a fetch',
            [
              ...SETUP,
              ...putTables(paging, { 1: 0n }),
              registers(paging, { nxe, smep }),
              fetch(at(paging), 1),
            ],
            { walker },
          )
    for (const maxPhyAddr of [32, 36, 40, 52])
      for (let bit = 13; bit < 22; bit++)
        yield draft(
          `walker/${walker}/pse-36/maxphyaddr-${maxPhyAddr}/bit-${bit}`,
          'which address bits a 4 MiB page has above bit 31',
          [
            ...SETUP,
            ...putTables('32-bit', { 2: OPEN | (1n << 7n) | (1n << BigInt(bit)) }),
            registers('32-bit', { maxPhyAddr }),
            { op: 'translate', vcpu: 0, gva: u64(at('32-bit')), access: 'fetch' },
          ],
          { walker },
        )
  }
}
