import { Argument } from 'commander'
import type { Declaring } from '../../declare.js'
import type { Served } from './serve.js'

/** Speaks the protocol. */
export const declareServe = ({ program, io, run }: Declaring): void => {
  program
    .command('serve')
    .description('be an implementation that others judge: the protocol on standard input and output')
    .addArgument(new Argument('[implementation]', 'which').choices(['impl', 'spec', 'kvm']).default('impl'))
    .action((name: Served) => run(async () => (await import('./serve.js')).serve(name, io)))
}
