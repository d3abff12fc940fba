export { type Checker, checker, checkTrace, parametersOfHeader } from './check/checker.js'
export { accept, type Effect, effectsOf } from './effects.js'
export { headerOf, type Line, readTrace, type Trace, writeRecord } from './trace.js'
export { type Deviation, type Disagreement, explainDeviation, type RuleRefuted } from './verdict/deviation.js'
export { difference, printPages, printSlot } from './verdict/difference.js'
export { printOperation, printResult, printSeen, printValues } from './verdict/print.js'
export { type RenderOptions, renderDeviation, renderVerdict } from './verdict/render.js'
export type { Verdict, VerdictIs } from './verdict/verdict.js'
export { closed, tagged } from './wire/closed.js'
export { type Config, ConfigCodec, parametersOf } from './wire/config.js'
export { decode, decodeJson, type InputError, type Origin, printInputError } from './wire/decode.js'
export { OperationCodec } from './wire/operation.js'
export { inOrder, type Program, ProgramCodec, programOf, type Thread } from './wire/program.js'
export {
  type AccessEndRecord,
  type AccessRecord,
  type CallRecord,
  FORMAT,
  type Header,
  type ReturnRecord,
  type TraceRecord,
  TraceRecordCodec,
  VERSION,
} from './wire/record.js'
export { Frame, Hex64, HexBytes, natural, oneOf, Runs } from './wire/scalars.js'
export { SeenCodec } from './wire/seen.js'
