import { lock, unlock } from '../../impl/threads/lock.js'
import {
  awaitPendingTurns,
  block,
  drain,
  drainOwed,
  edit,
  finish,
  PROTOCOL,
  type Protocol,
  publish,
  replay,
  type Step,
  settle,
} from '../../impl/update/protocol.js'
import type { Update, UpdateContext } from '../../impl/update/update.js'

/** A mistake in how an update is carried out, which stress must catch: the implementation's own steps, in another order. */
export interface Fault {
  readonly id: string
  readonly says: string
  /** The seeded fault of the explorer that is the same mistake (oracle/designs/faults); `turns`: oracle/designs/turns.test.ts. */
  readonly predictedBy: string
  /** The properties it may violate. */
  readonly noticedAs: readonly string[]
  /** The play that must catch it. */
  readonly play: string
  readonly protocol: Protocol
}

const editPublished: Step = (_, { space, changes }) => space.set(space.ticket).edit(changes)
const publishAgain: Step = (context, update) => {
  if (update.owed.length > 0) publish(context, update)
}
const blockNothing: Step = (_, { space }) => space.blockOther(0)
/** Both sets of the space that the update is not about are equal: which of them is published makes no other difference. */
const swapOther = (context: UpdateContext, { space, owed }: Update, blocked: number): void => {
  if (owed.length === 0) return
  const other = context.space(1 - space.index)
  other.blockOther(blocked)
  other.swap()
  other.wake()
}
const blockBoth: Step = (context, update) => {
  block(context, update)
  swapOther(context, update, update.owed.length)
}
const publishBoth: Step = (context, update) => {
  publish(context, update)
  swapOther(context, update, 0)
}
const drainAndLetCallsIn: Step = (context, update) => {
  const { control, owner, patience } = context
  unlock(control, owner)
  drain(context, update)
  lock(control, owner, patience)
}

export const faults: readonly Fault[] = [
  {
    id: 'no-waiting',
    says: 'neither the owed pages nor the old set are drained',
    predictedBy: 'waits-for-nobody',
    noticedAs: ['torn-section', 'no-hole'],
    play: 'sections',
    protocol: PROTOCOL.filter(step => step !== drainOwed && step !== drain),
  },
  {
    id: 'publish-before-block',
    says: 'the final set is published first, and blocked and drained only then',
    predictedBy: 'publishes-before-it-blocks',
    noticedAs: ['write-coherent', 'two-maps'],
    play: 'redirected',
    protocol: [
      awaitPendingTurns,
      edit,
      publish,
      block,
      drainOwed,
      publishAgain,
      drain,
      settle,
      replay,
      finish,
    ],
  },
  {
    id: 'in-place-edit',
    says: 'the published set is edited, and the other one follows',
    predictedBy: 'removes-first',
    noticedAs: ['torn-section', 'no-hole'],
    play: 'sections',
    protocol: [
      awaitPendingTurns,
      block,
      drainOwed,
      editPublished,
      replay,
      publish,
      drain,
      settle,
      blockNothing,
      finish,
    ],
  },
  {
    id: 'harvest-before-settle',
    says: 'logs are harvested before the bits of the old ones are in them',
    predictedBy: 'carries-nothing',
    noticedAs: ['dirty-complete'],
    play: 'logged',
    protocol: [
      awaitPendingTurns,
      block,
      drainOwed,
      edit,
      publish,
      drainAndLetCallsIn,
      settle,
      replay,
      finish,
    ],
  },
  {
    id: 'settle-before-drain',
    says: 'logs are settled while accesses still mark the old ones',
    predictedBy: 'carries-too-early',
    noticedAs: ['dirty-complete'],
    play: 'logged',
    protocol: [awaitPendingTurns, block, drainOwed, edit, publish, settle, drain, replay, finish],
  },
  {
    id: 'no-turns',
    says: 'the next update does not wait until those it made wait have looked up again',
    predictedBy: 'turns',
    noticedAs: ['turns'],
    play: 'redirected',
    protocol: PROTOCOL.filter(step => step !== awaitPendingTurns),
  },
  {
    id: 'wait-in-the-other-space',
    says: 'the owed frames are blocked in the other space as well',
    predictedBy: 'waits-in-the-other-space',
    noticedAs: ['space-scoped'],
    play: 'spaces',
    protocol: [awaitPendingTurns, blockBoth, drainOwed, edit, publishBoth, drain, settle, replay, finish],
  },
]
