import { type Entry, LOG, Vm } from '../../../impl/index.js'
import { below } from '../../../spec/generate/random.js'
import { Board } from '../board.js'
import { commit, drop, type Part, type Play, put } from '../play.js'
import { ACCOUNTS, endedOf, PAGES, pagesOf, startedOf, writers } from '../writes.js'

const CUT = 1001
const HVA = 10_000
/** On the board, after the accounts, by generation modulo so many: the generation, and the layout published with it. */
const LAYOUTS = Board.own(ACCOUNTS)
const GENERATIONS = 1024

/** The slots of each layout: all frames are logged, as one slot or as two, under one id or another. */
const layouts: readonly (readonly (readonly [id: number, base: number, npages: number])[])[] = [
  [[0, 0, PAGES]],
  [
    [0, 0, CUT],
    [1, CUT, PAGES - CUT],
  ],
  [[2, 0, PAGES]],
]
const IDS = 3

const toward = (from: number, to: number): readonly Entry[] => {
  const before = layouts[from] ?? []
  const after = layouts[to] ?? []
  return [
    ...after.map(([id, base, npages]) => put(id, base, npages, HVA + base, LOG)),
    ...before.filter(([id]) => !after.some(slot => slot[0] === id)).map(([id]) => drop(id)),
  ]
}

/** Harvests slot by slot, beside the updates. What had been written before the call is in it, unless an earlier harvest had it. */
const harvester: Part = ({ share, board, random }) => {
  const vm = Vm.attach(share)
  const [told, ended, started] = [0, 0, 0].map(() => new Int32Array(PAGES)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  return () => {
    const id = below(random, IDS)
    endedOf(board, ended)
    const log = vm.getDirtyLog({ as: 0, id })
    if ('errno' in log) return // this layout has no such slot
    startedOf(board, started)
    const published = Atomics.load(board.words, LAYOUTS + (log.generation % GENERATIONS))
    if (published >>> 2 !== log.generation) {
      // This thread slept for a thousand updates. Which frames its harvests reported is not known any more, but they did.
      told.set(started)
      return
    }
    const layout = layouts[published & 3] ?? []
    const slot = layout.find(([one]) => one === id)
    if (slot === undefined) return board.violated('two-maps', `slot ${id} answered in a layout without it`)
    const [, base, npages] = slot
    const dirty = pagesOf(log.pages, base)
    for (let page = base; page < base + npages; page++) {
      if (dirty.has(page)) told[page] = started[page] as number
      else if ((ended[page] as number) > (told[page] as number)) {
        board.violated('dirty-complete', `a write to page ${page} was over before the harvest that lacks it`)
        told[page] = started[page] as number
      }
    }
  }
}

/** Logged frames are split, merged and renamed beside writers and a harvester: no write goes unreported. */
export const logged: Play = {
  id: 'logged',
  says: 'no dirty bit is lost while logged slots are split, merged and renamed',
  options: { spaces: 1, slotLimit: 8 },
  words: ACCOUNTS + GENERATIONS,
  prepare: vm => {
    commit(vm, toward(-1, 0))
    vm.createVcpu(0)
    vm.createVcpu(1)
  },
  updater: (vm, board, random) => {
    let layout = 0
    return () => {
      const next = (layout + 1 + below(random, layouts.length - 1)) % layouts.length
      // Nothing is owed, so one set is published; who harvests it must know what it was.
      const generation = vm.generation(0) + 1
      Atomics.store(board.words, LAYOUTS + (generation % GENERATIONS), (generation << 2) | next)
      commit(vm, toward(layout, next))
      layout = next
    }
  },
  parts: { ...writers, harvester },
}
