import type { TopLevelSpec } from 'vega-lite'

/** Draws plots as SVG. */
export type Draw = (spec: TopLevelSpec) => Promise<string>

/**
 * The plotting library, or null where it is not installed: it is for those who develop this project, and no part of
 * what a user of the package installs.
 */
export const plotter = async (): Promise<Draw | null> => {
  try {
    const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
    return spec => new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null
    throw error
  }
}
