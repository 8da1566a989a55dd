/** A cart that stays in this window, the product events, and a checkout that orders nothing. */

import { bauta } from './bauta.js'
import { ifAllowed, onceAllowed } from './choice.js'
import { say } from './toast.js'

const KEY = 'suedseite-cart'

/** Product ids with how many. Kept only once somebody put something in. */
function readCart() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {}
  } catch {
    return {}
  }
}

function keepCart(cart) {
  if (Object.keys(cart).length > 0) sessionStorage.setItem(KEY, JSON.stringify(cart))
  else sessionStorage.removeItem(KEY)
  showCount()
}

function showCount() {
  const count = Object.values(readCart()).reduce((sum, n) => sum + n, 0)
  document.getElementById('cart-count').textContent = count > 0 ? ` (${count})` : ''
}

function product({ dataset }) {
  const properties = { product: dataset.product, category: dataset.category, price: Number(dataset.price) }
  onceAllowed(() => bauta('product_view', properties))
  const button = document.getElementById('add-to-cart')
  button.addEventListener('click', () => {
    const cart = readCart()
    keepCart({ ...cart, [dataset.product]: (cart[dataset.product] ?? 0) + 1 })
    ifAllowed('cart_add', properties)
    say(button.dataset.added)
  })
}

function checkout(place) {
  const goods = JSON.parse(document.getElementById('goods').textContent)
  const euros = new Intl.NumberFormat(document.documentElement.lang, { style: 'currency', currency: 'EUR' })
  const empty = document.getElementById('cart-empty')
  const full = document.getElementById('cart-full')
  const rows = document.getElementById('cart-rows')

  function show() {
    const cart = readCart()
    const lines = goods.filter(({ id }) => cart[id]).map((good) => ({ ...good, count: cart[good.id] }))
    rows.replaceChildren(...lines.map(row))
    const value = lines.reduce((sum, { price, count }) => sum + price * count, 0)
    document.getElementById('cart-sum').textContent = euros.format(value)
    empty.hidden = lines.length > 0
    full.hidden = lines.length === 0
    return { value: Math.round(value * 100) / 100, items: lines.reduce((sum, { count }) => sum + count, 0) }
  }

  function row({ id, name, price, href, count }) {
    const remove = element('button', place.dataset.remove, { type: 'button', className: 'button quiet' })
    remove.setAttribute('aria-label', `${place.dataset.remove}: ${name}`)
    remove.addEventListener('click', () => {
      const { [id]: _, ...rest } = readCart()
      keepCart(rest)
      show()
    })
    const line = document.createElement('tr')
    const last = document.createElement('td')
    last.append(remove)
    const head = element('th', '', { scope: 'row' })
    head.append(element('a', name, { href }))
    line.append(head, element('td', String(count)), element('td', euros.format(price * count)), last)
    return line
  }

  document.getElementById('order').addEventListener('click', () => {
    ifAllowed('purchase', show())
    keepCart({})
    full.hidden = true
    empty.hidden = false
    empty.textContent = place.dataset.ordered
    say(place.dataset.ordered)
  })
  show()
}

function element(name, text, properties = {}) {
  return Object.assign(document.createElement(name), { textContent: text, ...properties })
}

showCount()
const shown = document.getElementById('product')
if (shown) product(shown)
const till = document.getElementById('checkout')
if (till) checkout(till)
