/** Invariant 4: what leaves tells nothing of visitors who are linked to nobody. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { enrol, inviteMembers, type Member, visitorOf } from './members.ts'
import { type Exported, openScene, type Scene } from './scenario.ts'

let scene: Scene
let members: Member[]
let before: string

beforeAll(async () => {
  scene = await openScene()
  members = await inviteMembers(scene, 24)
  // The last one agreed to nothing, so their device is linked to nobody.
  await enrol(scene, members.slice(0, 23))
  before = whatLeft(await scene.exportAudience('solar-file'))
})
afterAll(() => scene.close())

/** A run's name is drawn at random by whoever starts it, from nothing; all else is compared byte by byte. */
function whatLeft({ run, state, csv, manifest }: Exported): string {
  return JSON.stringify({ state, csv, manifest }).replaceAll(run, 'RUN')
}

test('the scene exports its members', () => {
  expect(before.match(/x[0-9a-f]{32}/g)).toHaveLength(23)
})

test('browsing of visitors without a link changes no byte of the export and its manifest', async () => {
  for (let n = 100; n < 140; n += 1) {
    const stranger = visitorOf(scene, n)
    await stranger.consent(['P1', 'P2', 'P3'])
    await stranger.read(n % 2 ? '/solar/roof' : '/garden/pond', 30)
    if (n % 5 === 0) await stranger.consent([])
  }
  await members[23]?.visitor.read('/garden/pond', 30)
  await scene.instance.caughtUp()
  expect(whatLeft(await scene.exportAudience('solar-file'))).toBe(before)
})

test('control: browsing of one linked member changes it', async () => {
  await members[0]?.visitor.read('/garden/pond', 30)
  await scene.instance.caughtUp()
  expect(whatLeft(await scene.exportAudience('solar-file'))).not.toBe(before)
})
