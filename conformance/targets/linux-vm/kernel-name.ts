/** Which kernel: a version, or the beginning of one; a folder with `boot` and `lib/modules`; null: the newest there is. */
export type KernelName = { readonly version: string } | { readonly folder: string } | null

/** What comes behind `linux-vm`: which kernel, and whether KVM there has a second stage. */
export interface VmName {
  readonly kernel: KernelName
  readonly npt: boolean
}

const VM = /^linux-vm(?::(?<kernel>[^,]+))?(?:,npt=(?<npt>[01]))?$/
const ARM64 = /^linux-arm64(?::(?<kernel>[^,]+))?$/
const VERSION = /^\d+(\.\d+)*$/

const kernelOf = (kernel: string | undefined): KernelName => {
  if (kernel === undefined) return null
  return VERSION.test(kernel) ? { version: kernel } : { folder: kernel }
}

/** The name of a target as a kernel; null where it is none. */
export const vmNameOf = (name: string): VmName | null => {
  const groups = VM.exec(name)?.groups
  return groups === undefined ? null : { kernel: kernelOf(groups.kernel), npt: groups.npt !== '0' }
}

/** The name of a kernel of arm64, `linux-arm64[:VERSION|FOLDER]`; null where it is none. */
export const arm64NameOf = (name: string): { readonly kernel: KernelName } | null => {
  const groups = ARM64.exec(name)?.groups
  return groups === undefined ? null : { kernel: kernelOf(groups.kernel) }
}
