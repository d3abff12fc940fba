import { createReadStream, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { auditRecording } from './audit-recording.js'

const recordings = ['migration-during-boot.qemu-7.2', 'q35-boot-X-raw']
const pathOf = (name: string) =>
  fileURLToPath(new URL(`../../../shared/traces/${name}.strace`, import.meta.url))

describe.each(recordings)('the picture of %s', name => {
  it.skipIf(!existsSync(pathOf(name)))(
    'has in KVM_RUN, while its window lasts, the threads that the summary says were inside',
    async () => {
      const result = await auditRecording(createReadStream(pathOf(name), { encoding: 'utf8' }), { name })
      if (isLeft(result)) throw new Error(result.left.found)
      const { worst, updates, lanes } = result.right
      const window = worst && updates[worst.update]?.windows[worst.window]
      const { from, to, running } = window ?? {}
      if (from == null || to == null) throw new Error('the worst window has no times')
      const inside = (lanes ?? []).filter(({ intervals }) =>
        intervals.some(run => run.from !== null && run.from <= to && (run.to === null || run.to >= from)),
      )
      expect(running).not.toEqual([])
      expect(inside.map(({ tid }) => tid)).toEqual(running)
    },
  )
})
