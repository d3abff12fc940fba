import { isLeft } from 'fp-ts/lib/Either.js'
import type { Config } from '../../../../oracle/wire/config.js'
import type { Case } from '../../../cases/case.js'
import { EXPORTED_FEATURES } from '../../../cases/export/kselftest.js'
import type { ConformReport } from '../../../reports/conform/codec.js'
import { runExported } from '../../../suite/exported/run.js'
import { askedOf } from '../../../suite/rules-on.js'
import { kernelOf } from '../../../targets/kvm/abilities.js'
import { sayNoVm } from '../../../targets/linux-vm/no-vm.js'
import { complain, type Io, sayJson, stopOf } from '../../io.js'
import { progressOf } from '../../progress.js'
import { EXIT, type ExitStatus } from '../../status.js'
import type { ConformOptions } from './options.js'
import { notAvailable, tellReport } from './tell-report.js'

/** What a kernel is seen by: calls alone, of a program in C, since neither Node nor a guest of this project runs there. */
const BY = 'by the exported program, which makes calls alone and runs no guest'

/** What the VMs of a kernel are, by its name. */
const vmOf = (kernel: string): { readonly vm: Config } => {
  const [, release = ''] = kernel.split(' ')
  const name = kernelOf(release, false)
  return { vm: { profile: 'linux', arch: 'arm64', ...(name === null ? {} : { kernel: name }) } }
}

/** Runs the cases that need no running guest on a kernel of arm64, by the exported program. */
export const conformExported = async (
  cases: readonly Case[],
  options: ConformOptions,
  io: Io,
): Promise<ExitStatus> => {
  const { target, timeLimit } = options
  const progress = await progressOf(io, `conform ${target}`)
  const ran = await runExported(target, cases, {
    stop: stopOf(io),
    tell: what => complain(io, `target ${target}: ${what}`),
    onProgress: (done, total, failed) => progress.at(done, total, failed === 0 ? '' : `${failed} failed`),
    ...(timeLimit === undefined ? {} : { silenceMs: timeLimit * 1000 }),
  })
  progress.end()
  if (isLeft(ran)) {
    const why = sayNoVm(ran.left)
    complain(io, `target ${target}: ${why}`)
    if (options.json === true) sayJson(io, notAvailable(target, why, cases.length))
    return ran.left.kind === 'no name' ? EXIT.usage : EXIT.inconclusive
  }
  const report: ConformReport = { schema: 'memslot-conform', version: 1, ...ran.right }
  return tellReport(
    {
      report,
      ids: cases.map(({ id }) => id),
      asked: () => cases.map(one => askedOf(vmOf(report.target), one)),
      isProgram: () => false,
      hello: { name: target, version: `${report.target}; ${BY}`, features: EXPORTED_FEATURES },
    },
    options,
    io,
  )
}
