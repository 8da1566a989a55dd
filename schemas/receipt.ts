/** What became of a visitor's choice or wish to be forgotten, for whoever holds its receipt. */

import * as z from 'zod'

export const ReceiptState = z.strictObject({
  /** `accepted` is on disk and not yet carried out everywhere. */
  state: z.enum(['accepted', 'done']),
  steps: z.array(z.strictObject({ step: z.string(), done: z.boolean() })),
})
export type ReceiptState = z.infer<typeof ReceiptState>
