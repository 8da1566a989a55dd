/** A promise that is kept from outside. */

export interface Later<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
}

export function later<T = void>(): Later<T> {
  const kept: { resolve?: (value: T) => void } = {}
  const promise = new Promise<T>((resolve) => {
    kept.resolve = resolve
  })
  return { promise, resolve: (value) => kept.resolve?.(value) }
}
