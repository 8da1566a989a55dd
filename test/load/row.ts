/** One row of the bench: what is measured, what came out, and the bar it is held against. */

export interface Options {
  /** Shorter, to see that it works; its figures are not kept. */
  readonly quick: boolean
  /** Left behind by nobody: deleted at the end. */
  readonly directory: string
  readonly say: (line: string) => void
}

export interface Finding {
  readonly what: string
  /** In words, with its unit. */
  readonly value: string
  /** The bar, or `reported` where there is none. */
  readonly bar: string
  readonly met?: boolean
  /** What one must know to read the value. */
  readonly note?: string
  readonly numbers: Readonly<Record<string, number | readonly number[]>>
}

export interface Row {
  readonly name: string
  measure(options: Options): Promise<readonly Finding[]>
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** The least value that this share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0
}

export function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits))
}

/** 12,345 */
export function spelled(value: number, digits = 0): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
