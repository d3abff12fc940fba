import { not, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { ended } from '../../terms/result.js'
import { answer } from '../answer.js'
import { semantics } from '../cite.js'
import { ofVcpu } from './form.js'
import { kernelRules } from './kernel.js'
import { loadRules } from './loads.js'
import { storeRules } from './stores.js'
import { tableRules } from './tables.js'
import { type Accessing, vcpuExists } from './target.js'

export const accessRules: readonly Rule<Cells>[] = [
  ...ofVcpu.map(op =>
    rule<Cells, Accessing>({
      id: `${op}.no-vcpu`,
      kind: 'access',
      says: 'Only a vCPU that exists makes accesses.',
      cites: [semantics('vCPU')],
      match: { call: { op } },
      when: [not(vcpuExists)],
      rewrite: cells => answer(cells, ended('fault', null, 'ENOENT')),
    }),
  ),
  ...loadRules,
  ...storeRules,
  ...tableRules,
  ...kernelRules,
]
