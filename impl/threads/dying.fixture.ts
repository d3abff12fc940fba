/**
 * A thread that dies at a store: every typed array that is made while it is installed counts what is stored through it,
 * plainly or by `Atomics`, and from store number `at` on stores nothing more and throws `Death`; a wait counts as a store. So nothing runs that
 * would not have run, `finally` blocks included.
 */
export class Death extends Error {
  override readonly name = 'Death'
}

const VIEWS = ['Int32Array', 'Float64Array', 'Uint16Array', 'Uint8Array', 'BigInt64Array'] as const
type ViewName = (typeof VIEWS)[number]
type View = Int32Array | Float64Array | Uint16Array | Uint8Array | BigInt64Array

/** The views behind the proxies. */
const behind = new WeakMap<object, View>()
const viewOf = (value: unknown): unknown => behind.get(value as object) ?? value

/** Methods of views that store. */
const STORING = new Set(['set', 'fill', 'copyWithin', 'sort'])
const ATOMIC_STORES = ['store', 'exchange', 'compareExchange', 'add', 'sub', 'and', 'or'] as const
const ATOMIC_OTHERS = ['load', 'wait', 'notify'] as const

export class Dying {
  /** Stores so far. */
  stores = 0
  /** The thread dies at this store, counted from 1. */
  at = Number.POSITIVE_INFINITY
  /** Called before a store is made. */
  before: (() => void) | undefined
  readonly #views = new Map<ViewName, unknown>()
  readonly #atomics = new Map<string, unknown>()

  get isDead(): boolean {
    return this.stores >= this.at
  }

  store(): void {
    if (this.isDead) throw new Death()
    this.stores++
    this.before?.()
    if (this.isDead) throw new Death()
  }

  /**
   * Makes `act` with views of shared memory whose stores are counted. What it makes can be used in another `during` only;
   * what was made outside is as always.
   */
  during<T>(act: () => T): T {
    this.#install()
    try {
      return act()
    } finally {
      this.#remove()
    }
  }

  #install(): void {
    const here = globalThis as unknown as Record<string, unknown>
    for (const name of VIEWS) {
      const Real = here[name] as new (...args: unknown[]) => View
      this.#views.set(name, Real)
      const wrap = (view: View): View => this.#wrap(view, wrap)
      here[name] = new Proxy(Real, {
        construct: (_, args) => {
          const view = new Real(...args.map(viewOf))
          return view.buffer instanceof SharedArrayBuffer ? wrap(view) : view
        },
      })
    }
    const atomics = Atomics as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const name of [...ATOMIC_STORES, ...ATOMIC_OTHERS]) {
      const real = atomics[name]!
      this.#atomics.set(name, real)
      const stores = (ATOMIC_STORES as readonly string[]).includes(name)
      atomics[name] = (view, ...args) => {
        if (name === 'wait' || (stores && behind.has(view as object))) this.store()
        return real.call(Atomics, viewOf(view), ...args)
      }
    }
  }

  #remove(): void {
    const here = globalThis as unknown as Record<string, unknown>
    for (const [name, real] of this.#views) here[name] = real
    const atomics = Atomics as unknown as Record<string, unknown>
    for (const [name, real] of this.#atomics) atomics[name] = real
  }

  #wrap(view: View, wrap: (view: View) => View): View {
    const proxy = new Proxy(view, {
      get: (target, key) => {
        const value = Reflect.get(target, key, target) as unknown
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (STORING.has(key as string)) this.store()
          const result = (value as (...args: unknown[]) => unknown).apply(target, args.map(viewOf))
          return key === 'subarray' ? wrap(result as View) : result
        }
      },
      set: (target, key, value) => {
        this.store()
        return Reflect.set(target, key, value, target)
      },
    })
    behind.set(proxy, view)
    return proxy
  }
}
