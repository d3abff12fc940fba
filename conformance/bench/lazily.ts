/** A value that is made when it is first asked for: benchmarks that are not run, or not yet, take no memory. */
export const lazily = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
