import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { printInputError } from '../../../oracle/wire/decode.js'
import { isAccess } from '../../../spec/terms/operation.js'
import { ERRNOS } from '../../../spec/terms/result.js'
import { packageRoot } from '../../package-root.js'
import type { Case } from '../case.js'
import { decodeCases, loadByHand } from './load.js'

const here = import.meta.dirname
const loaded = loadByHand(here)
const cases: readonly Case[] = isRight(loaded) ? loaded.right : []

/** The headings of a page of evidence. */
const headingsOf = (page: string): ReadonlySet<string> =>
  new Set(
    [
      ...readFileSync(join(packageRoot(), 'docs/evidence', `${page}.md`), 'utf8').matchAll(/^#{2,} (.+)$/gm),
    ].map(([, heading = '']) => heading),
  )
const idsWhere = (wrong: (c: Case) => boolean): readonly string[] => cases.filter(wrong).map(c => c.id)

/** A fetch depends on tables and registers, and on no call of Linux's: its vectors come from the fetch path's own page. */
const ofFetch = (c: Case): boolean => c.id.startsWith('by-hand/fetch/')

describe('the expectations written by hand', () => {
  it('all decode', () => {
    expect(isLeft(loaded) ? printInputError(loaded.left) : 'fine').toBe('fine')
  })

  it('are at least 150', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150)
  })

  it('each cite a fact about real kernels', () => {
    expect(idsWhere(c => c.cites.length === 0)).toEqual([])
    const pages = (c: Case) =>
      ofFetch(c) ? ['real-kvm', 'fetch-path', 'kernel-memslots'] : ['real-kvm', 'kernel-memslots']
    const opens = (c: Case, cite: string) => {
      const [, page = '', heading = ''] = /^([a-z-]+)\.md, ([^:]+): \S/.exec(cite) ?? []
      return pages(c).includes(page) && headingsOf(page).has(heading)
    }
    const gone = cases.flatMap(c => c.cites.filter(one => !opens(c, one)).map(one => `${c.id}: ${one}`))
    expect(gone).toEqual([])
  })

  it('each say what they show in a sentence of their own', () => {
    expect(idsWhere(c => !/^[A-Z].*\.$/.test(c.says))).toEqual([])
  })

  it('exercise no rule by name, since they were written without the rules', () => {
    expect(idsWhere(c => c.rules.length > 0)).toEqual([])
    expect(idsWhere(c => !c.id.startsWith('by-hand/'))).toEqual([])
  })

  it('speak of Linux as it is', () => {
    expect(idsWhere(c => !ofFetch(c) && c.config.profile !== 'linux')).toEqual([])
  })

  it('end accesses with an end and calls without one', () => {
    const mixed = (c: Case) =>
      c.ops.some((o, i) => c.allow[i]?.some(a => isAccess(o) !== (a.end !== undefined)))
    expect(idsWhere(mixed)).toEqual([])
  })

  it('expect only errors and ends that exist', () => {
    const ends = ['data', 'mmio', 'fault', 'exit', 'eagain', 'abandoned', 'shutdown', 'never returns']
    const answers = cases.flatMap(c => c.allow.flat())
    expect(
      answers.filter(a => a.errno !== undefined && !(ERRNOS as readonly string[]).includes(a.errno)),
    ).toEqual([])
    expect(answers.filter(a => a.end !== undefined && !ends.includes(a.end))).toEqual([])
  })

  it('begin from a fresh VM: every vCPU is created before it is used', () => {
    const early = (c: Case) =>
      c.ops.some((o, i) => {
        if (!('vcpu' in o) || o.op === 'create-vcpu') return false
        return !c.ops.slice(0, i).some(b => b.op === 'create-vcpu' && b.vcpu === o.vcpu)
      })
    expect(idsWhere(early)).toEqual([])
  })

  it('compute what a target must be able to do', () => {
    const smm = cases.find(c => c.id === 'by-hand/spaces/smi-switches')
    expect(smm?.needs).toEqual(['poke', 'set', 'smm', 'spaces', 'vcpu'])
  })
})

const good = {
  id: 'by-hand/x',
  says: 'X.',
  needs: [],
  rules: [],
  cites: ['real-kvm.md §3: x'],
  config: {},
  ops: [{ op: 'get-dirty', as: 0, id: 1 }],
  allow: [[{ errno: 'ENOENT' }]],
}
const wrong = (cases: unknown): string => {
  const decoded = decodeCases('f.json', typeof cases === 'string' ? cases : JSON.stringify(cases))
  return isLeft(decoded) ? printInputError(decoded.left) : 'accepted'
}

describe('a file of cases that is not what it should be', () => {
  it('is named by file, case and path', () => {
    expect(wrong([good])).toBe('accepted')
    expect(wrong([good, { ...good, ops: [{ op: 'get-dirty', as: 0 }] }])).toMatch(
      /^f\.json: 1\.ops\.0\.id: found nothing/,
    )
    expect(wrong([{ ...good, allow: [[{ errno: 'ENOENT', bitz: [] }]] }])).toMatch(
      /^f\.json: 0\.allow\.0\.0\.bitz: .*no such field/,
    )
  })

  it('may not be cut short, nor be anything but an array', () => {
    expect(wrong('[{"id":')).toMatch(/^f\.json:1:8: found the end, expected JSON: a value$/)
    expect(wrong({})).toBe('f.json: found {}, expected an array of cases')
  })

  it('must allow something for every operation', () => {
    expect(wrong([{ ...good, allow: [] }])).toBe(
      'f.json: 0.allow: found 0 answers, expected one for each of 1 ops',
    )
    expect(wrong([{ ...good, allow: [[]] }])).toBe(
      'f.json: 0.allow.0: found [], expected at least one allowed answer',
    )
  })

  it('may not state needs by hand, where they would go stale', () => {
    expect(wrong([{ ...good, needs: ['set'] }])).toMatch(
      /^f\.json: 0\.needs: found \["set"\], expected an empty list/,
    )
  })

  it('may not use an id that another file uses', () => {
    const dir = mkdtempSync(join(tmpdir(), 'by-hand-'))
    writeFileSync(join(dir, 'a.json'), JSON.stringify([good]))
    writeFileSync(join(dir, 'b.json'), JSON.stringify([good]))
    const both = loadByHand(dir)
    expect(isLeft(both) && printInputError(both.left)).toMatch(
      /b\.json: 0\.id: found "by-hand\/x", expected an id not used in .*a\.json$/,
    )
  })

  it('must be there', () => {
    const absent = loadByHand(join(here, 'nowhere'))
    expect(isLeft(absent) && printInputError(absent.left)).toMatch(/nowhere: found ENOENT/)
  })
})
