/** docker-compose.yml as data, as far as tests ask. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import * as z from 'zod'

const Mount = z.union([z.string(), z.object({ source: z.string(), target: z.string() })])
const Service = z.object({
  image: z.string(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  user: z.string().optional(),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  privileged: z.boolean().default(false),
  environment: z.record(z.string(), z.string()).default({}),
  networks: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(Mount).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({}).optional(),
  logging: z.object({ options: z.record(z.string(), z.string()) }).optional(),
  deploy: z.object({ resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }) }).optional(),
})
export type ComposeService = z.infer<typeof Service>

const Compose = z.object({
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) }).nullable()).default({}),
  volumes: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
})

export const root = fileURLToPath(new URL('../..', import.meta.url))

export function readCompose(file = 'docker-compose.yml'): z.infer<typeof Compose> {
  return Compose.parse(parse(readFileSync(`${root}${file}`, 'utf8'), { merge: true }))
}

export const nameOf = (mount: z.infer<typeof Mount>): string => (typeof mount === 'string' ? mount : mount.source)
