import type { StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import { slotOf } from '../../../spec/terms/steps/slots.js'
import { isOfWriteClass } from '../../../spec/terms/steps/world.js'

const served = (v: StepVcpu, frame: number): boolean =>
  v.cache.some(t => t.space === v.space && t.frame === frame && !(t.ro && isOfWriteClass(v.want)))

/** The host pages from here on are those of the other space. */
const OTHER_SPACE = 8

/** Which of the two sets have the host page that an access reached. */
const bySet = ({ world }: StepCells, frame: number, hva: number): string => {
  if (hva >= OTHER_SPACE) return 'of the other space'
  const is = (backing: StepCells['world']['old'][number] | undefined) => backing?.hva === hva
  const [old, now] = [is(world.old[frame]), is(world.new[frame])]
  return old && now ? 'of both sets' : old ? 'of the old set' : now ? 'of the new set' : 'of neither set'
}

/** When an access began, as far as a reader can tell. */
const since = ({ updater }: StepCells, { began }: StepVcpu): string => {
  if (began !== 'returned') return began === 'before' ? '' : ' that began after the commit point'
  return updater.ended === 'failed' ? ' that began after the failure' : ' that began after the return'
}

/** Whether the published set blocks what an access is after. */
const meetsBlocked = (cells: StepCells, { space, want, next }: StepVcpu): boolean => {
  const set = cells.spaces[space]?.published
  const frames = want?.together === true && next === 0 ? want.frames : [want?.frames[next]]
  const blocked = [...(set?.blocked ?? []), ...(isOfWriteClass(want) ? (set?.noWrites ?? []) : [])]
  return frames.some(f => f !== undefined && blocked.includes(f))
}

const ofAccess = (from: StepCells, was: StepVcpu, is: StepVcpu): string | null => {
  const kind = was.want?.kind ?? is.want?.kind
  const frame = was.want?.frames[was.next] ?? 0
  const whole = was.want?.together === true && was.next === 0 ? ' that crosses' : ''
  switch (`${was.at} ${is.at}`) {
    case 'ready looking':
      return `${kind} begins`
    case 'ready asking':
    case 'waiting asking':
      return `vCPU in the middle of ${kind ?? 'nothing'} wants the lock of calls`
    case 'asking ready':
    case 'asking waiting':
      return 'vCPU changes an internal slot'
    case 'waiting ready':
    case 'waiting done':
      return `${kind} that waits is given up${was.interrupts > 0 ? '' : ', though nothing came'}`
    case 'ready ready':
      return `SMM is ${is.space > was.space ? 'entered' : 'left'}`
    case 'looking waiting':
      return `${kind}${whole} waits${meetsBlocked(from, was) ? ' for a blocked page' : ''}${served(was, frame) ? ', though it is cached' : ''}`
    case 'waiting looking':
      return `${kind}${whole} that waited looks up again`
    case 'looking held':
      return `${kind}${is.also.length > 0 ? ' that crosses' : ''} is served from the ${served(was, frame) ? 'cache' : 'set'}`
    case 'looking looking':
      return `${kind} looks up afresh`
    case 'looking ready': {
      const set = from.spaces[was.space]?.published
      const what = set === undefined || slotOf(set, frame) === null ? 'hole' : 'device'
      return `${kind}${since(from, was)} ends as a ${what}`
    }
    case 'held marking':
      return `${kind} stores`
    case 'held ready':
    case 'held looking':
    case 'held held':
    case 'marking ready':
    case 'marking looking':
    case 'marking held':
      return was.hold === null
        ? null
        : `${kind}${since(from, was)} completes at the page ${bySet(from, frame, was.hold.hva)}`
    default:
      return null
  }
}

const when = ({ updater, world }: StepCells): string =>
  updater.ended !== 'no' ? 'after the update' : updater.pc === world.start ? 'before it' : 'while it runs'

const sum = (bits: readonly number[]): number => bits.reduce((all, b) => all + b, 0)

/** What can be seen of a step from outside, in words that name no rule. */
export const observationsOf = (from: StepCells, to: StepCells): readonly string[] => {
  const seen: (string | null)[] = []
  const { self } = to
  switch (self.kind) {
    case 'vcpu': {
      const was = from.vcpus.find(v => v.id === self.id)
      if (was !== undefined) {
        const what = ofAccess(from, was, self)
        seen.push(
          what === null || was.space === 0 || (was.at === 'ready' && self.at === 'ready')
            ? what
            : `${what}, in SMM`,
        )
      }
      if (sum(to.logs) > sum(from.logs)) seen.push('log is marked')
      break
    }
    case 'updater':
      if (to.updater.ended !== from.updater.ended) seen.push(`update has ${to.updater.ended}`)
      if (sum(to.unreported) < sum(from.unreported)) seen.push('log is retired')
      else if (to.unreported.some((bits, log) => bits !== from.unreported[log])) seen.push('log is carried')
      break
    case 'harvester':
      seen.push(
        `harvest ${sum(to.unreported) < sum(from.unreported) ? 'reports a write' : 'finds nothing'} ${when(from)}`,
      )
  }
  return seen.flatMap(what => what ?? [])
}
