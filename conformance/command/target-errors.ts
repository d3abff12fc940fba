/** An implementation on the other side of a pipe that crashed, hung, flooded, spoke nonsense or refused. */
export const isFault = (error: unknown): error is Error & { readonly fault: { readonly is: string } } =>
  error instanceof Error && error.name === 'TargetFailure'

/** Whether an error is one of a target's own; told by name, so that no target need be loaded to know it. */
export const isTargets = (error: unknown): error is Error =>
  isFault(error) || (error instanceof Error && error.name === 'KvmRefusal')

/** Errors by which a target says that it will not do something; they say nothing against it. */
export const declines = (error: unknown): boolean =>
  isTargets(error) && (!isFault(error) || error.fault.is === 'refused')
