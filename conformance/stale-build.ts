import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const isSource = (file: string): boolean => /(?<!\.test|\.fixture|\.d)\.ts$/.test(file)

/** The shipped sources in a folder and below, by their path from the root; none in a package installed without them. */
export const sourcesBelow = (root: string, folder: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(isSource)
        .map(file => `${folder}/${file}`)
        .toSorted()
    : []

const compiled = (file: string): string => join('dist', file.replace(/\.ts$/, '.js'))

/** The first of these sources that was changed after it was compiled: `dist` does not know of the change. */
export const staleSource = (root: string, sources: readonly string[]): string | null =>
  sources.find(file => {
    const js = join(root, compiled(file))
    return !existsSync(js) || statSync(js).mtimeMs < statSync(join(root, file)).mtimeMs
  }) ?? null

/** What a command that reads the rules says of such a source. */
export const staleText = (source: string): string =>
  `${source} was changed after it was compiled: npm run build`
