import { spawn } from 'node:child_process'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { NoVm } from './no-vm.js'

/** Runs a program to its end: what it said, or why there is nothing. `of`: the package that has it. */
export const runCommand = (
  [program, ...words]: readonly [string, ...string[]],
  of: string,
  folder?: string,
): Promise<Either<NoVm, Buffer>> =>
  new Promise(resolve => {
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(folder === undefined ? {} : { cwd: folder }),
    })
    const said: Buffer[] = []
    let complaint = ''
    child.stdout.on('data', chunk => said.push(chunk))
    child.stderr.on('data', chunk => {
      complaint += chunk
    })
    child.on('error', () => resolve(left({ kind: 'no program', program, of })))
    child.on('close', code =>
      resolve(
        code === 0 ? right(Buffer.concat(said)) : left({ kind: 'failed', command: program, complaint }),
      ),
    )
  })
