/** Leaders of process groups that must not outlive this process. */
const leaders = new Set<number>()

/** Ends a process and everything it started that did not leave its group. */
export const killGroup = (leader: number): void => {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // ESRCH: nobody of the group is left
  }
}

const killAll = (): void => {
  for (const leader of leaders) killGroup(leader)
}

/** Sees to it that the group is ended with this process, unless it is released before. */
export const guardGroup = (leader: number): void => {
  if (leaders.size === 0) process.once('exit', killAll)
  leaders.add(leader)
}

export const releaseGroup = (leader: number): void => {
  leaders.delete(leader)
  if (leaders.size === 0) process.off('exit', killAll)
}
