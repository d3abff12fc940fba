import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { AuditReport } from '../reports/audit/codec.js'
import { renderAuditHtml } from '../reports/audit/page/render-audit-html.js'
import { renderAudit } from '../reports/audit/text/render-audit.js'
import { auditRecording } from './audit-recording.js'

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`./recording/fixtures/${name}`, import.meta.url)), 'utf8')

async function* inPieces(text: string) {
  for (let i = 0; i < text.length; i += 997) yield text.slice(i, i + 997)
}

const outcome = async (text: string): Promise<'report' | 'refused'> => {
  const result = await auditRecording(inPieces(text), { name: 'damaged' })
  if (!isRight(result)) return 'refused'
  expect(AuditReport.is(result.right)).toBe(true)
  renderAudit(result.right, { color: false, width: 80 })
  renderAuditHtml(result.right)
  return 'report'
}

describe.each(['q35-excerpt.strace', 'logged-delete.strace', 'q35-excerpt.qemu-trace'])(
  'a damaged %s',
  name => {
    const text = fixture(name)

    it('is read as far as it goes, wherever it was cut', async () => {
      for (let end = 0; end < text.length; end += 211) await outcome(text.slice(0, end))
      expect(await outcome(text.slice(0, -20))).toBe('report')
    })
    it('is read wherever its beginning is missing', async () => {
      for (let start = 0; start < text.length; start += 211) await outcome(text.slice(start))
    })
    it('is read with lines missing, doubled, out of order or garbled', async () => {
      const lines = text.split('\n')
      expect(await outcome(lines.filter((_, i) => i % 3 !== 1).join('\n'))).toBe('report')
      expect(await outcome(lines.flatMap(line => [line, line]).join('\n'))).toBe('report')
      expect(await outcome(lines.toReversed().join('\n'))).toBe('refused')
      expect(
        await outcome(lines.map((line, i) => (i % 4 === 0 ? line.replaceAll('=', '#') : line)).join('\n')),
      ).toBe('report')
    })
    it('is read whatever numbers stand in it', async () => {
      for (const number of ['18446744073709551615', '0', '4095', '99999999999999999999999'])
        await outcome(text.replaceAll(/(?<=memory_size=|size=)\w+/g, number))
      await outcome(text.replaceAll(/(?<=guest_phys_addr=|gpa=)0x\w+/g, '0xfffffffffffff000'))
    })
  },
)
