import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, test } from 'vitest'
import { decode, printInputError } from '../../oracle/wire/decode.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Case } from '../cases/case.js'
import { type Hello, HelloCodec } from '../targets/target.js'
import { unfit } from './ask.js'

const hello: Hello = {
  ...{ name: 'one', version: '', protocol: 1, features: ['set'], choices: false },
  limits: { spaces: 1, slots: 8, maxGfn: u64(255), entries: 0 },
}
const walk: Case = {
  ...{ id: 'one', says: '', needs: ['set', 'walk'], rules: [], cites: [], config: {}, ops: [], allow: [] },
}

test('a case that needs a feature is skipped with what the target says that it lacks, or else with what the feature is', () => {
  expect(unfit(hello, walk)).toBe('no walk: page-table reads and A/D updates can be asked for one by one')
  expect(unfit({ ...hello, lacks: { walk: 'its tables are elsewhere' } }, walk)).toBe(
    'no walk: its tables are elsewhere',
  )
  expect(unfit({ ...hello, features: ['set', 'walk'], lacks: { walk: 'not said' } }, walk)).toBeNull()
})

test('a case with an operation that the target does not do is skipped with the reason, and others of the feature are asked', () => {
  const refusing = { ...hello, features: ['set', 'walk'], lacks: { 'ad-update': 'nothing is marked' } }
  const marks: Case = { ...walk, ops: [{ op: 'ad-update', vcpu: 0, gfn: 1, offset: 0, data: '21' }] }
  expect(unfit(refusing, marks)).toBe('no ad-update: nothing is marked')
  expect(unfit(refusing, walk)).toBeNull()
})

test('a case is skipped whose configuration no kernel has with what the target’s VMs are', () => {
  const kernels = { ...hello, features: ['set', 'kernels'], vm: { secondStage: 'tdp' } } as const
  const of = (config: Case['config']): string | null => unfit(kernels, { ...walk, needs: ['set'], config })
  expect(of({ kernel: '6.1' })).toBeNull()
  expect(of({ kernel: 'pvm' })).toBe(
    'with what its VMs have, secondStage must be "shadow", since kernel "pvm" has no second stage',
  )
})

test('a target that says to be a kernel whose VMs it cannot have is refused', () => {
  const says = (vm: object) => {
    const told = JSON.parse(
      JSON.stringify({ ...hello, limits: { ...hello.limits, maxGfn: '0xff' }, kernel: 'pvm', vm }),
    )
    const decoded = decode(HelloCodec, told, { file: 'target', line: 1 })
    return isLeft(decoded) ? printInputError(decoded.left) : null
  }
  expect(says({})).toBeNull()
  expect(says({ secondStage: 'shadow' })).toBeNull()
  expect(says({ secondStage: 'tdp' })).toBe(
    'target:1: vm.secondStage: found "tdp", expected "shadow", since kernel "pvm" has no second stage',
  )
})
