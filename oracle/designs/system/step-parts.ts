import type { Successor } from '../../../spec/rewrite/index.js'
import type { Harvester, Observed, StepCells, StepVcpu, Updater } from '../../../spec/terms/steps/cells.js'
import type { StepSet } from '../../../spec/terms/steps/slots.js'
import type { Get, Parts, Put } from '../../explore/parts.js'
import { ended, type PartNames, partNames } from './encode.js'
import { lazyArray, lazyObject } from './lazy.js'

type Space = StepCells['spaces'][number]

const PC = 0
const ENDED = 1
const HARVESTS = 2
const COMMITTED = 3
const NOTED = 4
const LOGS = 5
const UNREPORTED = 6
/** From here on two sets for each space, then the vCPUs. */
const SPACES = 7

/** For a mover that is no vCPU: it has no part of its own. */
const NO_PART = -1

/**
 * The parts of a state: the updater's place and how it ended, harvests left, what was observed, bitmaps, the two sets
 * of each space, and each vCPU. vCPUs differ only in their ids, so states that swap two of them are one.
 */
export const stepParts = (
  initial: StepCells,
  successors: ((cells: StepCells) => readonly Successor<StepCells>[]) | undefined,
  names: PartNames = partNames(),
): Parts<StepCells> => {
  const { world } = initial
  const spaces = initial.spaces.length
  const vcpus = SPACES + 2 * spaces
  const count = vcpus + initial.vcpus.length

  const updaterOf = (get: Get): Updater => {
    const pc = get(PC) as number
    return {
      kind: 'updater',
      at: world.script[pc]?.kind ?? 'idle',
      pc,
      ended: get(ENDED) as Updater['ended'],
    }
  }
  const harvesterOf = (get: Get): Harvester => ({
    kind: 'harvester',
    at: 'harvest',
    left: get(HARVESTS) as number,
  })
  const vcpuOf = (get: Get, id: number): StepVcpu => {
    const vcpu = get(vcpus + id) as StepVcpu
    return vcpu.id === id ? vcpu : { ...vcpu, id }
  }

  const name = (part: number, value: unknown): string | number => {
    switch (part) {
      case PC:
      case HARVESTS:
        return value as number
      case ENDED:
        return ended(value as Updater['ended'])
      case COMMITTED:
        return names.committed(value as boolean)
      case NOTED:
        return names.noted(value as Observed)
      case LOGS:
      case UNREPORTED:
        return (value as readonly number[]).join()
      default:
        return part < vcpus ? names.set(value as StepSet) : names.vcpu(value as StepVcpu)
    }
  }

  const putUpdater = ({ pc, ended }: Updater, put: Put): void => {
    put(PC, pc)
    put(ENDED, ended)
  }
  const putSeen = (seen: Observed, put: Put): void => {
    put(COMMITTED, seen.committed)
    put(NOTED, seen)
  }

  return {
    count,
    alikeFrom: vcpus,
    movers: [NO_PART, ...initial.vcpus.map((_, id) => vcpus + id), NO_PART],
    successors,
    name,
    split: (cells, put) => {
      putUpdater(cells.updater, put)
      putSeen(cells.seen, put)
      put(HARVESTS, cells.harvester.left)
      put(LOGS, cells.logs)
      put(UNREPORTED, cells.unreported)
      for (const [i, { published, other }] of cells.spaces.entries()) {
        put(SPACES + 2 * i, published)
        put(SPACES + 2 * i + 1, other)
      }
      for (const [id, vcpu] of cells.vcpus.entries()) put(vcpus + id, vcpu)
    },
    changes: (cells, since, put) => {
      if (cells.updater !== since.updater) putUpdater(cells.updater, put)
      if (cells.seen !== since.seen) putSeen(cells.seen, put)
      if (cells.harvester !== since.harvester) put(HARVESTS, cells.harvester.left)
      if (cells.logs !== since.logs) put(LOGS, cells.logs)
      if (cells.unreported !== since.unreported) put(UNREPORTED, cells.unreported)
      if (cells.spaces !== since.spaces)
        for (let i = 0; i < spaces; i++) {
          const space = cells.spaces[i] as Space
          if (space === since.spaces[i]) continue
          put(SPACES + 2 * i, space.published)
          put(SPACES + 2 * i + 1, space.other)
        }
      if (cells.vcpus !== since.vcpus)
        for (let id = 0; id < cells.vcpus.length; id++)
          if (cells.vcpus[id] !== since.vcpus[id]) put(vcpus + id, cells.vcpus[id])
    },
    join: get => {
      const updater = updaterOf(get)
      return {
        world,
        self: updater,
        updater,
        vcpus: initial.vcpus.map((_, id) => vcpuOf(get, id)),
        spaces: initial.spaces.map((_, i) => ({
          published: get(SPACES + 2 * i) as StepSet,
          other: get(SPACES + 2 * i + 1) as StepSet,
        })),
        logs: get(LOGS) as StepCells['logs'],
        unreported: get(UNREPORTED) as StepCells['logs'],
        harvester: harvesterOf(get),
        seen: { ...(get(NOTED) as Observed), committed: get(COMMITTED) as boolean },
      }
    },
    view: get => viewOf(initial, get),
    offered: (view, mover, get) => {
      if (mover === 0) {
        const updater = updaterOf(get)
        return { ...view, self: updater, updater }
      }
      const id = mover - 1
      if (id === initial.vcpus.length) {
        const harvester = harvesterOf(get)
        return { ...view, self: harvester, harvester }
      }
      const self = vcpuOf(get, id)
      return { ...view, self, vcpus: view.vcpus.with(id, self) }
    },
  }
}

/** Cells of a world that read a part when something of it is accessed. */
const viewOf = (initial: StepCells, get: Get): StepCells => {
  const { world, spaces, logs } = initial
  const vcpus = SPACES + 2 * spaces.length
  const updater = lazyObject<Updater>(initial.updater, key => {
    switch (key) {
      case 'pc':
        return get(PC) as never
      case 'at':
        return (world.script[get(PC) as number]?.kind ?? 'idle') as never
      case 'ended':
        return get(ENDED) as never
      default:
        return 'updater' as never
    }
  })
  return {
    world,
    self: updater,
    updater,
    vcpus: initial.vcpus.map(({ id: own }) =>
      lazyObject<StepVcpu>(initial.vcpus[own] as StepVcpu, key =>
        key === 'id' ? (own as never) : (get(vcpus + own, key) as never),
      ),
    ),
    spaces: spaces.map((space, i) =>
      lazyObject<Space>(space, key => get(SPACES + 2 * i + (key === 'published' ? 0 : 1)) as StepSet),
    ),
    logs: lazyArray(logs.length, log => (get(LOGS) as StepCells['logs'])[log] as number),
    unreported: lazyArray(logs.length, log => (get(UNREPORTED) as StepCells['logs'])[log] as number),
    harvester: lazyObject<Harvester>(initial.harvester, key =>
      key === 'left' ? (get(HARVESTS) as never) : initial.harvester[key],
    ),
    seen: lazyObject<Observed>(initial.seen, key =>
      key === 'committed' ? (get(COMMITTED) as never) : (get(NOTED) as Observed)[key],
    ),
  }
}
