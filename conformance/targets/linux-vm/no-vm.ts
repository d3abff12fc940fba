/** Why no kernel can be booted. */
export type NoVm =
  | { readonly kind: 'no name'; readonly name: string }
  | { readonly kind: 'no program'; readonly program: string; readonly of: string }
  | { readonly kind: 'no sources' }
  | { readonly kind: 'failed'; readonly command: string; readonly complaint: string }
  | { readonly kind: 'no kernel'; readonly version: string | null; readonly newest: string | null }
  | { readonly kind: 'no file'; readonly folder: string; readonly what: string }
  | { readonly kind: 'not built' }

export const sayNoVm = (reason: NoVm): string => {
  switch (reason.kind) {
    case 'no name':
      return `"${reason.name}" is no kernel: linux-vm[:VERSION|FOLDER][,npt=0], or linux-arm64[:VERSION|FOLDER]`
    case 'no program':
      return `${reason.program} is not installed (Debian’s package ${reason.of} has it)`
    case 'no sources':
      return 'apt has no source of Debian’s packages here; a folder of an unpacked kernel can be given: linux-vm:FOLDER, linux-arm64:FOLDER'
    case 'failed':
      return `${reason.command} failed: ${reason.complaint.trim().split('\n').slice(-3).join('; ')}`
    case 'no kernel':
      return `there is no cloud kernel ${reason.version ?? ''}${reason.newest === null ? '' : `; the newest is ${reason.newest}`}`
    case 'no file':
      return `${reason.folder} has no ${reason.what}`
    case 'not built':
      return 'what runs inside is compiled, and is not there: npm run build makes it'
  }
}
