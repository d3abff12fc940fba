/** Machines whose cloud kernels are booted, as Debian calls them. */
export type Architecture = 'amd64' | 'arm64'

/** A kernel of Debian's in the packages that have it. */
export interface KernelPackages {
  /** Like `6.12.117+deb12-cloud-amd64`. */
  readonly release: string
  readonly version: string
  readonly packages: readonly string[]
}

/** Names without an ABI number or a suffix of the distribution are of packages that depend on others. */
const NAME =
  /^linux-(?<part>image|binary|modules)-(?<release>(?<version>\d+(?:\.\d+)*)(?:-\d+|\+[^-]+)-cloud-(?<architecture>\w+))$/

const numbersOf = (release: string): readonly number[] =>
  (release.replace(/-cloud-\w+$/, '').match(/\d+/g) ?? []).map(Number)

/** Releases in order: `6.1.0-9` before `6.1.0-10`, which is before `6.12.1`. */
const inOrder = (a: string, b: string): number => {
  const [as, bs] = [numbersOf(a), numbersOf(b)]
  for (let i = 0; i < Math.max(as.length, bs.length); i++) {
    const difference = (as[i] ?? -1) - (bs[i] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * The cloud kernels of an architecture among the names of packages, the newest last. Newer ones have their modules in a
 * package of their own.
 */
export const kernelsIn = (
  names: readonly string[],
  architecture: Architecture,
): readonly KernelPackages[] => {
  const parts = new Map<string, { version: string; byPart: Map<string, string> }>()
  for (const name of names) {
    const groups = NAME.exec(name)?.groups
    if (groups?.architecture !== architecture) continue
    const { part = '', release = '', version = '' } = groups
    const known = parts.get(release) ?? { version, byPart: new Map() }
    known.byPart.set(part, name)
    parts.set(release, known)
  }
  return [...parts]
    .flatMap(([release, { version, byPart }]): readonly KernelPackages[] => {
      const modules = byPart.get('modules')
      const image = modules === undefined ? byPart.get('image') : byPart.get('binary')
      if (image === undefined) return []
      return [{ release, version, packages: modules === undefined ? [image] : [image, modules] }]
    })
    .toSorted((a, b) => inOrder(a.release, b.release))
}

/** The newest kernel of a version, or of all; null where there is none. */
export const newestOf = (kernels: readonly KernelPackages[], version: string | null): KernelPackages | null =>
  kernels.findLast(
    one => version === null || one.version === version || one.version.startsWith(`${version}.`),
  ) ?? null
