import { isLeft, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import { HOST, read, set, vcpu, write } from '../../cases/draft/calls.js'
import { frozenBlockOf } from '../../cases/exhaustive/allowed-block.js'
import { blockOf, blocksIn, type Exhaustive } from '../../cases/exhaustive/exhaustive.js'
import { freezeBlocks, frozenBlocksText, readFrozenText } from '../../cases/exhaustive/frozen-file.js'
import { listed } from '../../cases/exhaustive/listed.js'
import { implTarget } from '../../targets/impl.js'
import { type Answering, inProcess } from '../../targets/in-process.js'
import { specTarget } from '../../targets/spec.js'
import type { Session, Target } from '../../targets/target.js'
import { runSuite } from '../run.js'
import { type SelectedBlock, selectBlocks, sizeOf } from './select.js'

const byte = (i: number): string => (i & 255).toString(16).padStart(2, '0')

/** Cases that write a byte and read it back; every tenth reads from a hole. */
const family = (count: number, name = 'test/bytes'): Exhaustive =>
  listed({
    name,
    says: 'a byte is read as it was written',
    cites: ['nowhere'],
    config: {},
    setup: [vcpu, set({ id: 1, base: 16, npages: 4, hva: HOST })],
    cases: function* () {
      for (let i = 0; i < count; i++) {
        yield () => ({
          id: String(i),
          ops: [write(16 + (i % 4), byte(i)), read(i % 10 === 9 ? 40 : 16 + (i % 4))],
        })
      }
    },
  })

const readBack = (one: Exhaustive) => right([...freezeBlocks(one)])

const select = (
  one: Exhaustive,
  filter: readonly string[] = [],
  oneOf = 1,
  seed = 0,
): readonly SelectedBlock[] => {
  const selected = selectBlocks([one], { filter, oneOf, seed }, readBack)
  if (isLeft(selected)) throw new Error('the frozen blocks are those just made')
  return selected.right
}

const run = (target: Target, blocks: readonly SelectedBlock[]) =>
  runSuite(target, { cases: [], blocks, errors: 'strict', stop: new AbortController().signal })

/** The specification, but for the answers that `spoil` gives. */
const spoilt = (spoil: (operation: Operation, seen: Seen, asked: number) => Seen) =>
  inProcess(specTarget.now.hello, config => {
    const vm: Answering = specTarget.now.open(config)
    let asked = 0
    return { perform: operation => spoil(operation, vm.perform(operation), asked++) }
  })

const wrote = (operation: Operation): string => (operation.op === 'write' ? operation.data : '')

describe('a block of an exhaustive family', () => {
  it('passes where every case is answered as it is frozen', async () => {
    for (const target of [specTarget, implTarget]) {
      expect(await run(target, select(family(600)))).toMatchObject({ total: 600, passed: 600, failed: 0 })
    }
  })

  it('is taken apart where one answer is wrong, and exactly that case is reported, with rule and trace', async () => {
    let last = ''
    const wrong = spoilt((operation, seen) => {
      last = wrote(operation) || last
      return operation.op === 'read' && last === '37' ? { is: 'access', end: 'data', data: '00' } : seen
    })
    const report = await run(wrong, select(family(256)))
    expect(report).toMatchObject({ total: 256, passed: 255, failed: 1 })
    const [deviation] = report.deviations
    expect(deviation?.case).toBe(`test/bytes/${0x37}`)
    expect(deviation?.explanation).toMatch(/allowed are only/)
    expect(deviation?.trace).toContain('"ev":"access"')
  })

  it('explains some cases where many fail, and counts the others, named', async () => {
    const wrong = spoilt((operation, seen) =>
      operation.op === 'read' ? { is: 'access', end: 'data', data: 'ee' } : seen,
    )
    const report = await run(wrong, select(family(600)))
    expect(report.failed).toBeGreaterThan(500)
    const explained = report.deviations.filter(({ explanation }) => /allowed are only/.test(explanation))
    expect(explained).toHaveLength(32)
    expect(report.deviations.at(-1)).toMatchObject({
      explanation: 'not explained, as others of its family were: --filter test/bytes/599',
      trace: '',
    })
  })

  it('reports a case that is wrong only after others as the run of all of them', async () => {
    const wrong = spoilt((operation, seen, asked) =>
      operation.op === 'read' && asked > 500 ? { is: 'access', end: 'data', data: 'ee' } : seen,
    )
    const report = await run(wrong, select(family(256)))
    expect(report.failed).toBeGreaterThan(0)
    expect(report.passed + report.failed).toBe(256)
    expect(report.deviations[0]?.says).toMatch(/after others on the same VM/)
    expect(report.deviations[0]?.at).toBeGreaterThan(500)
  })

  it('has the cases after one that kills the target judged on their own', async () => {
    const dies = spoilt((operation, seen) => {
      if (wrote(operation) === '10') throw new Error('out of paper')
      return seen
    })
    const report = await run(dies, select(family(256)))
    expect(report).toMatchObject({ passed: 255, failed: 1 })
    expect(report.deviations[0]).toMatchObject({ case: 'test/bytes/16', fault: 'threw out of paper' })
  })

  it('counts no case as passed that its target cannot be asked', async () => {
    const small = inProcess({ ...implTarget.now.hello, features: ['set'] }, implTarget.now.open)
    const report = await run(small, select(family(300)))
    expect(report).toMatchObject({ total: 300, passed: 0, failed: 0, skipped: 300 })
    expect(report.skips[0]?.reason).toMatch(/^no vcpu/)
  })

  it('passes through a session as well, one program a group', async () => {
    let programs = 0
    const remote: Target = {
      hello: specTarget.hello,
      open: async config => {
        const session = await specTarget.open(config)
        const counted: Session = {
          ...session,
          run: (...given) => {
            programs++
            return session.run(...given)
          },
        }
        return counted
      },
    }
    expect(await run(remote, select(family(300)))).toMatchObject({ passed: 300, failed: 0 })
    expect(programs).toBe(2)
  })

  it('fails whole where its frozen outcomes are not those of the specification', async () => {
    const [block] = select(family(256))
    const stale = { ...(block as SelectedBlock), frozen: { digest: '0'.repeat(32), outcomes: {} } }
    const report = await run(implTarget, [stale])
    expect(report).toMatchObject({ passed: 0, failed: 256 })
    expect(report.deviations[0]?.explanation).toMatch(
      /^test\/bytes#0 is stale: .*cases freeze --only test\/bytes$/,
    )
  })
})

describe('the digest of a block', () => {
  const digest = (one: Exhaustive) => frozenBlockOf(blockOf(one, 0)).digest

  it('is the same again, and another when an allowed outcome, or whose it is, is another', () => {
    const same = family(256)
    const { at } = same
    const with7 = (change: Partial<ReturnType<typeof at>>): Exhaustive => ({
      ...same,
      count: 256,
      at: i => (i === 7 ? { ...at(i), ...change } : at(i)),
    })
    expect(digest(family(256))).toBe(digest(same))
    expect(digest(with7({ ops: [write(16, '00'), read(16)] }))).not.toBe(digest(same))
    expect(digest(with7({ id: 'test/bytes/seven' }))).not.toBe(digest(same))
  })

  it('stands beside how often each outcome occurs, for review', () => {
    expect(frozenBlockOf(blockOf(family(100), 0)).outcomes).toEqual({ data: 90, mmio: 10 })
  })

  it('is read from the file as it was written', () => {
    const one = family(600)
    const blocks = [...freezeBlocks(one)]
    expect(readFrozenText(frozenBlocksText(one, blocks), 'f')).toEqual(right({ count: 600, blocks }))
    const damaged = readFrozenText(frozenBlocksText(one, blocks).replace(/"digest":".{4}/, '"digest":"'), 'f')
    expect(isLeft(damaged) && damaged.left).toMatchObject({ line: 2, path: 'digest' })
  })
})

describe('the blocks that are run', () => {
  const large = family(256 * 95 + 3)
  const none = (one: Exhaustive) =>
    right(Array.from({ length: blocksIn(one) }, () => ({ digest: '', outcomes: {} })))
  const drawn = (seed: number, oneOf = 10, filter: readonly string[] = []) => {
    const selected = selectBlocks([large], { filter, oneOf, seed }, none)
    return isLeft(selected) ? [] : selected.right
  }
  const numbers = (blocks: readonly SelectedBlock[]) => blocks.map(({ block }) => block)

  it('are a tenth of a family’s, each once, in order', () => {
    const blocks = numbers(drawn(1))
    expect(blocks).toHaveLength(10) // of 96
    expect(new Set(blocks).size).toBe(10)
    expect(blocks).toEqual(blocks.toSorted((a, b) => a - b))
  })

  it('are the same under the same seed, and others under another', () => {
    expect(numbers(drawn(5))).toEqual(numbers(drawn(5)))
    expect(numbers(drawn(5))).not.toEqual(numbers(drawn(6)))
  })

  it('are all of them when all are asked for, and together all cases', () => {
    const all = drawn(0, 1)
    expect(all.reduce((sum, block) => sum + sizeOf(block), 0)).toBe(large.count)
  })

  it('are those whose cases a filter names, and of them only these cases', () => {
    expect(drawn(0, 10, ['test/bytes']).reduce((sum, block) => sum + sizeOf(block), 0)).toBe(large.count)
    expect(drawn(0, 10, ['*/700'])).toMatchObject([{ block: 2, wanted: [700 - 512] }])
  })

  it('runs one case alone by its name', async () => {
    expect(await run(specTarget, select(family(600), ['*/300']))).toMatchObject({ total: 1, passed: 1 })
  })

  it('are refused where another number of cases is frozen', () => {
    const other = selectBlocks([family(10)], { filter: [], oneOf: 1, seed: 0 })
    expect(isLeft(other) && other.left.found).toBe('no file')
  })
})
