import { expect, test } from 'vitest'
import { readDistributed } from '../../infra/distributed/settings.ts'
import { howToEmpty } from './how-to-empty.ts'

const engines = { KAFKA_BROKERS: 'k1:9092,k2:9092', KAFKA_PREFIX: 'ours', CLICKHOUSE_URL: 'http://store:8123' }

test('each engine of the target has its command, with the names that it has there and without passwords', () => {
  const owner = { DATABASE_URL: 'postgres://owner:hidden@sql:5432/bauta', CLICKHOUSE_USER: 'owner' }
  expect(howToEmpty(readDistributed({ ...engines, ...owner }, 2), ['events', 'seen'])).toEqual([
    `curl -u owner 'http://store:8123/' -d "DROP TABLE IF EXISTS default.events, default.seen SYNC"`,
    `psql 'postgres://owner@sql:5432/bauta' -c 'DROP SCHEMA IF EXISTS vault, ledger, links, runs, control CASCADE'`,
    `kafka-topics.sh --bootstrap-server k1:9092,k2:9092 --delete --if-exists --topic 'ours[.].*'`,
    'bauta migrate',
  ])
})

test('databases apart are emptied apart, and a cluster on all its nodes', () => {
  const apart = {
    DATABASE_URL: 'postgres://owner@one/bauta',
    LINKS_DATABASE_URL: 'postgres://owner@two/links?sslmode=verify-full',
    CLICKHOUSE_CLUSTER: 'three',
  }
  const commands = howToEmpty(readDistributed({ ...engines, ...apart }, 2), ['events']).join('\n')
  expect(commands).toContain(
    "'postgres://owner@two/links?sslmode=verify-full' -c 'DROP SCHEMA IF EXISTS links CASCADE'",
  )
  expect(commands).toContain('IF EXISTS vault, ledger, runs, control CASCADE')
  expect(commands).toContain(`DROP TABLE IF EXISTS default.events ON CLUSTER 'three' SYNC`)
})
