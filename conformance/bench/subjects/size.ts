import { checkTrace, headerOf, type TraceRecord } from '../../../oracle/index.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { BatchEntry, Operation } from '../../../spec/terms/operation.js'
import { createAuditor } from '../../audit/auditor.js'
import { defaultOptions } from '../../audit/options.js'
import { createImporter } from '../../audit/recording/import-recording.js'
import { implTarget } from '../../targets/impl.js'
import { type InProcess, recordsOf } from '../../targets/in-process.js'
import { specTarget } from '../../targets/spec.js'
import type { Benchmark } from '../benchmark.js'
import type { OutOfProcess } from '../contender.js'

/** Slots or entries; the last is as many as a space may have. */
const SIZES = [1024, 4096, 16_384, 32_764] as const

/** What as many as there may be take at most. */
const SECONDS = 3

const region = (id: number) => ({
  id,
  gpa: u64(BigInt(id) * 0x2000n),
  size: u64(0x1000n),
  hva: u64(0x7f00_0000_0000n + BigInt(id) * 0x1000n),
  flags: 0,
})
const ids = (n: number): readonly number[] => Array.from({ length: n }, (_, id) => id)
const sets = (n: number): readonly Operation[] =>
  ids(n).map(id => ({ op: 'set', as: 0, ioctl: 1, ...region(id) }))
const batch = (n: number): Operation => {
  const entries = ids(n).map((id): BatchEntry => ({ do: 'set', ...region(id) }))
  return { op: 'batch', as: 0, flags: 0, resultSize: u64(0n), entries }
}

const PROFILES = { linux: { profile: 'linux' }, batch: { profile: 'batch' } } as const

/** Asks a target in this process, and gives its records. */
const asked = (target: InProcess, operations: readonly Operation[], profile: 'linux' | 'batch') => {
  const vm = target.now.open(PROFILES[profile])
  const records: TraceRecord[] = []
  for (const [i, operation] of operations.entries())
    for (const record of recordsOf(i + 1, 0, operation, vm.perform(operation))) records.push(record)
  vm.close?.()
  return records
}

/** Checks what the implementation answers; the time of asking counts, and is a part of it. */
const checked = (operations: readonly Operation[], profile: 'linux' | 'batch'): number => {
  const records = [...asked(implTarget, operations, profile), { ev: 'end' } as const]
  const lines = records.map((record, i) => ({ line: i + 2, record }))
  const { is, calls } = checkTrace({ header: headerOf({ ...PROFILES[profile], config: {} }), lines })
  return is === 'conforms' ? calls : 0
}

const hex = (n: bigint): string => `0x${n.toString(16)}`
const recorded = (n: number): string =>
  [
    '10 1795348284.000001 ioctl(3</dev/kvm>, KVM_CREATE_VM, 0) = 9<anon_inode:kvm-vm>',
    ...ids(n).map(id => {
      const { gpa: at, size, hva } = region(id)
      const words = `slot=${id}, flags=0, guest_phys_addr=${hex(at)}, memory_size=${size}, userspace_addr=${hex(hva)}`
      return `10 1795348284.${String(2 + id).padStart(6, '0')} ioctl(9<anon_inode:kvm-vm>, KVM_SET_USER_MEMORY_REGION, {${words}}) = 0 <0.000001>`
    }),
    '',
  ].join('\n')

const audited = (n: number): number => {
  const auditor = createAuditor(defaultOptions, () => importer.facts())
  const importer = createImporter({ name: 'bench' }, auditor.hear)
  importer.push(recorded(n))
  return importer.lines()
}

interface Subject {
  readonly name: string
  /** Does it with so many; gives how many were done, or answered as they should be. */
  readonly run: (n: number) => number
}

const SUBJECTS: readonly Subject[] = [
  { name: 'check, sets', run: n => checked(sets(n), 'linux') },
  { name: 'check, a batch', run: n => checked([batch(n)], 'batch') },
  { name: 'audit, sets', run: audited },
  { name: 'spec, sets', run: n => asked(specTarget, sets(n), 'linux').length },
  { name: 'impl, sets', run: n => asked(implTarget, sets(n), 'linux').length },
]

/** Once is enough: it lasts. The time is that of one of them. */
const timing = ({ run }: Subject, n: number): OutOfProcess => ({
  name: `one of ${n}`,
  tells: () => {
    const start = process.cpuUsage()
    run(n)
    const { user, system } = process.cpuUsage(start)
    return ((user + system) * 1000) / n
  },
})

/**
 * What one of many costs, beside one of the fewest: where the ratio is r, the whole grows as the power 1 + log r / log (many by
 * fewest) of their number. As many as a space may have are done in three seconds. Each set of the specification is an array
 * of its own; of more than 16 384 slots that is a large object of the engine, whose memory is asked of the system each time.
 */
export const sizeBenchmarks = (sizes: readonly number[] = SIZES): readonly Benchmark[] => {
  const [fewest = 1] = sizes
  const most = sizes.at(-1) ?? fewest
  return SUBJECTS.flatMap(subject =>
    sizes.map(
      (n): Benchmark => ({
        name: `size, ${subject.name}, ${n}`,
        subject: timing(subject, n),
        unit: '/s',
        comparisons: [
          ...(n === most
            ? [{ peer: null, target: { of: 'rate', atLeast: Math.ceil(n / SECONDS) } as const }]
            : []),
          n === fewest ? { peer: null, target: null } : { peer: timing(subject, fewest), target: null },
        ],
        check: () => (subject.run(fewest) > 0 ? null : 'the answers are not as they should be'),
      }),
    ),
  )
}
