/**
 * The first process of a kernel that is booted to be judged: it loads the modules of KVM, runs one program that speaks
 * through a port, and turns the machine off. The command line of the kernel says which program and with what
 * parameters of modules: `memslot.run=PATH,ARGUMENT,…`, `kvm_amd.npt=0`.
 */
import { spawnSync } from 'node:child_process'
import { openSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { EMULATED_PROCESSOR } from '../kvm/emulated-processor.js'

interface Koffi {
  load(path: string | null): {
    func(name: string, result: string, parameters: readonly string[]): (...given: unknown[]) => unknown
  }
  errno(): number
}

const koffi = createRequire(import.meta.url)('koffi') as Koffi
const libc = koffi.load(null)
const mount = libc.func('mount', 'int', ['str', 'str', 'str', 'unsigned long', 'void *'])
const syscall = libc.func('syscall', 'long', ['long', 'long', 'str', 'long'])
const sync = libc.func('reboot', 'int', ['int'])

const SYS_FINIT_MODULE = 313 // of x86-64
const POWER_OFF = 0x4321fedc
const PORT = '/dev/vport0p1'

for (const [type, where] of [
  ['proc', '/proc'],
  ['sysfs', '/sys'],
  ['devtmpfs', '/dev'],
  ['tmpfs', '/tmp'],
] as const)
  mount(type, where, type, 0, null)

const words = readFileSync('/proc/cmdline', 'utf8').trim().split(/\s+/)
/** `NAME.PARAMETER=VALUE` of the command line, as the module takes them: a name may be written with a hyphen. */
const parametersOf = (name: string): string => {
  const prefix = `${name.replaceAll('-', '_')}.`
  return words.flatMap(word => (word.startsWith(prefix) ? [word.slice(prefix.length)] : [])).join(' ')
}
for (const file of readdirSync('/modules').toSorted()) {
  const name = file.replace(/^\d+-/, '').replace(/\.ko$/, '')
  const result = syscall(SYS_FINIT_MODULE, openSync(`/modules/${file}`, 'r'), parametersOf(name), 0)
  if (Number(result) < 0) console.error(`module ${name} was not loaded: errno ${koffi.errno()}`)
}
const [program = '', ...given] = (words.find(word => word.startsWith('memslot.run=')) ?? '')
  .slice('memslot.run='.length)
  .split(',')
/** The device comes when it is found, which may be a moment after its module is loaded. */
const openPort = (): number => {
  for (let tries = 0; ; tries++) {
    try {
      return openSync(PORT, 'r+')
    } catch (error) {
      if (tries === 100) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    }
  }
}
const port = openPort()
const { status, signal } = spawnSync(process.execPath, ['--max-semi-space-size=64', program, ...given], {
  stdio: [port, port, 'inherit'],
  env: { [EMULATED_PROCESSOR]: '1' },
})
if (status !== 0) console.error(`the program ended with ${status ?? signal}`)
sync(POWER_OFF)
