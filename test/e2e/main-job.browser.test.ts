import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement } from '../../infra/ports/sql.ts'
import { dayOf } from '../../schemas/week.ts'
import { type Run, seeThrough } from '../../services/demo/visitors/admin-door.ts'
import { chanceOf } from '../../services/demo/visitors/chance.ts'
import { type Mailbox, openMailbox } from '../../services/demo/visitors/mailbox.ts'
import { contactsFile, inventPeople, ordersFile, type Person } from '../../services/demo/visitors/people.ts'
import { mailOf } from '../../services/vault/pages/mails.ts'
import { overWhich } from '../engines/found-engines.ts'
import { faults } from './axe.ts'
import { describeInChromium, launch } from './chromium.ts'
import { installProduct } from './install-product.ts'
import { driveMembers, visitorIdsIn, watchVisitorIds } from './members.ts'
import type { Product, Running } from './product.ts'
import { findNeedles, type Needles, type Place } from './scan-stores.ts'

const AUDIENCE = 'solar-autumn'
const MAIL_MS = 120_000
/** Six processes, one after the other, on whatever machine. */
const START_MS = 300_000
/** Its own says that nobody looks at it, and the collector takes it for the robot that it is. */
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
const PATIENT = { timeout: 120_000 }
/** BAUTA_SCREENSHOTS names a folder for pictures of what a person sees. */
const pictures = process.env.BAUTA_SCREENSHOTS

/** Where the design's table lets a value stand. A mail's address is the mail's own; the folder stands for the mail provider. */
const allowed = {
  vid: [],
  P: ['log/signals', 'log/stops', 'store.profiles', 'store.signals', 'store.tombstones'],
  E: ['log/events', 'store.events'],
  C: ['ledger.entries', 'links.links', 'vault.contacts', 'vault.orders', 'vault.page_tokens'],
  X: [`exports/${AUDIENCE}`, 'runs.acknowledged', 'runs.audit', 'runs.batches', 'runs.exceptions'],
  address: ['outbox', 'vault.contacts', 'vault.pending'],
}

/** In the tables of one that nobody has visited: what it needs to run. */
const fromTheStart = [
  ...['control.migrations', 'control.notices', 'control.schedules', 'ledger.head', 'links.migrations'],
  ...['runs.migrations', 'store.migrations', 'vault.migrations'],
]

const planted = defineStatement({
  name: 'planted',
  sql: `INSERT INTO control.segments (name, site, tree) VALUES ('planted', 'demo', to_jsonb($detail::text))`,
  params: z.object({ detail: z.string() }),
  row: z.unknown(),
})

const people = inventPeople(chanceOf(60), 60, Date.now()).map((person, n): Person => {
  const name = ['Ada', 'Bela', 'Cleo', 'Dora'][n]
  return name
    ? {
        ...person,
        first: name,
        email: `${name}@example.org`.toLowerCase(),
        language: 'de',
        country: 'DE',
        locked: false,
      }
    : person
})
const [ada, bela, cleo, dora, ...others] = people as [Person, Person, Person, Person, ...Person[]]

describeInChromium(`the main job, ${overWhich()}`, () => {
  let browser: Browser
  let product: Product
  let running: Running
  let mailbox: Mailbox
  let run: Run
  let profileOfAda: { readonly interests: readonly { readonly id: string; readonly band: string }[] }
  let places: Place[]
  let needles: Needles
  let named: { readonly person: Person; readonly C: string; readonly X: string }[]
  /** It may end on the next one. */
  const firstDay = dayOf(Date.now())
  const watch = watchVisitorIds()
  /** Of those who have a browser. */
  const visitors = new Map<Person, { context: BrowserContext; page: Page; ids: Set<string> }>()

  beforeAll(async () => {
    product = await installProduct()
    mailbox = openMailbox(product.folders.outbox)
    running = await product.start()
    browser = await launch()
  }, START_MS)
  afterAll(async () => {
    watch.stop()
    await browser?.close()
    await running?.stop()
    await product?.remove()
  })

  async function visitor(person: Person): Promise<Page> {
    const context = await browser.newContext({ userAgent, locale: 'de-DE', viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    visitors.set(person, { context, page, ids: new Set() })
    return page
  }
  const of = (person: Person) => {
    const known = visitors.get(person)
    if (!known) throw new Error(`${person.first} has no browser`)
    return known
  }
  const on = (path: string) => running.urls.web + path

  /** What the banner's button does, and the visitor id that comes of it. */
  async function accept(person: Person) {
    const { page, ids } = of(person)
    await page.goto(on('/de'))
    await page.click('[data-choice=all]')
    await expect.poll(() => visitorIdsOf(page), PATIENT).toHaveLength(1)
    for (const id of await visitorIdsOf(page)) ids.add(id)
    // The cookie is there before the page has heard the answer; who leaves in between is asked again.
    await page.getByText('Ihre Auswahl gilt').waitFor({ state: 'attached' })
  }
  const visitorIdsOf = async (page: Page) =>
    (await page.context().cookies()).flatMap(({ name, value }) => visitorIdsIn(`${name}=${value}`))

  async function readAboutSolar(page: Page) {
    for (const path of [
      '/de/topics/solar',
      '/de/solar/balcony-first-summer',
      '/de/solar/east-west-roof',
      '/de/solar/four-decisions',
      '/de/shop/morning-800',
    ])
      await page.goto(on(path), { waitUntil: 'networkidle' })
  }

  async function subscribe(person: Person) {
    const { page } = of(person)
    await page.goto(on('/de/newsletter'))
    await page.fill('#email', person.email)
    await page.check('#P5')
    await page.check('#P4')
    await look(page, 'newsletter')
    await page.click('#newsletter button')
    await page.getByRole('heading', { name: 'Bitte sehen Sie in Ihr Postfach' }).waitFor()
    await look(page, 'subscribed')
  }

  async function mailed(person: Person, path: string): Promise<string> {
    const link = await mailbox.link(person.email, path, MAIL_MS)
    if (!link) throw new Error(`no mail with ${path} came`)
    return link.href
  }

  async function confirm(person: Person) {
    const { page } = of(person)
    await page.goto(await mailed(person, '/confirm'))
    await look(page, 'confirm')
    await page.getByRole('button', { name: 'Ja, das bestätige ich' }).click()
    await page.getByRole('heading', { name: 'Danke, das ist bestätigt' }).waitFor()
    await look(page, 'confirmed')
  }

  /** axe over the page as it is, and pictures of it if somebody wants them: desktop and telephone, by day and by night. */
  async function look(page: Page, name: string) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await faults(page), `${name}, ${colorScheme}`).toEqual([])
      if (pictures) await picture(page, `${name}-${colorScheme}`)
    }
    await page.emulateMedia({ colorScheme: 'light' })
  }
  async function picture(page: Page, name: string) {
    mkdirSync(pictures ?? '', { recursive: true })
    const desk = page.viewportSize() ?? { width: 1280, height: 900 }
    for (const [device, size] of [
      ['desktop', desk],
      ['telephone', { width: 390, height: 844 }],
    ] as const) {
      await page.setViewportSize(size)
      await page.screenshot({ path: join(pictures ?? '', `${name}-${device}.png`), fullPage: true })
    }
    await page.setViewportSize(desk)
  }

  /** Files that a destination could fetch. */
  const exported = () => {
    const folder = join(product.folders.exports, AUDIENCE)
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  }

  test('who declines leaves no row, and keeps nothing but the refusal', async () => {
    const page = await visitor(cleo)
    await page.goto(on('/de'))
    await look(page, 'banner')
    await page.click('[data-choice=none]')
    await readAboutSolar(page)
    await page.goto(on('/de/about-me'), { waitUntil: 'networkidle' })
    const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`)
    expect(cookies).toEqual(['suedseite_choice=none'])
    expect(await page.evaluate('[Object.keys(localStorage), Object.keys(sessionStorage)]')).toEqual([[], []])
    expect(await page.evaluate('indexedDB.databases()')).toEqual([])
    await running.stop()
    const kept = (await product.dump()).filter(({ rows }) => rows.length > 0).map(({ name }) => name)
    running = await product.start()
    expect(kept).toEqual([...fromTheStart, ...product.fromTheStart].sort())
  })

  test('who consents sees interests change on the page about them while they read elsewhere', async () => {
    const page = await visitor(ada)
    await accept(ada)
    const about = await page.context().newPage()
    await about.goto(on('/de/about-me'))
    await about.locator('#about-me-state', { hasText: /./ }).waitFor()
    expect(await about.locator('#interests li').count()).toBe(0)
    const began = performance.now()
    await page.goto(on('/de/solar/balcony-first-summer'))
    await about.locator('#interests li').first().waitFor(PATIENT)
    const ms = Math.round(performance.now() - began)
    process.stderr.write(`an interest was on show ${ms} ms after its page was asked for\n`)
    await readAboutSolar(page)
    const shown = () => about.locator('#interests li').allTextContents()
    await expect.poll(shown, PATIENT).toContainEqual(expect.stringMatching(/^Solarstrom\s*(mittel|hoch)$/))
    await look(about, 'about-me')
    await about.close()
  })

  test('a sign-up counts once the button on the page of its mail is pressed', async () => {
    await subscribe(ada)
    await confirm(ada)
    await of(ada).page.goto(await mailed(ada, '/unsubscribe'))
    await look(of(ada).page, 'unsubscribe')
  })

  test('who consented objects to the merge on the page about their choices', async () => {
    const page = await visitor(bela)
    await accept(bela)
    await readAboutSolar(page)
    await subscribe(bela)
    await confirm(bela)
    await page.getByRole('link', { name: 'Alle Einstellungen öffnen' }).click()
    await page.fill('#email', bela.email)
    await look(page, 'ask-for-preferences')
    await page.getByRole('button', { name: 'Link schicken' }).click()
    await page.goto(await mailed(bela, '/preferences'))
    await look(page, 'preferences')
    await page.getByRole('button', { name: 'Der Zusammenführung widersprechen' }).click()
    await page.getByText('Sie haben widersprochen.').waitFor()
    await look(page, 'objected')
  })

  test('mails are fit for everybody', async () => {
    const page = await browser.newPage()
    for (const kind of ['confirm', 'welcome', 'preferences'] as const) {
      const link = `${running.urls.person}/${kind}?token=t`
      const letter = { kind, to: ada.email, language: 'de', house: 'Südseite', link, headers: {} } as const
      await page.setContent((await mailOf(letter)).html)
      await look(page, `mail-${kind}`)
    }
  })

  test('others do the same', async () => {
    await driveMembers({ urls: running.urls, mailbox, chance: chanceOf(61) }, others)
    await running.caughtUp()
  })

  test('the import starts a run, which waits; who withdraws in the meantime is not in the export', async () => {
    const page = await visitor(dora)
    await accept(dora)
    await readAboutSolar(page)
    await subscribe(dora)
    await confirm(dora)
    await running.caughtUp()
    await running.admin.importFile('contacts', contactsFile(people))
    const latest = async () => (await running.admin.runsOf(AUDIENCE))[0]
    await expect.poll(async () => (await latest())?.state, PATIENT).toBe('held')
    await running.admin.importFile('orders', ordersFile(people))
    expect(exported()).toEqual([])

    await page.goto(on('/de'))
    await page.click('#open-choices')
    await look(page, 'choices')
    await page.click('[data-choice=none]')
    // The cookie goes with the answer, and the answer comes when the withdrawal is on disk.
    await expect.poll(() => visitorIdsOf(page), PATIENT).toEqual([])
    run = await seeThrough(running.admin, AUDIENCE, 120_000)
    expect(run.state).toBe('done')
    await of(ada).page.goto(on('/de/about-me'))
    profileOfAda = (await of(ada).page.evaluate("bauta('profile')")) as typeof profileOfAda
    expect((await running.admin.runsOf(AUDIENCE)).length).toBe(1)
  })

  test('the export holds whom it should, with what they were interested in, and not a byte of the others', async () => {
    await running.stop()
    const { web, person } = await product.keys()
    places = await product.dump()
    const rowsOf = (name: string) =>
      (places.find((place) => place.name === name)?.rows ?? []).map((row) => JSON.parse(row))
    const contacts = new Map(rowsOf('vault.contacts').map(({ email, contact }) => [email, contact]))
    named = people.map((each) => {
      const contact = String(contacts.get(each.email))
      return { person: each, C: contact, X: `x${person.activation.export('newsletter').mac([contact])}` }
    })
    const vids = [...watch.ids, ...[...visitors.values()].flatMap(({ ids }) => [...ids])]
    needles = {
      vid: vids,
      P: vids.map((vid) => web.interest('demo').mac([vid])),
      E: vids.flatMap((vid) => [firstDay, dayOf(Date.now())].map((day) => `e${web.event('demo', day)?.mac([vid])}`)),
      C: named.map(({ C }) => C),
      X: named.map(({ X }) => X),
      address: people.map(({ email }) => email),
    }
    // Everybody but Cleo has a cookie, and one only.
    expect(new Set(vids).size).toBe(people.length - 1)
    expect(contacts.size).toBe(people.length)

    const [csv = '', ...more] = exported().filter((name) => name.endsWith('.csv'))
    expect(more).toEqual([])
    const rows = parse(readFileSync(csv, 'utf8'), { columns: true }) as Record<string, string>[]
    const x = new Map(named.map(({ person: who, X }) => [who, X]))
    const strongest = profileOfAda.interests.map(({ id, band }) => `${id}:${band}`)
    const row = rows.find(({ id }) => id === x.get(ada))
    expect(row).toMatchObject({ first_name: 'Ada', language: 'de' })
    const interests = row?.interests?.split('|') ?? []
    expect(interests).toHaveLength(Math.min(3, strongest.length))
    expect(interests).toContainEqual(expect.stringMatching(/^energy\.solar:(medium|high)$/))
    // She read of nothing else.
    expect(interests.filter((each) => !/^energy(:|\.solar[.:])/.test(each))).toEqual([])
    expect(strongest).toEqual(expect.arrayContaining(interests))
    expect(rows.length).toBeGreaterThanOrEqual(20)
    expect(rows.length).toBe(run.waterfall?.accepted)

    const bytes = places.filter(({ name }) => name.startsWith('exports/'))
    for (const who of [bela, cleo, dora]) {
      const { C, X } = named.find((each) => each.person === who) ?? { C: '', X: '' }
      const ids = [...(visitors.get(who)?.ids ?? [])]
      const all = {
        X: [X],
        C: [C],
        address: [who.email],
        name: [who.first],
        vid: ids,
        P: ids.map((vid) => web.interest('demo').mac([vid])),
      }
      expect(findNeedles(bytes, all), who.first).toEqual({ X: [], C: [], address: [], name: [], vid: [], P: [] })
    }
    // Dora was in the plan, so it was the withdrawal that kept her out.
    expect(findNeedles(places, { dora: [x.get(dora) ?? ''] }).dora).toContain('runs.batches')
    expect(findNeedles(places, { bela: [x.get(bela) ?? ''] }).bela).toEqual([])
  })

  test('every value stands where the design lets it, and nowhere else', () => {
    const logged = { name: 'the log of the process', rows: [product.logged()] }
    expect(findNeedles([...places, logged], needles)).toEqual({ ...allowed, P: [...product.cached, ...allowed.P] })
  })

  test('a value in a wrong place would be found', async () => {
    const first = (kind: string) => needles[kind]?.[0] ?? ''
    await product.look(async ({ sql, store }) => {
      await sql.control.run(planted, { detail: first('P') })
      const view = {
        site: 'demo',
        day: firstDay,
        type: 'page_view',
        path: `/${first('address')}`,
        referrer: '',
        campaign: '',
        device: '',
        n: 1,
        seconds: 0,
      }
      await store.append('traffic', [view], 'planted')
    })
    appendFileSync(join(product.folders.data, 'stray'), first('vid'))
    const { vid, P, E, C, X, address } = allowed
    expect(findNeedles(await product.dump(), needles)).toEqual({
      vid: [...vid, 'stray'],
      P: [...product.cached, 'control.segments', ...P],
      E,
      C,
      X,
      address: ['outbox', 'store.traffic', ...address.slice(1)],
    })
  })
})
