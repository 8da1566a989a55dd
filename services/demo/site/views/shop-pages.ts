/** The shop: all products, one product, and a checkout that is none. */

import { html } from 'hono/html'
import type { Language } from '../content/article.ts'
import { type Product, products } from '../content/products.ts'
import { productDrawing } from '../drawings/drawing.ts'
import { productPath, shelf } from '../pages.ts'
import { words } from '../words.ts'
import { euros, productCard } from './cards.ts'
import { frame, json } from './frame.ts'
import type { House, Html } from './house.ts'
import { prose } from './prose.ts'

export function shopPage(house: House, language: Language): Html {
  const t = words[language]
  return frame(
    house,
    { language, path: '/shop', title: t.shop, description: t.shopIntro },
    html`<header class="page-head"><h1>${t.shop}</h1><p class="lead">${t.shopIntro}</p></header>
<h2 class="sr">${t.products}</h2>
<div class="grid">${products.map((product) => productCard(product, language))}</div>`,
  )
}

export function productPage(house: House, language: Language, product: Product): Html {
  const t = words[language]
  const { id, category, price } = product
  const { name, line, body, facts } = product.text[language]
  const others = [...products, ...products].slice(products.indexOf(product) + 1).slice(0, 3)
  return frame(
    house,
    { language, path: `/shop/${id}`, title: name, description: line, jsonld: productLd(product, language) },
    html`<article class="product" id="product" data-product="${id}" data-category="${category}" data-price="${price}">
<div class="picture square">${productDrawing(id)}</div>
<div class="product-text">
<p class="kicker"><a href="/${language}/shop">${t.shop}</a></p>
<h1>${name}</h1>
<p class="lead">${line}</p>
${prose(body)}
<ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>
<p class="price big"><span class="sr">${t.price}: </span>${euros(price, language)}</p>
<p><button type="button" class="button" id="add-to-cart" data-added="${name} ${t.added}">${t.addToCart}</button>
<a class="arrow" href="/${language}/checkout">${t.checkout}</a></p>
</div>
</article>
<section class="band tinted" aria-labelledby="others"><h2 class="rule" id="others">${t.fromShop}</h2>
<div class="grid">${others.map((each) => productCard(each, language))}</div></section>`,
  )
}

export function checkoutPage(house: House, language: Language): Html {
  const t = words[language]
  const goods = products.map((product) => ({
    id: product.id,
    name: product.text[language].name,
    price: product.price,
    href: productPath(language, product),
  }))
  return frame(
    house,
    { language, path: '/checkout', title: t.checkoutTitle },
    html`<header class="page-head"><h1>${t.checkoutTitle}</h1><p class="note">${t.checkoutStub}</p></header>
<script type="application/json" id="goods">${json(goods)}</script>
<div id="checkout" data-remove="${t.remove}" data-ordered="${t.ordered}" class="checkout">
<p id="cart-empty">${t.emptyCart} <a href="/${language}/shop">${t.shop}</a></p>
<div id="cart-full" hidden>
<table><caption class="sr">${t.cart}</caption>
<thead><tr><th scope="col">${t.product}</th><th scope="col">${t.quantity}</th><th scope="col">${t.price}</th><td></td></tr></thead>
<tbody id="cart-rows"></tbody>
<tfoot><tr><th scope="row" colspan="2">${t.sum}</th><td id="cart-sum"></td><td></td></tr></tfoot>
</table>
<p><button type="button" class="button" id="order">${t.order}</button></p>
</div>
</div>`,
  )
}

function productLd(product: Product, language: Language) {
  const { name, line } = product.text[language]
  return {
    '@context': 'https://schema.org',
    '@type': 'Product',
    name,
    description: line,
    sku: product.id,
    category: shelf(product),
    offers: { '@type': 'Offer', price: product.price, priceCurrency: 'EUR' },
  }
}
