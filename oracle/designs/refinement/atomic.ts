import {
  identity,
  type Relation,
  type Rule,
  type RuleKind,
  relation,
  rule,
  type Successor,
} from '../../../spec/rewrite/index.js'
import { semantics } from '../../../spec/rules/cite.js'
import type { StepSlot } from '../../../spec/terms/steps/slots.js'
import type { Want } from '../../../spec/terms/steps/world.js'
import type { System } from '../../explore/system.js'
import type { AtomicCall } from './calls.js'
import { beginning, CALL, FAILURE, meeting, metIn, RETURN } from './observed.js'

interface AtomicVcpu {
  readonly left: number
  readonly want: Want | null
  readonly next: number
  /** What the access found at the frame; null before it has looked. */
  readonly met: string | null
}

/** A machine whose calls publish a set in one step, and whose accesses look at a frame in one step. */
export interface AtomicMachine {
  readonly menu: readonly Want[]
  readonly slots: readonly StepSlot[]
  readonly calls: readonly AtomicCall[]
  /** The sets that the call in progress has still to publish; null between calls. */
  readonly doing: AtomicCall | null
  /** The call in progress has published nothing yet, and may fail. */
  readonly untouched: boolean
  readonly failed: boolean
  readonly vcpus: readonly AtomicVcpu[]
}

type Choice = { readonly [name: string]: unknown; readonly sees: string | null; readonly next: AtomicMachine }

/** A rule with several choices, each with what is observed of it. */
const ways = (
  id: string,
  kind: RuleKind,
  says: string,
  choose: (cells: AtomicMachine) => readonly Choice[],
): Rule<AtomicMachine> =>
  rule<AtomicMachine>({
    id,
    kind,
    says,
    cites: [semantics('What a vCPU may observe')],
    match: {},
    when: [],
    choose,
    rewrite: (_, { next }) => next as AtomicMachine,
  })

const each = (
  cells: AtomicMachine,
  way: (v: AtomicVcpu, id: number) => readonly (readonly [string | null, AtomicVcpu])[],
) =>
  cells.vcpus.flatMap((v, id) =>
    way(v, id).map(([sees, after]) => ({ sees, next: { ...cells, vcpus: cells.vcpus.with(id, after) } })),
  )

const rules: readonly Rule<AtomicMachine>[] = [
  ways('whole.call', 'internal', 'The next call is made.', cells => {
    const [doing, ...calls] = cells.calls
    if (cells.doing !== null || cells.failed || doing === undefined) return []
    return [{ sees: CALL, next: { ...cells, doing, calls, untouched: true } }]
  }),
  ways('whole.fail', 'call fails', 'A call fails, and nothing has changed.', cells =>
    cells.doing === null || !cells.untouched
      ? []
      : [{ sees: FAILURE, next: { ...cells, doing: null, calls: [], failed: true } }],
  ),
  ways('whole.step', 'internal', 'The call in progress publishes its next set.', cells => {
    const [slots, ...doing] = cells.doing ?? []
    return slots === undefined ? [] : [{ sees: null, next: { ...cells, slots, doing, untouched: false } }]
  }),
  ways('whole.return', 'return', 'A call that has published all its sets returns.', cells =>
    cells.doing?.length === 0 ? [{ sees: RETURN, next: { ...cells, doing: null } }] : [],
  ),
  ways('whole.begin', 'access', 'A vCPU begins any access it may make.', cells =>
    each(cells, (v, id) =>
      v.want !== null || v.left === 0
        ? []
        : cells.menu.map(want => [beginning(id, want), { ...v, want, next: 0, left: v.left - 1 }] as const),
    ),
  ),
  ways('whole.meet', 'access', 'An access looks at the frame; while its slot is INVALID it waits.', cells =>
    each(cells, v => {
      if (v.want === null || v.met !== null) return []
      const met = metIn(cells.slots, v.want, v.want.frames[v.next] ?? 0)
      return met === null ? [] : [[null, { ...v, met }]]
    }),
  ),
  ways('whole.end', 'access', 'An access ends with what it found.', cells =>
    each(cells, (v, id) => {
      if (v.want === null || v.met === null) return []
      const sees = meeting(id, v.want, v.want.frames[v.next] ?? 0, v.met)
      const goesOn = v.met.startsWith('host page') && v.next + 1 < v.want.frames.length
      return [
        [sees, goesOn ? { ...v, next: v.next + 1, met: null } : { ...v, want: null, next: 0, met: null }],
      ]
    }),
  ),
]

const atomicRelation: Relation<AtomicMachine> = relation('whole', rules)

export const atomicSystem = (initial: AtomicMachine): System<AtomicMachine> => ({
  relation: atomicRelation,
  initial: [initial],
  encode: ({ menu: _, ...rest }) => identity(rest),
  actor: () => 0,
})

/** What is observed of a step, as the rule's choice says. */
export const seenOf = ({ bindings }: Successor<AtomicMachine>): string | null =>
  bindings.sees as string | null
