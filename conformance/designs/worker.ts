import { parentPort } from 'node:worker_threads'
import { matrixOf } from '../../oracle/designs/matrix.js'
import { subjectOf } from '../../oracle/designs/subjects.js'
import { properties } from '../../spec/properties/properties.js'
import type { FromWorker, RowJob } from './worker-messages.js'

/** Computes the rows it is asked for, one after the other, in a thread of its own. */
const say = (message: FromWorker): void => parentPort?.postMessage(message)

parentPort?.on('message', (job: RowJob) => {
  const subject = subjectOf(job.subject)
  if (subject === null) throw new Error(`there is no design ${job.subject}`) // the names come from the same list
  const wanted = properties.filter(({ id }) => job.properties.length === 0 || job.properties.includes(id))
  const onProgress = (done: number, total: number): void => say({ kind: 'progress', done, total })
  for (const row of matrixOf({ scope: job.scope, designs: [subject], properties: wanted, onProgress })) {
    say({ kind: 'row', row })
  }
})
