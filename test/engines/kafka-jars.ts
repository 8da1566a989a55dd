/** A Kafka broker's jars, fetched once by Maven into a cache outside the repository. */

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findProgram } from './find-program.ts'

/** As in docker-compose.yml. */
export const KAFKA_VERSION = '3.9.1'

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>bauta</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
  </dependencies>
</project>
`

const cache = () => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bauta', `kafka-${KAFKA_VERSION}`)

/** What a broker needs that this machine does not have, or `undefined`. */
export function kafkaMissing(): string | undefined {
  if (!findProgram('java')) return 'java'
  return existsSync(cache()) || findProgram('mvn') ? undefined : 'mvn'
}

/** The folder they lie in. The first time takes as long as the download. */
export async function kafkaJars(): Promise<string> {
  const folder = cache()
  if (existsSync(folder)) return folder
  mkdirSync(join(folder, '..'), { recursive: true })
  const half = mkdtempSync(`${folder}-`)
  try {
    writeFileSync(join(half, 'pom.xml'), pom)
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(half, 'jars')}`]
    const again = ['-Dmaven.wagon.http.retryHandler.count=5', '-Daether.connector.http.retryHandler.count=5']
    const mvn = promisify(execFile)('mvn', [
      '--batch-mode',
      '--quiet',
      '--file',
      join(half, 'pom.xml'),
      ...again,
      ...goal,
    ])
    await mvn.catch(({ stdout, message }) =>
      Promise.reject(new Error(`Maven fetched no broker: ${message}\n${stdout}`)),
    )
    try {
      renameSync(join(half, 'jars'), folder)
    } catch (error) {
      // Whoever fetched them at the same time was faster.
      if (!existsSync(folder)) throw error
    }
    return folder
  } finally {
    rmSync(half, { recursive: true, force: true })
  }
}
