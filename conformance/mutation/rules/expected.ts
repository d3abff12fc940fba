/**
 * What a batch must let each workload see in one world or another: rules that are gone forbid nothing, so that no
 * property of safety misses them. Recorded from the rules as they were: who changes them looks through what changes here.
 * Nothing here names a rule.
 */
const EXPECTED: Readonly<Record<string, string>> = {
  'a vCPU alone': `
    fetch: begins; completes at the page of both sets; completes at the page of the new set
    fetch: completes at the page of the old set; ends as a hole; is served from the cache
    fetch: is served from the set; that began after the commit point completes at the page of both sets
    fetch: that began after the failure completes at the page of both sets
    fetch: that began after the failure completes at the page of the old set
    fetch: that began after the failure ends as a hole
    fetch: that began after the return completes at the page of both sets
    fetch: that began after the return completes at the page of the new set
    fetch: that began after the return ends as a hole; that waited looks up again; waits for a blocked page
    harvest: finds nothing before it; finds nothing after the update
    harvest: reports a write before it; reports a write after the update
    log: is carried; is marked; is retired
    read: begins; completes at the page of both sets; completes at the page of the new set
    read: completes at the page of the old set; ends as a hole; is served from the cache
    read: is served from the set; that began after the failure completes at the page of both sets
    read: that began after the failure completes at the page of the old set
    read: that began after the failure ends as a hole
    read: that began after the return completes at the page of both sets
    read: that began after the return completes at the page of the new set
    read: that began after the return ends as a hole; that waited looks up again; waits for a blocked page
    update: has failed; has returned
    write: begins; completes at the page of both sets; completes at the page of the new set
    write: completes at the page of the old set; ends as a device; ends as a hole; is served from the cache
    write: is served from the set; stores; that began after the failure completes at the page of both sets
    write: that began after the failure completes at the page of the old set
    write: that began after the failure ends as a device; that began after the failure ends as a hole
    write: that began after the return completes at the page of both sets
    write: that began after the return completes at the page of the new set
    write: that began after the return ends as a device; that began after the return ends as a hole
    write: that waited looks up again; waits for a blocked page
  `,
  'a vCPU that writes otherwise': `
    ad-update: begins; is served from the cache; is served from the set; stores; that waited looks up again
    ad-update: waits for a blocked page
    log: is carried; is marked; is retired
    rmw: begins; is served from the cache; is served from the set; looks up afresh; stores
    rmw: that waited looks up again; waits for a blocked page
    update: has failed; has returned
    write: begins; completes at the page of both sets; completes at the page of the old set
    write: is served from the cache; is served from the set; stores
    write: that began after the failure completes at the page of both sets
    write: that began after the failure completes at the page of the old set
    write: that began after the return completes at the page of both sets
    write: that crosses is served from the cache; that crosses that waited looks up again
    write: that crosses waits for a blocked page; that crosses waits for a blocked page, though it is cached
  `,
  'a vCPU in SMM and out': `
    SMM: is entered; is left
    fetch: begins; begins, in SMM; completes at the page of both sets; completes at the page of the new set
    fetch: completes at the page of the old set; completes at the page of the other space, in SMM
    fetch: ends as a hole; is served from the cache; is served from the cache, in SMM
    fetch: is served from the set; is served from the set, in SMM
    fetch: that began after the failure completes at the page of both sets
    fetch: that began after the failure completes at the page of the old set
    fetch: that began after the failure completes at the page of the other space, in SMM
    fetch: that began after the failure ends as a hole
    fetch: that began after the return completes at the page of both sets
    fetch: that began after the return completes at the page of the new set
    fetch: that began after the return completes at the page of the other space, in SMM
    fetch: that began after the return ends as a hole; that waited looks up again; waits for a blocked page
    log: is carried; is marked; is retired
    read: begins; begins, in SMM; completes at the page of both sets; completes at the page of the new set
    read: completes at the page of the old set; completes at the page of the other space, in SMM
    read: ends as a hole; is served from the cache; is served from the cache, in SMM; is served from the set
    read: is served from the set, in SMM; that began after the failure completes at the page of both sets
    read: that began after the failure completes at the page of the old set
    read: that began after the failure completes at the page of the other space, in SMM
    read: that began after the failure ends as a hole
    read: that began after the return completes at the page of both sets
    read: that began after the return completes at the page of the new set
    read: that began after the return completes at the page of the other space, in SMM
    read: that began after the return ends as a hole; that waited looks up again; waits for a blocked page
    update: has failed; has returned
    write: begins; begins, in SMM; completes at the page of both sets; completes at the page of the new set
    write: completes at the page of the old set; completes at the page of the other space, in SMM
    write: ends as a device; ends as a hole; is served from the cache; is served from the cache, in SMM
    write: is served from the set; is served from the set, in SMM; stores; stores, in SMM
    write: that began after the failure completes at the page of both sets
    write: that began after the failure completes at the page of the old set
    write: that began after the failure completes at the page of the other space, in SMM
    write: that began after the failure ends as a device; that began after the failure ends as a hole
    write: that began after the return completes at the page of both sets
    write: that began after the return completes at the page of the new set
    write: that began after the return completes at the page of the other space, in SMM
    write: that began after the return ends as a device; that began after the return ends as a hole
    write: that waited looks up again; waits for a blocked page
  `,
  'a vCPU that is interrupted': `
    fetch: begins; is served from the set; that waited looks up again; that waits is given up
    fetch: waits for a blocked page
    read: begins; is served from the set; that waited looks up again; that waits is given up
    read: waits for a blocked page
    update: has failed; has returned
    vCPU: changes an internal slot; in the middle of fetch wants the lock of calls
    vCPU: in the middle of nothing wants the lock of calls; in the middle of read wants the lock of calls
    vCPU: in the middle of write wants the lock of calls
    write: begins; is served from the set; stores; that crosses is served from the set
    write: that crosses that waited looks up again; that crosses waits for a blocked page
    write: that waited looks up again; that waits is given up; waits for a blocked page
  `,
  'two vCPUs': `
    fetch: begins; completes at the page of both sets; completes at the page of the old set
    fetch: is served from the cache; is served from the set
    fetch: that began after the commit point completes at the page of both sets
    fetch: that began after the failure completes at the page of both sets
    fetch: that began after the failure completes at the page of the old set
    fetch: that began after the return completes at the page of both sets; that waited looks up again
    fetch: waits for a blocked page
    log: is carried; is marked; is retired
    read: begins; is served from the cache; is served from the set; that waited looks up again
    read: waits for a blocked page
    update: has failed; has returned
    write: begins; is served from the cache; is served from the set; stores; that waited looks up again
    write: waits for a blocked page
  `,
}

/** What a workload should see, a sentence each. */
export const expectedBy = (workload: string): readonly string[] =>
  (EXPECTED[workload] ?? '')
    .split('\n')
    .filter(line => line.trim() !== '')
    .flatMap(line => {
      const [subject = '', all = ''] = line.trim().split(': ')
      return all.split('; ').map(what => `${subject} ${what}`)
    })
