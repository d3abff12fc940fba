import { describe, expect, it } from 'vitest'
import { setOf } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Seen } from '../../spec/terms/result.js'
import { checkTrace } from '../check/checker.js'
import { judged, traceOf, whole } from '../generate/records.js'
import { renderDeviation, renderVerdict } from './render.js'

const OK: Seen = { is: 'ok' }
const SLOT = whole(1, setOf([0, 0, 4, 16, 'L']), OK)
const overlapping = judged({}, SLOT, whole(2, setOf([1, 2, 4, 64]), OK))
const text = (options: Parameters<typeof renderVerdict>[1] = {}) => renderVerdict(overlapping, options)

describe('a rendered verdict', () => {
  it('shows a deviation in full', () => {
    // Rules that need an old slot would explain the answer too, if two or more premises held.
    const elsewhere = ['move', 'delete', 'no-op'].map(rule =>
      text()
        .split('\n')
        .find(line => line.startsWith(`    set.${rule} needs range-free`)),
    )
    expect(text({ file: 'a.ndjson', again: 'memslot check a.ndjson' })).toBe(
      [
        'a.ndjson:5: unexpected answer to set(as=0, id=1, gpa=0x2000, size=0x4000, hva=0x40000, flags=0)',
        '  seen              success',
        '  allowed are only  EEXIST',
        '  refuted',
        '    set.create needs range-free, but the range overlaps slot 0 (wanted frames 2-5, other #0 (gpa 0x0, 4 pages, hva 0x10000, LOG, dirty none))',
        ...elsewhere,
        '    set.overlap needs same-kind, but the answer is of another kind than what the rule gives (expected "EEXIST", seen "success")',
        '    … and 27 more rules of the family (--full)',
        '  before → seen',
        '    space 0: slot 1 appears: gpa 0x2000, 4 pages, hva 0x40000',
        '    space 0: 1 swap',
        '  seen → nearest allowed',
        '    seen success, nearest allowed EEXIST',
        '    space 0: slot 1 goes: gpa 0x2000, 4 pages, hva 0x40000',
        '    space 0: 1 swap fewer',
        '  before → allowed',
        '    nothing changes',
        '  see               linux virt/kvm/kvm_main.c, kvm_check_memslot_overlap; observed on real kernels, KVM_SET_USER_MEMORY_REGION',
        '  again             memslot check a.ndjson',
        '',
        'deviates: 2 operations, 1 deviation',
      ].join('\n'),
    )
  })

  it('names every rule only if asked to, and then all of them', () => {
    const [deviation] = overlapping.deviations
    if (deviation === undefined) throw new Error('it deviates')
    const full = renderDeviation(deviation, { full: true })
    for (const { rule } of deviation.refuted) expect(full).toContain(`    ${rule} needs `)
    expect(full).not.toContain('--full')
  })

  it('names each of several allowed results once', () => {
    const scarce = judged(
      { allocations: 'may fail' },
      whole(1, setOf([0, 0, 4, 16]), { is: 'error', errno: 'EIO' }),
    )
    expect(renderVerdict(scarce)).toContain('allowed are only  success at generation 2; or ENOMEM\n')
    const twice = setOf([0, 0, 4, 16], { size: u64(1), gpa: u64(1) })
    const loose = judged({ errors: 'loose' }, whole(1, twice, OK))
    expect(loose.deviations[0]?.allowed).toHaveLength(2)
    expect(renderVerdict(loose)).toContain('allowed are only  EINVAL\n')
  })

  it('counts one operation as one and two as two', () => {
    expect(renderVerdict(judged({}, SLOT))).toBe('conforms: 1 operation, 0 deviations')
    expect(renderVerdict(judged({}))).toBe('conforms: 0 operations, 0 deviations')
  })

  it('says why it is inconclusive', () => {
    expect(renderVerdict(checkTrace(traceOf({}, SLOT)))).toBe(
      'note: the trace has no end record: its last operations cannot be judged\ninconclusive: 1 operation, 0 deviations',
    )
  })

  it('names a premise that must not hold as such', () => {
    const refused = judged({}, whole(1, setOf([0, 0, 4, 16]), { is: 'error', errno: 'EEXIST' }))
    expect(renderVerdict(refused)).toContain(
      'set.overlap needs not range-free, but the range overlaps no other slot of the space',
    )
  })
})
