/**
 * Tells a run to stop: what it uses of an AbortSignal, so that neither Node's types nor the browser's are needed to
 * compile against this package.
 *
 * @example
 * const stop = new AbortController()
 * await runSuite(target, suite, { stop: stop.signal })
 */
export interface StopSignal {
  /** Whether the run is to stop. */
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}
