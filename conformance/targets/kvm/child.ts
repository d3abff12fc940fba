/** The program of the process in which guests of the target `kvm` run. */
import { isLeft } from 'fp-ts/lib/Either.js'
import { serve } from '../stdio/serve.js'
import { sayUnavailable } from './refusal.js'
import { kvmTarget } from './target.js'

const target = await kvmTarget()
if (isLeft(target)) {
  console.error(sayUnavailable(target.left))
  process.exitCode = 3
} else {
  await serve(target.right, process.stdin, process.stdout)
  process.exit() // the idle VM and the memory of guests are the process's own
}
