import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../package-root.js'
import type { Benchmark } from '../benchmark.js'
import type { CostOfCase } from './kvm-case-program.js'

/** Compiled, since a benchmark is run from compiled files. */
const CASES = 'dist/conformance/bench/subjects/kvm-case-program.js'

const costOfCase = (): CostOfCase | string => {
  const { stdout } = spawnSync(process.execPath, [join(packageRoot(), CASES)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const told: CostOfCase | { readonly because: string } = JSON.parse(stdout) // our own program
    return 'because' in told ? told.because : told
  } catch {
    return `${CASES} printed no result`
  }
}

/**
 * A spread of the suite's cases, asked and judged in one process, beside their ioctls: the ratio is the inverse of the share
 * of time that is the kernel's. Both are of one run in each round.
 */
export const casesBenchmark = (): Benchmark => {
  const untold = { ns: [] as number[], inIoctls: [] as number[] }
  const next = (which: keyof typeof untold): number => {
    if (untold[which].length === 0) {
      const cost = costOfCase()
      if (typeof cost === 'string') return Number.NaN // said by `check`
      untold.ns.push(cost.ns)
      untold.inIoctls.push(cost.inIoctls)
    }
    return untold[which].shift() ?? Number.NaN
  }
  return {
    name: 'kvm, a case asked and judged',
    subject: { name: 'conform', tells: () => next('ns') },
    unit: '/s',
    comparisons: [{ peer: { name: 'its ioctls', tells: () => next('inIoctls') }, target: null }],
    check: () => {
      const cost = costOfCase()
      return typeof cost === 'string' ? cost : null
    },
  }
}
