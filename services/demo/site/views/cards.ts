/** How an article or a product looks in a list. */

import { html } from 'hono/html'
import type { Article, Language } from '../content/article.ts'
import type { Product } from '../content/products.ts'
import { sections } from '../content/sections.ts'
import { productDrawing, scene } from '../drawings/drawing.ts'
import { articlePath, productPath } from '../pages.ts'
import type { Html } from './house.ts'

export function articleCard(article: Article, language: Language): Html {
  const { title, lead } = article.text[language]
  return html`<article class="card">
<div class="picture">${scene(article.slug)}</div>
<p class="kicker">${sections[article.topic][language].name}</p>
<h3><a href="${articlePath(language, article)}">${title}</a></h3>
<p class="card-lead">${lead}</p>
</article>`
}

export function productCard(product: Product, language: Language): Html {
  const { name, line } = product.text[language]
  return html`<article class="card product-card">
<div class="picture square">${productDrawing(product.id)}</div>
<h3><a href="${productPath(language, product)}">${name}</a></h3>
<p class="card-lead">${line}</p>
<p class="price">${euros(product.price, language)}</p>
</article>`
}

export function euros(amount: number, language: Language): string {
  return new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-IE', { style: 'currency', currency: 'EUR' }).format(
    amount,
  )
}
