import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** A process that was started here, with all that it starts. */
export interface Started {
  /** The leader of its process group. */
  readonly leader: number
  /** Stands in the environment of all of them: one that has left the group, by `setsid`, is known by it. */
  readonly mark: string
}

const MARK = 'MEMSLOT_STARTED'

/** What to put into the environment of a process, and the mark in it. */
export const newMark = (): { readonly mark: string; readonly env: Readonly<Record<string, string>> } => {
  const mark = randomUUID()
  return { mark, env: { [MARK]: mark } }
}

const started = new Set<Started>()

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // ESRCH: it has gone
  }
}

/** The processes with this mark; none where there is no /proc. One that clears its environment is not found. */
const marked = (mark: string): readonly number[] => {
  try {
    const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
    return pids.filter(pid => environmentOf(pid).includes(`${MARK}=${mark}`)).map(Number)
  } catch {
    return []
  }
}
const environmentOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return '' // another user's, or gone
  }
}

/** Ends a process and everything it started. */
export const killStarted = ({ leader, mark }: Started): void => {
  kill(-leader)
  for (const pid of marked(mark)) kill(pid)
}

const killAll = (): void => {
  for (const one of started) killStarted(one)
}

/** Sees to it that it is ended with this process, unless it is released before. */
export const guard = (one: Started): void => {
  if (started.size === 0) process.once('exit', killAll)
  started.add(one)
}

export const release = (one: Started): void => {
  started.delete(one)
  if (started.size === 0) process.off('exit', killAll)
}
