import type { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { below, seeded } from '../../spec/generate/random.js'
import { DOMAINS, type Domain, parseIn, TEXTS } from './arguments.js'
import { memslot } from './captured.js'
import type { Io } from './io.js'
import { programOn } from './memslot.js'

const io = { out: () => {}, err: () => {}, isTTY: false, stdin: (async function* () {})() } satisfies Io

/** Every verb with its words, and every option of it that takes a value. */
const verbs = (
  of: Command,
  words: readonly string[] = [],
): readonly (readonly [readonly string[], Option])[] => [
  ...of.options.filter(({ required, optional }) => required || optional).map(o => [words, o] as const),
  ...of.commands.flatMap(verb => verbs(verb, [...words, verb.name()])),
]
const options = verbs(programOn(io, async () => {}))
const numbers: Readonly<Record<string, Domain>> = DOMAINS
const isNumber = ([, { long }]: (typeof options)[number]): boolean => Object.hasOwn(numbers, long ?? '')

/** Texts that are no number of the domain. */
const outside = ({ kind, min, max }: Domain): readonly string[] => [
  ...['', ' ', '-1', '1e3', '0x', '1,5', '٣', 'NaN', 'Infinity', '1_000', '+1', '99999999999999999999999'],
  ...(kind === 'whole'
    ? ['1.5', String(max + 2), ...(min > 0 ? [String(min - 1)] : [])]
    : ['0', `${max}.001`]),
]

describe('an option that takes a value', () => {
  it('takes a number of a domain, one of some choices, or a text', () => {
    expect(options.length).toBeGreaterThan(40)
    const unknown = options.filter(
      one => !isNumber(one) && one[1].argChoices === undefined && !TEXTS.includes(one[1].long ?? ''),
    )
    expect(unknown.map(([words, { long }]) => [...words, long].join(' '))).toEqual([])
  })

  it('and has a domain in the table is declared by some verb', () => {
    const declared = new Set(options.map(([, { long }]) => long))
    expect([...Object.keys(numbers), ...TEXTS].filter(long => !declared.has(long))).toEqual([])
  })

  it('takes every number of its domain, and its help names the bounds', () => {
    const r = seeded(1)
    for (const [, option] of options.filter(isNumber)) {
      const { kind, min, max } = numbers[option.long ?? ''] as Domain // isNumber has found it
      expect(option.description).toContain(String(max))
      const least = kind === 'whole' ? min : 0.001
      const drawn = Array.from({ length: 20 }, () => Math.min(max, least + below(r, 2 ** 31)))
      for (const n of [least, max, ...drawn]) expect(option.parseArg?.(String(n), undefined)).toBe(n)
    }
  })

  it('refuses all that is not of its domain, with exit 2 and the bounds, before anything is done', async () => {
    for (const [words, { long }] of options.filter(isNumber)) {
      const domain = numbers[long ?? ''] as Domain
      for (const text of outside(domain)) {
        const { out, err, status } = await memslot([...words, `${long}=${text}`])
        expect([words, long, text, out, status]).toEqual([words, long, text, '', 2])
        expect(err).toContain(String(domain.max))
      }
    }
  })

  it('is never a wait that a timer cuts short, nor a number that is rounded', () => {
    for (const domain of Object.values(numbers)) {
      if (domain.kind === 'seconds') expect(domain.max * 1000).toBeLessThan(2 ** 31)
      else expect(Number.isSafeInteger(parseIn(domain, String(domain.max)))).toBe(true)
    }
  })
})
