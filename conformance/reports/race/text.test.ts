import { expect, test } from 'vitest'
import type { RaceReport, RaceTrial } from './codec.js'
import { racePage } from './page.js'
import { renderRace } from './text.js'

const trial: RaceTrial = {
  is: 'trial',
  edit: 'delete-create',
  access: 'read',
  path: 'hardware',
  edits: 1000,
  disturbed: 999,
  turns: 7,
  outcomes: { mmio: 1234 },
  allowed: ['mmio'],
  verdict: 'seen',
  run: 'a run of <steps>',
}
const report: RaceReport = {
  schema: 'memslot-race',
  version: 1,
  seconds: 20,
  interrupted: false,
  edits: [{ id: 'delete-create', says: 'delete the slot and create it again' }],
  kernels: [
    {
      is: 'kernel',
      target: 'kvm',
      kernel: '6.12.1',
      arch: 'x86',
      secondStage: 'tdp',
      cpus: 2,
      trials: [
        trial,
        { ...trial, access: 'write', disturbed: 1, verdict: 'seen' },
        { ...trial, access: 'fetch', outcomes: {}, disturbed: 0, verdict: 'unseen' },
        { ...trial, edit: 'log', outcomes: {}, disturbed: 0, allowed: [], verdict: 'never', run: null },
        { ...trial, edit: 'log', access: 'write', allowed: [], verdict: 'deviation', run: null },
        {
          ...trial,
          edit: 'nothing',
          edits: 40,
          outcomes: {},
          allowed: [],
          verdict: 'inconclusive',
          run: null,
        },
        {
          ...{ ...trial, edit: 'nothing', access: 'write', turns: 0, outcomes: {}, allowed: [] },
          ...{ verdict: 'inconclusive', run: null },
        },
      ],
      leftOut: [{ is: 'left out', what: 'emulator', because: 'force_emulation_prefix is off' }],
    },
  ],
  failed: [],
}

test('a race as text says how often each edit was seen, and 100 % and 0 % only where it is so', () => {
  const text = renderRace(report, { color: false, page: null })
  expect(text).toContain('kvm: Linux 6.12.1, x86, a second stage, 2 processors')
  expect(text).toMatch(/delete-create +the processor +99 % mmio +<1 % mmio +not seen in 1,000/)
  expect(text).toMatch(/log +the processor +never in 1,000 +✗ 99 % mmio/)
  expect(text).toMatch(/nothing +the processor +only 40 tried +the vCPU did not run/)
  expect(text).toContain('not raced: emulator: force_emulation_prefix is off')
  expect(text).toContain('✗ kvm: write by the processor beside log: mmio; allowed: nothing')
  expect(text.split('\n').at(-1)).toBe(
    '2 seen as predicted, 1 never, as predicted, 1 predicted and not seen, 2 inconclusive, 1 deviation',
  )
})

test('a race as a page has kernels side by side, and each predicting run once', () => {
  const [kernel] = report.kernels
  if (kernel === undefined) throw new Error('there is a kernel')
  const page = racePage({ ...report, kernels: [kernel, { ...kernel, target: 'records.ndjson', trials: [] }] })
  expect(page).toContain('>kvm</th>')
  expect(page).toContain('>records.ndjson</th>')
  expect(page.split('a run of &lt;steps&gt;')).toHaveLength(2)
  expect(page).not.toContain('<steps>')
})
