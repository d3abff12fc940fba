import { describe, expect, it } from 'vitest'
import { OperationCodec } from '../../oracle/wire/operation.js'
import { gateText } from '../gates.js'
import type { FuzzReport } from '../reports/fuzz/codec.js'
import { implTarget } from '../targets/impl.js'
import { specTarget } from '../targets/spec.js'
import type { Target } from '../targets/target.js'
import { TargetRefusal } from '../targets/target-error.js'
import { type FuzzOptions, fuzz } from './fuzz.js'
import { drawSequence } from './sequence.js'
import { stageOf } from './world.js'

const run = (target: Target, options: Partial<FuzzOptions> = {}): Promise<FuzzReport> =>
  fuzz(target, { seed: 1, runs: 150, stop: new AbortController().signal, ...options })

describe('a target that does as the specification says', () => {
  it('has no deviation, and brings every rule within its reach to fire', async () => {
    const report = await run(specTarget, { runs: 3500 })
    expect(report.deviations).toEqual([])
    const unreached = report.unreached.map(rule =>
      gateText('a rule without a sequence', `no sequence fires ${rule}`),
    )
    expect(unreached, unreached.join('\n')).toEqual([])
    expect(report.rulesReached).toBe(report.rulesTotal)
    expect(report).toMatchObject({ sequences: 3500, interrupted: false })
  })

  it('has no deviation if it is the implementation', async () => {
    const { deviations } = await run(implTarget, { runs: 400, seed: 7 })
    const wrong = `impl deviates in ${deviations.length} ways`
    const mend = gateText('implementation against sequences', wrong, '--runs 400 --seed 7')
    expect(deviations, mend).toEqual([])
  })

  it('has no deviation where the specification leaves a choice, and makes it', async () => {
    const config = { exact: false, errors: 'loose', allocations: 'may fail' } as const
    expect((await run(specTarget, { config, runs: 200 })).deviations).toEqual([])
  })
})

describe('a target that refuses what it offers', () => {
  const refusing: Target = {
    hello: () => specTarget.hello(),
    open: async config => {
      const session = await specTarget.open(config)
      return {
        ...session,
        run: async (program, emit, stop) => {
          const asks = program.threads.some(({ ops }) => ops.some(({ op }) => op === 'create-vcpu'))
          if (asks) throw new TargetRefusal('no vCPU 17 today')
          await session.run(program, emit, stop)
        },
      }
    },
  }

  it('deviates in nothing: the sequences it did not finish are counted by its reason, numbers apart', async () => {
    const report = await run(refusing, { runs: 60 })
    expect(report.deviations).toEqual([])
    expect(Object.keys(report.refused ?? {})).toEqual(['no vCPU # today'])
    expect(report.refused?.['no vCPU # today']).toBeGreaterThan(0)
    expect(report.sequences).toBe(60)
  })
})

describe('a sequence of the fuzzer', () => {
  const options = { seed: 3, invalid: 0.25, length: 24 }
  const stage = stageOf(specTarget.now.hello, null)

  it('is drawn the same whatever was drawn before it', () => {
    const { ops } = drawSequence(stage, options, 17)
    for (let i = 0; i < 5; i++) drawSequence(stage, options, i)
    expect(drawSequence(stage, options, 17).ops).toEqual(ops)
  })

  it('holds only what can be written down: a model is not asked for what no caller could say', () => {
    for (let i = 0; i < 1000; i++) {
      for (const o of drawSequence(stage, { ...options, invalid: 0.6 }, i).ops) {
        const written = JSON.parse(JSON.stringify(OperationCodec.encode(o)))
        expect(OperationCodec.decode(written)).toEqual({ _tag: 'Right', right: o })
      }
    }
  })

  it('asks a target only for what it can do, in the configuration it has', () => {
    const features = ['set', 'dirty-log', 'spaces', 'bad-pointer']
    const limits = { ...specTarget.now.hello.limits, spaces: 2, slots: 32764 }
    const kernel = stageOf({ ...specTarget.now.hello, features, limits }, null)
    for (let i = 0; i < 200; i++) {
      const { ops, config } = drawSequence(kernel, options, i)
      expect(config).toMatchObject({ profile: 'linux', spaces: 2, maxGfn: 2 ** 52 - 1 })
      for (const o of ops) expect(['set', 'get-dirty', 'clear-dirty', 'enable-cap']).toContain(o.op)
      expect(ops.some(o => 'caller' in o || 'allocation' in o || ('ioctl' in o && o.ioctl === 2))).toBe(false)
    }
  })

  it('has about as many invalid operations as it was asked for', () => {
    const failing = (invalid: number) => {
      const drawn = Array.from({ length: 200 }, (_, i) => drawSequence(stage, { ...options, invalid }, i))
      const effects = drawn.flatMap(sequence => sequence.effects)
      const fails = effects.filter(ways => ways.every(({ result }) => result.is === 'error'))
      return fails.length / effects.length
    }
    expect(failing(0)).toBeLessThan(0.06)
    expect(failing(1)).toBeGreaterThan(0.45)
  })
})
