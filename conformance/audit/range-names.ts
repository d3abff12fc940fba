/** Names for ranges of guest memory. */
export type RangeNames = (as: number, gpa: bigint, size: bigint) => string | null

interface Named {
  readonly first: bigint
  readonly last: bigint
  readonly name: string
}

const GIB = 1n << 30n
const FOUR_GIB = 4n * GIB

/** What every x86 engineer calls these addresses. The first that holds a whole range names it. */
const X86: readonly Named[] = [
  { first: 0n, last: 0x9ffffn, name: 'low RAM' },
  { first: 0xa0000n, last: 0xbffffn, name: 'VGA' },
  { first: 0xf0000n, last: 0xfffffn, name: 'PAM (BIOS)' },
  { first: 0xc0000n, last: 0xfffffn, name: 'PAM' },
  { first: 0xfec00000n, last: 0xfec00fffn, name: 'I/O APIC' },
  { first: 0xfee00000n, last: 0xfeefffffn, name: 'APIC' },
  { first: 0xff000000n, last: 0xffffffffn, name: 'BIOS' },
  { first: 0x100000n, last: FOUR_GIB - 1n, name: 'below 4 GiB' },
  { first: 0n, last: FOUR_GIB - 1n, name: 'below 4 GiB' },
  { first: FOUR_GIB, last: (1n << 64n) - 1n, name: 'above 4 GiB' },
]

const nameIn = (names: readonly Named[], first: bigint, last: bigint): string | null =>
  names.find(one => one.first <= first && last <= one.last)?.name ?? null

export const x86Names: RangeNames = (_, gpa, size) => nameIn(X86, gpa, gpa + size - 1n)

export const noNames: RangeNames = () => null

// `  0000000000100000-000000001fffffff (prio 0, ram): pc.ram @0000000000100000 KVM`
const REGION =
  /^\s*([0-9a-f]{8,16})-([0-9a-f]{8,16}) \(prio -?\d+, ([^)]*)\): (.+?)(?: @[0-9a-f]+)?(?: KVM)?\s*$/

/**
 * The names that QEMU's `info mtree -f` gives to guest memory; where it has none, those that engineers use. Null: the
 * text is no such output.
 */
export const mtreeNames = (text: string): RangeNames | null => {
  const regions: Named[] = []
  let system = true
  for (const line of text.split(/\r?\n/)) {
    // Flat views of devices' own spaces follow that of the machine's memory, which is the one KVM sees.
    if (/^FlatView #/.test(line)) system = regions.length === 0
    if (/^ Root memory region: /.test(line))
      system = /: system\b/.test(line) || (system && regions.length === 0)
    const found = REGION.exec(line)
    if (found === null || !system) continue
    regions.push({
      first: BigInt(`0x${found[1]}`),
      last: BigInt(`0x${found[2]}`),
      name: found[4] as string,
    })
  }
  if (regions.length === 0) return null
  return (as, gpa, size) => {
    const last = gpa + size - 1n
    const names = [
      ...new Set(regions.filter(one => one.first <= last && gpa <= one.last).map(one => one.name)),
    ]
    const common = x86Names(as, gpa, size)
    if (names.length === 0) return common
    const shown = names.slice(0, 2).join(', ') + (names.length > 2 ? ' …' : '')
    return common === null ? shown : `${shown}: ${common}`
  }
}
