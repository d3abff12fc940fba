import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { decodeJson, type InputError } from '../../oracle/wire/decode.js'
import { arm64Machine } from '../targets/linux-arm64/boot.js'
import { bootable } from '../targets/linux-vm/boot.js'
import { arm64NameOf } from '../targets/linux-vm/kernel-name.js'
import { sayNoVm } from '../targets/linux-vm/no-vm.js'
import { ACCESSES, PATHS } from './access.js'
import { EDITS } from './edit.js'
import { raceExport } from './exported/export.js'
import { type RaceRecord, RaceRecordCodec } from './record.js'

/** Why there are no records of a race. */
export type RaceFailure =
  /** The program ended with a status, after what it complained of. */
  | { readonly kind: 'ended'; readonly status: number | null; readonly complaint: string }
  | { readonly kind: 'no record'; readonly at: InputError }

export const sayRaceFailure = (failure: RaceFailure): string => {
  switch (failure.kind) {
    case 'ended':
      return failure.complaint.trim() || `its program ended with ${failure.status}`
    case 'no record':
      return `its program said what is no record: found ${failure.at.found}, expected ${failure.at.expected}`
  }
}

/** Trials of a race, at most. */
export const TRIALS = PATHS.length * EDITS.length * ACCESSES.length

/** Milliseconds of a trial in a race of so many seconds. */
export const millisecondsOf = (seconds: number): number => Math.max(1, Math.round((seconds * 1000) / TRIALS))

const program = fileURLToPath(new URL('./kvm/child.js', import.meta.url))

/** A line of a program that races. */
export const recordOf = (line: string, n: number, file: string): Either<InputError, RaceRecord> =>
  decodeJson(RaceRecordCodec, line, { file, line: n })

export interface RaceOptions {
  readonly stop: AbortSignal
  readonly onRecord: (record: RaceRecord) => void
}

type Words = readonly [string, ...string[]]

/** The words of the command that races on a target; left, why nothing can be raced there. */
export const racerOf = async (
  target: string,
  seconds: number,
  tell: (what: string) => void,
): Promise<Either<string, Words>> => {
  const milliseconds = String(millisecondsOf(seconds))
  if (arm64NameOf(target) !== null) {
    const machine = await arm64Machine(target, raceExport(), [milliseconds], tell)
    if (isLeft(machine)) return left(sayNoVm(machine.left))
    tell(`booting ${machine.right.release} (its console: ${machine.right.log})`)
    return right(machine.right.command)
  }
  if (target !== 'kvm') {
    const vm = await bootable(target, tell)
    if (isLeft(vm)) return left(sayNoVm(vm.left))
    tell(`booting ${vm.right.release} (its console: ${vm.right.log})`)
    return right(vm.right.command('race', milliseconds))
  }
  return existsSync(program)
    ? right([process.execPath, program, milliseconds])
    : left('the threads run compiled files, which are not there: npm run build makes them')
}

/** Runs a program that races. Ended early, it has the records until then. */
export const raceBy = async (
  [command, ...words]: Words,
  { stop, onRecord }: RaceOptions,
): Promise<Either<RaceFailure, readonly RaceRecord[]>> => {
  // Its input stays open: a machine whose port is closed cannot speak through it.
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'] })
  const end = (): void => {
    child.kill()
  }
  stop.addEventListener('abort', end)
  let complaint = ''
  child.stderr.on('data', chunk => {
    complaint += chunk
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const records: RaceRecord[] = []
  let wrong: InputError | null = null
  let n = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const record = recordOf(line, ++n, command)
    if (isLeft(record)) {
      wrong ??= record.left
      continue
    }
    records.push(record.right)
    onRecord(record.right)
  }
  const status = await ended
  stop.removeEventListener('abort', end)
  if (wrong !== null) return left({ kind: 'no record', at: wrong })
  if (status !== 0 && !stop.aborted) return left({ kind: 'ended', status, complaint })
  return right(records)
}
