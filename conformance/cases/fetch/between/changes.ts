import type { BatchCall, Operation, SetCall } from '../../../../spec/terms/operation.js'
import { batch, entry, removal, remove, set } from '../../draft/calls.js'
import { PAGE_1, PAGE_2 } from '../../draft/fetch-layout.js'
import { anew, backed, slotIn } from './world.js'

/** A change of slots in the middle of a fetch; the calls before it, and those that undo it. */
export interface Change {
  readonly name: string
  readonly first: readonly Operation[]
  readonly operation: SetCall | BatchCall
  readonly restore: readonly Operation[]
}

/** Frames are moved this far. */
const AWAY = 32
const LOG = 1
const RO = 2

/** Changes of the slots of a fetch, made in the space `as` while the vCPU is in `space`. */
const within = (space: number, as: number) => {
  const plain = (frame: number) => ({ id: frame, base: frame, npages: 1, hva: backed(frame) })
  const slot = (frame: number, flags = 0) => set({ as, ...plain(frame), flags })
  const moved = (frame: number) => ({ ...plain(frame), base: AWAY + frame })
  const asBefore = (frames: readonly number[]): readonly Operation[] =>
    frames.flatMap(frame => [remove(frame, as), slotIn(space, as, frame)])
  const calls = (entries: Parameters<typeof batch>[0]) => batch(entries, 'total', as) as BatchCall
  const change = (
    name: string,
    frames: readonly number[],
    operation: SetCall | BatchCall,
    first: readonly Operation[] = [],
  ): Change => ({ name: `${name}-${frames.join('-')}`, first, operation, restore: asBefore(frames) })
  return { plain, slot, moved, change, calls, gone: (frame: number) => remove(frame, as) }
}

/** One slot at a time, in each way that Linux has, and two calls that fail: one at once, one after its first swap. */
const bySet = (space: number, frame: number): readonly Change[] => {
  const { plain, slot, moved, change, gone } = within(space, space)
  const move = set({ as: space, ...moved(frame) })
  return [
    change('deleted', [frame], gone(frame)),
    change('moved', [frame], move),
    change('created', [frame], slot(frame), [gone(frame)]),
    change('created-anew', [frame], set({ as: space, ...plain(frame), hva: anew(frame) }), [gone(frame)]),
    change('logged', [frame], slot(frame, LOG)),
    change('unlogged', [frame], slot(frame), [gone(frame), slot(frame, LOG)]),
    change('not-moved', [frame], { ...move, allocation: 'late' }),
    change('refused', [frame], slot(frame, RO)),
  ]
}

/** A batch of one entry, and two that fail. */
const byBatch = (space: number, frame: number): readonly Change[] => {
  const { plain, slot, moved, change, calls, gone } = within(space, space)
  const rebacked = entry({ ...plain(frame), hva: anew(frame) })
  return [
    change('batch-rebacked', [frame], calls([rebacked])),
    change('batch-gone', [frame], calls([removal(frame)])),
    change('batch-moved', [frame], calls([entry(moved(frame))])),
    change('batch-appears', [frame], calls([entry(plain(frame))]), [gone(frame)]),
    change('batch-read-only', [frame], calls([entry({ ...plain(frame), flags: RO })])),
    change('batch-writable', [frame], calls([entry(plain(frame))]), [gone(frame), slot(frame, RO)]),
    change('batch-refused', [frame], calls([rebacked, removal(frame)])),
    change('batch-without-memory', [frame], { ...calls([rebacked]), allocation: 'early' }),
  ]
}

/** What a fetch in another space does not see at all. */
const elsewhere = (space: number, frame: number): readonly Change[] => {
  const as = 1 - space
  const { plain, change, calls } = within(space, as)
  const { restore, ...other } = change(
    'elsewhere',
    [frame],
    calls([entry({ ...plain(frame), hva: anew(frame) })]),
  )
  return [{ ...other, restore: as === 0 ? restore : [remove(frame, as)] }]
}

/** Several slots in one batch: none may be seen without the others. */
const together = (space: number, frames: readonly number[]): readonly Change[] => {
  const { plain, change, calls } = within(space, space)
  const onAnew = (frame: number) => entry({ ...plain(frame), hva: anew(frame) })
  const exchanged = frames.slice(1).map((frame, i): readonly [number, number] => [frames[i] as number, frame])
  return [
    change('batch-all', frames, calls(frames.map(onAnew))),
    change('batch-none', frames, calls(frames.map(removal))),
    ...exchanged.map(([one, other]) =>
      change(
        'batch-exchanged',
        [one, other],
        calls([entry({ ...plain(one), hva: backed(other) }), entry({ ...plain(other), hva: backed(one) })]),
      ),
    ),
    ...(frames.includes(PAGE_2)
      ? [change('batch-both-pages', [PAGE_1, PAGE_2], calls([PAGE_1, PAGE_2].map(onAnew)))]
      : []),
  ]
}

/** Every change there is of the slots that a fetch looks up. */
export const changesOf = (space: number, frames: readonly number[]): readonly Change[] => [
  ...frames.flatMap(frame => [...bySet(space, frame), ...byBatch(space, frame), ...elsewhere(space, frame)]),
  ...together(space, frames),
]
