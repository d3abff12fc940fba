import { counted } from '../../../spec/terms/counted.js'
import { doing, type Hindered, type Story, type Way } from '../explorer/picture.js'
import { StripView } from './strip.js'

interface StoryProps {
  readonly story: Story
  readonly at: number
  readonly go: (at: number) => void
  /** Takes one of the ways on; null where the story is recorded. */
  readonly choose: ((way: number) => void) | null
  /** The moment it goes back to, for a run without end; null for others. */
  readonly backTo: number | null
}

const ruleLink = (rule: string) => <a href={`rules.html#${rule}`}>{rule}</a>

const Ways = ({ ways, choose }: { readonly ways: readonly Way[]; readonly choose: StoryProps['choose'] }) => (
  <details class="ways" open>
    <summary>What may happen next: {ways.length === 0 ? 'nothing' : counted(ways.length, 'step')}</summary>
    <ol>
      {ways.map((way, i) => (
        // By its place: who has chosen one by the keyboard stays where they were.
        <li key={i}>
          {choose === null ? (
            <span>
              {way.actor}: {way.says}
            </span>
          ) : (
            <button type="button" onClick={() => choose(i)}>
              {doing(way.actor, way.says)}
            </button>
          )}{' '}
          <small>{ruleLink(way.rule)}</small>
        </li>
      ))}
    </ol>
  </details>
)

const NotThese = ({ hindered }: { readonly hindered: readonly Hindered[] }) => (
  <details class="hindered">
    <summary>What may not, and why: {counted(hindered.length, 'rule')}</summary>
    <ul>
      {hindered.map((one, i) => (
        <li key={`${i} ${one.rule}`}>
          {one.actor}, {ruleLink(one.rule)} needs <code>{one.premise}</code>, but {one.says}
          {one.values === '' ? '' : <small> ({one.values})</small>}
        </li>
      ))}
    </ul>
  </details>
)

const Controls = ({ story, at, go }: Pick<StoryProps, 'story' | 'at' | 'go'>) => (
  <fieldset class="controls">
    <legend class="hidden">moments of {story.title}</legend>
    <button type="button" onClick={() => go(0)} disabled={at === 0} aria-label="to the beginning">
      |◀
    </button>
    <button type="button" onClick={() => go(at - 1)} disabled={at === 0} aria-label="one step back">
      ◀
    </button>
    <input
      type="range"
      min={0}
      max={story.length}
      value={at}
      aria-label="moment"
      onInput={event => go(Number(event.currentTarget.value))}
    />
    <button
      type="button"
      onClick={() => go(at + 1)}
      disabled={at >= story.length}
      aria-label="one step forward"
    >
      ▶
    </button>
    <button
      type="button"
      onClick={() => go(story.length)}
      disabled={at >= story.length}
      aria-label="to the end"
    >
      ▶|
    </button>
    <output>
      {at} of {story.length}
    </output>
  </fieldset>
)

/** One story at one moment. */
export const StoryView = ({ story, at, go, choose, backTo }: StoryProps) => {
  const moment = story.moment(at)
  const before = at === 0 ? [] : story.moment(at - 1).strips
  const [ways, hindered] = [story.ways(at), story.hindered(at)]
  // Of what was recorded nothing can be chosen: rules have a say only while something is in progress.
  const isTold = choose === null && ways.length + hindered.length === 0
  return (
    <section class="story">
      <h3>{story.title}</h3>
      {story.notes.map(note => (
        <p class="soft" key={note}>
          {note}
        </p>
      ))}
      <Controls story={story} at={at} go={go} />
      <p class="said" aria-live="polite">
        {moment.rules.length === 1 ? <small>{ruleLink(moment.rules[0] ?? '')} </small> : ''}
        {moment.said}
      </p>
      {moment.rules.length < 2 ? (
        ''
      ) : (
        <p class="hint">
          by{' '}
          {moment.rules.map((rule, i) => (
            <span key={rule}>
              {i === 0 ? '' : ', '}
              {ruleLink(rule)}
            </span>
          ))}
        </p>
      )}
      {backTo !== null && at === story.length ? (
        <p class="wrong">And for ever: the run goes on as from moment {backTo}.</p>
      ) : (
        ''
      )}
      {moment.wrong.map(line => (
        <p class="wrong" key={line}>
          ✗ {line}
        </p>
      ))}
      {moment.strips.map((strip, i) => (
        <StripView key={strip.name} strip={strip} before={before[i]} />
      ))}
      <ul class="lanes">
        {moment.lanes.map(lane => (
          <li key={lane.name} class={lane.moved ? 'moved' : ''}>
            <b>{lane.name}</b> {lane.is}
          </li>
        ))}
      </ul>
      {moment.changed.length === 0 ? (
        ''
      ) : (
        <ul class="changed-lines">
          {moment.changed.map(line => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {isTold ? (
        ''
      ) : (
        <>
          <Ways ways={ways} choose={choose} />
          <NotThese hindered={hindered} />
        </>
      )}
    </section>
  )
}
