/** Pages of a bitmap, by the host pages that they are. */
export const printBits = (set: number): string => {
  const pages = Array.from({ length: 16 }, (_, page) => page).filter(page => (set & (1 << page)) !== 0)
  if (pages.length === 0) return 'no bit'
  return pages.length === 1
    ? `the bit of host page ${pages[0]}`
    : `the bits of host pages ${pages.join(', ')}`
}

const bitsOf = (digits: string): string => printBits(Number.parseInt(digits, 2))

/**
 * Why a state breaks a property, in the words of the steps that led there. Properties and rules name a bitmap by its binary digits, an
 * actor by its number, and put an s behind the kind of any access.
 */
export const printWhy = (why: string): string =>
  why
    .replace(/^actor (?=\d)/, 'vCPU ')
    .replace(/\bfetchs\b/g, 'fetches')
    .replace(
      /^(.* holds) unread bits ([01]+) (and.*)$/,
      (_, who, digits, rest) => `${who} ${bitsOf(digits)}, unread, ${rest}`,
    )
    .replace(
      /^bits ([01]+) of completed writes are not in (.*)$/,
      (_, digits, log) => `${log} has not ${bitsOf(digits)}, to which a write completed`,
    )
    .replace(/\bbits ([01]+)\b/, (_, digits) => bitsOf(digits))
