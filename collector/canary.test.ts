/** Whatever a request brings in whichever field: no address, number, network or visitor id comes out in a record, log line, answer or metric. */

import { expect, test } from 'vitest'
import { ReceiptId, VisitorId } from '../schemas/ids.ts'
import { DAY_MS } from '../schemas/week.ts'
import { now, origin, userAgent, type WebOptions, webKeys, webWorld, wireEvent } from '../test/fakes/web.ts'
import type { PageReader } from './events/page.ts'
import { type Visitor, writeVisitor } from './visitors/visitor.ts'

const mail = 'erika.mustermann@secret-mail.example'
const phone = '+49 171 98765432'
const iban = 'DE89370400440532013000'
const address = '203.0.113.77'
const other = '198.51.100.23'
const canaries = [mail, phone, iban, address, other]
const today = Math.floor(now / DAY_MS)
/** With an id that reads like a word in none of its forms, as a rare one does: more so as part of a host's name, which has no capitals. */
const known: Visitor = {
  vid: VisitorId.parse('kX9aB3dE5fG7hJ1kL2mQ4r'),
  first: today,
  expires: today + 395,
  purposes: ['P1', 'P2', 'P3'],
  notice: '2026-11',
  receipt: ReceiptId.parse(`r${'0'.repeat(32)}`),
}

/** Each canary in each way it could be written. */
function forms(vid: string): string[] {
  const plain = [...canaries, phone.replaceAll(' ', ''), vid]
  const wrapped = plain.flatMap((text) => [
    text,
    encodeURIComponent(text),
    encodeURIComponent(encodeURIComponent(text)),
    Buffer.from(text).toString('base64url'),
    Buffer.from(text).toString('hex'),
  ])
  return [...new Set(wrapped)]
}

const places: ((secret: string) => object)[] = [
  (secret) => ({ url: `${origin}/a/${secret}/b` }),
  (secret) => ({ url: `${origin}/a?topic=${secret}` }),
  (secret) => ({ url: `${origin}/a?q=${secret}&utm_source=${secret}&utm_campaign=${secret}` }),
  (secret) => ({ url: `${origin}/a#${secret}` }),
  (secret) => ({ url: `https://${secret}/` }),
  (secret) => ({ url: secret }),
  (secret) => ({ referrer: `https://shop.example/${secret}?x=${secret}` }),
  (secret) => ({ referrer: `https://${secret}.shop.example/` }),
  (secret) => ({ referrer: `https://${secret}@shop.example/` }),
  (secret) => ({ referrer: secret }),
  (secret) => ({ title: secret }),
  (secret) => ({ interests: [`data:${secret}`, secret] }),
  (secret) => ({ type: secret }),
  (secret) => ({ id: secret }),
  (secret) => ({ session: secret }),
  (secret) => ({ [secret]: 1 }),
  (secret) => ({ type: 'search', props: { topic: secret } }),
  (secret) => ({ type: 'search', props: { [secret]: 1 } }),
]

/** Everything that a collector said while all of it went through; answers to the visitor may hold their own cookie alone. */
async function traces(options?: WebOptions): Promise<string[]> {
  const { browser, records, lines, metrics, world } = await webWorld(options)
  const visitor = browser()
  visitor.jar.set('__Host-bauta_demo', writeVisitor(known, webKeys.cookie('demo')))
  const answers: string[] = []
  const keep = async (response: Response) => void answers.push(`${response.status} ${await response.text()}`)
  for (const secret of forms(known.vid)) {
    await keep(await visitor.events(places.map((place) => wireEvent(place(secret)))))
    await keep(await visitor.consent(['P1', 'P2', 'P3'], {}, { path: `/a/${secret}?x=${secret}` }))
    for (const more of [{ notice: secret }, { lang: secret }, { method: secret }, { tc: secret }, { [secret]: secret }])
      await keep(await browser().consent(['P1'], {}, more))
    await keep(await visitor.send('POST', '/v1/events', `{"site":"${secret}","sent":1,"events":[1]}`))
    await keep(await visitor.send('POST', '/v1/link', secret))
    await keep(await visitor.send('GET', `/v1/profile?site=${encodeURIComponent(secret)}`))
    await keep(await visitor.send('GET', `/v1/receipts/${encodeURIComponent(secret)}`))
    const header = encodeURIComponent(secret)
    const headers = {
      'accept-language': header,
      'x-forwarded-for': other,
      referer: `${origin}/${header}`,
      'user-agent': `${userAgent} ${header}`,
    }
    await keep(await visitor.events([wireEvent()], headers))
    await keep(await visitor.events([wireEvent()], { origin: `https://${header}`, authorization: `Bearer ${header}` }))
    world.down = true
    await keep(await visitor.events([wireEvent({ url: `${origin}/${secret}` })]))
    world.down = false
  }
  await visitor.consent(['P1'])
  await visitor.send('DELETE', '/v1/visitor?site=demo')
  const said = [JSON.stringify(records), lines.join('\n'), JSON.stringify(metrics), answers.join('\n')].map((text) =>
    text.toLowerCase(),
  )
  const whole = forms(known.vid).filter((secret) => said.some((text) => text.includes(secret.toLowerCase())))
  // Digits may also stand within a receipt.
  const parts = /mustermann|secret-mail|17198765432|(?<![\da-f])98765432/g
  return [...whole, ...said.flatMap((text) => text.match(parts) ?? [])]
}

test('no canary comes out again', async () => {
  expect(await traces()).toEqual([])
})

test('the search finds them where the path is kept as it came, or a line quotes the request', async () => {
  const raw = ({ pages, ...site }: { pages: PageReader }): object => ({
    ...site,
    pages: {
      ...pages,
      page: (url: string) => {
        const page = pages.page(url)
        return page && { ...page, path: url }
      },
    },
  })
  const world = await webWorld()
  const demo = world.deps.sites.get('demo')
  if (!demo) throw new Error('the site is not there')
  const sites = new Map([['demo', { ...demo, ...raw(demo) }]])
  const found = await traces({ deps: { sites } })
  for (const secret of [mail, phone.replaceAll(' ', ''), iban, address, known.vid]) expect(found).toContain(secret)
})
