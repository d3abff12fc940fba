import { runsOf } from '../../spec/terms/page-set.js'
import type { Lane } from '../reports/audit/codec.js'
import { type Order, weigh } from './evidence.js'
import { lanesAround } from './lanes.js'
import type { Back, Update } from './update.js'
import type { VcpuThreads } from './vcpu-threads.js'

/** A window that may be the worst, and KVM_RUN around it: intervals are kept for a while only. */
export interface Pictured {
  readonly window: Back
  readonly lanes: readonly Lane[]
}

/** Who was inside KVM_RUN comes before memory times time: windows compete only with those of which the same is known. */
type Standing = 'inside' | 'nobody' | 'unknown' | 'before run'

const standingOf = ({ evidence }: Back, order: Order): Standing =>
  evidence.beforeRun ? 'before run' : weigh(evidence, order).kind

/** Memory times time of its largest stretch; null without times: there is no picture of it. */
const weightOf = ({ pages, from, to }: Back): number | null => {
  if (from.at === null || to.at === null) return null
  return Math.max(0, ...runsOf(pages).map(([, count]) => count)) * (to.at - from.at)
}

/** Takes the lanes of the windows of an update that may be the worst, while the intervals are still kept. */
export const createPictures = () => {
  const heaviest = new Map<Standing, number>()
  return (update: Update, threads: VcpuThreads, order: Order): readonly Pictured[] => {
    const best = new Map<Standing, Back>()
    for (const window of update.windows) {
      const weight = weightOf(window)
      if (weight === null) continue
      const standing = standingOf(window, order)
      const most = heaviest.get(standing) ?? -1
      if (weight < most || (weight === most && best.has(standing))) continue
      heaviest.set(standing, weight)
      best.set(standing, window)
    }
    return [...best.values()].map(window => {
      const { from, to } = window
      return {
        window,
        lanes: lanesAround({ fromLine: from.line, toLine: to.line, from: from.at, to: to.at }, threads),
      }
    })
  }
}
