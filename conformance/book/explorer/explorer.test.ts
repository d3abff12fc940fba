import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { readScenario } from '../../../oracle/designs/scenario.js'
import { subjectOf } from '../../../oracle/designs/subjects.js'
import { keptRuns } from '../../designs/kept-runs.js'
import { packageRoot } from '../../package-root.js'
import { findRun } from './find-run.js'
import { imitate } from './imitate.js'
import { type Link, readLink, situationOf, writeLink } from './link.js'
import { openFile } from './open-file.js'
import { changesBetween, coloursOf, doing } from './picture.js'
import { runOfStory } from './run-of-story.js'
import { stepStory } from './step-story.js'
import { traceInLink, writePacked } from './trace-link.js'

const corpus = (kind: 'good' | 'bad') => {
  const at = join(packageRoot(), 'oracle/corpus', kind)
  return readdirSync(at).map(name => ({ name, text: readFileSync(join(at, name), 'utf8') }))
}

const storyOf = (text: string, name: string) => {
  const story = openFile(text, name)
  if (isLeft(story)) throw new Error(story.left)
  return story.right
}

const LINK: Link = {
  scenario: '1:0+2@0 log -> 1:0+1@0 log, 2:1+1@1 log',
  frames: 2,
  company: 'alone',
  run: { design: 'sequential', choices: [0, 2, 1], cycle: 0 },
  beside: { design: 'batch, fetch-atomic', choices: [0], cycle: 1 },
  at: 2,
}

describe('a link to the explorer', () => {
  it('is read back as what it was written from', () => {
    const read = readLink(`#${writeLink(LINK)}`)
    if (isLeft(read)) throw new Error(read.left)
    expect(read.right).toEqual(LINK)
  })

  it.each([
    ['design=batch&at=3', /^scenario: found none, expected an update such as/],
    ['scenario=nothing', /scenario, at character 8/],
    ['scenario=1:0%2B1@0->&design=btach', /design: found "btach", expected a design/],
    ['scenario=1:0%2B1@0->&design=batch&choices=1.x', /choices: expected at most 400 numbers/],
    ['scenario=1:0%2B1@0->&design=batch&company=many', /company: expected one of alone, pair/],
    ['scenario=1:0%2B1@0->&design=batch&frames=9', /frames: expected a number from 1 to 4/],
    ['scenario=1:0%2B1@0->&design=batch&choices=0&cycle=2', /cycle: expected a number up to 1/],
    ['scenario=1:0%2B1@0->&design=batch&at=-1', /at: expected a number/],
    [`scenario=1:0%2B1@0->&design=batch&choices=${'0.'.repeat(400)}0`, /at most 400/],
  ])('that is wrong (%s) is refused with what was expected', (hash, expected) => {
    const read = readLink(hash)
    expect(isLeft(read) ? read.left : 'taken').toMatch(expected)
  })
})

describe('the story of an update, step by step', () => {
  it('of every kept run that breaks a property of single states ends in a moment that says so', async () => {
    const kept = await keptRuns()
    if (isLeft(kept) || kept.right === null) throw new Error('no runs')
    const silent = kept.right.runs.flatMap(run => {
      const design = run.variant === null ? run.design : `${run.design}, ${run.variant}`
      const situation = situationOf({ ...LINK, ...run }, { design, choices: [], cycle: 0 })
      const story = situation === null ? null : stepStory(situation, run.choices, run.cycle)
      if (story === null) return [design]
      if (run.cycle > 0)
        return story.backTo === run.choices.length - run.cycle ? [] : [`${design} / ${run.property}`]
      const { wrong, lanes } = story.moment(story.length)
      const says =
        wrong.some(line => line.startsWith(run.property)) ||
        /retry-ends|crash-visible|undisturbed/.test(run.property)
      return says && lanes.filter(({ moved }) => moved).length === 1 ? [] : [`${design} / ${run.property}`]
    })
    expect(silent).toEqual([])
  })

  it('offers at each moment what the rules allow, and names the premise of every rule that does not apply', () => {
    const situation = situationOf(LINK, LINK.run)
    const story = situation === null ? null : stepStory(situation, [0])
    if (story === null) throw new Error('no story')
    expect(story.ways(1).map(({ rule }) => rule)).toContain('vcpu.begin')
    const not = story.hindered(1)
    expect(not.length).toBeGreaterThan(0)
    expect(not.every(({ premise, says }) => premise !== '' && says !== '')).toBe(true)
  })

  it('saved as a trace can be dropped back in, and shows there that bits were lost', async () => {
    const update = readScenario('1:0+2@0 log -> 1:0+1@0 log, 2:1+1@1 log')
    const design = subjectOf('sequential')
    if (isLeft(update) || design === null) throw new Error('no such update')
    const situation = { design, update: { ...update.right, frames: 2 }, company: 'alone' } as const
    const found = findRun(situation, 'dirty-complete')
    if (found.kind !== 'run') throw new Error(found.kind)
    const story = stepStory(situation, found.choices)
    if (story === null) throw new Error('no story')
    const saved = storyOf(runOfStory(story), 'saved')
    const wrong = Array.from({ length: saved.length + 1 }, (_, at) => saved.moment(at).wrong).flat()
    expect(saved.length).toBeGreaterThan(4)
    expect(wrong.join('\n')).toMatch(/deviates/)
  })

  it('finds no run where the property holds, and says in how many states', () => {
    const batch = situationOf(LINK, { design: 'batch', choices: [], cycle: 0 })
    if (batch === null) throw new Error('no such design')
    expect(findRun(batch, 'no-hole')).toMatchObject({ kind: 'holds' })
    expect(findRun(batch, 'retry-ends, for ever')).toMatchObject({ kind: 'not asked' })
  })
})

describe('two designs side by side', () => {
  it('do the same accesses: the second imitates the first as far as it lets it, until its update is over', () => {
    const first = situationOf(LINK, LINK.run)
    const second = situationOf(LINK, { design: 'batch', choices: [], cycle: 0 })
    if (first === null || second === null) throw new Error('no such design')
    const found = findRun(first, 'no-hole')
    if (found.kind !== 'run') throw new Error(found.kind)
    const shown = stepStory(first, found.choices)
    const other = shown === null ? null : stepStory(second, imitate(second, shown.run.steps))
    if (shown === null || other === null) throw new Error('no story')
    const begun = (story: NonNullable<typeof other>) =>
      story.run.steps.filter(({ rule }) => rule === 'vcpu.begin').map((_, i) => story.ways(i).length > 0)
    expect(begun(other)).toEqual(begun(shown))
    const all = Array.from({ length: other.length + 1 }, (_, at) => other.moment(at))
    expect(all.flatMap(({ wrong }) => wrong)).toEqual([])
    expect(all.at(-1)?.lanes.find(({ name }) => name === 'updater')?.is).toBe('the update has returned')
  })
})

describe('the story of a file', () => {
  it.each(corpus('good'))(
    'of a trace that conforms has nothing wrong in any moment ($name)',
    ({ name, text }) => {
      const story = storyOf(text, name)
      const wrong = Array.from({ length: story.length + 1 }, (_, at) => story.moment(at).wrong).flat()
      expect(wrong).toEqual([])
    },
  )

  it.each(corpus('bad'))(
    'of a trace that does not conform says at which line, and which rule would have explained it ($name)',
    ({ name, text }) => {
      const story = storyOf(text, name)
      const wrong = Array.from({ length: story.length + 1 }, (_, at) => story.moment(at).wrong).flat()
      expect(wrong[0]).toMatch(/^line \d+ deviates: seen .*, allowed /)
      expect(wrong.length).toBeGreaterThan(1)
    },
  )

  it('of a recorded VMM draws each memslot call, with slots where they were set', () => {
    const file = join(packageRoot(), 'conformance/audit/recording/fixtures/q35-excerpt.strace')
    const story = storyOf(readFileSync(file, 'utf8'), 'q35-excerpt.strace')
    const last = story.moment(story.length)
    expect(story.length).toBeGreaterThan(10)
    expect(last.strips[0]?.segments.some(({ backing }) => backing !== null)).toBe(true)
    expect(last.said).toMatch(/line \d+/)
  })

  it('that is neither a trace nor a recording is refused with what was expected', () => {
    const none = openFile('hello\n', 'note.txt')
    expect(isRight(none)).toBe(false)
    if (isLeft(none)) expect(none.left).toMatch(/note\.txt.*expected/)
    const broken = openFile(
      '{"ev":"header","format":"kvm-memslot-trace","version":1}\n{"ev":"cal"}\n',
      'broken',
    )
    if (isRight(broken)) throw new Error('a broken trace was taken')
    expect(broken.left).toMatch(/broken:2/)
  })

  it('shows control characters of its name, its notes and its lines as signs', () => {
    const header = '{"ev":"header","format":"kvm-memslot-trace","version":1,"profile":"linux","config":{}}'
    const story = storyOf(`${header}\n{"ev":"note","text":"\\u001b[31mred\\u202e"}\n`, 'a\u0007b')
    expect(story.title).toBe('a\ufffdb')
    expect(story.moment(1).said).toBe('line 2: note: \ufffd[31mred\ufffd')
    const none = openFile('\u001b[2J\u009bjunk\n', '\u202egnp.exe')
    if (isRight(none)) throw new Error('junk was taken')
    expect(none.left).toMatch(/\ufffdgnp\.exe/)
    expect(none.left).toContain('"\\u001b[2J\ufffdjunk"')
  })

  it('may stand in a link', () => {
    expect(traceInLink('#trace=%7B%7D')).toEqual({ text: '{}', packed: null, at: 0, rule: null })
    expect(traceInLink(`#${writePacked('a-_', 3, 'set.move')}`)).toEqual({
      text: null,
      packed: 'a-_',
      at: 3,
      rule: 'set.move',
    })
    expect(traceInLink('#scenario=x')).toBeNull()
  })
})

describe('what is drawn', () => {
  it('gives parts that share host pages one colour, through others too', () => {
    const colours = coloursOf([
      { hva: 10, pages: 4 },
      { hva: 0, pages: 2 },
      { hva: 13, pages: 4 },
      { hva: 1, pages: 1 },
    ])
    expect(colours).toEqual([1, 0, 1, 0])
  })

  it('says who does what: a sentence by itself behind a colon', () => {
    expect(doing('updater', 'PUBLISHES frame 0 → nothing')).toBe('updater PUBLISHES frame 0 → nothing')
    expect(doing('vCPU 0', 'begins a read of frame 0')).toBe('vCPU 0 begins a read of frame 0')
    expect(doing('updater', 'An update begins.')).toBe('updater: An update begins.')
    expect(doing('vCPU 0', 'A look-up waits.')).toBe('vCPU 0: A look-up waits.')
  })

  it('says what a step changed, a line for each part', () => {
    const part = { from: 0, to: 1, label: 'frame 0', blocked: 'no' } as const
    const hole = { name: 'space 0', segments: [{ ...part, backing: null }] }
    const blocked = { name: 'space 0', segments: [{ ...part, backing: null, blocked: 'all' as const }] }
    expect(changesBetween([hole], [blocked])).toEqual(['space 0, frame 0: a hole → a hole, blocked'])
    expect(changesBetween([hole], [hole])).toEqual([])
  })
})
