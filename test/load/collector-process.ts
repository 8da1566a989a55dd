/** A collector and its log, alone in a process. */

import { join } from 'node:path'
import * as z from 'zod'
import { readHouse } from '../../infra/config/house.ts'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import { openBenchCollector } from './bench-collector.ts'
import { answer, readInput, untilAsked } from './process-input.ts'

const { directory } = await readInput(z.object({ directory: z.string() }))
const house = readHouse('services/demo/bauta.yaml')
const log = await openFileLog({ path: join(directory, 'log'), partitions: 1 })
const cache = openMemoryCache()
const collector = await openBenchCollector({ directory, house, log, cache })
answer({ port: collector.port })
await untilAsked()
await collector.close()
await log.close()
process.exit(0)
