import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runsGuests } from '../../../targets/kvm/there.fixture.js'
import { memslot } from '../../captured.js'

const CC = spawnSync('cc', ['--version']).status === 0
const WARNINGS = ['-Wall', '-Wextra', '-Werror']

const directory = mkdtempSync(join(tmpdir(), 'memslot-emit-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const good = (name: string) => `oracle/corpus/good/${name}.ndjson`
const HEADER = { ev: 'header', format: 'kvm-memslot-trace', version: 1, profile: 'linux' }
const SLOT = { op: 'set', as: 0, id: 0, gpa: '0x100000', size: '0x4000', hva: '0x7f0000000000', flags: 1 }

/** A trace of these operations, none of which has an answer. */
const traceOf = (config: object, ...operations: readonly object[]): string =>
  [
    { ...HEADER, config },
    ...operations.map((operation, i) => ({
      ev: 'vcpu' in operation && 'gfn' in operation ? 'access' : 'call',
      n: i + 1,
      tid: i,
      ...operation,
    })),
  ]
    .map(record => JSON.stringify(record))
    .join('\n')

const emitted = async (file: string, input?: string): Promise<string> => {
  const { out, err, status } = await memslot(['replay', file, '--emit', 'c'], input)
  expect([err, status]).toEqual(['', 0])
  return out
}

/** Compiles a program, and what it prints with its status. */
const compileAndRun = (text: string, flags: readonly string[] = ['-O0']) => {
  const program = join(directory, 'reproducer')
  writeFileSync(`${program}.c`, text)
  const compiled = spawnSync('cc', [...WARNINGS, ...flags, '-o', program, `${program}.c`], {
    encoding: 'utf8',
  })
  expect(compiled.stderr).toBe('')
  const { stdout, status } = spawnSync(program, { encoding: 'utf8', timeout: 30_000 })
  return { out: stdout, status }
}

describe('the program in C that replay --emit c prints', () => {
  it('is one file that names libc and linux/kvm.h only', async () => {
    const text = await emitted(good('initially-all-set'))
    const included = [...text.matchAll(/^#include (.*)$/gm)].map(([, name]) => name)
    expect(included.filter(name => !/^<(sys\/)?[a-z]+\.h>$/.test(name ?? ''))).toEqual(['<linux/kvm.h>'])
  })

  it('says at its head which fields and operations it cannot honour, and why', async () => {
    const text = await emitted(
      '-',
      traceOf(
        { profile: 'batch', internalIds: [32765], vmType: 'tdx', secondStage: 'tdp', maxGfn: 99 },
        SLOT,
        { op: 'lookup', as: 0, gfn: 256 },
        { op: 'read', vcpu: 0, gfn: 256, offset: 0, size: 8 },
      ),
    )
    const head = text.slice(0, text.indexOf('*/'))
    expect(head).toContain('internalIds [32765]: no call makes the slots that KVM has of its own')
    expect(head).toContain('vmType "tdx": its VM is of the default type')
    expect(head).toContain('profile "batch": no kernel has the batch')
    expect(head).toContain('lookup (2): no call of the kernel tells it')
    expect(head).toContain('read (3): vCPU 0 was never created')
    expect(head).toContain('The trace has several threads')
    expect(head).not.toMatch(/secondStage|maxGfn/)
  })

  it('is refused where a real kernel can be asked none of the operations, with the reasons', async () => {
    const none = await memslot(
      ['replay', '-', '--emit', 'c'],
      traceOf({}, { op: 'lookup', as: 0, gfn: 0 }, { op: 'lookup', as: 0, gfn: 1 }),
    )
    expect(none.out).toBe('')
    expect(none.err).toContain(
      'no operation of the trace can be done on a real kernel: lookup (1, 2): no call of the kernel tells it',
    )
    expect(none.status).toBe(2)
  })

  it('is no report', async () => {
    const { err, status } = await memslot(['replay', good('no-op-batches'), '--emit', 'c', '--json'])
    expect([err, status]).toEqual([expect.stringContaining('--emit prints a program, and no report'), 2])
  })

  it.skipIf(!CC)('compiles whatever a trace is called and says', async () => {
    const name = '*/ /* ??/ \\ " # \u202e λ'
    const text = await emitted(
      '-',
      `${traceOf({}, SLOT)}\n{"ev":"return","of":1,"errno":"EFOO"}`.replace(
        '"config"',
        `"target":{"name":${JSON.stringify(name)},"version":"1"},"config"`,
      ),
    )
    expect(compileAndRun(text).status).not.toBe(null)
  })
})

describe.skipIf(!CC || !runsGuests)(
  'the program in C of a trace, on this kernel (skipped without a compiler or a KVM that runs guests)',
  () => {
    it.each(['efault-loses-dirty-bits', 'harvest-races-with-write'])(
      'of %s differs from the trace where replay --target kvm does, and has its verdict',
      async name => {
        const { out, status } = compileAndRun(await emitted(good(name)), ['-O2', '-static'])
        const replayed = await memslot(['replay', good(name), '--target', 'kvm', '--json'])
        const { is, calls, differences } = JSON.parse(replayed.out)
        expect([is, replayed.status]).toEqual(['conforms', 0])
        expect(status).toBe(0)
        expect([...out.matchAll(/^(not )?ok /gm)]).toHaveLength(calls)
        const differ = [...out.matchAll(/^ok (\d+) - .*\n#\tkernel .*\n#\ttrace .* \(differs\)$/gm)]
        expect(differ.map(([, n]) => Number(n))).toEqual(differences.map(({ nth }: { nth: number }) => nth))
      },
    )

    it('fails an operation whose answer is not what is allowed, and ends with 1', async () => {
      const text = await emitted(
        '-',
        traceOf(
          {},
          SLOT,
          { op: 'create-vcpu', vcpu: 0 },
          { op: 'write', vcpu: 0, gfn: 258, offset: 0, data: '2a' },
          { op: 'read', vcpu: 0, gfn: 258, offset: 0, size: 1 },
          { op: 'get-dirty', as: 0, id: 0 },
          { ...SLOT, id: 1 },
          { op: 'read', vcpu: 0, gfn: 1, offset: 0, size: 1 },
          { op: 'host-protect', hva: '0x7f0000000000', size: '0x0', rights: 'none' },
        ),
      )
      const right = compileAndRun(text)
      expect([right.status, right.out]).toEqual([0, expect.stringContaining('kernel   dirty pages 2\n')])
      const spoilt = text
        .replace('.error = EEXIST', '.error = ENOENT')
        .replace('.end = END_MMIO', '.end = END_EXIT')
        .replace('.data = { 42 }, .says = "data 2a"', '.data = { 43 }, .says = "data 2b"')
        .replace(/(struct run runs_\d+\[\] = \{ \{ )2, 1/, '$13, 1')
      const { out, status } = compileAndRun(spoilt)
      expect(status).toBe(1)
      expect([...out.matchAll(/^not ok (\d+)/gm)].map(([, n]) => n)).toEqual(['4', '5', '6', '7'])
      expect(out).toContain('#\tkernel   data 2a\n#\ttrace    no answer\n#\tallowed  data 2b\n')
    })

    it('skips, with status 4, where the kernel is another than the header says', async () => {
      const { out, status } = compileAndRun(await emitted('-', traceOf({ maxGfn: 256 }, SLOT)))
      expect([out, status]).toEqual(['TAP version 13\n1..0 # SKIP about another last frame\n', 4])
    })
  },
)
