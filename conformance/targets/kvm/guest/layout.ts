/**
 * The slot that this target puts into a VM besides the case's, so that a guest can run at all. All of it is seen by the
 * guest at one linear address, `linearOf`, in every address space of a guest: in our own tables and, by one entry of the
 * root that the case does not use, in the case's.
 */
export const PAGE = 4096

/** Pages of the slot, by what is in them. */
export const STUB = {
  /** Segment descriptors, and at half of the page the task state segment, which has the stack of exceptions. */
  gdt: 0,
  /** Gates of 16 bytes for long mode. */
  idt: 1,
  stack: 2,
  /** What exceptions run, at CPL 0. */
  handlers: 3,
  /** Loads and stores, for a user and for a supervisor: SMEP keeps each from the other's. */
  userCode: 4,
  supervisorCode: 5,
  /** Our own root, and the tables below it that map guest memory by its address. */
  root: 6,
  pointers: 7,
  /** Tables that map the slot itself; an entry of any root leads to the first of them. */
  ownPointers: 8,
  ownDirectory: 9,
  ownTable: 10,
  /** Gates of 8 bytes for protected mode without long mode, and vectors of 4 bytes for real mode. */
  gates32: 11,
  vectors: 12,
  /** Of a race: turns that a loop counts, the loop, and a root that leads to a table in the slot of the race. */
  turns: 13,
  loop: 14,
  raceRoot: 15,
  /** Tables that map guest memory a gigabyte at a time, taken as they are needed. */
  pool: 16,
} as const

export const STUB_PAGES = 64
export const STUB_BYTES = STUB_PAGES * PAGE

/** Pages that a user may see. */
export const USER_PAGES: ReadonlySet<number> = new Set([STUB.userCode])

/** Where the slot is in linear addresses, by the entry of the root that leads to it: in the lower half. */
export const linearOf = (rootIndex: number): bigint => BigInt(rootIndex) << 39n

/** Bytes from one handler to the next. */
export const HANDLER_BYTES = 8
/** The stack of exceptions begins at its end. */
export const STACK_TOP = (STUB.stack + 1) * PAGE
export const TSS_OFFSET = STUB.gdt * PAGE + 0x800
/** To the end of the page: after the 104 bytes that every task state segment has, a bitmap that allows every port. */
export const TSS_BYTES = 0x400
/** The same as 32-bit code has it. */
export const TSS_32_OFFSET = TSS_OFFSET + TSS_BYTES

/**
 * Where handlers are for real mode: below 1 MiB, in memory of the case, over what is there. CS keeps its limit, whatever
 * it is, so each is one byte at offset 0 of a segment of its own, 16 bytes after the one before.
 */
export const REAL_HANDLERS = { gpa: 0xf_8000, apart: 16 } as const
