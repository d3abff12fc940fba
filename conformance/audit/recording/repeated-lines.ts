/** A thread, and a time of microseconds. */
const FINE_TIME = /^(?:\[pid +)?\d+(?:<[^>]*>)?(?:\] +| +|@)(?:\d+|[\d:]{8})\.\d{6,}[ :]/

/** Tells whether a line is the one before again: two of one thread and one microsecond are one line, written twice. */
export const createRepeatedLines = () => {
  let previous = ''
  return (text: string): boolean => {
    const again = text === previous && text !== '' && FINE_TIME.test(text)
    previous = text
    return again
  }
}
