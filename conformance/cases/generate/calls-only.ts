import type { Operation, SetCall } from '../../../spec/terms/operation.js'
import { type Draft, FLAGS, flagNames, get, HOST, protect, remove, set } from '../draft/calls.js'
import { RELATIONS, relations } from './relations.js'
import { CALLS, ERRORS, LIVE, type Spoil } from './set-errors.js'

/**
 * Whether a frame is mapped, asked by calls alone: a slot of one page fits there, or meets the one that is there. An
 * implementation without vCPUs or look-ups, such as a kernel with no guest running, can be judged by this.
 */
const probe = (frame: number): readonly Operation[] => {
  const id = 900
  return [set({ id, base: frame, npages: 1, hva: HOST + 900 }), remove(id)]
}

const FIRST = { id: 1, base: 16, npages: 8, hva: HOST }

const rangeCases = function* (): Generator<Draft> {
  for (const kind of ['create', 'move'] as const)
    for (const relation of relations)
      for (const before of flagNames)
        for (const after of flagNames)
          for (const id of [1, 2]) {
            const [base, npages] = RELATIONS[relation]
            const second = { id, base, npages, hva: HOST + 64, flags: FLAGS[after] }
            yield {
              id: `calls-only/${kind}/${relation}/${before}-${after}/${id === 1 ? 'same' : 'other'}-slot`,
              says: `${kind} ${relation} to a slot, watched through calls alone; every log starts all set`,
              config: { profile: 'linux' },
              ops: [
                protect(3),
                set({ ...FIRST, flags: FLAGS[before] }),
                ...(kind === 'move' && id === 2 ? [set({ ...second, base: 64 })] : []),
                set(second),
                get(1),
                get(id),
                ...probe(base),
                ...probe(base + npages - 1),
                ...probe(64),
              ],
            }
          }
}

const asked = (name: string): boolean => !name.startsWith('no-memory') && name !== 'stranger'

const errorCases = function* (): Generator<Draft> {
  const names = Object.keys(ERRORS).filter(asked)
  const spoil = (name: string, call: SetCall): SetCall => (ERRORS[name] as Spoil)(call) // names are its keys
  for (const [kind, call] of Object.entries(CALLS)) {
    for (const [i, one] of names.entries()) {
      for (const other of names.slice(i)) {
        const spoilt = one === other ? spoil(one, call) : spoil(other, spoil(one, call))
        yield {
          id: `calls-only/errors/${kind}/${one === other ? one : `${one}+${other}`}`,
          says: `${kind}, spoilt by ${one}${one === other ? '' : ` and ${other}`}, watched through calls alone`,
          config: { profile: 'linux' },
          ops: [
            protect(3),
            set(LIVE),
            set({ id: 2, base: 40, npages: 8, hva: HOST + 32 }),
            { op: 'clear-dirty', as: 0, id: 1, first: 0n as SetCall['size'], count: 8, pages: [[2, 3]] },
            spoilt,
            get(1),
            get(2),
            get(3),
            ...probe(16),
            ...probe(40),
          ],
        }
      }
    }
  }
}

/** Cases of one-slot calls that need no guest: what a real kernel is judged by. */
export const callsOnlyDrafts = function* (): Generator<Draft> {
  yield* rangeCases()
  yield* errorCases()
}
