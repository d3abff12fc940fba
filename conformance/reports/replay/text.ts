import type { ReplayDifference } from './codec.js'

const SHOWN = 20

/** How the answers of a replay compare with those recorded, for people. */
export const renderDifferences = (differences: readonly ReplayDifference[], compared: number): string => {
  if (differences.length === 0) return `answers: all ${compared} the same as recorded`
  const rest = differences.length - SHOWN
  return [
    `answers: ${differences.length} of ${compared} differ from those recorded`,
    ...differences
      .slice(0, SHOWN)
      .flatMap(({ nth, operation, recorded, now }) => [
        `  operation ${nth}: ${operation}`,
        `    recorded ${recorded}, now ${now}`,
      ]),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ].join('\n')
}
