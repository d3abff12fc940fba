import { pathsOf } from '../../spec/rules/paths.js'
import type { Cells } from '../../spec/terms/cells.js'
import { betweenOf, isVirtual } from '../../spec/terms/operation.js'
import { atRest, type Effect, effectsOf } from '../effects.js'
import { type Begun, type Candidate, takenBy } from './candidate.js'
import { unsettlesSlots } from './footprint.js'
import {
  effectsFrom,
  exitsOf,
  type Halfway,
  holdsSecondSwap,
  isHalfHarvested,
  savedReadBy,
} from './halfway.js'
import { type Harvest, hasParts, isHarvest, partsOf } from './harvest.js'
import {
  dataAlone,
  markedBefore,
  mayMarkEarly,
  mayMarkLogs,
  type UnmadeMark,
  withCleanLogs,
  withEarlyMarks,
  withMarks,
} from './unmade-marks.js'
import {
  effectsByWindow,
  type Going,
  type StepAmid,
  stepsAcross,
  stepsInWindow,
  type Window,
  waitsForWindow,
} from './window.js'

/** The effects that a trace allows, where it says which rule the operation follows. */
const followed = ({ chosen }: Begun, effects: readonly Effect[]): readonly Effect[] =>
  chosen === null ? effects : effects.filter(({ rule }) => rule.id === chosen)

const goingOf = ({ halfway }: Candidate, n: number, { operation }: Begun): Going => ({
  n,
  operation,
  half: halfway.find(half => half.n === n),
})

const having = (from: Candidate, n: number, { rule, result, cells }: Effect): Candidate => ({
  ...from,
  cells: atRest(cells),
  halfway: from.halfway.length === 0 ? from.halfway : from.halfway.filter(half => half.n !== n),
  taken: [...from.taken, { rule, result, cells, n, before: from.cells }],
})

/** Whether one of these, which has still to take effect, reads or clears a log. */
export const awaitsHarvest = (candidate: Candidate, others: ReadonlyMap<number, Begun>): boolean =>
  [...others].some(([m, { operation }]) => isHarvest(operation) && takenBy(candidate, m) === null)

/**
 * Whether the marks of an access are left to make where it takes effect, since a harvest may come before them: of the last, which
 * is about to return, one in progress; of any other operation, one that has yet to begin as well.
 */
const leavesMarks = (
  candidate: Candidate,
  { operation }: Begun,
  others: ReadonlyMap<number, Begun>,
  isLast: boolean,
): boolean =>
  candidate.window === null &&
  betweenOf(operation) === undefined &&
  mayMarkLogs(operation, candidate.cells) &&
  (!isLast || awaitsHarvest(candidate, others))

/** The candidates on which the data of an access is done, and its marks are left to make. */
const havingData = (from: Candidate, m: number, begun: Begun): readonly Candidate[] => {
  const { cells } = from
  const { half } = goingOf(from, m, begun)
  return followed(begun, effectsFrom(withCleanLogs(cells), begun.operation, half)).map(onClean => {
    const { effect, unmade } = dataAlone(m, cells, onClean)
    return { ...having(from, m, effect), unmade: [...from.unmade, ...unmade] }
  })
}

const havingBegun = (from: Candidate, cells: Cells, half: Halfway): Candidate => ({
  ...from,
  cells,
  halfway: [...from.halfway.filter(one => one.n !== half.n), half],
})

/** The candidate with the change made whose window was open, or of which the operation saw the end. */
const withChangeMade = (from: Candidate, n: number, effect: Effect): Candidate => ({
  ...having(from, n, { ...effect, cells: from.cells }),
  window: null,
})

/** The candidates after steps that an operation made while another call's change was under way; null where it cannot be made. */
const afterSteps = (
  candidate: Candidate,
  n: number,
  begun: Begun,
  steps: readonly StepAmid[],
  others: { readonly open: Candidate['window']; readonly made: (from: Candidate) => Candidate | null },
): readonly Candidate[] =>
  steps.flatMap(step => {
    if ('effect' in step && followed(begun, [step.effect]).length === 0) return []
    const after =
      'effect' in step ? having(candidate, n, step.effect) : havingBegun(candidate, step.cells, step.half)
    if (step.reached === 'open') return [{ ...after, window: others.open }]
    return others.made(after) ?? []
  })

/** The candidates on which operation `n` makes its next step while another call's window is open. */
const takeInWindow = (
  candidate: Candidate,
  n: number,
  begun: Begun,
  window: Window,
  changing: Begun,
): readonly Candidate[] => {
  const { cells, halfway } = candidate
  if (waitsForWindow(begun.operation, cells)) return []
  const changes = followed(changing, effectsByWindow(cells, window.call, effectsOf(cells, window.call)))
  const waits = holdsSecondSwap(halfway, window.n)
  return changes.flatMap(change =>
    afterSteps(candidate, n, begun, stepsInWindow(cells, goingOf(candidate, n, begun), window, change), {
      open: window,
      made: after => (waits ? null : withChangeMade(after, window.n, change)),
    }),
  )
}

/** The candidates on which operation `n` saw one of the other calls' changes begin in its middle. */
const takeAcross = (
  candidate: Candidate,
  n: number,
  begun: Begun,
  others: ReadonlyMap<number, Begun>,
): readonly Candidate[] => {
  if (!isVirtual(begun.operation)) return []
  const { cells, halfway } = candidate
  return [...others].flatMap(([m, changing]) => {
    const call = changing.operation
    if (call.op !== 'set' || takenBy(candidate, m) !== null) return []
    const waits = holdsSecondSwap(halfway, m)
    return followed(changing, effectsOf(cells, call)).flatMap(made =>
      afterSteps(candidate, n, begun, stepsAcross(cells, goingOf(candidate, n, begun), call, made), {
        open: { n: m, call },
        made: after =>
          waits && effectsByWindow(cells, call, [made]).length > 0 ? null : withChangeMade(after, m, made),
      }),
    )
  })
}

/** The candidates on which operation `n` has come to the first of its two moments; others may come before the second. */
const takeHalf = (
  candidate: Candidate,
  n: number,
  { operation }: Begun,
  others: ReadonlyMap<number, Begun>,
): readonly Candidate[] => {
  const { cells, window, halfway } = candidate
  if (others.size < 2 || halfway.some(half => half.n === n) || betweenOf(operation) !== undefined) return []
  if (operation.op === 'rmw-virtual')
    return exitsOf(n, operation, pathsOf(cells, operation)).map(({ cells: out, half }) =>
      havingBegun(candidate, atRest(out), half),
    )
  return savedReadBy(cells, n, operation, window).map(half => havingBegun(candidate, cells, half))
}

const all = (): boolean => true

/** The marks that others make once they take effect. */
const marksToCome = (candidate: Candidate, others: ReadonlyMap<number, Begun>): readonly UnmadeMark[] => {
  const { cells } = candidate
  const clean = withCleanLogs(cells)
  return [...others].flatMap(([m, begun]) =>
    takenBy(candidate, m) !== null || !mayMarkLogs(begun.operation, cells)
      ? []
      : effectsFrom(clean, begun.operation, goingOf(candidate, m, begun).half).flatMap(
          onClean => dataAlone(m, cells, onClean).unmade,
        ),
  )
}

/** The candidates on which a harvest has come to its end, or past a page that others mark. */
const takeHarvest = (
  candidate: Candidate,
  n: number,
  begun: Begun & { readonly operation: Harvest },
  others: ReadonlyMap<number, Begun>,
): readonly Candidate[] => {
  const { operation } = begun
  const { cells, halfway } = candidate
  const isParted = hasParts(cells, operation)
  const toCome = isParted || !cells.params.exact ? marksToCome(candidate, others) : []
  const early = toCome.filter(({ n: m }) => mayMarkEarly((others.get(m) as Begun).operation, cells)) // of others
  const half = halfway.find(one => one.n === n)
  const done = half?.op === operation.op ? half : undefined
  const marked = isParted ? [...candidate.unmade, ...toCome] : []
  return markedBefore(withEarlyMarks(candidate, early), operation).flatMap(from => [
    ...takeNow(from, n, begun, others, true),
    ...partsOf(from.cells, operation, done, marked).map(part =>
      havingBegun(from, atRest(part.cells), { n, ...part.half }),
    ),
  ])
}

/**
 * Every candidate on which operation `n` has made its next step. A harvest comes before or after each mark left to make; a
 * change of slots after all of them, since it waits for accesses that are in flight. While a harvest is halfway calls wait
 * that are serialised with it.
 */
export const take = (
  candidate: Candidate,
  n: number,
  begun: Begun,
  others: ReadonlyMap<number, Begun>,
  isLast: boolean,
): readonly Candidate[] => {
  const { operation } = begun
  const { cells, halfway, unmade, window } = candidate
  if (halfway.some(half => isHalfHarvested(half) && half.n !== n) && waitsForWindow(operation, cells))
    return []
  if (isHarvest(operation)) return takeHarvest(candidate, n, { ...begun, operation }, others)
  if (unmade.length === 0) return takeNow(candidate, n, begun, others, isLast)
  const waits = window !== null || unsettlesSlots(operation) !== null
  return takeNow(waits ? withMarks(candidate, all) : candidate, n, begun, others, isLast)
}

/** The same, whatever has still to be marked: it has taken effect, or its window is open. */
const takeNow = (
  candidate: Candidate,
  n: number,
  begun: Begun,
  others: ReadonlyMap<number, Begun>,
  isLast: boolean,
): readonly Candidate[] => {
  const { cells, window } = candidate
  const { operation } = begun
  if (leavesMarks(candidate, begun, others, isLast))
    return [
      ...havingData(candidate, n, begun),
      ...takeHalf(candidate, n, begun, others),
      ...takeAcross(withMarks(candidate, all), n, begun, others),
    ]
  const effects = followed(begun, effectsFrom(cells, operation, goingOf(candidate, n, begun).half))
  if (window !== null && window.n !== n) {
    const changing = others.get(window.n)
    // A call that does not concern the operation makes no difference to it, nor does its window.
    if (changing === undefined)
      return [
        ...effects.map(effect => having(candidate, n, effect)),
        ...takeHalf(candidate, n, begun, others),
      ]
    return [...takeInWindow(candidate, n, begun, window, changing), ...takeHalf(candidate, n, begun, others)]
  }
  const byWindow = effectsByWindow(cells, operation, effects)
  const waits = holdsSecondSwap(candidate.halfway, n)
  if (window !== null)
    return waits ? [] : byWindow.map(effect => ({ ...having(candidate, n, effect), window: null }))
  const opened: readonly Candidate[] =
    byWindow.length > 0 && others.size > 1 && operation.op === 'set'
      ? [{ ...candidate, window: { n, call: operation } }]
      : []
  return [
    ...effects
      .filter(effect => !waits || !byWindow.includes(effect))
      .map(effect => having(candidate, n, effect)),
    ...opened,
    ...takeHalf(candidate, n, begun, others),
    ...takeAcross(withMarks(candidate, all), n, begun, others),
  ]
}
