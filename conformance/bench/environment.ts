import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import type { Environment } from '../reports/bench/codec.js'

/** `key: value` lines, as lscpu and /proc/cpuinfo write them; the first of a key counts. */
const fieldsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .map(line => /^\s*([^:]+?)\s*:\s*(.*)$/.exec(line))
      .filter(found => found !== null)
      .map(([, key = '', value = '']) => [key, value] as const)
      .reverse(),
  )

const attempt = (read: () => string): ReadonlyMap<string, string> => {
  try {
    return fieldsOf(read())
  } catch {
    return new Map() // not this system
  }
}

const CACHES = ['L1d', 'L1i', 'L2', 'L3'] as const

const machine = (): Pick<Environment, 'cpu' | 'caches'> => {
  const lscpu = attempt(() =>
    execFileSync('lscpu', { encoding: 'utf8', env: { LC_ALL: 'C', PATH: process.env.PATH } }),
  )
  const cpuinfo = attempt(() => readFileSync('/proc/cpuinfo', 'utf8'))
  const caches = CACHES.flatMap(name => {
    const size = lscpu.get(`${name} cache`) ?? lscpu.get(name)
    return size === undefined ? [] : [`${name} ${size}`]
  })
  const whole = cpuinfo.get('cache size')
  return {
    cpu: lscpu.get('Model name') ?? cpuinfo.get('model name') ?? cpus()[0]?.model ?? 'unknown',
    caches: caches.length > 0 || whole === undefined ? caches : [whole],
  }
}

/** Where and when the numbers were taken. A load that others make is part of them. */
export const environment = (): Environment => ({
  ...machine(),
  cores: availableParallelism(),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  load: loadavg()[0] ?? 0,
  date: new Date().toISOString(),
})
