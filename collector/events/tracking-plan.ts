/** Which properties an event may carry, and with which values: a closed schema for each type, made once from the site's plan. */

import * as z from 'zod'
import type { PropertyRule, SiteConfig } from '../../schemas/config.ts'
import { builtInTypes, type WireEvent } from '../../schemas/event.ts'

export interface TrackingPlan {
  /** `unknown_type` for one that is neither built in nor declared; `schema` for a property that is not declared so. */
  check(type: string, props: WireEvent['props']): 'unknown_type' | 'schema' | undefined
}

const MAX_SECONDS = 86_400

/** What the snippet sends of itself. */
const ownProperties: Readonly<Record<string, Readonly<Record<string, PropertyRule>>>> = {
  engaged: { seconds: { integer: { min: 0, max: MAX_SECONDS } }, depth: { integer: { min: 0, max: 100 } } },
}

export function compilePlan(declared: SiteConfig['events']): TrackingPlan {
  const types = new Set<string>([...builtInTypes, ...Object.keys(declared)])
  const schemas = new Map(
    [...types].map((type) => {
      const rules = { ...declared[type]?.properties, ...ownProperties[type] }
      const shape = Object.entries(rules).map(([name, rule]) => [name, valueSchema(rule).optional()])
      return [type, z.strictObject(Object.fromEntries(shape))]
    }),
  )
  return {
    check(type, props) {
      const schema = schemas.get(type)
      if (!schema) return 'unknown_type'
      return props === undefined || schema.safeParse(props).success ? undefined : 'schema'
    },
  }
}

function valueSchema(rule: PropertyRule): z.ZodType {
  if ('enum' in rule) return z.enum(rule.enum)
  if ('integer' in rule) return z.int().min(rule.integer.min).max(rule.integer.max)
  if ('number' in rule) return z.number().min(rule.number.min).max(rule.number.max)
  return z.boolean()
}
