import { printable } from '../reports/printable.js'
import type { Io } from './io.js'

/** The progress of a job, drawn on a terminal and nowhere else. */
export interface Progress {
  /** `total` null: not known. `remark` is shown after the numbers, like `3 failed`. */
  at(done: number, total: number | null, remark?: string): void
  end(): void
}

const silent: Progress = { at: () => {}, end: () => {} }

const duration = (s: number): string => (s < 60 ? `${Math.ceil(s)} s` : `${Math.ceil(s / 60)} min`)

/** Progress with rate and time left, drawn on standard error. */
export const progressOf = async (io: Io, what: string): Promise<Progress> => {
  const { terminal } = io
  if (terminal === undefined) return silent
  const { default: cliProgress } = await import('cli-progress')
  const start = performance.now()
  const bar = new cliProgress.SingleBar({
    stream: terminal,
    clearOnComplete: true,
    hideCursor: true,
    fps: 8,
    format: (_, { value, total, progress }, payload: { remark: string; known: boolean }) => {
      const elapsed = (performance.now() - start) / 1000
      const rate = value / Math.max(elapsed, 0.001)
      const drawn = '█'.repeat(Math.round(progress * 20)).padEnd(20, '░')
      return [
        payload.known ? `${what} ${drawn} ${value}/${total}` : `${what} ${value}`,
        `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`,
        ...(payload.known && rate > 0 ? [`${duration((total - value) / rate)} left`] : []),
        ...(payload.remark === '' ? [] : [payload.remark]),
      ].join(' · ')
    },
  })
  let started = false
  return {
    at: (done, total, remark = '') => {
      const payload = { remark: printable(remark), known: total !== null }
      if (!started) bar.start(total ?? 0, done, payload)
      started = true
      bar.setTotal(total ?? Math.max(done, 1))
      bar.update(done, payload)
    },
    end: () => bar.stop(),
  }
}
