/** The demonstration site as an app: a magazine with shop, in two languages. It knows the product only through its public doors. */

import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import type { Notice, SiteConfig } from '../../../schemas/config.ts'
import type { Purpose } from '../../../schemas/consent.ts'
import { type Language, languages, topics } from './content/article.ts'
import { articles } from './content/articles.ts'
import { checklist } from './content/checklist.ts'
import { products } from './content/products.ts'
import { checklistPdf } from './pdf.ts'
import { articlePage } from './views/article-page.ts'
import { homePage } from './views/home-page.ts'
import type { House, Html } from './views/house.ts'
import { newsletterPage } from './views/newsletter-page.ts'
import { aboutMePage, loginPage } from './views/own-pages.ts'
import { checkoutPage, productPage, shopPage } from './views/shop-pages.ts'
import { imprintPage, missingPage, privacyPage } from './views/text-page.ts'
import { searchPage, topicPage } from './views/topic-page.ts'

export interface DemoSiteDeps {
  /** The site's name in bauta.yaml. */
  readonly name: string
  readonly site: Pick<SiteConfig, 'notices'>
  /** Of the person listener, without a slash at the end. */
  readonly personUrl: string
}

const types = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const
const assets = [
  'site.css',
  'sun.svg',
  'site.js',
  'bauta.js',
  'choice.js',
  'toast.js',
  'banner.js',
  'shop.js',
  'reading.js',
  'newsletter.js',
  'login.js',
  'about-me.js',
] as const

/** Mounted behind the collector on the same listener, because it answers whatever is left with a page. */
export function demoSite({ name, site, personUrl }: DemoSiteDeps): Hono {
  const house: House = {
    site: name,
    banner: noticeFor(site.notices, 'P1'),
    newsletter: noticeFor(site.notices, 'P5'),
    personUrl,
  }
  const headers = headersFor(personUrl)
  const app = new Hono({ strict: false })
  const answer = async (context: Context, page: Html, status: 200 | 404 = 200) =>
    context.html(await page, status, headers)

  app.get('/', (context) => context.redirect(`/${preferred(context.req.header('accept-language'))}`))
  for (const language of languages) {
    const plain = {
      '': homePage,
      '/shop': shopPage,
      '/checkout': checkoutPage,
      '/newsletter': newsletterPage,
      '/about-me': aboutMePage,
      '/login': loginPage,
      '/privacy': privacyPage,
      '/imprint': imprintPage,
    }
    for (const [path, page] of Object.entries(plain))
      app.get(`/${language}${path}`, (context) => answer(context, page(house, language)))
    for (const topic of topics)
      app.get(`/${language}/topics/${topic}`, (context) => answer(context, topicPage(house, language, topic)))
    for (const article of articles)
      app.get(`/${language}/${article.topic}/${article.slug}`, (context) =>
        answer(context, articlePage(house, language, article)),
      )
    for (const product of products)
      app.get(`/${language}/shop/${product.id}`, (context) => answer(context, productPage(house, language, product)))
    app.get(`/${language}/search`, (context) => {
      const topic = topics.find((each) => each === context.req.query('topic'))
      return answer(context, searchPage(house, language, topic))
    })
    const { title, points } = checklist[language]
    app.get(`/${language}/solar/balcony-checklist.pdf`, (context) =>
      context.body(checklistPdf(title, points), 200, { 'Content-Type': 'application/pdf' }),
    )
  }
  for (const asset of assets) {
    const body = readFileSync(new URL(`assets/${asset}`, import.meta.url), 'utf8')
    const type = types[asset.split('.').at(-1) as keyof typeof types]
    app.get(`/assets/${asset}`, (context) =>
      context.body(body, 200, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-cache' }),
    )
  }
  app.get('*', (context) => answer(context, missingPage(house, context.req.path.startsWith('/en') ? 'en' : 'de'), 404))
  return app
}

/** Scripts and styles from here alone; forms go here and to the person listener. */
function headersFor(personUrl: string): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      `form-action 'self' ${new URL(personUrl).origin}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'Cache-Control': 'no-cache',
  }
}

function noticeFor(notices: readonly Notice[], purpose: Purpose): Notice {
  const notice = notices.find(({ purposes, retired }) => purposes.includes(purpose) && !retired)
  if (!notice) throw new Error(`the demonstration site needs a notice for ${purpose} that is not retired`)
  return notice
}

function preferred(accepted = ''): Language {
  const [german, english] = [accepted.search(/\bde\b/i), accepted.search(/\ben\b/i)]
  return english >= 0 && (german < 0 || english < german) ? 'en' : 'de'
}
