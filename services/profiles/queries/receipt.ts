import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { ReceiptId } from '../../../schemas/ids.ts'

const params = z.object({ receipt: ReceiptId })

export const consentOfReceipt = defineQuery({
  name: 'consent_of_receipt',
  params,
  row: z.object({ purposes: z.array(z.string()) }),
  sql: 'SELECT purposes FROM device_consents WHERE receipt = {receipt: String} LIMIT 1',
})
export const deletionOfReceipt = defineQuery({
  name: 'deletion_of_receipt',
  params,
  row: z.object({ receipt: ReceiptId }),
  sql: 'SELECT receipt FROM deletions WHERE receipt = {receipt: String} LIMIT 1',
})
