import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import { type ChooseOptions, type NoTarget, targetOf } from '../targets/choose.js'
import type { Target } from '../targets/target.js'
import { TargetFailure, TargetRefusal } from '../targets/target-error.js'
import { complain, type Io, stopOf } from './io.js'
import { EXIT } from './status.js'

/** A target that has said hello. Without a hello it is unknown what the target can be asked. */
export const readyTarget = async (
  name: string,
  timeLimit: number | undefined,
  io: Io,
): Promise<Either<NoTarget, Target>> => {
  const options: ChooseOptions = {
    ...(timeLimit === undefined ? {} : { timeLimit }),
    interruption: stopOf(io),
    tell: what => complain(io, `target ${name}: ${what}`),
  }
  const chosen = await targetOf(name, options)
  const target = isLeft(chosen)
    ? chosen
    : await chosen.right.hello().then(
        () => chosen,
        (error: unknown) => {
          if (!(error instanceof TargetRefusal || error instanceof TargetFailure)) throw error
          const isMistyped = error instanceof TargetFailure && error.kind === 'not-started'
          const exit = isMistyped ? EXIT.usage : EXIT.inconclusive
          return left<NoTarget, Target>({ exit, why: error.message })
        },
      )
  if (isLeft(target)) complain(io, `target ${name}: ${target.left.why}`)
  return target
}
