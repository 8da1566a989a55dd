/** The log in Kafka. */

import { Fault } from '../../../schemas/fault.ts'
import type { Log } from '../../ports/log.ts'
import type { KafkaConfig } from '../settings.ts'

export async function openKafkaLog({ brokers }: KafkaConfig): Promise<Log> {
  throw new Fault('engine_missing', `kafka at ${brokers}`)
}
