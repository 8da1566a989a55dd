/** A topic with its articles, and what the shop has for it; also the answer to a search. */

import { html } from 'hono/html'
import { type Language, type Topic, topics } from '../content/article.ts'
import { articles } from '../content/articles.ts'
import { products } from '../content/products.ts'
import { sections } from '../content/sections.ts'
import { words } from '../words.ts'
import { articleCard, productCard } from './cards.ts'
import { frame } from './frame.ts'
import type { House, Html } from './house.ts'

export function topicPage(house: House, language: Language, topic: Topic): Html {
  const t = words[language]
  const { name, intro } = sections[topic][language]
  return frame(
    house,
    { language, path: `/topics/${topic}`, title: name, description: intro, data: [topic] },
    html`<header class="page-head">
<p class="kicker">${t.topics}</p>
<h1>${name}</h1>
<p class="lead">${intro}</p>
</header>
<h2 class="sr">${t.articles}</h2>
${found(topic, language)}`,
  )
}

export function searchPage(house: House, language: Language, topic: Topic | undefined): Html {
  const t = words[language]
  const name = topic && sections[topic][language].name
  return frame(
    house,
    {
      language,
      path: topic ? `/search?topic=${topic}` : '/search',
      title: name ? `${t.search}: ${name}` : t.search,
      data: topic ? [topic] : [],
    },
    html`<header class="page-head">
<h1>${t.searchTitle}</h1>
<p class="lead">${t.searchIntro}</p>
<form class="search" method="get" action="/${language}/search" id="search"${topic ? html` data-topic="${topic}"` : ''}>
<label for="topic">${t.searchLabel}</label>
<select id="topic" name="topic" required>
<option value="">${t.searchChoose}</option>
${topics.map((each) => html`<option value="${each}"${each === topic ? html` selected` : ''}>${sections[each][language].name}</option>`)}
</select>
<button type="submit">${t.searchGo}</button>
</form>
</header>
${topic ? html`<h2 class="rule">${t.results} ${name}</h2>${found(topic, language)}` : ''}`,
  )
}

function found(topic: Topic, language: Language): Html {
  const t = words[language]
  const here = articles.filter((article) => article.topic === topic)
  const goods = products.filter(({ id }) => here.some(({ product }) => product === id))
  return html`<div class="grid">${here.map((article) => articleCard(article, language))}</div>
${
  goods.length > 0
    ? html`<section class="band tinted" aria-labelledby="goods">
<h2 class="rule" id="goods">${t.fromShop}</h2>
<div class="grid">${goods.map((product) => productCard(product, language))}</div>
</section>`
    : ''
}`
}
