import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { AuditReport } from '../reports/audit/codec.js'
import { escaped } from '../reports/html/escaped.js'
import { auditRecording } from './audit-recording.js'

const fixture = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`./recording/fixtures/${name}`, import.meta.url)), 'utf8')

const audit = async (text: string): Promise<AuditReport> => {
  const result = await auditRecording(
    (async function* () {
      yield text
    })(),
    { name: 'posted' },
  )
  if (isLeft(result)) throw new Error(result.left.found)
  return result.right
}

/** What was found, but for the numbers of lines, which wrapping changes. */
const found = ({ verdict, totals, updates, deviations, counted }: AuditReport) => ({
  verdict,
  totals,
  deviations,
  unknownLines: counted.unknownLines,
  windows: updates.flatMap(({ windows }) => windows.map(({ gpa, size, running }) => [gpa, size, running])),
})

const eachLine = (text: string, change: (line: string) => string): string =>
  text.trimEnd().split('\n').map(change).join('\n').concat('\n')

/** Cut at spaces, as programs for mail do it. */
const wrapped = (line: string): string => {
  const lines: string[] = []
  let rest = ''
  for (const word of line.split(' ')) {
    if (rest !== '' && rest.length + word.length > 72) {
      lines.push(rest)
      rest = word
    } else rest = rest === '' ? word : `${rest} ${word}`
  }
  return [...lines, rest].join('\n')
}

const encoded = (line: string): string => {
  const text = line.replaceAll('=', '=3D')
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + 74, text.length)
    // A soft line end does not fall into an encoded sign.
    while (end < text.length && /=.?$/.test(text.slice(at, end))) end--
    parts.push(text.slice(at, end))
    at = end
  }
  return parts.join('=\n')
}

const numbered = (sign: string): string => `&#${sign.charCodeAt(0)};`

const forms: readonly (readonly [string, (text: string) => string])[] = [
  ['with the line ends of another system', text => eachLine(text, line => `${line}\r`)],
  ['indented', text => eachLine(text, line => `    ${line}`)],
  ['quoted', text => eachLine(text, line => `> ${line}`)],
  ['quoted twice', text => eachLine(text, line => `>> ${line}`)],
  ['wrapped', text => eachLine(text, wrapped)],
  ['wrapped, then quoted', text => eachLine(eachLine(text, wrapped), line => `> ${line}`)],
  ['in quoted-printable', text => eachLine(text, encoded)],
  ['as the source of a web page', text => eachLine(text, line => escaped(line))],
  ['as a web page by numbers', text => eachLine(text, line => line.replace(/[<>"&]/g, numbered))],
  ['with spaces that are not broken', text => eachLine(text, line => line.replaceAll(' ', '\u00a0'))],
  ['with dots made one sign', text => eachLine(text, line => line.replaceAll('...', '…'))],
  ['in the colours of a terminal', text => eachLine(text, line => `\u001b[32m${line}\u001b[0m\u001b[K`)],
  ['numbered by grep -n', text => text.trimEnd().split('\n').map((line, i) => `${i + 1}:${line}\n`).join('')], // biome-ignore format: one line
  ['numbered by cat -n', text => text.trimEnd().split('\n').map((line, i) => `${String(i + 1).padStart(6)}\t${line}\n`).join('')], // biome-ignore format: one line
  ['added by a diff', text => eachLine(text, line => `+${line}`)],
]

describe.each(['q35-excerpt.strace', 'pc-migrate-excerpt.strace', 'q35-excerpt.qemu-trace'])('%s', name => {
  const text = fixture(name)

  it.each(forms)('%s, tells what it told before', async (_, post) => {
    expect(found(await audit(post(text)))).toEqual(found(await audit(text)))
  })
})

describe('a recording by strace', () => {
  const text = fixture('q35-excerpt.strace')
  const times = /^(\d+) 1795348(\d{3})\.(\d+)/
  const others: readonly (readonly [string, (line: string) => string])[] = [
    [
      'by -tt',
      line =>
        line.replace(
          times,
          (_, tid, s, f) =>
            `${tid} 12:${String(Math.floor((Number(s) - 200) / 60)).padStart(2, '0')}:${String((Number(s) - 200) % 60).padStart(2, '0')}.${f}`,
        ),
    ],
    ['on a terminal', line => line.replace(/^(\d+) /, '[pid $1] ')],
    ['by -Y', line => line.replace(/^(\d+) /, '$1<qemu-system-x86> ')],
    [
      'by -X verbose',
      line =>
        line
          .replace('KVM_RUN', '0xae80 /* KVM_RUN */')
          .replace(/KVM_SET_USER_MEMORY_REGION\b/, '0x4020ae46 /* KVM_SET_USER_MEMORY_REGION */'),
    ],
    [
      'with numbers for names',
      line =>
        line
          .replace('KVM_RUN', '0xae80')
          .replace(/KVM_SET_USER_MEMORY_REGION\b/, '0x4020ae46')
          .replace('KVM_CREATE_VCPU', '0xae41')
          .replace('KVM_CREATE_VM', '0xae01')
          .replace('KVM_MEM_READONLY', '0x2'),
    ],
    ['with an old resumed', line => line.replace('resumed>, 0) =', 'resumed> , 0) =')],
  ]
  it.each(others)('%s, tells what it told before', async (_, change) => {
    const [was, is] = [found(await audit(text)), found(await audit(eachLine(text, change)))]
    expect(is).toEqual(was)
  })
})
