import { below, type Random, seeded } from '../../../spec/generate/index.js'
import { type Bindings, relation, rule, type Successor } from '../../../spec/rewrite/index.js'
import type { LivenessProperty, SafetyProperty, System } from '../system.js'

/** Processes of a few lines over a few small variables, drawn from a seed. */
export interface Machine {
  readonly lines: readonly number[]
  readonly variables: readonly number[]
}

interface Statement {
  readonly onlyIf: { readonly variable: number; readonly is: number } | null
  readonly sets: { readonly variable: number; readonly to: number } | null
  readonly next: number
}
/** By process, by line: what may be done there. */
type Programs = readonly (readonly (readonly Statement[])[])[]

export interface Drawn {
  readonly system: System<Machine>
  readonly safety: readonly SafetyProperty<Machine>[]
  readonly liveness: LivenessProperty<Machine>
}

const SHARED = 3
const VALUES = 2

const drawPrograms = (r: Random, processes: number): Programs =>
  Array.from({ length: processes }, (_, p) => {
    const lines = 3 + below(r, 3)
    // Half of all uses are of the process's own variable, so that there is something to reduce.
    const variable = () => (below(r, 2) === 0 ? below(r, SHARED) : SHARED + p)
    return Array.from({ length: lines }, (_, line) =>
      Array.from({ length: line === lines - 1 && below(r, 2) === 0 ? 0 : 1 + below(r, 2) }, () => ({
        onlyIf: below(r, 2) === 0 ? { variable: variable(), is: below(r, VALUES) } : null,
        sets: below(r, 3) > 0 ? { variable: variable(), to: below(r, VALUES) } : null,
        next: below(r, 5) === 0 ? below(r, lines) : Math.min(line + 1, lines - 1), // mostly onwards: few cycles
      })),
    )
  })

const touchedBy = ({ onlyIf, sets }: Statement): readonly number[] =>
  [onlyIf?.variable, sets?.variable].filter(v => v !== undefined)

/** The variables that a process may still touch, from a line on. */
const futureOf = (program: Programs[number], line: number): ReadonlySet<number> => {
  const lines = new Set([line])
  for (const at of lines) for (const { next } of program[at] ?? []) lines.add(next)
  return new Set([...lines].flatMap(at => (program[at] ?? []).flatMap(touchedBy)))
}

const statementOf = (programs: Programs, { lines }: Machine, { who, which }: Bindings): Statement => {
  const statement = programs[who as number]?.[lines[who as number] ?? 0]?.[which as number]
  if (statement === undefined) throw new Error('no such statement') // bindings come from choices
  return statement
}

export const drawMachine = (seed: number): Drawn => {
  const r = seeded(seed)
  const processes = 2 + below(r, 2)
  const programs = drawPrograms(r, processes)
  const futures = programs.map(program => program.map((_, line) => futureOf(program, line)))
  const watched = { variable: below(r, SHARED), is: 1, process: below(r, processes), line: 2 }

  const choices = ({ lines, variables }: Machine): readonly Bindings[] =>
    programs.flatMap((program, who) =>
      (program[lines[who] ?? 0] ?? []).flatMap(({ onlyIf }, which) =>
        onlyIf === null || variables[onlyIf.variable] === onlyIf.is ? [{ who, which }] : [],
      ),
    )
  const system: System<Machine> = {
    relation: relation('machine', [
      rule<Machine>({
        id: 'machine.statement',
        kind: 'internal',
        says: 'A process does what may be done at its line.',
        cites: [],
        match: {},
        when: [],
        choose: choices,
        rewrite: (machine, bindings) => {
          const { sets, next } = statementOf(programs, machine, bindings)
          return {
            lines: machine.lines.map((line, p) => (p === bindings.who ? next : line)),
            variables: machine.variables.map((v, i) => (i === sets?.variable ? sets.to : v)),
          }
        },
      }),
    ]),
    initial: [{ lines: programs.map(() => 0), variables: Array<number>(SHARED + processes).fill(0) }],
    encode: ({ lines, variables }) => `${lines.join('')}:${variables.join('')}`,
    actor: ({ bindings }) => bindings.who as number,
    // All that stands at the line, possible now or not, touches nothing that another may ever touch.
    persistent: (moves, { lines }) => {
      const who = moves[0]?.bindings.who as number
      const touched = (programs[who]?.[lines[who] ?? 0] ?? []).flatMap(touchedBy)
      return lines.every((line, p) => p === who || !touched.some(v => futures[p]?.[line]?.has(v)))
    },
    visible: (move: Successor<Machine>, from) =>
      move.bindings.who === watched.process ||
      statementOf(programs, from, move.bindings).sets?.variable === watched.variable,
  }
  return {
    system,
    safety: [
      {
        name: 'variable and line',
        violated: ({ lines, variables }) =>
          variables[watched.variable] === watched.is && lines[watched.process] === watched.line
            ? 'both'
            : null,
      },
      { name: 'line 3', violated: ({ lines }) => (lines[watched.process] === 3 ? 'line 3' : null) },
    ],
    liveness: {
      name: 'leaves line 1',
      pending: ({ lines }) => lines.flatMap((l, p) => (l === 1 ? [p] : [])),
    },
  }
}
