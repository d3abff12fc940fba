import { type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import {
  noting,
  type OfHarvester,
  type OfUpdater,
  type StepCells,
  type StepVcpu,
  type Updater,
} from '../../terms/steps/cells.js'
import type { Micro } from '../../terms/steps/script.js'
import { sameSlots } from '../../terms/steps/slots.js'
import { linux, semantics, thread } from '../cite.js'

type Doing<K extends Micro['do']> = Extract<Micro, { do: K }>

const microOf = <K extends Micro['do']>(cells: OfUpdater, _: K): Doing<K> =>
  cells.world.script[cells.self.pc] as Doing<K> // dispatched on it

/** The updater at a place of its script; beyond its end it is idle. */
const at = (cells: StepCells, pc: number, ended: Updater['ended'] = cells.updater.ended): Updater => ({
  who: 'updater',
  pc,
  ended,
  at: cells.world.script[pc]?.do ?? 'idle',
})

const go = (
  cells: OfUpdater,
  pc: number,
  rest: Partial<StepCells> = {},
  ended?: Updater['ended'],
): StepCells => {
  const updater = at(cells, pc, ended)
  return { ...cells, ...rest, self: updater, updater }
}
const on = (cells: OfUpdater, rest: Partial<StepCells> = {}): StepCells => go(cells, cells.self.pc + 1, rest)

/** Whether a vCPU holds something, or is in the middle of a fetch that counts as one access. */
const inFlight = (cells: StepCells, v: StepVcpu): boolean =>
  v.hold !== null ||
  (cells.world.manners.fetchAtomic && v.want?.kind === 'fetch' && v.next > 0 && v.at === 'looking')

const uses = (v: StepVcpu, frames: readonly number[], writes: boolean, atomic: boolean): boolean => {
  if (writes && v.want?.kind !== 'write') return false
  if (v.hold !== null && frames.includes(v.hold.frame)) return true
  return atomic && v.want?.kind === 'fetch' && v.want.frames.slice(0, v.next).some(f => frames.includes(f))
}

const allowed: Premise<OfUpdater> = premise('in-progress', 'the update is in progress', () => true)
const drained: Premise<OfUpdater> = premise(
  'drained',
  'no access of the space holds an older set',
  cells => {
    const { space } = microOf(cells, 'drain')
    return !cells.vcpus.some(v => v.space === space && v.older && inFlight(cells, v))
  },
  ({ vcpus }) => ({ holders: vcpus.filter(v => v.older).map(v => v.id) }),
)
const unused: Premise<OfUpdater> = premise(
  'unused',
  'no access in flight uses a translation of the frames',
  cells => {
    const { frames, writes, space } = microOf(cells, 'revoke')
    return !cells.vcpus.some(
      v => v.space === space && uses(v, frames, writes, cells.world.manners.fetchAtomic),
    )
  },
  ({ vcpus }) => ({ holds: vcpus.map(v => v.hold) }),
)
const turnsTaken: Premise<OfUpdater> = premise(
  'turns-taken',
  'every access that an earlier update made wait has had its turn',
  ({ vcpus }) => !vcpus.some(v => v.owedTurn),
  ({ vcpus }) => ({ waiting: vcpus.filter(v => v.owedTurn).map(v => v.id) }),
)
const allOut: Premise<OfUpdater> = premise(
  'all-out',
  'no vCPU is in the middle of an access',
  ({ vcpus }) => vcpus.every(v => v.at === 'ready' || v.at === 'waiting' || v.at === 'done'),
  ({ vcpus }) => ({ vcpus: vcpus.map(v => v.at) }),
)

const micro = (
  id: string,
  doing: Micro['do'],
  says: string,
  when: readonly Premise<OfUpdater>[],
  rewrite: (cells: OfUpdater) => StepCells,
): Rule<StepCells> =>
  rule<StepCells, OfUpdater>({
    id,
    kind: 'internal',
    says,
    cites: [
      semantics('2: phases'),
      linux('virt/kvm/kvm_main.c', 'kvm_set_memslot, kvm_swap_active_memslots'),
    ],
    match: { self: { at: doing } } as never, // one of the micro-steps, which the index is made from
    when,
    rewrite,
  })

const publish = (cells: OfUpdater): StepCells => {
  const { space, set } = microOf(cells, 'publish')
  const now = cells.spaces[space]
  const spaces = cells.spaces.with(space, { published: set, other: now?.published ?? set })
  const unblocks = set.blocked.length === 0 && set.noWrites.length === 0
  const vcpus = cells.vcpus.map(v => {
    if (v.space !== space) return v
    const older = v.older || inFlight(cells, v)
    const owedTurn = v.owedTurn || (unblocks && v.at === 'waiting')
    return older === v.older && owedTurn === v.owedTurn ? v : { ...v, older, owedTurn }
  })
  return on(cells, { spaces, vcpus })
}

const revoke = (cells: OfUpdater): StepCells => {
  const { frames, writes } = microOf(cells, 'revoke')
  // On every vCPU, whatever space it is in now: the frames are those of the space the update concerns.
  const { space } = microOf(cells, 'revoke')
  const vcpus = cells.vcpus.map(v =>
    v.space !== space
      ? v
      : {
          ...v,
          cache: v.cache.flatMap(t => (!frames.includes(t.frame) ? [t] : writes ? [{ ...t, ro: true }] : [])),
        },
  )
  return on(cells, { vcpus })
}

const carry = (cells: OfUpdater): StepCells => {
  const logs = [...cells.logs]
  const unreported = [...cells.unreported]
  for (const { from, page, to, at: target } of microOf(cells, 'carry').carries) {
    const bit = 1 << page
    if ((logs[from] ?? 0) > 0 && ((logs[from] ?? 0) & bit) !== 0) {
      logs[to] = (logs[to] ?? 0) | (1 << target)
      if (((unreported[from] ?? 0) & bit) !== 0) {
        unreported[from] = (unreported[from] ?? 0) & ~bit
        unreported[to] = (unreported[to] ?? 0) | (1 << target)
      }
    }
  }
  return on(cells, { logs, unreported })
}

const retire = (cells: OfUpdater): StepCells => {
  const { log, pages } = microOf(cells, 'retire')
  const told = pages.reduce((bits, page) => bits | (1 << page), 0) & (cells.logs[log] ?? 0)
  return on(cells, { unreported: cells.unreported.with(log, (cells.unreported[log] ?? 0) & ~told) })
}

const free = (cells: OfUpdater): StepCells => {
  const { log } = microOf(cells, 'free')
  const lost = (cells.unreported[log] ?? 0) !== 0
  const seen = lost
    ? noting(
        cells.seen,
        'lost',
        `bitmap ${log} is freed with bits ${(cells.unreported[log] ?? 0).toString(2)} that nobody has read`,
      )
    : cells.seen
  return on(cells, { logs: cells.logs.with(log, -1), unreported: cells.unreported.with(log, 0), seen })
}

const pause = (cells: OfUpdater): StepCells => {
  const kept =
    cells.vcpus.some(v => v.left > 0) &&
    cells.world.menu.some(want => want.frames.every(f => (cells.world.owed[f] ?? 'no') === 'no'))
  const seen = kept
    ? noting(cells.seen, 'disturbed', 'vCPUs are kept out of KVM_RUN, whatever they would do')
    : cells.seen
  return on(cells, { vcpus: cells.vcpus.map(v => ({ ...v, out: true })), seen })
}

/** At rest the two sets of a space are the same; a call that returns leaves them so. */
const agreement = (cells: OfUpdater): StepCells['seen'] => {
  const apart = cells.spaces.findIndex(s => !sameSlots(s.published.slots, s.other.slots))
  return apart < 0
    ? cells.seen
    : noting(cells.seen, 'disagree', `the two sets of space ${apart} differ at rest`)
}

const end = (cells: OfUpdater): StepCells => {
  const last = cells.self.pc + 1 >= cells.world.script.length
  const seen = agreement(cells)
  return last ? go(cells, cells.world.script.length, { seen }, 'returned') : on(cells, { seen })
}

const fail = (cells: OfUpdater): StepCells => {
  const now = cells.spaces[0]?.published
  const clean =
    now !== undefined &&
    sameSlots(now.slots, cells.world.before) &&
    now.blocked.length === 0 &&
    now.noWrites.length === 0
  const agreed = agreement(cells)
  const seen = clean ? agreed : noting(agreed, 'trace', 'the update failed, and the set is not what it was')
  return go(cells, cells.world.script.length, { seen }, 'failed')
}

const betweenCalls: Premise<OfHarvester> = premise(
  'between-calls',
  'no call is in progress: log calls are serialised with updates',
  ({ updater, world }) =>
    updater.at === 'idle' || updater.pc === world.start || world.script[updater.pc - 1]?.do === 'return',
  ({ updater }) => ({ at: updater.at }),
)
const mayHarvest: Premise<OfHarvester> = premise(
  'may-harvest',
  'another harvest may be made',
  ({ self }) => self.left > 0,
)

export const updaterRules: readonly Rule<StepCells>[] = [
  micro('update.goes-on', 'may-fail', 'What may fail does not.', [allowed], cells => on(cells)),
  micro(
    'update.fails',
    'may-fail',
    'An allocation or a check fails, and the update ends as its design says.',
    [allowed],
    cells => go(cells, microOf(cells, 'may-fail').to),
  ),
  micro(
    'update.corrupts',
    'may-corrupt',
    'A failure that the code mistakes for success corrupts kernel state.',
    [allowed],
    cells => go(cells, cells.world.script.length, {}, 'unspecified'),
  ),
  micro('update.survives', 'may-corrupt', 'What would corrupt does not occur.', [allowed], cells =>
    on(cells),
  ),
  micro(
    'update.publish',
    'publish',
    'A set is published by one swap; accesses in flight hold an older one from now on.',
    [allowed],
    publish,
  ),
  micro('update.replay', 'replay', 'The set that became inactive is edited to match.', [allowed], cells => {
    const { space, set } = microOf(cells, 'replay')
    const now = cells.spaces[space]
    return on(cells, { spaces: cells.spaces.with(space, { published: now?.published ?? set, other: set }) })
  }),
  micro(
    'update.drain',
    'drain',
    'The update waits for every access that holds an older set.',
    [drained],
    cells =>
      on(cells, {
        vcpus: cells.vcpus.map(v =>
          v.older && v.space === microOf(cells, 'drain').space ? { ...v, older: false } : v,
        ),
      }),
  ),
  micro(
    'update.revoke',
    'revoke',
    'Cached translations of the frames go, and accesses that used them are over.',
    [unused],
    revoke,
  ),
  micro(
    'update.await-turns',
    'await-turns',
    'An update begins when those that waited for an earlier one have had their turn.',
    [turnsTaken],
    cells => on(cells),
  ),
  micro(
    'update.carry',
    'carry',
    'Each source’s final bit is ORed into the page that continues it.',
    [allowed],
    carry,
  ),
  micro('update.retire', 'retire', 'Bits whose logging ends go to the caller.', [allowed], retire),
  micro('update.free', 'free', 'A bitmap is freed.', [allowed], free),
  micro('update.pause', 'pause', 'vCPUs are taken out of KVM_RUN and kept out.', [allOut], pause),
  micro('update.resume', 'resume', 'vCPUs are let in again.', [allowed], cells =>
    on(cells, { vcpus: cells.vcpus.map(v => ({ ...v, out: false })) }),
  ),
  micro('update.return', 'return', 'A call returns.', [allowed], end),
  micro('update.fail', 'fail', 'The update has failed.', [allowed], fail),
  micro('update.goto', 'goto', 'The script goes on elsewhere.', [allowed], cells =>
    go(cells, microOf(cells, 'goto').to),
  ),
  rule<StepCells, OfHarvester>({
    id: 'harvest.get',
    kind: 'internal',
    says: 'A harvest reports a log’s bits and clears them, between calls.',
    cites: [semantics('2: dirty logs'), thread('Peter Xu 2022-08')],
    match: { self: { at: 'harvest' } },
    when: [mayHarvest, betweenCalls],
    choose: cells =>
      [...new Set((cells.spaces[0]?.published.slots ?? []).map(s => s.log).filter(log => log >= 0))].map(
        log => ({ log }),
      ),
    rewrite: (cells, { log }) => {
      const n = log as number
      const bits = cells.logs[n] ?? 0
      const harvester = { ...cells.self, left: cells.self.left - 1 }
      return {
        ...cells,
        self: harvester,
        harvester,
        logs: cells.logs.with(n, 0),
        unreported: cells.unreported.with(n, (cells.unreported[n] ?? 0) & ~bits),
      }
    },
  }),
]
