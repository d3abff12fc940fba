import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { auditRecording } from './audit-recording.js'
import { compareAudits } from './compare.js'

const fixture = fileURLToPath(new URL('./recording/fixtures/q35-excerpt.strace', import.meta.url))

it('a comparison of audits calls no more windows that no vCPU met worse, and fewer that one met better', async () => {
  const result = await auditRecording(
    (async function* () {
      yield readFileSync(fixture, 'utf8')
    })(),
    { name: 'old' },
  )
  if (isLeft(result)) throw new Error(result.left.found)
  const old = result.right
  const mended = { ...old, totals: { ...old.totals, windowsMet: 3, windowsUnmet: 15 } }
  const changed = compareAudits(old, mended).rows.filter(({ change }) => change !== 'same')
  expect(changed.map(({ old, new: now, change }) => [old, now, change])).toEqual([
    [18, 3, 'better'],
    [0, 15, 'neutral'],
  ])
})
