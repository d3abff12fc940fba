import type { Hear } from '../reader.js'
import type { RecordedCall } from '../record.js'

/** Gives memslot calls their stacks (`strace -k`): a stack stands on the lines after its call, so the call waits for them. */
export interface Stacks {
  hear(record: RecordedCall): void
  frame(name: string): void
  /** A line that is no frame: the call that waits is whole. */
  release(): void
}

export const createStacks = (hear: Hear): Stacks => {
  let held: { readonly record: RecordedCall; readonly stack: string[] } | null = null

  const release = (): void => {
    if (held === null) return
    const { record, stack } = held
    held = null
    hear(stack.length === 0 ? record : { ...record, stack })
  }

  return {
    hear: record => {
      release()
      if (record.kind === 'set') held = { record, stack: [] }
      else hear(record)
    },
    frame: name => held?.stack.push(name),
    release,
  }
}
