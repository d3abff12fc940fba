import { isLeft } from 'fp-ts/lib/Either.js'
import { decodeJson, printInputError } from '../../../../oracle/wire/decode.js'
import { Hex64 } from '../../../../oracle/wire/scalars.js'
import { counted } from '../../../../spec/terms/counted.js'
import type { U64 } from '../../../../spec/terms/numbers.js'
import type { FetchPathOperation } from '../../../../spec/terms/operation.js'
import type { WalkReport } from '../../../reports/walk/codec.js'
import { renderWalk } from '../../../reports/walk/text.js'
import { explainWalk } from '../../../walk/explained.js'
import { ImageCodec } from '../../../walk/image-codec.js'
import { machineOfImage } from '../../../walk/machine.js'
import { type PagingName, registersOf } from '../../../walk/registers.js'
import { complain, type Io, say, sayJson } from '../../io.js'
import { nameOf, readInput } from '../../read-input.js'
import { EXIT, type ExitStatus } from '../../status.js'

export interface WalkOptions {
  readonly rip?: string
  readonly gva?: string
  readonly access: 'read' | 'write' | 'fetch'
  readonly length: number
  readonly by: 'emulator' | 'hardware'
  readonly paging?: PagingName
  readonly cr3?: string
  readonly cpl?: number
  readonly json?: boolean
}

/** An address in hexadecimal; 0 is one without `0x` as well. */
const address = (text: string): U64 | null => {
  const decoded = Hex64.decode(text === '0' ? '0x0' : text)
  return isLeft(decoded) ? null : decoded.right
}

/** The option that is wrong, with what was found. */
const fault = ({ rip, gva, cr3 }: WalkOptions): string | null => {
  if ((rip === undefined) === (gva === undefined))
    return `found ${rip === undefined ? 'neither' : 'both'}, expected either --rip or --gva`
  for (const [name, text] of Object.entries({ rip, gva, cr3 }))
    if (text !== undefined && address(text) === null)
      return `--${name}: found ${JSON.stringify(text)}, expected ${Hex64.name}`
  return null
}

const operationOf = ({ rip, gva, access, length, by }: WalkOptions): FetchPathOperation => {
  const at = address(rip ?? gva ?? '') as U64 // fault() has found one of them sound
  return rip === undefined
    ? { op: 'translate', vcpu: 0, gva: at, access, by }
    : { op: 'fetch-instruction', vcpu: 0, rip: at, length, by }
}

/** A page walk explained: which entries were read, from which slots, how it ends, and by which rules. */
export const walk = async (file: string, options: WalkOptions, io: Io): Promise<ExitStatus> => {
  const wrong = fault(options)
  if (wrong !== null) {
    complain(io, wrong)
    return EXIT.usage
  }
  const text = await readInput(file, io)
  const image = isLeft(text) ? text : decodeJson(ImageCodec, text.right, { file: nameOf(file), line: null })
  if (isLeft(image)) {
    complain(io, printInputError(image.left))
    return EXIT.usage
  }
  const { paging, cpl } = options
  const cr3 = options.cr3 === undefined ? null : address(options.cr3)
  const given = {
    ...(paging === undefined ? {} : { paging }),
    ...(cr3 === null ? {} : { cr3 }),
    ...(cpl === undefined ? {} : { cpl }),
  }
  const machine = machineOfImage(nameOf(file), image.right, registersOf(image.right, given))
  if (isLeft(machine)) {
    complain(io, printInputError(machine.left))
    return EXIT.usage
  }
  const operation = operationOf(options)
  const report: WalkReport = { schema: 'memslot-walk', version: 1, ...explainWalk(machine.right, operation) }
  const asked =
    operation.op === 'fetch-instruction'
      ? `fetch of ${counted(operation.length, 'byte')} at RIP ${options.rip}`
      : `${options.access} at ${options.gva}`
  if (options.json === true) sayJson(io, report)
  else say(io, renderWalk(report, asked))
  return EXIT.expected
}
