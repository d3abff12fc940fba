import type { AuditReport, ReportHole } from './codec.js'

export interface WindowGroup {
  readonly title: string
  readonly holes: readonly ReportHole[]
}

const met = ({ running }: ReportHole): boolean => running !== null && running.length > 0

/** All windows by what the vCPUs did meanwhile, those that matter first; empty groups are left out. */
export const windowGroups = ({ updates }: AuditReport): readonly WindowGroup[] => {
  const holes = updates.flatMap(update => update.holes)
  const groups: readonly WindowGroup[] = [
    { title: 'While another vCPU thread was inside KVM_RUN', holes: holes.filter(met) },
    {
      title: 'While it is unknown who was inside KVM_RUN',
      holes: holes.filter(({ running, beforeRun }) => running === null && beforeRun !== true),
    },
    {
      title: 'While no other vCPU thread was inside KVM_RUN',
      holes: holes.filter(({ running, beforeRun }) => running?.length === 0 && beforeRun !== true),
    },
    { title: 'Before any vCPU ran', holes: holes.filter(({ beforeRun }) => beforeRun === true) },
  ]
  return groups.filter(group => group.holes.length > 0)
}
