import { expect, test } from 'vitest'
import { imageOf } from './containers.ts'
import { kinds } from './found-engines.ts'
import { KAFKA_VERSION } from './kafka-jars.ts'

test('each engine has an image in docker-compose.yml with a version, and the broker from jars is of the same one', () => {
  for (const kind of kinds) expect(imageOf(kind)).toMatch(/:\d[\w.-]+$/)
  expect(imageOf('kafka')).toBe(`apache/kafka:${KAFKA_VERSION}`)
})
