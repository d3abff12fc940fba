import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../../package-root.js'
import type { ExplainReport } from '../../../reports/explain/codec.js'
import { memslot } from '../../captured.js'

describe('memslot explain', () => {
  it('prints the page and the heading that a rule cites', async () => {
    const { out } = await memslot(['explain', 'get.lost'])
    expect(out).toContain('docs/evidence/real-kvm.md#get-into-a-bitmap-that-faults')
    expect(out).toContain('read at ')
  })
  it.each(['batch.block-and-publish', 'get.lost', 'walk.no-root-tdp', 'answer.done'])(
    'says with --json what each citation of %s opens, a page of this repository or a version of Linux',
    async id => {
      const { out } = await memslot(['explain', id, '--json'])
      const { cites, opens } = JSON.parse(out) as ExplainReport
      expect(opens.length).toBe(cites.length)
      for (const at of opens) {
        if (at.startsWith('docs/')) expect(existsSync(join(packageRoot(), at.split('#')[0] ?? ''))).toBe(true)
        else expect(at).toMatch(/^read at \S/)
      }
    },
  )
  it('cites a mail by sender, date and subject', async () => {
    const { out } = await memslot(['explain', 'batch.publish', '--json'])
    const { cites } = JSON.parse(out) as ExplainReport
    expect(cites).toContain(
      'thread, Paolo Bonzini, 28 September 2022, “Re: [RFC PATCH 9/9] kvm_main.c: handle atomic memslot update”',
    )
  })
})
