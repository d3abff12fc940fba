import { type Premise, type Rule, rule } from '../../rewrite/index.js'
import type { OfVcpu, StepCells, VcpuAt } from '../../terms/steps/cells.js'
import { linux, semantics } from '../cite.js'

type Chosen = Readonly<Record<string, unknown>>

/** A rule of vCPUs that stand somewhere. */
export const station = (
  id: string,
  at: VcpuAt,
  says: string,
  when: readonly Premise<OfVcpu>[],
  rewrite: (cells: OfVcpu, bindings: Chosen) => StepCells,
  choose?: (cells: OfVcpu) => readonly Chosen[],
): Rule<StepCells> =>
  rule<StepCells, OfVcpu>({
    id,
    kind: 'access',
    says,
    cites: [semantics('Access'), semantics('Retry'), linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn')],
    match: { self: { at } },
    when,
    ...(choose === undefined ? {} : { choose }),
    rewrite,
  })
