import { type Vcpu, Vcpu as VcpuOf } from '../../../impl/index.js'
import { chance } from '../../../spec/generate/random.js'
import { dawdle } from '../../targets/impl-threads/dawdle.js'
import { commit, type Part, type Play, put } from '../play.js'

/** Frames whose host page changes with every batch, each a slot: four pages of one of two rows. */
const REDIRECTED = [0, 2, 4, 6]
const ROWS = [1000, 2000] as const
/** Frames that are one slot or two. */
const SPLIT = { first: 100, last: 107, hva: 4000 }
/** Two slots that change places, and take their host pages along. */
const EXCHANGED = { first: 200, hva: 3000 }

/** Every slot as it is in phase 0 or 1. */
const entries = (phase: 0 | 1) => [
  ...REDIRECTED.map((gfn, i) => put(i, gfn, 1, ROWS[phase] + i)),
  put(20, SPLIT.first, phase === 0 ? 8 : 3, SPLIT.hva),
  ...(phase === 0 ? [] : [put(21, SPLIT.first + 3, 5, SPLIT.hva + 3)]),
  put(30, EXCHANGED.first + phase, 1, EXCHANGED.hva),
  put(31, EXCHANGED.first + 1 - phase, 1, EXCHANGED.hva + 1),
]
const merged = { do: 'remove', id: 21, gpa: 0n, size: 0n, hva: 0n, flags: 0 } as const

/** Which phase each of eight look-ups belongs to, −1 for a hole; written into `phases`. */
const lookUp = (vcpu: Vcpu, phases: number[], between: () => void): void => {
  for (let i = 0; i < 4; i++) {
    const page = vcpu.hostPageAt(REDIRECTED[i] as number)
    phases[i] = page < 0 ? -1 : page >= ROWS[1] ? 1 : 0
  }
  between()
  const [first, last] = [vcpu.slotAt(SPLIT.first), vcpu.slotAt(SPLIT.last)]
  phases[4] = first < 0 || last < 0 ? -1 : first === last ? 0 : 1
  const page = vcpu.hostPageAt(EXCHANGED.first)
  phases[5] = page < 0 ? -1 : page - EXCHANGED.hva
  const other = vcpu.hostPageAt(EXCHANGED.first + 1)
  phases[6] = other < 0 ? -1 : 1 - (other - EXCHANGED.hva)
}

const reader =
  (id: number): Part =>
  ({ share, board, random }) => {
    const vcpu = VcpuOf.attach(share, id)
    const phases: number[] = new Array(7).fill(0)
    const linger = () => dawdle(random)
    const hurry = () => {}
    return () => {
      const between = chance(random, 1 / 16) ? linger : hurry
      vcpu.enter()
      lookUp(vcpu, phases, between)
      vcpu.leave()
      const [phase] = phases
      for (let i = 0; i < phases.length; i++) {
        if (phases[i] === -1)
          return board.violated('no-hole', `a frame mapped in both sets is a hole: ${phases}`)
        if (phases[i] !== phase) return board.violated('torn-section', `one section saw phases ${phases}`)
      }
    }
  }

/** Sections of eight look-ups against batches that redirect, split, merge and exchange at once: one set, and no hole. */
export const sections: Play = {
  id: 'sections',
  says: 'sections of eight look-ups see one set',
  options: { spaces: 1 },
  words: 0,
  prepare: vm => {
    commit(vm, entries(0))
    vm.createVcpu(0)
    vm.createVcpu(1)
  },
  updater: (vm, board) => {
    let phase: 0 | 1 = 0
    let swaps = vm.swaps(0)
    return () => {
      phase = phase === 0 ? 1 : 0
      commit(vm, phase === 0 ? [...entries(phase), merged] : entries(phase))
      const after = vm.swaps(0)
      if (after - swaps > 2) board.violated('two-swaps', `a batch published ${after - swaps} sets`)
      swaps = after
    }
  },
  parts: { 'reader 0': reader(0), 'reader 1': reader(1) },
}
