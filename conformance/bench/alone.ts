import type { FromAlone } from './apart-messages.js'
import { isBenchName, runBenchmarks } from './run.js'

/** One benchmark in a process of its own: its name, rounds and milliseconds are the arguments. Any message ends it early. */
const [, , name = '', rounds, milliseconds] = process.argv
if (!isBenchName(name)) throw new Error(`there is no benchmark ${name}`) // names come from the same list

const stop = new AbortController()
// An interruption reaches this process too; the one that asked says so itself, and wants what was measured.
process.on('SIGINT', () => {})
process.on('message', () => stop.abort())
process.on('disconnect', () => process.exit(1))

const tell = (message: FromAlone): Promise<void> =>
  new Promise(resolve => process.send?.(message, () => resolve()))

const report = await runBenchmarks([name], {
  rounds: Number(rounds),
  milliseconds: Number(milliseconds),
  stop: stop.signal,
  onProgress: progress => void tell({ kind: 'progress', ...progress }),
})
await tell({ kind: 'report', report })
process.exit(0)
