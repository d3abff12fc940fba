import { describe, expect, it } from 'vitest'
import { TARGETS } from '../targets/choose.js'
import { memslot } from './captured.js'
import { TARGET } from './declare.js'
import { version } from './version.js'

const VERBS = [
  'conform',
  'check',
  'replay',
  'explain',
  'rules',
  'audit',
  'bench',
  'mutants',
  'fuzz',
  'serve',
  'cases',
]

describe('the command memslot', () => {
  it('lists every verb and the exit statuses in its help', async () => {
    const { out, err, status } = await memslot(['--help'])
    expect(VERBS.filter(verb => !new RegExp(`^ {2}${verb}\\b`, 'm').test(out))).toEqual([])
    expect(out).toContain('130 interrupted · 129 hung up · 143 told to end')
    expect([err, status]).toEqual(['', 0])
  })

  it('prints its version', async () => {
    expect(await memslot(['--version'])).toEqual({ out: `${version()}\n`, err: '', status: 0 })
  })

  it.each([
    { argv: [], says: 'Usage: memslot' },
    { argv: ['conforn'], says: "unknown command 'conforn'\n(Did you mean conform?)" },
    { argv: ['check'], says: "missing required argument 'files'" },
    { argv: ['check', '--fast', '-'], says: "unknown option '--fast'" },
    { argv: ['conform', '--errors', 'lax'], says: 'Allowed choices are strict, loose' },
    { argv: ['conform', '--time-limit', '0'], says: 'Expected seconds, more than 0 and at most 86400' },
    { argv: ['conform', '--time-limit', '2147484'], says: 'at most 86400' },
    { argv: ['explore', '--vcpus', '1000000000', ' -> '], says: 'a whole number of 1 to 8' },
    { argv: ['check', '/dev/zero'], says: 'found more than 128 MiB' },
    { argv: ['audit', '/dev/zero'], says: 'found no line of a recording' },
    { argv: ['fuzz', '--runs', '-3'], says: 'Expected a whole number of 1 to 1000000000' },
    { argv: ['fuzz', '--invalid', '101'], says: 'Expected a whole number of 0 to 100' },
    { argv: ['fuzz', '--runs', '1', '--time', '1'], says: 'cannot be used with option' },
    { argv: ['audit', '-', '--fail-on', 'anything'], says: 'Allowed choices are hole' },
    { argv: ['serve', 'qemu'], says: 'Allowed choices are impl, spec, kvm' },
    { argv: ['conform', '--target', 'xen'], says: 'there is no target "xen"' },
    { argv: ['conform', '--target', 'stdio:'], says: 'there is no command' },
    { argv: ['replay', 'nowhere.ndjson'], says: 'nowhere.ndjson: found no such file' },
  ])('takes $argv for a mistake of usage', async ({ argv, says }) => {
    const { out, err, status } = await memslot(argv)
    expect(err).toContain(says)
    expect([out, status]).toEqual(['', 2])
  })

  it.each([
    { argv: ['check', '--json'], status: 2, says: 'missing required argument' },
    { argv: ['check', '--json', '--fast', '-'], status: 2, says: 'unknown option' },
    { argv: ['fuzz', '--json', '--runs', '-3'], status: 2, says: 'whole number' },
    { argv: ['conform', '--json', '--errors', 'lax'], status: 2, says: 'Allowed choices' },
    {
      argv: ['conform', '--json', '--target', 'stdio:/nowhere/model'],
      status: 2,
      says: 'could not be started',
    },
    { argv: ['fuzz', '--json', '--target', 'stdio:/bin/false'], status: 3, says: 'crashed' },
    { argv: ['replay', '--json', 'nowhere.ndjson'], status: 2, says: 'no such file' },
    { argv: ['walk', '--json', 'nowhere.json', '--rip', '0x0'], status: 2, says: 'no such file' },
    { argv: ['check', '--json', 'nowhere.ndjson'], status: 2, says: 'no such file' },
    { argv: ['explain', '--json', 'no.such-rule'], status: 2, says: 'there is no rule' },
    { argv: ['rules', '--json', '--family', 'nothing'], status: 2, says: 'there is no family' },
    { argv: ['stress', '--json', '--fault', 'nothing'], status: 2, says: 'there is no fault' },
    { argv: ['bench', '--json', 'nothing'], status: 2, says: 'there is no benchmark' },
    { argv: ['explore', '--json', 'nonsense'], status: 2, says: '' },
    { argv: ['stress', '--json', '--list'], status: 0, says: '' },
    { argv: ['designs', '--json', '--fault', 'unsettled-bits'], status: 2, says: '' },
  ])('prints one object with --json, whatever comes of it: $argv', async ({ argv, status, says }) => {
    const { out, err, status: ended } = await memslot(argv)
    expect(out.split('\n')).toHaveLength(2)
    expect(JSON.parse(out)).toMatchObject({ schema: expect.stringMatching(/^memslot-/), version: 1 })
    expect([ended, err]).toEqual([status, expect.stringContaining(says)])
  })

  it('tells of a fault of its own that it is one, with --json as well', async () => {
    const broken = {
      stop: {
        get aborted(): boolean {
          throw new Error('broken')
        },
      } as unknown as AbortSignal,
    }
    const { out, err, status } = await memslot(['rules', '--family', 'set'], '', broken)
    expect([status, err]).toEqual([3, expect.stringContaining('a fault of memslot itself: Error: broken')])
    expect(out).toContain('set.')
  })

  it('names in its help the targets that there are', () => expect(TARGET).toBe(TARGETS))

  it('says that it was interrupted, whatever the verb made of it', async () => {
    expect((await memslot(['rules'], '', { stop: AbortSignal.abort() })).status).toBe(130)
  })
})
