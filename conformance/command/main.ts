#!/usr/bin/env node
import { main } from './memslot.js'
import { EXIT, SIGNALS } from './status.js'

const { stdout, stderr, stdin } = process

// A reader that has seen enough (`| head`) closes the pipe: the run goes on to its end for its status and its files.
let unheard = false
let unwritten: Error | null = null
const failed = (error: Error): void => {
  unheard = true
  if (!('code' in error && error.code === 'EPIPE')) unwritten ??= error
}
stdout.on('error', failed)
stderr.on('error', () => {})

const interruption = new AbortController()
for (const [signal, status] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(status) // asked twice: without results
    interruption.abort(signal)
  })
}

const status = await main(process.argv.slice(2), {
  out: text => {
    // The callback: of a full device, no event comes before the process has ended.
    if (!unheard) stdout.write(text, error => void (error == null || failed(error)))
  },
  err: text => {
    stderr.write(text)
  },
  isTTY: stdout.isTTY === true,
  ...(stdout.isTTY === true ? { columns: stdout.columns } : {}),
  env: process.env,
  stdin,
  pipes: { input: stdin, output: stdout },
  stop: interruption.signal,
  ...(stderr.isTTY === true ? { terminal: stderr } : {}),
})

// Exits even if a job left something open, once all output is flushed.
const leave = async (): Promise<void> => {
  if (unwritten === null) process.exit(status)
  const { printInputError } = await import('../../oracle/wire/decode.js')
  const { writeError } = await import('./file-error.js')
  stderr.write(`memslot: ${printInputError(writeError('standard output', unwritten))}\n`, () =>
    process.exit(EXIT.usage),
  )
}
process.exitCode = status
stdout.write('', () => stderr.write('', () => void leave()))
