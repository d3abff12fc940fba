import { EMULATE } from './force-emulation.js'
import { HANDLER_BYTES, REAL_HANDLERS } from './layout.js'

/** Ports by which a guest says how far it came. The kernel hands them to userspace, since there is no device. */
export const PORT = {
  /** The load or store is done. */
  done: 0x10,
  /** An exception was delivered; AL has the vector. */
  exception: 0xe0,
  /** An instruction that is fetched as a case asks for it. */
  fetched: 0x41,
} as const

const HLT = 0xf4

/** The handler of an exception: `mov al, vector; out 0xe0, al; hlt`. The same bytes in 16-, 32- and 64-bit code. */
export const handlerOf = (vector: number): readonly number[] => [
  ...[0xb0, vector],
  ...[0xe6, PORT.exception],
  HLT,
]
/** Handlers fill their page as far as exceptions of the processor go. */
export const VECTORS = 32
/** All of them, one after the other. */
export const allHandlers = (): Uint8Array => {
  const bytes = new Uint8Array(VECTORS * HANDLER_BYTES)
  for (let vector = 0; vector < VECTORS; vector++) bytes.set(handlerOf(vector), vector * HANDLER_BYTES)
  return bytes
}
/** Handlers for real mode: `hlt`, and which of them it was is seen by its segment. */
export const realHandlers = (): Uint8Array => new Uint8Array(VECTORS * REAL_HANDLERS.apart).fill(HLT)
if (handlerOf(0).length > HANDLER_BYTES) throw new Error('a handler reaches into the next')

type Size = 1 | 2 | 4 | 8
/** Sizes of data that one instruction moves between memory and a general register. */
export const isMoved = (size: number): size is Size => [1, 2, 4, 8].includes(size)

type Moves = 'load' | 'store' | 'exchange'

/** The prefix that gives an instruction of 64-bit code its size. */
const PREFIX: Readonly<Record<Size, readonly number[]>> = { 1: [], 2: [0x66], 4: [], 8: [0x48] }

/** `mov al, [rbx]` and `mov rax, [rbx]`; `mov [rbx], al`, `mov [rbx], rax`; `xchg [rbx], al`, `xchg [rbx], rax`. */
const OPCODE: Readonly<Record<Moves, readonly [byte: number, wider: number]>> = {
  load: [0x8a, 0x8b],
  store: [0x88, 0x89],
  exchange: [0x86, 0x87],
}
/** ModRM: register AX, memory at RBX. */
const AX_AT_BX = 0x03

/** The instruction, then `out 0x10, al; hlt`. `forced`: KVM is made to emulate the instruction. */
const moving = (how: Moves, size: Size, forced: boolean): readonly number[] => [
  ...(forced ? EMULATE : []),
  ...PREFIX[size],
  OPCODE[how][size === 1 ? 0 : 1],
  AX_AT_BX,
  ...[0xe6, PORT.done],
  HLT,
]

const MOVES = ['load', 'store', 'exchange'] as const
const SIZES = [1, 2, 4, 8] as const
/** Bytes from one of these to the next. */
const APART = 16

/** Where in its page the code of a load or store begins; those that KVM is made to emulate come behind the others. */
export const offsetOf = (how: Moves, size: Size, forced = false): number =>
  (((forced ? MOVES.length : 0) + MOVES.indexOf(how)) * SIZES.length + SIZES.indexOf(size)) * APART

/** The page of loads and stores. */
export const movingCode = (): readonly { readonly offset: number; readonly bytes: readonly number[] }[] =>
  [false, true].flatMap(forced =>
    MOVES.flatMap(how =>
      SIZES.map(size => ({ offset: offsetOf(how, size, forced), bytes: moving(how, size, forced) })),
    ),
  )

if (movingCode().some(({ bytes }) => bytes.length > APART))
  throw new Error('an instruction reaches into the next')

/** Prefixes that change nothing of `out`: segment overrides. One after the other, they tell a byte from its neighbour. */
const NOTHING = [0x26, 0x2e, 0x36, 0x3e] as const

/**
 * An instruction of 1 to 15 bytes that says it was fetched whole: `out dx, al`, and from two bytes on `out 0x41, al`
 * behind prefixes. DX has the port.
 */
export const instructionOf = (length: number): Uint8Array => {
  if (length === 1) return Uint8Array.of(0xee)
  const prefixes = Array.from({ length: length - 2 }, (_, i) => NOTHING[i % NOTHING.length] as number)
  return Uint8Array.of(...prefixes, 0xe6, PORT.fetched)
}

/** Where in its page code begins that only says that it was reached: behind the shortest load. */
export const SPEAK_OFFSET = offsetOf('load', 1) + 2
