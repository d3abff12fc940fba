import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { NoVm } from '../linux-vm/no-vm.js'
import { runCommand } from '../linux-vm/run-command.js'

const COMPILER = 'aarch64-linux-gnu-gcc'
/** What has the compiler; `libc6-dev-arm64-cross` has the headers. */
const PACKAGE = 'gcc-aarch64-linux-gnu, with libc6-dev-arm64-cross'

/** A program in C: its file and those that it includes. */
export interface Source {
  readonly main: string
  readonly files: readonly { readonly path: string; readonly text: string }[]
}

/** The program for arm64, static: it needs nothing but a kernel. */
export const crossCompiled = async ({ main, files }: Source): Promise<Either<NoVm, Uint8Array>> => {
  const folder = mkdtempSync(join(tmpdir(), 'memslot-arm64-'))
  try {
    for (const { path, text } of files) writeFileSync(join(folder, path), text)
    const words = ['-O2', '-static', '-pthread', '-Wall', '-Wextra', '-Werror', '-o', 'program', main]
    const compiled = await runCommand([COMPILER, ...words], PACKAGE, folder)
    return isLeft(compiled) ? compiled : right(readFileSync(join(folder, 'program')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
