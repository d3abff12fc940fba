import * as t from 'io-ts'
import { closed } from '../../oracle/wire/closed.js'
import { ConfigCodec } from '../../oracle/wire/config.js'
import { Hex64, HexBytes, natural, U16, U32 } from '../../oracle/wire/scalars.js'
import { imageFields, imageOptions } from '../../oracle/wire/virtual.js'

const Registers = closed('registers', {}, { ...imageFields, ...imageOptions })

/** A slot; without `hva` it has memory of its own. */
const SlotCodec = closed('slot', { id: U16, gpa: Hex64, size: Hex64 }, { as: U16, hva: Hex64, flags: U32 })

/** Bytes at a guest-physical address. */
const MemoryCodec = closed('memory', { gpa: Hex64, data: HexBytes }, { as: U16 })

/** What `memslot walk` reads: slots, memory, and the registers that options do not give. */
export const ImageCodec = closed(
  'image',
  { slots: t.readonlyArray(SlotCodec), memory: t.readonlyArray(MemoryCodec) },
  {
    registers: Registers,
    /** The address space of the vCPU. */
    as: natural(63, 'address space'),
    config: ConfigCodec,
  },
)
export type Image = t.TypeOf<typeof ImageCodec>
