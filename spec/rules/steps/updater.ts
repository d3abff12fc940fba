import { type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { OfUpdater, StepCells, StepVcpu } from '../../terms/steps/cells.js'
import type { Micro } from '../../terms/steps/script.js'
import { isOfWriteClass } from '../../terms/steps/world.js'
import { linux, semantics } from '../cite.js'
import { flush } from './marks.js'
import {
  abort,
  carry,
  end,
  fail,
  free,
  getLog,
  go,
  hold,
  inFlight,
  microOf,
  on,
  pause,
  publish,
  retire,
  revoke,
} from './micro.js'

const uses = (
  v: StepVcpu,
  { frames, writes, zap }: Extract<Micro, { kind: 'revoke' }>,
  atomic: boolean,
): boolean => {
  if (zap === true && v.want?.emulated === true) return false
  if (writes && !isOfWriteClass(v.want)) return false
  if (v.hold !== null && [v.hold, ...v.also].some(t => frames.includes(t.frame))) return true
  return atomic && v.want?.kind === 'fetch' && v.want.frames.slice(0, v.next).some(f => frames.includes(f))
}

const allowed: Premise<OfUpdater> = premise(
  'in-progress',
  { holds: 'the update is in progress', fails: 'the update is not in progress' },
  () => true,
)
const drained: Premise<OfUpdater> = premise(
  'drained',
  { holds: 'no access of the space holds an older set', fails: 'an access of the space holds an older set' },
  cells => {
    const { space } = microOf(cells, 'drain')
    return !cells.vcpus.some(v => v.space === space && v.older && inFlight(cells, v))
  },
  ({ vcpus }) => ({ holders: vcpus.filter(v => v.older).map(v => v.id) }),
)
const unused: Premise<OfUpdater> = premise(
  'unused',
  {
    holds: 'no access in flight uses a translation of the frames',
    fails: 'an access in flight uses a translation of the frames',
  },
  cells => {
    const micro = microOf(cells, 'revoke')
    const { fetchAtomic, shadow } = cells.world.behaviour
    const whole = fetchAtomic || shadow === true
    return !cells.vcpus.some(v => v.space === micro.space && uses(v, micro, whole))
  },
  ({ vcpus }) => ({ holds: vcpus.map(v => v.hold) }),
)
const turnsTaken: Premise<OfUpdater> = premise(
  'turns-taken',
  {
    holds: 'every access that an earlier update made wait has had its turn',
    fails: 'an access that an earlier update made wait has not had its turn',
  },
  ({ vcpus }) => !vcpus.some(v => v.owedTurn),
  ({ vcpus }) => ({ waiting: vcpus.filter(v => v.owedTurn).map(v => v.id) }),
)
const allOut: Premise<OfUpdater> = premise(
  'all-out',
  { holds: 'no vCPU is in the middle of an access', fails: 'a vCPU is in the middle of an access' },
  ({ vcpus }) =>
    vcpus.every(
      v => v.at === 'ready' || v.at === 'waiting' || v.at === 'done' || v.want?.kernel !== undefined,
    ),
  ({ vcpus }) => ({ vcpus: vcpus.map(v => v.at) }),
)

const micro = (
  id: string,
  doing: Micro['kind'],
  says: string,
  when: readonly Premise<OfUpdater>[],
  rewrite: (cells: OfUpdater) => StepCells,
): Rule<StepCells> =>
  rule<StepCells, OfUpdater>({
    id,
    kind: 'internal',
    says,
    cites: [semantics('Phases'), linux('virt/kvm/kvm_main.c', 'kvm_set_memslot, kvm_swap_active_memslots')],
    match: { self: { at: doing } },
    when,
    rewrite,
  })

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
  micro(
    'update.hold',
    'hold',
    'Faults are retried, or no read side may begin, from now on; or all may go on again.',
    [allowed],
    hold,
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
    'An update begins once every access that an earlier one made wait has had its turn.',
    [turnsTaken],
    cells => on(cells),
  ),
  micro(
    'update.flush',
    'flush',
    'Every vCPU’s buffer is flushed: each noted write is marked in the log of the slot that is there now.',
    [allowed],
    cells =>
      on(
        flush(
          cells,
          cells.vcpus.map(v => v.id),
        ),
      ),
  ),
  micro(
    'update.carry',
    'carry',
    'Each source’s final bit is ORed into the page that continues it.',
    [allowed],
    carry,
  ),
  micro(
    'update.retire',
    'retire',
    'Bits of pages whose logging ends are retired: they go to the caller.',
    [allowed],
    retire,
  ),
  micro('update.free', 'free', 'A bitmap is freed.', [allowed], free),
  micro(
    'update.get-log',
    'get-log',
    'Userspace fetches a log between its calls: the bits are reported, and cleared.',
    [allowed],
    getLog,
  ),
  micro('update.pause', 'pause', 'vCPUs are taken out of KVM_RUN and kept out.', [allOut], pause),
  micro('update.resume', 'resume', 'vCPUs are let in again.', [allowed], cells =>
    on(cells, { vcpus: cells.vcpus.map(v => ({ ...v, out: false })) }),
  ),
  micro('update.return', 'return', 'A call returns.', [allowed], end),
  micro('update.fail', 'fail', 'The update has failed.', [allowed], fail),
  micro(
    'update.abort',
    'abort',
    'A failed call ends the VMM: nothing is observed after it.',
    [allowed],
    abort,
  ),
  micro('update.goto', 'goto', 'The script goes on elsewhere.', [allowed], cells =>
    go(cells, microOf(cells, 'goto').to),
  ),
]
