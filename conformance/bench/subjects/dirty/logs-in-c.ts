import { type Native, nativeOf } from '../../peers/native.js'

/** Dirty bitmaps in C: a bitmap, somewhere to take it to, and a pattern it is set to before each turn. */
export interface LogsInC {
  pattern(words: Int32Array): void
  restore(): number
  harvest(): number
  /** Moves the bits down by `shift`, 1..63, to where bits are taken to. */
  shift(shift: number): number
  copy(): number
  mark(pages: Int32Array): number
  /** 31 · sum + word over the 32-bit words of what was taken, or of the bitmap. */
  sum(ofBitmap: boolean): number
  free(): void
}

type Handle = object

export const logsInC = (words32: number): LogsInC => {
  const native = nativeOf('dirty')
  const f = <F extends (...args: never[]) => unknown>(prototype: string): F => native.function<F>(prototype)
  const make = f<(words: number) => Handle>('void *dirty_new(int)')
  const handle = make(words32 / 2)
  const pattern = f<(d: Handle, words: Int32Array) => void>('void dirty_pattern(void *, const int32_t *)')
  const restore = f<(d: Handle) => void>('void dirty_restore(void *)')
  const harvest = f<(d: Handle) => number>('int dirty_harvest(void *)')
  const shift = f<(d: Handle, shift: number) => number>('int dirty_shift(void *, int)')
  const copy = f<(d: Handle) => number>('int dirty_copy(void *)')
  const mark = f<(d: Handle, pages: Int32Array, n: number) => number>(
    'int dirty_mark(void *, const int32_t *, int)',
  )
  const sum = f<(d: Handle, ofBitmap: number) => number>('uint32_t dirty_sum(void *, int)')
  const free = f<(d: Handle) => void>('void dirty_free(void *)')
  return {
    pattern: words => pattern(handle, words),
    restore: () => {
      restore(handle)
      return 0
    },
    harvest: () => harvest(handle),
    shift: by => shift(handle, by),
    copy: () => copy(handle),
    mark: pages => mark(handle, pages, pages.length),
    sum: ofBitmap => sum(handle, ofBitmap ? 1 : 0),
    free: () => free(handle),
  }
}

/** Nanoseconds of processor time of the calling thread. */
export const threadClock = (native: Native = nativeOf('dirty')): (() => number) =>
  native.function<() => number>('double thread_nanoseconds(void)')
