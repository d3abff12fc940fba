/** The formats that are read. */
export type RecordingFormat = 'strace' | 'qemu-trace' | 'qemu-error' | 'vmm-log' | 'bpftrace'
