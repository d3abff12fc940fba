/** A file that KVM_CREATE_GUEST_MEMFD made, by the number that the call gave it: files of one VM, of which no other has any. */
export interface Memfd {
  readonly file: number
  readonly npages: number
}

/** Which pages of a file are behind a slot: as many as the slot has, from `first` on. */
export interface Binding {
  readonly file: number
  readonly first: number
}

/** The file of this number, or null. */
export const memfdOf = (files: readonly Memfd[], file: number): Memfd | null =>
  files.find(one => one.file === file) ?? null
