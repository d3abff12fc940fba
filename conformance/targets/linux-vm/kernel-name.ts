/** What comes behind `linux-vm`: which kernel, and whether KVM there has a second stage. */
export interface VmName {
  /** A version, or the beginning of one; a folder with `boot` and `lib/modules`; null: the newest there is. */
  readonly kernel: { readonly version: string } | { readonly folder: string } | null
  readonly npt: boolean
}

const NAME = /^linux-vm(?::(?<kernel>[^,]+))?(?:,npt=(?<npt>[01]))?$/
const VERSION = /^\d+(\.\d+)*$/

/** The name of a target as a kernel; null where it is none. */
export const vmNameOf = (name: string): VmName | null => {
  const groups = NAME.exec(name)?.groups
  if (groups === undefined) return null
  const { kernel, npt } = groups
  const isVersion = kernel !== undefined && VERSION.test(kernel)
  return {
    kernel: kernel === undefined ? null : isVersion ? { version: kernel } : { folder: kernel },
    npt: npt !== '0',
  }
}
