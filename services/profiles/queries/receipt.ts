import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { ReceiptId } from '../../../schemas/ids.ts'
import { Day } from '../../../schemas/week.ts'

const params = z.object({ receipt: ReceiptId })

export const consentOfReceipt = defineQuery({
  name: 'consent_of_receipt',
  params,
  row: z.object({ purposes: z.array(z.string()), day: Day }),
  sql: 'SELECT purposes, toDate(at) AS day FROM device_consents WHERE receipt = {receipt: String} LIMIT 1',
})
export const deletionOfReceipt = defineQuery({
  name: 'deletion_of_receipt',
  params,
  row: z.object({ day: Day }),
  sql: 'SELECT day FROM deletions WHERE receipt = {receipt: String} LIMIT 1',
})
