import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { showImportError } from './import-error.js'
import { detectFormat, importRecording } from './import-recording.js'
import { createLineSplitter, LONGEST_LINE } from './line-splitter.js'

async function* pieces(text: string, size: number) {
  for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size)
}

const finish = async (text: string, size = 7) => {
  const recording = importRecording(pieces(text, size), { name: 'some.file' })
  let calls = 0
  for (;;) {
    const next = await recording.next()
    if (next.done === true) return { calls, result: next.value }
    calls++
  }
}
const complaint = async (text: string) => {
  const { result } = await finish(text)
  return isLeft(result) ? showImportError(result.left) : 'no complaint'
}

const call =
  'ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=4096, userspace_addr=0x7f0000000000}) = 0'

describe('a recording', () => {
  it('shows its format in its lines', () => {
    expect(detectFormat('20967 1795348284.332726 ioctl(3, KVM_GET_API_VERSION, 0) = 12')).toBe('strace')
    expect(detectFormat('23396@1795348916.607693:kvm_run_exit cpu_index 0, reason 2')).toBe('qemu-trace')
    expect(detectFormat('kvm_set_user_memory Slot#0 flags=0x0')).toBe('qemu-trace')
    expect(detectFormat('VNC server running on ::1:5900')).toBeNull()
  })
  it('may begin with lines of something else, which are counted', async () => {
    const { calls, result } = await finish(`VNC server running\n\n5 1795348284.5 ${call}\n`)
    expect(calls).toBe(2)
    expect(isRight(result) && result.right).toMatchObject({ format: 'strace', lines: 3, unknownLines: 2 })
  })
  it('may come in pieces of any size, with either line end', async () => {
    const text = `5 1795348284.5 ${call}\r\n5 1795348284.6 ${call}\r\n`
    for (const size of [1, 2, 50, 1000]) expect((await finish(text, size)).calls).toBe(3)
  })
  it('without any memslot call is refused, and the refusal says what was found', async () => {
    expect(await complaint('5 1795348284.5 ioctl(3, KVM_CREATE_VM, 0) = 8\n')).toMatch(
      /^some\.file: found no memslot call in 1 line of strace output, expected KVM_SET_USER_MEMORY_REGION/,
    )
    expect(await complaint('1@2.3:kvm_run_exit cpu_index 0, reason 2\n')).toMatch(
      /found no memslot call in 1 line of a QEMU/,
    )
  })
  it('that is something else is refused with its first line', async () => {
    expect(await complaint('\nhello, world\nand more\n')).toMatch(
      /no line of a recording in 3 lines, the first being "hello, world"/,
    )
    expect(await complaint('')).toMatch(/found an empty file/)
  })
  it('with lines that never end is held in bounded memory', () => {
    const splitter = createLineSplitter()
    for (let i = 0; i < 100; i++) splitter.push('x'.repeat(10_000))
    expect(splitter.end()?.length).toBeLessThan(LONGEST_LINE + 10_001)
  })
})
