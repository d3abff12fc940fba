import * as t from 'io-ts'
import { closed, tagged } from '../../oracle/wire/closed.js'
import { natural } from '../../oracle/wire/scalars.js'
import { BenchReportCodec } from '../reports/bench/codec.js'

/** What a process that runs one benchmark sends to the one that asked for it. */
export const FromAloneCodec = tagged('message', 'kind', {
  progress: closed('progress', {
    kind: t.literal('progress'),
    name: t.string,
    done: natural(),
    total: natural(),
  }),
  report: closed('report', { kind: t.literal('report'), report: BenchReportCodec }),
})
export type FromAlone = t.TypeOf<typeof FromAloneCodec>
