#!/usr/bin/env node
import { main } from './memslot.js'
import { EXIT } from './status.js'

const { stdout, stderr, stdin } = process

// A reader that has seen enough (`| head`) closes the pipe: the run goes on to its end for its status and its files.
let unheard = false
stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') unheard = true
  else throw error
})
stderr.on('error', () => {})

const interruption = new AbortController()
process.on('SIGINT', () => {
  if (interruption.signal.aborted) process.exit(EXIT.interrupted)
  interruption.abort()
})

const status = await main(process.argv.slice(2), {
  out: text => {
    if (!unheard) stdout.write(text)
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
}).catch((error: unknown) => {
  // An error of this program is no verdict on what it was asked to judge.
  stderr.write(
    `memslot: a fault of memslot itself: ${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return EXIT.inconclusive
})

// Exits even if a job left something open, once all output is flushed.
process.exitCode = status
stdout.write('', () => stderr.write('', () => process.exit(status)))
