import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { Target } from './target.js'

/** Why there is no such target: a name that means nothing (exit 2), or something the machine lacks (exit 3). */
export interface NoTarget {
  readonly exit: 2 | 3
  readonly why: string
}

export interface ChooseOptions {
  /** Seconds a program may take on a target of its own process. */
  readonly timeLimit?: number
}

export const TARGETS = 'impl, spec, kvm, or stdio:COMMAND'

/** The target of a name. Each is loaded only when it is asked for. */
export const targetOf = async (
  name: string,
  options: ChooseOptions = {},
): Promise<Either<NoTarget, Target>> => {
  if (name.startsWith('stdio:')) {
    const { stdioTarget } = await import('./stdio/target.js')
    const { sayCommandFault } = await import('./stdio/command-words.js')
    const { timeLimit } = options
    const target = stdioTarget(
      name.slice('stdio:'.length),
      timeLimit === undefined ? {} : { programMs: timeLimit * 1000 },
    )
    return isLeft(target) ? left({ exit: 2, why: sayCommandFault(target.left) }) : target
  }
  switch (name) {
    case 'impl':
      return right((await import('./impl.js')).implTarget)
    case 'spec':
      return right((await import('./spec.js')).specTarget)
    case 'kvm': {
      const { kvmInChild } = await import('./kvm/in-child.js')
      const { sayUnavailable } = await import('./kvm/refusal.js')
      const { timeLimit } = options
      const target = await kvmInChild(timeLimit === undefined ? {} : { programMs: timeLimit * 1000 })
      return isLeft(target) ? left({ exit: 3, why: sayUnavailable(target.left) }) : target
    }
    default:
      return left({ exit: 2, why: `there is no target "${name}": ${TARGETS}` })
  }
}
