/** Something happened: whoever waits looks again. */
export interface Signal {
  /** Resolves at the next `notify`. */
  next(): Promise<void>
  notify(): void
}

export function createSignal(): Signal {
  let wake: (() => void) | undefined
  let waiting: Promise<void> | undefined
  return {
    next() {
      waiting ??= new Promise((resolve) => {
        wake = resolve
      })
      return waiting
    },
    notify() {
      wake?.()
      wake = undefined
      waiting = undefined
    },
  }
}
