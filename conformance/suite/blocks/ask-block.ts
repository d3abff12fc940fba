import type { Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import { type Allowance, allowanceOf } from '../../cases/allowed.js'
import type { Case } from '../../cases/case.js'
import type { Posed } from '../../cases/exhaustive/exhaustive.js'
import { draftOf } from '../../cases/exhaustive/exhaustive.js'
import { featuresOf } from '../../targets/features.js'
import type { Asked } from '../ask.js'
import { opsAs } from '../expect.js'

export type Ask = (one: Case) => Asked | Promise<Asked>

/** A case of which nothing is expected yet. */
export const askable = (posed: Posed): Case => {
  const draft = draftOf(posed)
  return { ...draft, needs: featuresOf(draft.config, draft.ops), rules: [], cites: [], allow: [] }
}

/** Consecutive cases that may share a VM. */
const groupsOf = (cases: readonly Posed[]): readonly (readonly Posed[])[] => {
  const groups: Posed[][] = []
  for (const one of cases) {
    const group = groups.at(-1)
    const [first] = group ?? []
    if (group !== undefined && first?.setup === one.setup && first.config === one.config) group.push(one)
    else groups.push([one])
  }
  return groups
}

/** A group as one program: its setup once, then what each case asks. */
const programOf = (group: readonly Posed[]): Posed => {
  const first = group[0] as Posed // a group has a member
  return { ...first, ops: group.flatMap(({ ops }) => ops) }
}

/** The run up to a case, with the cases before it on the same VM. */
export interface RunUpTo extends Pick<Case, 'ops' | 'allow' | 'loose'> {
  readonly seen: readonly Seen[]
}

/** What was answered to one case in its place among others. */
export interface InPlace {
  /** Null where the run ended before, went wrong, or the target refused it. */
  readonly seen: readonly Seen[] | null
  /** Why the run went wrong, at the first case that has no answers for it. */
  readonly fault: string | null
  /** The operations as they were done, the setup's among them. */
  readonly performed: readonly Operation[]
  readonly upToHere: () => RunUpTo
}

/** Runs of a group: what is allowed to all of it is found when first asked for, and once. */
const runsUpTo = (
  program: Posed,
  seen: readonly Seen[],
  performed: readonly Operation[],
): ((end: number) => RunUpTo) => {
  const { config } = program
  const ops = opsAs(draftOf(program).ops, performed)
  let whole: Allowance | null = null
  return end => {
    whole ??= allowanceOf(config, ops)
    return {
      ops: ops.slice(0, end),
      allow: whole.allow.slice(0, end),
      loose: whole.loose.slice(0, end),
      seen: seen.slice(0, end),
    }
  }
}

/** Asks cases, those that may share a VM on the same one. */
export const askTogether = async (ask: Ask, cases: readonly Posed[]): Promise<readonly InPlace[]> => {
  const answers: InPlace[] = []
  for (const group of groupsOf(cases)) {
    const program = programOf(group)
    const asked = ask({ ...draftOf(program), needs: [], rules: [], cites: [], allow: [] })
    const { seen, fault, performed } = asked instanceof Promise ? await asked : asked
    const setup = seen.slice(0, program.setup.length)
    const upTo = runsUpTo(program, seen, performed)
    let at = setup.length
    let faulty = false
    for (const [i, { ops }] of group.entries()) {
      const mine = seen.slice(at, at + ops.length)
      const done = [...performed.slice(0, setup.length), ...performed.slice(at, at + ops.length)]
      at += ops.length
      const end = at
      // A run that went wrong after its last answer has done so in the last case.
      const isLast = i === group.length - 1
      const isAnswered = mine.length === ops.length && !(fault !== null && isLast)
      answers.push({
        seen: isAnswered ? [...setup, ...mine] : null,
        fault: isAnswered || faulty ? null : fault,
        performed: done,
        upToHere: () => upTo(end),
      })
      faulty ||= !isAnswered
    }
  }
  return answers
}
