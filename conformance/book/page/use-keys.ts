import { useLayoutEffect } from 'preact/hooks'

/** From a moment to another. */
export type Move = (at: number) => number

/** Where a key leads from a moment; null for a key that leads nowhere. */
const moveOf = (key: string, length: number): Move | null => {
  switch (key) {
    case 'ArrowRight':
      return at => Math.min(length, at + 1)
    case 'ArrowLeft':
      return at => Math.max(0, at - 1)
    case 'Home':
      return () => 0
    case 'End':
      return () => length
    default:
      return null
  }
}

/** Arrow keys, Home and End go through the moments, but not where something is being typed or chosen. */
export const useKeys = (length: number, go: (move: Move) => void): void => {
  // Before the page is drawn: a key that follows at once is heard.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { target, key } = event
      if (target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return
      const move = moveOf(key, length)
      if (move === null || event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      go(move)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [go, length])
}
