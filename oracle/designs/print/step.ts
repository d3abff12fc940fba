import { stepRules } from '../../../spec/rules/steps/relation.js'
import type { StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import type { Micro } from '../../../spec/terms/steps/script.js'
import type { RunStep } from '../../explore/result.js'
import { printFrames } from './set.js'

const sentences = new Map(stepRules.map(rule => [rule.id, rule.says]))
const bits = (set: number): string => {
  const pages = Array.from({ length: 16 }, (_, page) => page).filter(page => (set & (1 << page)) !== 0)
  return pages.length === 0 ? 'none' : pages.join(', ')
}
const frames = (list: readonly number[]): string =>
  list.length === 1 ? `frame ${list[0]}` : `frames ${list.join(', ')}`

/** What the updater does, as one sentence; null where the rule's own sentence says it as well. */
const doing = (rule: string, micro: Micro, before: StepCells): string | null => {
  switch (micro.kind) {
    case 'publish':
      return `PUBLISHES ${printFrames(micro.set, micro.space === 0 ? before.world.frames : 0)}`
    case 'revoke':
      return `revokes cached translations of ${frames(micro.frames)}${micro.writes ? ', for writes only' : ''}`
    case 'drain':
      return 'has waited for every access that held an older set'
    case 'replay':
      return 'edits the inactive set to match'
    case 'may-fail':
      return rule === 'update.fails' ? 'FAILS: an allocation or a check' : 'begins a call: nothing fails yet'
    case 'carry':
      return `carries bits ${micro.carries.map(c => `of host page ${c.page} from bitmap ${c.from} to ${c.to}`).join(', ')}`
    case 'retire':
      return `hands the caller the bits of bitmap ${micro.log}: ${bits(before.logs[micro.log] ?? 0)}`
    case 'free':
      return `frees bitmap ${micro.log}, which has bits ${bits(Math.max(0, before.logs[micro.log] ?? 0))}`
    case 'return':
      return 'returns from a call'
    case 'goto':
      return before.world.script[before.updater.pc - 1]?.kind === 'return' ? 'turns to the next update' : null
    default:
      return null
  }
}

const pageOf = (v: StepVcpu): string => (v.hold === null ? 'memory' : `host page ${v.hold.hva}`)

/** What a vCPU does. */
const acting = (rule: string, was: StepVcpu, now: StepVcpu, before: StepCells): string | null => {
  const want = now.want ?? was.want
  const frame = was.want?.frames[was.next] ?? now.want?.frames[0] ?? 0
  switch (rule) {
    case 'vcpu.begin':
      return `begins a ${want?.kind} of ${frames(want?.frames ?? [])}`
    case 'vcpu.hit':
      return `frame ${frame} is cached: ${pageOf(now)}`
    case 'vcpu.obtain':
      return `looks up frame ${frame}: ${pageOf(now)}`
    case 'vcpu.hole':
    case 'vcpu.invalid-hole':
      return `looks up frame ${frame}: A HOLE${rule === 'vcpu.hole' ? '' : ' (the slot is INVALID)'}`
    case 'vcpu.mmio':
      return `looks up frame ${frame}: read-only, so an exit to a device`
    case 'vcpu.data':
      return `takes the bytes of frame ${frame} from ${pageOf(was)}`
    case 'vcpu.store':
      return `stores to frame ${frame} in ${pageOf(was)}`
    case 'vcpu.mark': {
      const log = was.hold?.log ?? -1
      return log < 0 ? 'ends its write, which nobody logs' : `marks ${pageOf(was)} in bitmap ${log}`
    }
    case 'vcpu.retry':
      return `looks at frame ${frame} again`
    default:
      return now.at === 'waiting' && before.vcpus.length > 0
        ? `WAITS for frame ${frame}: ${sentences.get(rule) ?? ''}`
        : null
  }
}

/** A step as one sentence: what whoever moves does, with the frames and host pages it concerns. */
export const printStep = (before: StepCells, { rule, cells }: RunStep<StepCells>): string => {
  const { self } = cells
  const fallback = sentences.get(rule) ?? rule
  if (self.kind === 'vcpu') {
    const [was, now] = [before.vcpus, cells.vcpus].map(all => all.find(v => v.id === self.id))
    return (was && now && acting(rule, was, now, before)) ?? fallback
  }
  if (self.kind === 'updater') {
    const micro = before.world.script[before.updater.pc]
    const did = micro === undefined ? fallback : (doing(rule, micro, before) ?? fallback)
    return cells.updater.ended === before.updater.ended
      ? did
      : `${did} — THE UPDATE HAS ${cells.updater.ended.toUpperCase()}`
  }
  const taken = before.logs.flatMap((was, log) =>
    cells.logs[log] === was ? [] : [`bitmap ${log}: ${bits(was)}`],
  )
  return `harvests ${taken.length === 0 ? 'nothing' : taken.join(', ')}`
}
