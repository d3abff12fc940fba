import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { StdioLimits } from '../stdio/limits.js'
import { programTarget } from '../stdio/target.js'
import type { StopSignal } from '../stop-signal.js'
import type { Target } from '../target.js'
import { bootable } from './boot.js'
import type { NoVm } from './no-vm.js'

/** Software emulation is slow: a boot is ten seconds on an idle machine, and a change of slots may be ten milliseconds. */
const PATIENCE_MS = 600_000

/**
 * The KVM of another kernel, booted under software emulation with nested SVM. What runs there is what serves the KVM of
 * this machine, through a port. Each session is a boot; a panic costs one case.
 */
export const linuxVmTarget = async (
  name: string,
  tell: (what: string) => void,
  limits: Partial<StdioLimits> = {},
  interruption?: StopSignal,
): Promise<Either<NoVm, Target>> => {
  const vm = await bootable(name, tell)
  if (isLeft(vm)) return vm
  tell(`booting ${vm.right.release} (its console: ${vm.right.log})`)
  return right(
    programTarget(
      vm.right.command('serve'),
      { answerMs: PATIENCE_MS, programMs: PATIENCE_MS, ...limits },
      interruption,
    ),
  )
}
