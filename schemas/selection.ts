/** A selection: a question about contacts, as a tree. */

import * as z from 'zod'
import { AttributeName } from './contact.ts'
import { Name } from './ids.ts'

const Days = z.int().min(1).max(3_660)
const Scalar = z.union([z.string().max(256), z.number(), z.boolean()])
const Bound = z.union([z.number(), z.iso.date()])

const Equals = z.strictObject({ attribute: AttributeName, equals: Scalar })
const In = z.strictObject({ attribute: AttributeName, in: z.array(Scalar).min(1).max(1_000) })
const Range = z.strictObject({
  attribute: AttributeName,
  /** Both ends belong to it. Numbers, or dates as YYYY-MM-DD. */
  range: z
    .strictObject({ from: Bound.optional(), to: Bound.optional() })
    .refine(({ from, to }) => from !== undefined || to !== undefined, 'name from, to or both')
    .refine(
      ({ from, to }) => from === undefined || to === undefined || typeof from === typeof to,
      'from and to are two numbers or two dates',
    ),
})
const Exists = z.strictObject({ attribute: AttributeName, exists: z.boolean() })
/** Orders of the last `days`, or ever, of one category, or any: how many, and for how much; without either, at least one. */
const OrdersLeaf = z.strictObject({
  orders: z.strictObject({
    days: Days.optional(),
    category: z.string().max(100).optional(),
    count: z.strictObject({ min: z.int().min(0).optional(), max: z.int().min(0).optional() }).optional(),
    /** In whole units of the shop's currency. */
    revenue: z.strictObject({ min: z.number().min(0).optional(), max: z.number().min(0).optional() }).optional(),
  }),
})
/** The next one is at most so many days away; 29 February falls on 1 March in other years. */
const BirthdayLeaf = z.strictObject({ birthday: z.strictObject({ within: z.int().min(0).max(366) }) })
/** On a list that the CRM keeps: a value of the contact's `lists`. */
const MemberLeaf = z.strictObject({ member: z.string().max(100) })
/** Fed by this source of contacts. */
const SourceLeaf = z.strictObject({ source: Name })

export const SelectionLeaf = z.union([Equals, In, Range, Exists, OrdersLeaf, BirthdayLeaf, MemberLeaf, SourceLeaf])
export type SelectionLeaf = z.infer<typeof SelectionLeaf>
export type Selection =
  | { readonly all: readonly Selection[] }
  | { readonly any: readonly Selection[] }
  | { readonly not: Selection }
  | SelectionLeaf

/** The leaves by the word that tells them apart, each as people write it. */
export const selectionForms = {
  equals: { schema: Equals, form: '{ attribute, equals }' },
  in: { schema: In, form: '{ attribute, in: [...] }' },
  range: { schema: Range, form: '{ attribute, range: { from, to } }' },
  exists: { schema: Exists, form: '{ attribute, exists: true }' },
  orders: { schema: OrdersLeaf, form: '{ orders: { days, category, count: { min, max }, revenue: { min, max } } }' },
  birthday: { schema: BirthdayLeaf, form: '{ birthday: { within } }' },
  member: { schema: MemberLeaf, form: '{ member }' },
  source: { schema: SourceLeaf, form: '{ source }' },
} as const satisfies Record<string, { readonly schema: z.ZodType<SelectionLeaf>; readonly form: string }>
