import { createAuditor } from '../../audit/auditor.js'
import { defaultOptions } from '../../audit/options.js'
import { createImporter } from '../../audit/recording/import-recording.js'
import { createTextDecoding } from '../../audit/recording/text/decode-text.js'
import type { Benchmark } from '../benchmark.js'
import type { Contender } from '../contender.js'

const MB = 1_000_000
/** Bytes of text that one pass goes through, and of one read of a file. */
const TEXT = 4 * MB
const CHUNK = 1 << 16

const HEAD = [
  '10 1795348284.000001 ioctl(3</dev/kvm>, KVM_CREATE_VM, 0) = 9<anon_inode:kvm-vm>',
  '10 1795348284.000002 ioctl(9<anon_inode:kvm-vm>, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=268435456, userspace_addr=0x7f0000000000}) = 0 <0.000010>',
  '11 1795348284.000003 ioctl(9<anon_inode:kvm-vm>, KVM_CREATE_VCPU, 0) = 11<anon_inode:kvm-vcpu:0>',
  '12 1795348284.000004 ioctl(9<anon_inode:kvm-vm>, KVM_CREATE_VCPU, 1) = 12<anon_inode:kvm-vcpu:1>',
]

const stamp = (line: number): string =>
  `${1_795_348_284 + Math.floor(line / 50_000)}.${String((line * 20) % MB).padStart(6, '0')}`

const run = (line: number): string => {
  const vcpu = line % 2
  return `${11 + vcpu} ${stamp(line)} ioctl(${11 + vcpu}<anon_inode:kvm-vcpu:${vcpu}>, KVM_RUN, 0) = 0 <0.000017>`
}

/** Of ten lines: six whole KVM_RUN, one in two parts, an interrupt, and a wait or a memslot call. */
const mixed = (line: number): string => {
  const at = stamp(line)
  switch (line % 10) {
    case 6:
      return `12 ${at} ioctl(12<anon_inode:kvm-vcpu:1>, KVM_RUN <unfinished ...>`
    case 7:
      return `12 ${at} <... ioctl resumed>, 0) = 0 <0.000050>`
    case 8:
      return `10 ${at} ioctl(9<anon_inode:kvm-vm>, KVM_IRQ_LINE_STATUS, 0x7ffe65183d50) = 0 <0.000012>`
    case 9:
      return line % 200 < 20
        ? `10 ${at} ioctl(9<anon_inode:kvm-vm>, KVM_SET_USER_MEMORY_REGION, {slot=2, flags=0, guest_phys_addr=0x100000000, memory_size=${line % 20 === 9 ? 1073741824 : 0}, userspace_addr=0x7f1000000000}) = 0 <0.000031>`
        : `10 ${at} ppoll([{fd=4<anon_inode:[eventfd]>, events=POLLIN}], 1, NULL, NULL, 8) = 0 (Timeout) <0.562855>`
    default:
      return run(line)
  }
}

const textOf = (line: (line: number) => string): Uint8Array => {
  const lines = [...HEAD]
  for (let size = 0, i = 5; size < TEXT; i++) {
    const next = line(i)
    lines.push(next)
    size += next.length + 1
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`)
}

const chunksOf = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, i) =>
    bytes.subarray(i * CHUNK, (i + 1) * CHUNK),
  )

const auditing = (name: string, bytes: Uint8Array): Contender => {
  const chunks = chunksOf(bytes)
  return {
    name,
    pieces: bytes.length / MB,
    run: times => {
      let calls = 0
      for (let i = 0; i < times; i++) {
        const auditor = createAuditor(defaultOptions, () => importer.facts())
        const importer = createImporter({ name: 'bench' }, auditor.hear)
        const decoding = createTextDecoding()
        for (const chunk of chunks) importer.push(decoding.push(chunk))
        calls += importer.lines()
      }
      return calls
    },
  }
}

/** What reading the text costs in any case: decoding it, and cutting it into lines. */
const splitting = (bytes: Uint8Array): Contender => {
  const chunks = chunksOf(bytes)
  return {
    name: 'decoded, and cut by split',
    pieces: bytes.length / MB,
    run: times => {
      let lines = 0
      for (let i = 0; i < times; i++) {
        const decoding = createTextDecoding()
        for (const chunk of chunks) lines += decoding.push(chunk).split('\n').length
      }
      return lines
    },
  }
}

const audited = (bytes: Uint8Array, runs: number) => (): string | null => {
  let counted = 0
  const importer = createImporter({ name: 'bench' }, call => {
    if (call.kind === 'run' && call.vm === 1) counted++
  })
  importer.push(new TextDecoder().decode(bytes))
  const end = importer.end()
  if (end._tag === 'Left') return `the text is refused: ${end.left.found}`
  return counted >= runs ? null : `${counted} KVM_RUN of ${runs} were read`
}

/** How fast recordings are read, in megabytes of strace a second: 99 of 100 lines of one are KVM_RUN. */
export const auditBenchmarks = (): readonly Benchmark[] => {
  const [runs, mix] = [textOf(run), textOf(mixed)]
  const benchmark = (name: string, bytes: Uint8Array, atLeast: number, least: number): Benchmark => ({
    name: `audit, ${name}`,
    subject: auditing('a MB of strace', bytes),
    unit: '/s',
    comparisons: [
      { peer: null, target: { of: 'rate', atLeast } },
      // For the reader to compare: no audit can be faster than that.
      { peer: splitting(bytes), target: null },
    ],
    check: audited(bytes, least),
  })
  return [benchmark('KVM_RUN lines', runs, 100, 40_000), benchmark('mixed lines', mix, 40, 20_000)]
}
