/** What may be forgotten: bands for the visitor who asks, refused visitors, rates. Web side only; in memory or in Redis. */

/** Throws `cache_down`, soon and without a word of keys or values: whoever asks knows what it means that nobody knows. */
export interface Cache {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlSeconds: number): Promise<void>
  delete(key: string): Promise<void>
  /** Counts one use within the window; false when more than `limit`. */
  take(key: string, limit: number, windowSeconds: number): Promise<boolean>
  healthy(): Promise<void>
  close(): Promise<void>
}
