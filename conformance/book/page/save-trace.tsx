import { runOfStory } from '../explorer/run-of-story.js'
import type { StepStory } from '../explorer/step-story.js'

/** Saves the run as a trace file, which can be dropped back in and which `memslot check` judges. */
export const SaveTrace = ({ story }: { readonly story: StepStory }) => {
  const save = () => {
    const url = URL.createObjectURL(new Blob([runOfStory(story)], { type: 'application/x-ndjson' }))
    const link = document.createElement('a')
    link.href = url
    link.download = `${story.situation.design.id.replace(/[^\w-]+/g, '-')}.ndjson`
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <p>
      <button type="button" onClick={save} disabled={story.length === 0}>
        Save this run as a trace
      </button>
    </p>
  )
}
