/** PostgreSQL's types as pg reads them from text: those of every engine, and arrays of them. */

import { type CustomTypesConfig, types } from 'pg'
import { parsers } from '../sql/types.ts'

/** The oid of an array type, and that of its elements. */
const arrays: Readonly<Record<number, number>> = {
  1000: 16,
  1001: 17,
  1005: 21,
  1007: 23,
  1009: 25,
  1015: 1043,
  1016: 20,
  1021: 700,
  1022: 701,
  199: 114,
  3807: 3802,
  1182: 1082,
  1115: 1114,
  1185: 1184,
  1231: 1700,
  2951: 2950,
}
const TEXT_ARRAY: number = 1009

type Read = (text: string) => unknown
const asItIs: Read = (text) => text
/** pg's own reading of `text[]`, which leaves the elements alone. */
const splitArray = types.getTypeParser(TEXT_ARRAY) as (text: string) => Nested

type Nested = readonly (string | null | Nested)[]

function eachElement(list: Nested, read: Read): unknown[] {
  return list.map((each) => (each === null ? null : typeof each === 'string' ? read(each) : eachElement(each, read)))
}

function reader(oid: number): Read {
  const element = arrays[oid]
  if (element === undefined) return parsers[oid] ?? asItIs
  const read = parsers[element] ?? asItIs
  return (text) => eachElement(splitArray(text), read)
}

export const rowTypes: CustomTypesConfig = { getTypeParser: reader as CustomTypesConfig['getTypeParser'] }
