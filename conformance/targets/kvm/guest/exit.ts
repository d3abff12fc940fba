/** Why KVM_RUN came back. */
export type Exit =
  | { readonly kind: 'port'; readonly port: number; readonly value: number }
  | {
      readonly kind: 'mmio'
      readonly gpa: bigint
      readonly size: number
      /** What is written; null for a read, which `answerMmio` answers. */
      readonly written: Uint8Array | null
    }
  | {
      readonly kind: 'internal error'
      readonly suberror: number
      readonly ndata: number
      readonly flags: number
      /** The bytes of the instruction that KVM gives, if it gives any. */
      readonly bytes: Uint8Array
    }
  | { readonly kind: 'halted' }
  | { readonly kind: 'shutdown' }
  /** KVM_RUN itself failed. */
  | { readonly kind: 'failed'; readonly errno: number }
  /** It had not come back when its time was over. */
  | { readonly kind: 'never' }
  | { readonly kind: 'other'; readonly reason: number }

/** `KVM_EXIT_…` of `include/uapi/linux/kvm.h`. */
const REASON = { io: 2, halt: 5, mmio: 6, shutdown: 8, internalError: 17 } as const

/** Bytes of data in `kvm_run.mmio`. */
const MMIO_BYTES = 8
/** Where `struct kvm_run` has them. The union of the reasons begins at 32. */
const AT = { immediateExit: 1, reason: 8, of: 32 } as const

export const setImmediateExit = (run: DataView, on: boolean): void =>
  run.setUint8(AT.immediateExit, on ? 1 : 0)

/** `kvm_run.internal`: suberror, ndata, and the words: flags, then the number of bytes and the bytes. */
const internalError = (run: DataView): Exit => {
  const flags = Number(run.getBigUint64(AT.of + 8, true) & 0xffff_ffffn)
  const count = (flags & 1) === 0 ? 0 : run.getUint8(AT.of + 16)
  return {
    kind: 'internal error',
    suberror: run.getUint32(AT.of, true),
    ndata: run.getUint32(AT.of + 4, true),
    flags,
    bytes: new Uint8Array(run.buffer, run.byteOffset + AT.of + 17, Math.min(count, 15)).slice(),
  }
}

const mmioData = (run: DataView): Uint8Array =>
  new Uint8Array(run.buffer, run.byteOffset + AT.of + 8, MMIO_BYTES)

/** `kvm_run.mmio`: the address, eight bytes of data, their number, whether it is a write. */
const mmio = (run: DataView): Exit => {
  const size = run.getUint32(AT.of + 16, true)
  const writes = run.getUint8(AT.of + 20) !== 0
  const written = writes ? mmioData(run).slice(0, size) : null
  return { kind: 'mmio', gpa: run.getBigUint64(AT.of, true), size, written }
}

/** Answers the read of an MMIO exit, before KVM_RUN is called again. */
export const answerMmio = (run: DataView, bytes: Uint8Array): void => mmioData(run).set(bytes)

/** What `struct kvm_run` says after a KVM_RUN that returned 0. */
export const exitOf = (run: DataView): Exit => {
  const reason = run.getUint32(AT.reason, true)
  switch (reason) {
    case REASON.io: {
      // `kvm_run.io`: direction, size, port, count, and where in the run page the data is.
      const data = Number(run.getBigUint64(AT.of + 8, true))
      return { kind: 'port', port: run.getUint16(AT.of + 2, true), value: run.getUint8(data) }
    }
    case REASON.mmio:
      return mmio(run)
    case REASON.halt:
      return { kind: 'halted' }
    case REASON.shutdown:
      return { kind: 'shutdown' }
    case REASON.internalError:
      return internalError(run)
    default:
      return { kind: 'other', reason }
  }
}
