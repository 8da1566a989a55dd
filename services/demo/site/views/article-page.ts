/** One article, with its declared interests, what to fetch, where to go on. */

import { html } from 'hono/html'
import type { Article, Language } from '../content/article.ts'
import { articles } from '../content/articles.ts'
import { products } from '../content/products.ts'
import { sections } from '../content/sections.ts'
import { scene } from '../drawings/drawing.ts'
import { words } from '../words.ts'
import { articleCard, productCard } from './cards.ts'
import { frame } from './frame.ts'
import type { House, Html } from './house.ts'
import { prose } from './prose.ts'

export function articlePage(house: House, language: Language, article: Article): Html {
  const t = words[language]
  const { topic, slug, declares, author, download, outbound } = article
  const { title, lead, body } = article.text[language]
  const product = products.find(({ id }) => id === article.product)
  return frame(
    house,
    {
      language,
      path: `/${topic}/${slug}`,
      title,
      description: lead,
      data: declares.data ?? [],
      meta: declares.meta ?? [],
      jsonld: articleLd(article, language),
    },
    html`<article class="story">
<header class="story-head">
<p class="kicker"><a href="/${language}/topics/${topic}">${sections[topic][language].name}</a></p>
<h1>${title}</h1>
<p class="lead">${lead}</p>
<p class="byline">${t.by} ${author}</p>
</header>
<div class="picture wide">${scene(slug)}</div>
<div class="story-body">
<div class="prose">
${topic === 'wellbeing' ? html`<p class="note">${t.notProfiled}</p>` : ''}
${prose(body)}
</div>
<aside class="beside" aria-label="${t.fitting}">
<button type="button" class="button quiet" id="keep" data-slug="${slug}" data-topic="${topic}" data-kept="${t.kept}" aria-pressed="false">${t.keep}</button>
${download ? html`<p><a class="arrow" href="/${language}/${topic}/${download.file}.pdf" download>${download.label[language]}</a></p>` : ''}
${outbound ? html`<p><a class="arrow out" href="${outbound.url}" rel="noopener external">${outbound.label[language]}</a></p>` : ''}
${product ? html`<h2 class="rule">${t.fromShop}</h2>${productCard(product, language)}` : ''}
</aside>
</div>
</article>
<section class="band" aria-labelledby="read-on">
<h2 class="rule" id="read-on">${t.readOn}</h2>
<div class="grid">${nextAfter(article).map((each) => articleCard(each, language))}</div>
</section>`,
  )
}

function articleLd({ topic, declares, author, text }: Article, language: Language) {
  const keywords = declares.keywords?.[language]
  return {
    '@context': 'https://schema.org',
    '@type': 'Article',
    headline: text[language].title,
    inLanguage: language,
    author: { '@type': 'Person', name: author },
    articleSection: sections[topic][language].name,
    ...(keywords && { keywords }),
  }
}

/** The others of its topic first, then those that follow in the issue. */
function nextAfter(article: Article): Article[] {
  const at = articles.indexOf(article)
  const following = [...articles.slice(at + 1), ...articles.slice(0, at)]
  const ownTopic = following.filter(({ topic }) => topic === article.topic)
  return [...ownTopic, ...following.filter((each) => !ownTopic.includes(each))].slice(0, 3)
}
