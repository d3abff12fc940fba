import type { LineIs } from '../reader.js'
import { asPosted, plainSigns, quotedPrintable, showsQuotedPrintable } from './as-posted.js'

/** Where lines go that are read, and where those that cannot be. */
export interface LineSink {
  /** What a line is, without reading it. */
  is(text: string): LineIs
  /** Reads a line if it is whole. */
  read(text: string, line: number): LineIs
  /** A line that began something and did not become whole. */
  broken(text: string, line: number): void
  /** A line that is no part of the format. */
  unknown(text: string, line: number): void
}

/** A line of a recording is wrapped into at most so many. */
const MAX_PARTS = 8
/** In quoted-printable, what stands at the end of a line that goes on. */
const SOFT = '='
/** On a terminal strace says in the middle of a line that it has found a thread, and goes on in the next. */
const NOTICE = /^(.*\(.*)strace: Process \d+ attached(?: with \d+ threads)?$/

/**
 * Gives lines to a reader as they were before somebody posted them: without quotes and indentation, with wrapped lines
 * joined and quoted-printable decoded. A line that is whole as it stands is not touched.
 */
export interface Mender {
  line(text: string, line: number): void
  /** Whether nothing is held back, so that a line may be read without asking here. */
  idle(): boolean
  end(): void
}

export const createMender = (sink: LineSink): Mender => {
  let held: { text: string; line: number; parts: number } | null = null
  let soft: { text: string; line: number } | null = null
  let noticed: { text: string; line: number } | null = null
  let encoded = false

  /** The first form of a line that is something; the line itself where none is. */
  const take = (text: string, line: number): { readonly is: LineIs; readonly text: string } => {
    const is = sink.read(text, line)
    if (is !== 'unknown') return { is, text }
    for (const form of asPosted(text)) {
      const its = sink.read(form, line)
      if (its !== 'unknown') return { is: its, text: form }
    }
    return { is, text }
  }

  const giveUp = (): void => {
    if (held !== null) sink.broken(held.text, held.line)
    held = null
  }

  /** A line that is something by itself is not the rest of another. */
  const standsAlone = (text: string): boolean =>
    [text, ...asPosted(text)].some(form => sink.is(form) !== 'unknown')

  const whole = (text: string, line: number): void => {
    if (held !== null && !standsAlone(text)) {
      const joined = `${held.text.trimEnd()} ${asPosted(text).at(-1) ?? text}`
      if (sink.read(joined, held.line) === 'whole') {
        held = null
        return
      }
    } else giveUp()
    const found = take(text, line)
    if (found.is === 'whole') return
    if (found.is === 'beginning') {
      held = { text: found.text, line, parts: 1 }
      return
    }
    if (held === null) {
      if (text.trim() !== '') sink.unknown(text, line)
      return
    }
    if (held.parts >= MAX_PARTS || text.trim() === '') {
      giveUp()
      if (text.trim() !== '') sink.unknown(text, line)
      return
    }
    held = {
      text: `${held.text.trimEnd()} ${asPosted(text).at(-1) ?? text}`,
      line: held.line,
      parts: held.parts + 1,
    }
  }

  return {
    line: (posted, at) => {
      // What is copied from a terminal may end in spaces.
      const own = plainSigns(posted).trimEnd()
      const text = noticed === null ? own : noticed.text + own
      const line = noticed?.line ?? at
      const begins = text.includes('strace: Process ') ? NOTICE.exec(text)?.[1] : undefined
      noticed = begins === undefined ? null : { text: begins, line }
      if (noticed !== null) return
      encoded ||= /=3D|^content-transfer/i.test(text) && showsQuotedPrintable(text)
      const begun = soft
      soft = null
      if (!encoded) {
        if (begun !== null) whole(begun.text + SOFT, begun.line)
        // The first line of a post may be cut before anything shows that it is quoted-printable.
        if (text.endsWith(SOFT) && sink.is(text) !== 'whole') soft = { text: text.slice(0, -1), line }
        else whole(text, line)
        return
      }
      const joined = { text: (begun?.text ?? '') + text, line: begun?.line ?? line }
      if (text.endsWith(SOFT)) soft = { text: joined.text.slice(0, -1), line: joined.line }
      else whole(quotedPrintable(joined.text), joined.line)
    },
    idle: () => held === null && soft === null && noticed === null && !encoded,
    end: () => {
      if (noticed !== null) whole(noticed.text, noticed.line)
      if (soft !== null) whole(quotedPrintable(soft.text), soft.line)
      giveUp()
    },
  }
}
