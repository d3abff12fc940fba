import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { checkTrace } from '../oracle/index.js'
import { readTrace, writeRecord } from '../oracle/trace.js'
import { decodeJson, type InputError, printInputError } from '../oracle/wire/decode.js'
import { TraceRecordCodec } from '../oracle/wire/record.js'
import { below, chance, pick, type Random, seeded } from '../spec/generate/random.js'
import { helloAnswer, okAnswer, requestLine, requestOf, runAnswer } from './targets/stdio/messages.js'
import { ImageCodec } from './walk/image-codec.js'

/** `npm run fuzz:decoders` draws for twenty; as one test among others it draws the same on every machine. */
const SECONDS = Number(process.env.MEMSLOT_FUZZ_SECONDS ?? 0)
/** Draws of all tests together, at least. */
const DRAWS = 2000
const SEED = Number(process.env.MEMSLOT_FUZZ_SEED ?? 1)

const CORPUS = 'oracle/corpus'
const traces = ['good', 'bad'].flatMap(folder =>
  readdirSync(join(CORPUS, folder)).map(name => readFileSync(join(CORPUS, folder, name), 'utf8')),
)
const messages = [
  '{"do":"hello","protocol":1}',
  '{"do":"open","config":{"profile":"linux","spaces":2}}',
  '{"do":"run","program":{"config":{},"threads":[{"tid":0,"ops":[{"op":"get-dirty","as":0,"id":1}]}],"schedule":[0]}}',
  '{"name":"m","version":"1","protocol":1,"features":["set"],"choices":false,"limits":{"spaces":2,"slots":8,"maxGfn":"0xff","entries":0}}',
  '{"ok":true}',
  '{"error":"no"}',
]
const image = readFileSync('conformance/command/fixtures/page-table.json', 'utf8')

/** What stands in texts of those who mean no good. */
const TOKENS = [
  ...['1e999', '-0', '-1', '0.5', '9007199254740993', '18446744073709551616', 'null', 'true', 'NaN', '""'],
  ...['"0x10000000000000000"', '"0x"', '"\\ud800"', '"\\u0000"', '"__proto__"', '[]', '{}', '[[0,1],[0,1]]'],
  ...[
    '{"__proto__":{"op":"set"}}',
    '{"constructor":1}',
    '"call"',
    '"access-end"',
    '"hasOwnProperty"',
    ':',
    ',',
    '"',
  ],
  '['.repeat(3000),
  '{"a":'.repeat(3000),
  `"${'f'.repeat(10_000)}"`,
]

/** A text with a change or a few: of a token, of a character, of a line. */
const changed = (r: Random, text: string): string => {
  const lines = text.split('\n')
  for (let n = 1 + below(r, 3); n > 0; n--) {
    const at = below(r, lines.length)
    const line = lines[at] ?? ''
    const tokens = [...line.matchAll(/"[^"]*"|[\d.]+|true|false|null/g)]
    const how = below(r, 6)
    if (how < 3 && tokens.length > 0) {
      const { index, 0: token } = pick(r, tokens)
      const other = chance(r, 0.5) ? pick(r, TOKENS) : pick(r, tokens)[0]
      lines[at] = line.slice(0, index) + other + line.slice(index + token.length)
    } else if (how === 3) {
      const place = below(r, line.length + 1)
      lines[at] = line.slice(0, place) + String.fromCharCode(below(r, 256)) + line.slice(place + below(r, 3))
    } else if (how === 4) lines.splice(at, 1, ...(chance(r, 0.5) ? [] : [line, line]))
    else lines.splice(at, 1, lines[at + 1] ?? '', line)
  }
  return lines.join('\n')
}

const sound = (error: InputError): void => {
  expect(error.found.length).toBeLessThan(200)
  expect(printInputError(error)).toMatch(/^here:/)
}

/** Milliseconds of processor time of this process: on a busy machine more than these go by. */
const used = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Draws so often, and until the time is over; a failure names the draw and its text. */
const forAWhile = (share: number, pool: readonly string[], hold: (text: string) => void): number => {
  const until = performance.now() + SECONDS * share * 1000
  let i = 0
  for (; performance.now() < until || i < DRAWS * share; i++) {
    const r = seeded(SEED, i)
    const text = changed(r, pick(r, pool))
    const began = used()
    try {
      hold(text)
    } catch (error) {
      throw new Error(`MEMSLOT_FUZZ_SEED=${SEED}, draw ${i}: ${text.slice(0, 2000)}`, { cause: error })
    }
    const ms = used() - began
    if (ms > 5_000)
      throw new Error(`MEMSLOT_FUZZ_SEED=${SEED}, draw ${i} took ${ms} ms: ${text.slice(0, 2000)}`)
  }
  return i
}

describe('a decoder that is given a text with a few changes', () => {
  it('of a trace says what is wrong, or reads what can be written and judged', () => {
    forAWhile(0.6, traces, text => {
      const trace = readTrace(text, 'here')
      if (isLeft(trace)) return sound(trace.left)
      for (const { record } of trace.right.lines) {
        const again = decodeJson(TraceRecordCodec, writeRecord(record), { file: 'here', line: null })
        expect(again).toEqual({ _tag: 'Right', right: record })
      }
      checkTrace(trace.right)
    })
  })

  it('of the protocol says what is wrong, or reads what can be written', () => {
    const lines = [...messages, ...traces.flatMap(trace => trace.trimEnd().split('\n'))]
    forAWhile(0.3, lines, text => {
      const origin = { file: 'here', line: 1 }
      for (const decode of [helloAnswer, okAnswer, runAnswer]) {
        const decoded = decode(text, origin)
        if (isLeft(decoded)) sound(decoded.left)
      }
      const request = requestOf(text, origin)
      if (isLeft(request)) return sound(request.left)
      expect(requestOf(requestLine(request.right).trimEnd(), origin)).toEqual(request)
    })
  })

  it('of an image of page tables says what is wrong, or reads it', () => {
    forAWhile(0.1, [image], text => {
      const decoded = decodeJson(ImageCodec, text, { file: 'here', line: null })
      if (isLeft(decoded)) sound(decoded.left)
    })
  })
})
