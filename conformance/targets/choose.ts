import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { arm64NameOf } from './linux-vm/kernel-name.js'
import type { StopSignal } from './stop-signal.js'
import type { Target } from './target.js'

/** Why there is no such target: a name that means nothing (exit 2), or something the machine lacks (exit 3). */
export interface NoTarget {
  readonly exit: 2 | 3
  readonly why: string
}

export interface ChooseOptions {
  /** Seconds a program may take on a target of its own process. */
  readonly timeLimit?: number
  /** Ends every wait for an answer of a target in a process of its own. */
  readonly interruption?: StopSignal
  /** Hears what takes long before a target is there, like a download. */
  readonly tell?: (what: string) => void
}

export const TARGETS = 'impl, spec, kvm, linux-vm[:VERSION|FOLDER][,npt=0], or stdio:COMMAND'

/** The target of a name. Each is loaded only when it is asked for. */
export const targetOf = async (
  name: string,
  { timeLimit, interruption, tell = () => {} }: ChooseOptions = {},
): Promise<Either<NoTarget, Target>> => {
  const limits = timeLimit === undefined ? {} : { programMs: timeLimit * 1000 }
  if (name.startsWith('stdio:')) {
    const { stdioTarget } = await import('./stdio/target.js')
    const { sayCommandFault } = await import('./stdio/command-words.js')
    const target = stdioTarget(name.slice('stdio:'.length), limits, interruption)
    return isLeft(target) ? left({ exit: 2, why: sayCommandFault(target.left) }) : target
  }
  if (arm64NameOf(name) !== null)
    return left({ exit: 2, why: 'the exported program asks it, not this project: conform and race take it' })
  if (/^linux-vm\b/.test(name)) {
    const { linuxVmTarget } = await import('./linux-vm/target.js')
    const { sayNoVm } = await import('./linux-vm/no-vm.js')
    const target = await linuxVmTarget(name, tell, limits, interruption)
    return isLeft(target)
      ? left({ exit: target.left.kind === 'no name' ? 2 : 3, why: sayNoVm(target.left) })
      : target
  }
  switch (name) {
    case 'impl':
      return right((await import('./impl.js')).implTarget)
    case 'spec':
      return right((await import('./spec.js')).specTarget)
    case 'kvm': {
      const { kvmInChild } = await import('./kvm/in-child.js')
      const { sayUnavailable } = await import('./kvm/refusal.js')
      const target = await kvmInChild(limits, interruption)
      return isLeft(target) ? left({ exit: 3, why: sayUnavailable(target.left) }) : target
    }
    default:
      return left({ exit: 2, why: `there is no target "${name}": ${TARGETS}` })
  }
}
