import type { Command } from 'commander'
import type { Io } from './io.js'
import type { ExitStatus } from './status.js'

/** Where verbs are declared: each hands in a job, whose status becomes the command's. */
export interface Declaring {
  readonly program: Command
  readonly io: Io
  readonly run: (job: () => Promise<ExitStatus>) => Promise<void>
}

export const JSON_OPTION = ['--json', 'one JSON object instead of text'] as const
/** Written out here, since the module that knows targets is not loaded for a help page. A test holds the two together. */
export const TARGET = 'impl, spec, kvm, linux-vm[:VERSION|FOLDER][,npt=0], or stdio:COMMAND'
