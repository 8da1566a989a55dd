/** The cover: one story large, six smaller, the shop, and the contents of the rest. */

import { html } from 'hono/html'
import type { Language } from '../content/article.ts'
import { articles } from '../content/articles.ts'
import { products } from '../content/products.ts'
import { sections } from '../content/sections.ts'
import { scene } from '../drawings/drawing.ts'
import { articlePath } from '../pages.ts'
import { words } from '../words.ts'
import { articleCard, productCard } from './cards.ts'
import { frame } from './frame.ts'
import type { House, Html } from './house.ts'
import { newsletterTeaser } from './newsletter-page.ts'

const cover = 'a-tree-for-the-south-wall'
const chosen = [
  'balcony-first-summer',
  'heat-pump-old-house',
  'how-big-a-battery',
  'a-year-by-cargo-bike',
  'keeping-the-rain',
  'learning-induction',
]

export function homePage(house: House, language: Language): Html {
  const t = words[language]
  const story = articles.find(({ slug }) => slug === cover)
  const inFront = chosen.flatMap((name) => articles.filter(({ slug }) => slug === name))
  const rest = articles.filter((article) => article !== story && !inFront.includes(article))
  return frame(
    house,
    { language, path: '', title: t.name, description: t.tagline },
    html`<h1 class="sr">${t.name}: ${t.tagline}</h1>
${
  story &&
  html`<article class="cover">
<div class="picture">${scene(story.slug)}</div>
<div class="cover-text">
<p class="kicker">${t.leadStory}</p>
<h2><a href="${articlePath(language, story)}">${story.text[language].title}</a></h2>
<p class="lead">${story.text[language].lead}</p>
<p class="byline">${t.by} ${story.author}</p>
</div>
</article>`
}
<section class="band" aria-labelledby="in-this-issue">
<h2 class="rule" id="in-this-issue">${t.inThisIssue}</h2>
<div class="grid">${inFront.map((article) => articleCard(article, language))}</div>
</section>
<section class="band tinted" aria-labelledby="from-shop">
<h2 class="rule" id="from-shop"><a href="/${language}/shop">${t.fromShop}</a></h2>
<div class="grid">${products.slice(0, 3).map((product) => productCard(product, language))}</div>
</section>
<section class="band" aria-labelledby="contents">
<h2 class="rule" id="contents">${t.contents}</h2>
<ol class="contents">${rest.map(
      (
        article,
      ) => html`<li><a href="${articlePath(language, article)}"><span class="kicker">${sections[article.topic][language].name}</span>
<span class="contents-title">${article.text[language].title}</span></a></li>`,
    )}</ol>
</section>
${newsletterTeaser(language)}`,
  )
}
