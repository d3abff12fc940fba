import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { Case } from '../../cases/case.js'
import { kselftestCases, kselftestExport } from '../../cases/export/kselftest.js'
import type { SuiteReport } from '../../reports/conform/codec.js'
import { arm64Machine } from '../../targets/linux-arm64/boot.js'
import type { NoVm } from '../../targets/linux-vm/no-vm.js'
import type { StopSignal } from '../../targets/stop-signal.js'
import { reportOfTap } from './report.js'
import { tapReader } from './tap.js'

export interface ExportedOptions {
  /** How long the machine may say nothing: a boot takes half a minute on a busy machine. */
  readonly silenceMs?: number
  readonly stop: StopSignal
  /** Hears what takes long. */
  readonly tell: (what: string) => void
  readonly onProgress?: (done: number, total: number, failed: number) => void
}

const SILENCE_MS = 180_000

/** Runs a machine to its end. `line` gets what its program says. */
const runMachine = async (
  [program, ...words]: readonly [string, ...string[]],
  { stop, silenceMs = SILENCE_MS }: ExportedOptions,
  line: (text: string) => void,
): Promise<string> => {
  // Its input stays open: a machine whose port is closed cannot speak through it.
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  let isSilent = false
  child.stderr.on('data', chunk => {
    complaint += chunk
  })
  const end = (): void => {
    child.kill()
  }
  const silence = setTimeout(() => {
    isSilent = true
    end()
  }, silenceMs)
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  stop.addEventListener('abort', end)
  for await (const text of createInterface({ input: child.stdout })) {
    silence.refresh()
    line(text)
  }
  const status = await ended
  clearTimeout(silence)
  stop.removeEventListener('abort', end)
  if (stop.aborted) return 'interrupted'
  if (isSilent) return `the machine said nothing for ${silenceMs / 1000} s`
  return complaint.trim() || (status === 0 ? 'the machine turned itself off' : `QEMU ended with ${status}`)
}

/**
 * Asks a kernel of arm64 the cases that need no running guest: by the program that `cases --export kselftest` writes, which is
 * compiled for it and run by a machine under software emulation. Its verdicts are read back.
 */
export const runExported = async (
  name: string,
  cases: readonly Case[],
  options: ExportedOptions,
): Promise<Either<NoVm, SuiteReport>> => {
  const started = performance.now()
  const { ids } = kselftestCases(cases)
  const source = { main: 'memslot_test.c', files: kselftestExport(cases) }
  const machine = await arm64Machine(name, source, [], options.tell)
  if (isLeft(machine)) return machine
  const { command, release, log } = machine.right
  options.tell(`booting ${release} (its console: ${log})`)
  const reader = tapReader()
  let done = 0
  let failed = 0
  const because = await runMachine(command, options, text => {
    const verdict = reader.line(text)
    if (verdict === null) return
    done++
    if (verdict.kind === 'failed') failed++
    options.onProgress?.(done, ids.length, failed)
  })
  const tap = reader.tap()
  const report = reportOfTap(cases, ids, tap, {
    because: `${because}; its console: ${log}`,
    interrupted: options.stop.aborted,
  })
  return right({ ...report, seconds: (performance.now() - started) / 1000 })
}
