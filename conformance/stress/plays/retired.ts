import { HARVEST, LOG } from '../../../impl/index.js'
import { commit, type Play, put } from '../play.js'
import { ACCOUNTS, endedOf, PAGES, pagesOf, startedOf, writers } from '../writes.js'

const HVA = 10_000
/** How often the updater reads the accounts while the log is on: for about a hundred writes. */
const LOOKS = 20

/** Logging is switched on and off: every write that starts after the one and ends before the other is retired. */
export const retired: Play = {
  id: 'retired',
  says: 'logging that ends reports every write since it began',
  options: { spaces: 1, slotLimit: 8 },
  words: ACCOUNTS,
  prepare: vm => {
    commit(vm, [put(0, 0, PAGES, HVA)])
    vm.createVcpu(0)
    vm.createVcpu(1)
  },
  updater: (vm, board) => {
    const [started, ended] = [new Int32Array(PAGES), new Int32Array(PAGES)]
    return () => {
      commit(vm, [put(0, 0, PAGES, HVA, LOG)])
      startedOf(board, started)
      for (let i = 0; i < LOOKS; i++) endedOf(board, ended)
      const { retired } = commit(vm, [put(0, 0, PAGES, HVA)], HARVEST)
      const dirty = pagesOf(retired.flatMap(({ pages = [] }) => pages))
      for (let page = 0; page < PAGES; page++) {
        if ((ended[page] as number) > (started[page] as number) && !dirty.has(page)) {
          board.violated('dirty-complete', `a logged write to page ${page} is in no retired set`)
        }
      }
    }
  },
  parts: writers,
}
