import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { TargetRefusal } from '../target-error.js'
import { refuse } from './refusal.js'

/** Another process that makes ioctls on our VM, which it inherited as file descriptor 3 (KVM answers EIO). */
export interface OtherProcess {
  /** Makes the ioctl with this struct; the result or a negated errno. */
  ioctl(request: number, argument: Uint8Array): Promise<number>
  /** Ends the process. It keeps the VM alive until then. */
  end(): void
}

/** One line in, `request struct-in-hex`; one line out, the result. Ends with its input, so it does not outlive us. */
const SCRIPT = `
const koffi = require(process.argv[1])
const ioctl = koffi.load(null).func('ioctl', 'int', ['int', 'unsigned long', 'void *'])
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const [request, hex] = line.split(' ')
  const result = ioctl(3, Number(request), Buffer.from(hex, 'hex'))
  const answer = result === -1 ? -koffi.errno() : result // at once: process.stdout sets errno when first used
  process.stdout.write(answer + '\\n')
})`

/** Starts the process: about 50 ms, so only when it is first needed. */
export const startOtherProcess = (vmFd: number): OtherProcess => {
  const koffi = createRequire(import.meta.url).resolve('koffi')
  const child = spawn(process.execPath, ['-e', SCRIPT, koffi], {
    stdio: ['pipe', 'pipe', 'pipe', vmFd],
  }) as ChildProcessWithoutNullStreams // the first three are pipes
  const waiting: { resolve: (result: number) => void; reject: (error: TargetRefusal) => void }[] = []
  let lost: string | null = null
  let complaint = ''
  const lose = (because: string): void => {
    lost ??= because
    for (const { reject } of waiting.splice(0)) reject(refuse({ kind: 'no-other-process', because: lost }))
  }
  /** While nothing is asked of it, the child must not keep this process from ending. */
  const handles = [child, child.stdout as Socket, child.stderr as Socket] // pipes of a child are sockets
  const hold = (): void => {
    for (const handle of handles) {
      if (waiting.length > 0) handle.ref()
      else handle.unref()
    }
  }
  createInterface({ input: child.stdout }).on('line', line => {
    waiting.shift()?.resolve(Number(line))
    hold()
  })
  child.stderr.on('data', chunk => {
    complaint += chunk
  })
  child.stdin.on('error', error => lose(error.message))
  child.on('error', error => lose(error.message))
  child.on('close', code => lose(`it ended with ${code}${complaint === '' ? '' : `: ${complaint.trim()}`}`))
  return {
    ioctl: (request, argument) =>
      new Promise((resolve, reject) => {
        if (lost !== null) return reject(refuse({ kind: 'no-other-process', because: lost }))
        waiting.push({ resolve, reject })
        hold()
        child.stdin.write(`${request} ${Buffer.from(argument).toString('hex')}\n`)
      }),
    end: () => {
      child.kill()
    },
  }
}
