import { Buffer } from 'node:buffer'
import { PassThrough, Readable, Writable } from 'node:stream'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { programOf } from '../../../oracle/wire/program.js'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Session, Target } from '../target.js'
import { serve } from './serve.js'
import { stdioTarget } from './target.js'

/** Answers ENOENT to everything; fails to run an empty program. */
const pessimist = (closed: { count: number }): Target => ({
  hello: async () => ({
    name: 'pessimist',
    version: '1',
    protocol: 1,
    features: [],
    choices: false,
    limits: { spaces: 1, slots: 1, maxGfn: u64(255n), entries: 0 },
  }),
  open: async (): Promise<Session> => ({
    run: async (program, emit) => {
      const ops = program.threads.flatMap(thread => thread.ops)
      if (ops.length === 0) throw new Error('nothing to do')
      for (const [i, operation] of ops.entries()) {
        emit({ ev: 'call', n: i, tid: 0, operation } as TraceRecord)
        emit({ ev: 'return', of: i, seen: { is: 'error', errno: 'ENOENT' } })
      }
    },
    reset: async () => {},
    close: async () => void closed.count++,
  }),
})

const talk = async (...lines: readonly string[]) => {
  const closed = { count: 0 }
  const input = new PassThrough()
  const output = new PassThrough()
  input.end(lines.map(l => `${l}\n`).join(''))
  await serve(pessimist(closed), input, output)
  const said = String(output.read() ?? '')
  return { closed: closed.count, said: said.split('\n').slice(0, -1) }
}

const RUN =
  '{"do":"run","program":{"config":{},"threads":[{"tid":0,"ops":[{"op":"get-dirty","as":0,"id":1}]}]}}'

describe('a target that is served', () => {
  it('answers everything it was asked, in order, and closes its VM at the end of its input', async () => {
    const { said, closed } = await talk('{"do":"hello","protocol":1}', '{"do":"open","config":{}}', RUN)
    expect(said).toEqual([
      '{"name":"pessimist","version":"1","protocol":1,"features":[],"choices":false,"limits":{"spaces":1,"slots":1,"maxGfn":"0xff","entries":0}}',
      '{"ok":true}',
      '{"ev":"call","n":0,"tid":0,"op":"get-dirty","as":0,"id":1}',
      '{"ev":"return","of":0,"errno":"ENOENT"}',
      '{"ev":"end"}',
    ])
    expect(closed).toBe(1)
  })

  it('answers a request that it does not understand with its line, and goes on', async () => {
    const { said } = await talk(
      '{"do":"hello","protocol":1}',
      '{"do":"fly"}',
      'hello?',
      '{"do":"open","config":{}}',
    )
    expect(said.slice(1)).toEqual([
      '{"error":"stdin:2: do: found \\"fly\\", expected hello | open | reset | run | close"}',
      '{"error":"stdin:3:1: found \\"hello?\\", expected JSON: a value"}',
      '{"ok":true}',
    ])
  })

  it('names the first byte of a request that is no UTF-8, and goes on', async () => {
    const input = new PassThrough()
    const output = new PassThrough()
    input.end(
      Buffer.concat([
        Buffer.from('{"do":"hello","protocol":1}\n{"do":"é'),
        Buffer.of(0xff, 0x0a, 0xc3),
        Buffer.from('\n{"do":"open","config":{}}'),
      ]),
    )
    await serve(pessimist({ count: 0 }), input, output)
    expect(String(output.read()).split('\n').slice(1, -1)).toEqual([
      '{"error":"stdin:2:9: found the byte 0xff, expected UTF-8"}',
      '{"error":"stdin:3:1: found the byte 0xc3, expected UTF-8"}',
      '{"ok":true}',
    ])
  })

  it('answers a line without end once, and ends the conversation and its VM', async () => {
    const closed = { count: 0 }
    const output = new PassThrough()
    const endless = Readable.from(
      (function* () {
        yield '{"do":"open","config":{}}\n'
        for (;;) yield Buffer.alloc(1 << 16)
      })(),
    )
    await serve(pessimist(closed), endless, output, 1 << 20)
    const says = '{"error":"stdin:2: found more than 1048576 bytes, expected the end of the line"}'
    expect([String(output.read()), closed.count]).toEqual([`{"ok":true}\n${says}\n`, 1])
  })

  it('refuses another version of the protocol by name', async () => {
    expect((await talk('{"do":"hello","protocol":2}')).said).toEqual([
      '{"error":"this speaks protocol 1, not 2"}',
    ])
  })

  it('refuses to run or reset before a VM is open, and after it was closed', async () => {
    const { said, closed } = await talk(
      RUN,
      '{"do":"reset"}',
      '{"do":"open","config":{}}',
      '{"do":"close"}',
      RUN,
    )
    expect(said).toEqual([
      '{"error":"run before open"}',
      '{"error":"reset before open"}',
      '{"ok":true}',
      '{"ok":true}',
      '{"error":"run before open"}',
    ])
    expect(closed).toBe(1)
  })

  it('passes on why the target refuses', async () => {
    const { said } = await talk(
      '{"do":"open","config":{}}',
      '{"do":"run","program":{"config":{},"threads":[]}}',
      RUN,
    )
    expect(said[1]).toBe('{"error":"Error: nothing to do"}')
    expect(said.at(-1)).toBe('{"ev":"end"}')
  })

  it('stops when its output is closed', async () => {
    const closed = { count: 0 }
    const input = new PassThrough()
    const deaf = new Writable({ write: (_, __, done) => done(new Error('EPIPE')) })
    const served = serve(pessimist(closed), input, deaf)
    input.write('{"do":"open","config":{}}\n')
    await served
    expect(closed.count).toBe(1)
  })
})

describe('a served target that is spoken to over stdio', () => {
  it('has the same records as the target itself', async () => {
    const child = [
      `import { serve } from '${import.meta.dirname}/serve.ts'`,
      `import { implTarget } from '${import.meta.dirname}/../impl.ts'`,
      'serve(implTarget, process.stdin, process.stdout)',
    ].join('; ')
    // It is compiled as it starts, which a busy machine takes its time for.
    const patient = { answerMs: 120_000, programMs: 120_000 }
    const served = stdioTarget(`${process.execPath} --import tsx --input-type=module -e "${child}"`, patient)
    if (isLeft(served)) throw new Error('the command of the test is well formed')
    const { implTarget } = await import('../impl.js')
    const ops: readonly Operation[] = [
      {
        op: 'set',
        as: 0,
        id: 1,
        gpa: u64(0x100000n),
        size: u64(0x4000n),
        hva: u64(0x7f0000000000n),
        flags: 1,
      },
      { op: 'create-vcpu', vcpu: 0 },
      { op: 'write', vcpu: 0, gfn: 0x101, offset: 8, data: 'aabb' },
      { op: 'get-dirty', as: 0, id: 1 },
      { op: 'set', as: 0, id: 2, gpa: u64(2n ** 64n - 4096n), size: u64(4096n), hva: u64(0n), flags: 0 },
    ]
    const recordsOf = async (target: Target): Promise<readonly TraceRecord[]> => {
      const session = await target.open({})
      const records: TraceRecord[] = []
      await session.run(programOf(ops), r => records.push(r), new AbortController().signal)
      await session.close()
      return records
    }
    const own = await recordsOf(implTarget)
    expect(own).toHaveLength(10)
    expect(await recordsOf(served.right)).toEqual(own)
    expect(await served.right.hello()).toEqual(await implTarget.hello())
  })
})
