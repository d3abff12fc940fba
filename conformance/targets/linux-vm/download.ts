import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { KernelName } from './kernel-name.js'
import type { NoVm } from './no-vm.js'
import { type Architecture, type KernelPackages, kernelsIn, newestOf } from './packages.js'
import { runCommand } from './run-command.js'

/** Where kernels are kept, and what was made of them. */
export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'memslot', 'linux-vm')

/** Debian's suites that have cloud kernels beside the stable one's: security, and backports to a newer release. */
const SUITES = [
  { of: 'debian', suite: 'bookworm' },
  { of: 'debian-security', suite: 'bookworm-security' },
  { of: 'debian', suite: 'trixie-backports' },
] as const
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** The archives that this machine's apt uses: where other suites of Debian's are as well. */
const archives = async (): Promise<Either<NoVm, ReadonlyMap<string, string>>> => {
  const targets = await runCommand(
    ['apt-get', 'indextargets', '--format', '$(CREATED_BY) $(ORIGIN) $(REPO_URI)'],
    'apt',
  )
  if (isLeft(targets)) return targets
  const found = new Map<string, string>()
  for (const line of targets.right.toString().split('\n')) {
    const [by, origin, uri = ''] = line.split(' ')
    if (by !== 'Packages' || origin !== 'Debian') continue
    const of = uri.replace(/\/+$/, '').split('/').at(-1) ?? ''
    if (!found.has(of)) found.set(of, uri)
  }
  return found.size === 0 ? left({ kind: 'no sources' }) : right(found)
}

/** apt drops the lists of other architectures from a folder: each has its own. */
const listsOf = (cache: string, architecture: Architecture): string => join(cache, `lists-${architecture}`)

/** Options that make apt use lists of our own: the machine's are not touched. Signatures are checked as always. */
const optionsOf = (cache: string, architecture: Architecture): readonly string[] =>
  Object.entries({
    'Dir::State::Lists': listsOf(cache, architecture),
    'Dir::State::status': '/dev/null',
    'Dir::Etc::SourceList': join(cache, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'Acquire::Languages': 'none',
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': '',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`])

const findKernel = async (
  cache: string,
  version: string | null,
  architecture: Architecture,
): Promise<Either<NoVm, KernelPackages>> => {
  const known = await archives()
  if (isLeft(known)) return known
  const sources = SUITES.flatMap(({ of, suite }) => {
    const uri = known.right.get(of)
    return uri === undefined ? [] : [`deb [signed-by=${KEYS}] ${uri} ${suite} main`]
  })
  mkdirSync(join(listsOf(cache, architecture), 'partial'), { recursive: true })
  writeFileSync(join(cache, 'sources.list'), `${sources.join('\n')}\n`)
  const options = optionsOf(cache, architecture)
  const updated = await runCommand(['apt-get', ...options, 'update'], 'apt')
  if (isLeft(updated)) return updated
  const names = await runCommand(
    [
      ...(['apt-cache', ...options] as const),
      ...['search', '--names-only', `^linux-(image|binary|modules)-.*-cloud-${architecture}$`],
    ],
    'apt',
  )
  if (isLeft(names)) return names
  const kernels = kernelsIn(
    names.right
      .toString()
      .split('\n')
      .map(line => line.split(' ')[0] ?? ''),
    architecture,
  )
  const newest = newestOf(kernels, version)
  return newest === null
    ? left({ kind: 'no kernel', version, newest: newestOf(kernels, null)?.version ?? null })
    : right(newest)
}

/** The folder of a kernel that was asked for before; null where there is none. */
const cached = (cache: string, version: string | null, architecture: Architecture): string | null => {
  if (version === null || !existsSync(join(cache, 'unpacked'))) return null
  const prefix = `${version}.`
  const found = readdirSync(join(cache, 'unpacked')).filter(
    name =>
      (name.startsWith(prefix) || name.startsWith(`${version}+`)) && name.endsWith(`-cloud-${architecture}`),
  )
  const [last] = found.toSorted().slice(-1)
  return last === undefined ? null : join(cache, 'unpacked', last)
}

/**
 * The folder of a kernel, unpacked and never installed: the newest release of its version that Debian has when it is
 * first asked for, and the same from then on. Without a version the newest there is today.
 */
export const kernelFolder = async (
  kernel: KernelName,
  architecture: Architecture,
  tell: (what: string) => void,
): Promise<Either<NoVm, string>> => {
  if (kernel !== null && 'folder' in kernel) return right(kernel.folder)
  const cache = cacheFolder()
  const version = kernel?.version ?? null
  const before = cached(cache, version, architecture)
  if (before !== null) return right(before)
  const found = await findKernel(cache, version, architecture)
  if (isLeft(found)) return found
  const { release, packages } = found.right
  const folder = join(cache, 'unpacked', release)
  if (existsSync(folder)) return right(folder)
  tell(`downloading ${packages.join(' and ')}`)
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  const got = await runCommand(
    ['apt-get', ...optionsOf(cache, architecture), 'download', ...packages],
    'apt',
    part,
  )
  if (isLeft(got)) return got
  for (const file of readdirSync(part).filter(name => name.endsWith('.deb'))) {
    const unpacked = await runCommand(['dpkg-deb', '-x', join(part, file), part], 'dpkg')
    if (isLeft(unpacked)) return unpacked
    rmSync(join(part, file))
  }
  renameSync(part, folder)
  return right(folder)
}
