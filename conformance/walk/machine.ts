import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { accept, effectsOf } from '../../oracle/effects.js'
import { parametersOf } from '../../oracle/wire/config.js'
import type { InputError } from '../../oracle/wire/decode.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import { counted } from '../../spec/terms/counted.js'
import { addressOf, TWO_TO_64, type U64, u64 } from '../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../spec/terms/operation.js'
import { slotAt } from '../../spec/terms/space.js'
import type { Image } from './image-codec.js'

/** Host memory of slots that name none begins here, a range for each space. */
const OWN = 1n << 44n

const wrong = (file: string, path: string, found: string, expected: string): InputError => ({
  file,
  line: null,
  path,
  found,
  expected,
})

/** The machine after an operation, or the rule that refused it. */
const after = (cells: Cells, operation: Operation): Either<string, Cells> => {
  const [effect] = effectsOf(cells, operation)
  if (effect === undefined) return left('no rule applies')
  const { result, rule } = effect
  if (result.is === 'error') return left(`${result.errno}, by ${rule.id}: ${rule.says}`)
  if (result.is === 'loaded' && result.exception !== null) return left(`#GP(0), by ${rule.id}: ${rule.says}`)
  return right(accept(effect, { is: 'ok' }) ?? { ...effect.cells, returned: null })
}

type Step = readonly [path: string, shown: string, operation: Operation]

const slotSteps = ({ slots }: Image): readonly Step[] =>
  slots.map(({ as = 0, id, gpa, size, hva = u64(OWN + (BigInt(as) << 40n) + gpa), flags = 0 }, i) => [
    `slots.${i}`,
    `slot ${id} at 0x${gpa.toString(16)}, size 0x${size.toString(16)}`,
    { op: 'set', as, id, gpa, size, hva, flags },
  ])

/** Bytes cut where a page ends, each piece with its address. */
const byPage = (gpa: U64, data: string): readonly { readonly gpa: U64; readonly data: string }[] => {
  const room = 2 * (4096 - Number(gpa & 0xfffn)) // digits
  if (data.length <= room) return [{ gpa, data }]
  return [{ gpa, data: data.slice(0, room) }, ...byPage(u64(gpa + BigInt(room / 2)), data.slice(room))]
}

/** A piece of memory as the host writes it, at the host address of its slot. */
const pokeOf = (cells: Cells, gpa: U64, data: string, as: number): Operation | null => {
  const space = cells.spaces[as]
  const gfn = Number(gpa >> 12n)
  const slot = space === undefined ? null : slotAt(space, gfn)
  if (slot === null) return null
  const page = addressOf(slot.hva + (gfn - slot.base))
  return { op: 'poke', hva: u64(page + (gpa & 0xfffn)), data }
}

/** The machine that an image describes, with a vCPU 0 that has these registers. Left: the part of the image that cannot be. */
export const machineOfImage = (
  file: string,
  image: Image,
  registers: RegistersCall,
): Either<InputError, Cells> => {
  let cells = initialMachine(parametersOf(image.config ?? {}))
  const steps: readonly Step[] = [
    ...slotSteps(image),
    ['as', 'a vCPU', { op: 'create-vcpu', vcpu: 0 }],
    ['as', `space ${image.as ?? 0}`, { op: 'set-vcpu', vcpu: 0, as: image.as ?? 0 }],
  ]
  for (const [path, shown, operation] of steps) {
    const next = after(cells, operation)
    if (next._tag === 'Left') return left(wrong(file, path, shown, `what KVM takes: ${next.left}`))
    cells = next.right
  }
  for (const [i, { gpa, data, as = 0 }] of image.memory.entries()) {
    if (gpa + BigInt(data.length / 2) > TWO_TO_64)
      return left(
        wrong(file, `memory.${i}.data`, counted(data.length / 2, 'byte'), 'bytes that end within 64 bits'),
      )
    for (const piece of byPage(gpa, data)) {
      const poke = pokeOf(cells, piece.gpa, piece.data, as)
      const at = `0x${piece.gpa.toString(16)}`
      if (poke === null) return left(wrong(file, `memory.${i}.gpa`, at, 'an address that a slot maps'))
      const next = after(cells, poke)
      if (next._tag === 'Right') cells = next.right
    }
  }
  const loaded = after(cells, registers)
  if (loaded._tag === 'Left')
    return left(wrong(file, 'registers', 'these registers', `registers a processor can have: ${loaded.left}`))
  return loaded
}
