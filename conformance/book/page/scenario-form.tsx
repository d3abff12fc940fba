import { isLeft } from 'fp-ts/lib/Either.js'
import { useState } from 'preact/hooks'
import { readScenario } from '../../../oracle/designs/scenario.js'
import { COMPANIES, type Company, companies } from '../../../oracle/designs/situation.js'
import { subjects } from '../../../oracle/designs/subjects.js'
import { properties } from '../../../spec/properties/properties.js'
import { counted } from '../../../spec/terms/counted.js'
import { findRun } from '../explorer/find-run.js'
import { imitate } from '../explorer/imitate.js'
import { type Link, type LinkedRun, situationOf } from '../explorer/link.js'
import { type StepStory, stepStory } from '../explorer/step-story.js'

interface FormProps {
  readonly link: Link
  readonly setLink: (link: Link) => void
}

const NONE = 'none'
const SPLIT = '1:0+2@0 log -> 1:0+1@0 log, 2:1+1@1 log'
const inAll = (states: number): string =>
  states === 1 ? 'in the only state' : `in all ${counted(states, 'state')}`
const fresh = (design: string): LinkedRun => ({ design, choices: [], cycle: 0 })

const DesignChoice = (props: {
  readonly label: string
  readonly value: string
  readonly none?: boolean
  readonly choose: (design: string) => void
}) => (
  <label>
    {props.label}
    <select value={props.value} onChange={event => props.choose(event.currentTarget.value)}>
      {props.none === true ? <option value={NONE}>none</option> : ''}
      {subjects.map(({ id }) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </select>
  </label>
)

/** Chooses the update, the designs and what goes on beside it; or searches a run that breaks a property. */
export const ScenarioForm = ({ link, setLink }: FormProps) => {
  const [text, setText] = useState<string | null>(null)
  const [property, setProperty] = useState('no-hole')
  const [answer, setAnswer] = useState<string | null>(null)
  const typed = text ?? link.scenario
  const read = readScenario(typed)

  const take = (scenario: string) => {
    setText(scenario)
    const update = readScenario(scenario)
    if (isLeft(update)) return
    setAnswer(null)
    setLink({
      ...link,
      scenario,
      frames: update.right.frames,
      run: fresh(link.run.design),
      beside: link.beside === null ? null : fresh(link.beside.design),
      at: 0,
    })
    setText(null)
  }

  const search = () => {
    setAnswer('searching …')
    setTimeout(() => {
      const lines: string[] = []
      const answered = (run: LinkedRun, states: number, choices: readonly number[]): LinkedRun => {
        lines.push(
          `${run.design}: ${property} holds ${inAll(states)} of this scenario; it is shown doing the same.`,
        )
        return { design: run.design, choices, cycle: 0 }
      }
      const searched = (run: LinkedRun, shown: StepStory | null): LinkedRun => {
        const situation = situationOf(link, run)
        if (situation === null) return run
        const found = findRun(situation, property)
        if (found.kind === 'holds' && shown !== null)
          return answered(run, found.states, imitate(situation, shown.run.steps))
        if (found.kind === 'run') {
          lines.push(
            `${run.design} breaks ${property} in ${counted(found.choices.length, 'step')}: ${found.why}.`,
          )
          return { design: run.design, choices: found.choices, cycle: found.cycle }
        }
        lines.push(
          found.kind === 'holds'
            ? `${run.design}: ${property} holds ${inAll(found.states)} of this scenario.`
            : `${run.design}: ${found.why}.`,
        )
        return run
      }
      const run = searched(link.run, null)
      const first = situationOf(link, run)
      const shown = first === null ? null : stepStory(first, run.choices, run.cycle)
      const beside = link.beside === null ? null : searched(link.beside, shown)
      setAnswer(lines.join(' '))
      setLink({ ...link, run, beside, at: 0 })
    }, 30)
  }

  return (
    <form class="scenario" onSubmit={event => event.preventDefault()}>
      <label class="long">
        update: slots before {'->'} slots after
        <input
          type="text"
          aria-describedby="notation"
          value={typed}
          spellcheck={false}
          aria-invalid={isLeft(read)}
          onInput={event => take(event.currentTarget.value)}
        />
      </label>
      <p class="hint" id="notation">
        A slot is <code>id:first frame+frames@host page</code>, and <code>log</code> or <code>ro</code> behind
        it. <code>{SPLIT}</code> splits slot 1 in two.
      </p>
      {isLeft(read) ? (
        <p class="wrong" role="alert">
          at character {read.left.at}: found {read.left.found}, expected {read.left.expected}
        </p>
      ) : (
        ''
      )}
      <DesignChoice
        label="design"
        value={link.run.design}
        choose={design => setLink({ ...link, run: fresh(design), at: 0 })}
      />
      <DesignChoice
        label="a second design beside it"
        value={link.beside?.design ?? NONE}
        none
        choose={design => setLink({ ...link, beside: design === NONE ? null : fresh(design), at: 0 })}
      />
      <label>
        what goes on meanwhile
        <select
          value={link.company}
          onChange={event =>
            setLink({
              ...link,
              company: event.currentTarget.value as Company,
              run: fresh(link.run.design),
              beside: link.beside === null ? null : fresh(link.beside.design),
              at: 0,
            })
          }
        >
          {companies.map(name => (
            <option key={name} value={name}>
              {COMPANIES[name].says}
            </option>
          ))}
        </select>
      </label>
      <label>
        a property
        <select value={property} onChange={event => setProperty(event.currentTarget.value)}>
          {properties.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={search}>
        Find a run that breaks it
      </button>
      {answer === null ? (
        ''
      ) : (
        <p class="answer" role="status">
          {answer}
        </p>
      )}
    </form>
  )
}
