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

/** A linear congruential generator: for tests that are the same each time, nothing better is needed. */
const generator = (seed: number): ((n: number) => number) => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0
  return n => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

const drawPrograms = (below: (n: number) => number, processes: number): Programs =>
  Array.from({ length: processes }, (_, p) => {
    const lines = 3 + below(3)
    // Half of all uses are of the process's own variable, so that there is something to reduce.
    const variable = () => (below(2) === 0 ? below(SHARED) : SHARED + p)
    return Array.from({ length: lines }, (_, line) =>
      Array.from({ length: line === lines - 1 && below(2) === 0 ? 0 : 1 + below(2) }, () => ({
        onlyIf: below(2) === 0 ? { variable: variable(), is: below(VALUES) } : null,
        sets: below(3) > 0 ? { variable: variable(), to: below(VALUES) } : null,
        next: below(5) === 0 ? below(lines) : Math.min(line + 1, lines - 1), // mostly onwards: few cycles
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
  const below = generator(seed)
  const processes = 2 + below(2)
  const programs = drawPrograms(below, processes)
  const futures = programs.map(program => program.map((_, line) => futureOf(program, line)))
  const watched = { variable: below(SHARED), is: 1, process: below(processes), line: 2 }

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
