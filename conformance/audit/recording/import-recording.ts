import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { fileNotGiven } from './file-not-given.js'
import type { ImportError } from './import-error.js'
import { createLineOrigins } from './line-origins.js'
import { qemu } from './qemu/reader.js'
import type { Format, Hear, RecordingReader } from './reader.js'
import type { RecordedCall } from './record.js'
import { bpftrace, bpftraceTime } from './recorder/bpftrace-reader.js'
import type { RecordingFormat } from './recording-format.js'
import { empty, expectedOf, noMemslotCall, noRecording, outOfOrder, type Refusal } from './refusals.js'
import { refusedForm } from './refused-forms.js'
import { createRepeatedLines } from './repeated-lines.js'
import { strace } from './strace/reader.js'
import {
  countUnknown,
  emptyTally,
  type ImportSummary,
  type LineOrder,
  type Missing,
  type Tally,
} from './summary.js'
import { isLeftOut } from './text/left-out.js'
import { createLineSplitter } from './text/line-splitter.js'
import { createMender } from './text/mender.js'
import { createReorder } from './text/reorder.js'
import { cloudHypervisor } from './vmm-log/cloud-hypervisor.js'

/** Every format that is read. The first in which a line is something decides. */
const FORMATS: readonly Format[] = [strace, bpftrace, cloudHypervisor, qemu]

export interface ImportOptions {
  /** The file's name, for errors. */
  readonly name: string
  /** Lines are those of several threads' logs, put in the order of time. */
  readonly merged?: boolean
}

/**
 * Reads a recorded VMM run, given as text in chunks of any size (line ends included), and tells its calls as they
 * become known. What kind of recording it is shows in its lines. Memory does not grow with the recording.
 */
export interface Importer {
  push(chunk: string): void
  /** A line that was put where it belongs, with where it stands. */
  line(text: string, file: number, line: number): void
  /** Lines read so far. */
  lines(): number
  /** Whether some line so far was one of a recording. */
  begun(): boolean
  /** Lines, and memslot calls, that could not be read so far. */
  unread(): number
  /** What is known of the recording so far. */
  facts(): RecordingFacts
  /** The text has ended: the summary, or why this is no recording of memslot calls. */
  end(files?: readonly string[]): Either<ImportError, ImportSummary>
}

/** What decides, while a recording is read, how its lines are understood. */
export interface RecordingFacts {
  readonly format: RecordingFormat
  readonly interleaved: boolean
  /** No call is left out because of how it ended. */
  readonly complete: boolean
  /** Times run backwards: nothing that was told so far is to be relied on. */
  readonly disordered: boolean
  readonly entries: boolean
  /** The first line that shows that lines are missing; null: none does. */
  readonly missing: Missing | null
  /** A thread went on whose call before no line ends. */
  readonly endsMissing: boolean
  readonly resolution: number
  /** Seconds by which durations of calls may be too short. */
  readonly durationsWithin: number
}

/** The format in which a line is something; null where it is nothing. */
export const formatOf = (line: string): Format | null =>
  FORMATS.find(format => format.is(line) !== 'unknown') ?? null

export const createImporter = ({ name, merged = false }: ImportOptions, hear: Hear): Importer => {
  const splitter = createLineSplitter()
  const unread = emptyTally()
  const origins = createLineOrigins()
  let reader: RecordingReader | null = null
  let format: Format | null = null
  let refused: ReturnType<typeof refusedForm> = null
  let firstText: string | null = null
  let lines = 0
  let cutShort = false
  let reported = 0
  let placed = false
  let foreign: number | null = null

  const told = (call: RecordedCall): void => {
    if (call.kind === 'failed') reported++
    if (placed && isNamed(call)) {
      origins.name(call.line)
      origins.name(call.endLine)
    }
    hear(call)
  }

  const mender = createMender({
    is: text => format?.is(text) ?? formatOf(text)?.is(text) ?? 'unknown',
    read: (text, line) => {
      if (reader === null) {
        format = formatOf(text)
        if (format === null) return 'unknown'
        reader = format.reader(told)
      }
      return reader.read(text, line)
    },
    broken: (text, line) => reader?.broken(text, line),
    unknown: (text, line) => {
      if (reader !== null && SET_IN_ANY_FORMAT.test(text) && formatOf(text) !== format) foreign ??= line
      if (reader !== null && isLeftOut(text)) {
        reader.tally.missing ??= { line, how: 'marked' }
        reader.leftOut(line)
        hear({ kind: 'left-out', line, endLine: line, tid: null, from: null, to: null })
      }
      firstText ??= text
      refused ??= reader === null ? refusedForm(text) : null
      countUnknown(reader?.tally ?? unread, line, text, expectedOf(format?.name ?? null))
    },
  })

  const isAgain = createRepeatedLines()

  const oneLine = (text: string, start: number, end: number): void => {
    lines++
    if (mender.idle() && reader?.scan?.(text, start, end, lines) === true) return
    const line = start === 0 && end === text.length ? text : text.slice(start, end)
    if (!isAgain(line)) mender.line(line, lines)
  }

  const placedLine = (text: string, file: number, line: number): void => {
    lines++
    placed = true
    origins.read(lines, { file, line })
    if (!isAgain(text)) mender.line(text, lines)
  }

  const reorder = createReorder(bpftraceTime, (text, line) => placedLine(text, 0, line))

  const push = (chunk: string): void =>
    splitter.push(chunk, (text, start, end) => {
      if (format === bpftrace) reorder.line(text.slice(start, end))
      else {
        oneLine(text, start, end)
        if (format === bpftrace) reorder.begin(lines)
      }
    })

  const refuse = (refusal: Refusal, line: number | null = null): Either<ImportError, never> =>
    left({ kind: 'import', file: name, line, ...refusal })

  const summary = (tally: Tally, files: readonly string[]): ImportSummary => ({
    format: tally.memslotCalls === 0 && reported > 0 ? 'qemu-error' : (format ?? strace).name,
    lines,
    memslotCalls: tally.memslotCalls,
    undecoded: tally.undecoded,
    unknownLines: tally.unknownLines + unread.unknownLines,
    foreign,
    broken: [...unread.broken, ...tally.broken].slice(0, 3),
    otherLines: tally.otherLines,
    cutShort,
    neverEnded: tally.neverEnded,
    neverBegun: tally.neverBegun,
    ambiguous: tally.ambiguous,
    stamps: tally.stamps,
    resolution: tally.resolution,
    relative: tally.relative,
    order: orderOf(tally),
    threads: tally.threads,
    failuresOnly: (format ?? strace) === strace && tally.failures && !tally.successes,
    entries: tally.entries,
    files,
    origins: origins.named(),
  })

  return {
    push,
    line: placedLine,
    lines: () => lines,
    begun: () => reader !== null,
    unread: () => unread.unknownLines + (reader?.tally.unknownLines ?? 0) + (reader?.tally.undecoded ?? 0),
    facts: () => {
      const tally = reader?.tally ?? unread
      return {
        format: (format ?? strace).name,
        interleaved: tally.interleaved,
        complete: tally.interleaved || tally.failures || merged || format === bpftrace,
        disordered: tally.backwards !== null,
        entries: tally.entries,
        missing: tally.missing,
        endsMissing: tally.endsMissing,
        resolution: tally.resolution,
        durationsWithin: tally.durationsWithin,
      }
    },
    end: (files = []) => {
      const rest = splitter.end()
      reorder.end()
      if (rest !== null) {
        const whole = reader === null || reader.isWhole(rest) || !mender.idle()
        if (whole) oneLine(rest, 0, rest.length)
        else {
          lines++
          cutShort = true
        }
      }
      mender.end()
      reader?.end(lines)
      if (reader !== null) reader.tally.missing ??= fileNotGiven(reader.tally, files)
      if (lines === 0) return refuse(empty)
      if (reader === null)
        return refused === null
          ? refuse(noRecording(lines, firstText ?? ''))
          : refuse({ found: refused.found, expected: refused.instead })
      const { tally } = reader
      if (tally.backwards !== null) return refuse(outOfOrder(tally), tally.backwards)
      const result = summary(tally, files)
      if (tally.memslotCalls === 0 && result.format !== 'qemu-error')
        return refuse(noMemslotCall(lines, result.format))
      return right(result)
    },
  }
}

/** A memslot call, in whatever format. */
const SET_IN_ANY_FORMAT = /kvm_set_user_memory|KVM_SET_USER_MEMORY_REGION2?, \{/

const NAMED: ReadonlySet<RecordedCall['kind']> = new Set(['vm-begins', 'set', 'get-dirty', 'failed'])

/** Whether a report may name the line of a call: of most calls of a long recording it does not. */
const isNamed = (call: RecordedCall): boolean =>
  NAMED.has(call.kind) || (call.kind === 'begins' && call.call === 'set')

const orderOf = ({ interleaved }: Tally): LineOrder => (interleaved ? 'interleaved' : 'by begin')
