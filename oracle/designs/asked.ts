import type { Property } from '../../spec/properties/properties.js'

type Liveness = Extract<Property, { kind: 'liveness' }>

/** Whether a liveness property is asked beside such company: updates without end or one, vCPUs interrupted or not. */
export const isAsked = (
  { forEver, interrupted }: Liveness,
  company: { readonly forEver: boolean; readonly interrupted: boolean },
): boolean => {
  if (interrupted === true) return company.interrupted
  return forEver === true ? company.forEver && !company.interrupted : !company.forEver
}
