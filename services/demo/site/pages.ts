/** Every page of the site: where it is, what it declares, and which interests a view of it speaks of. */

import { type Article, type Language, languages, type Topic, topics } from './content/article.ts'
import { articles } from './content/articles.ts'
import { type Product, products } from './content/products.ts'
import { sections } from './content/sections.ts'

export interface SitePage {
  readonly path: string
  readonly language: Language
  readonly kind: 'home' | 'topic' | 'article' | 'shop' | 'product' | 'search' | 'results' | 'service'
  /** As the snippet finds it on the page and sends it: `data:solar`, `meta:trees`, `ld:Küche`. */
  readonly declared: readonly string[]
  /** What a view counts for by interests.yaml, special ones left out. */
  readonly interests: readonly string[]
  /** On product pages: the properties of product_view and cart_add. */
  readonly product?: { readonly product: string; readonly category: string; readonly price: number }
  /** On result pages: the property of search. */
  readonly topic?: Topic
}

const ofTopic: Readonly<Record<Topic, readonly string[]>> = {
  solar: ['energy.solar'],
  heating: ['energy.heating'],
  insulation: ['energy.insulation'],
  storage: ['energy.storage'],
  mobility: ['mobility'],
  garden: ['garden'],
  kitchen: ['home.kitchen'],
  'smart-home': ['home.smart'],
  wellbeing: [],
}

/** Of articles that speak of something other than their topic as such. */
const ofArticle: Readonly<Record<string, readonly string[]>> = {
  'balcony-first-summer': ['energy.solar', 'energy.solar.balcony'],
  'heat-pump-old-house': ['energy.heating.heat-pump'],
  'straw-hemp-clay': ['energy.insulation', 'home.materials'],
  'the-house-that-stays-lit': ['energy.storage.backup'],
  'charging-with-the-sun': ['mobility', 'mobility.e-car'],
  'a-year-by-cargo-bike': ['mobility', 'mobility.cargo-bike'],
  'keeping-the-rain': ['garden.water'],
  'a-tree-for-the-south-wall': ['garden.trees'],
  'power-by-the-hour': ['energy.tariffs'],
}

const services = ['checkout', 'newsletter', 'about-me', 'login', 'privacy', 'imprint'] as const

export function articlePath(language: Language, { topic, slug }: Article): string {
  return `/${language}/${topic}/${slug}`
}

export function productPath(language: Language, { id }: Product): string {
  return `/${language}/shop/${id}`
}

/** In JSON-LD, where no rule looks for it: the product events carry the category. */
export function shelf({ category }: Product): string {
  return `Shop > ${category}`
}

export function declaredBy(article: Article, language: Language): string[] {
  const { data = [], meta = [], keywords } = article.declares
  return [
    ...data.map((token) => `data:${token}`),
    ...meta.map((token) => `meta:${token}`),
    `ld:${sections[article.topic][language].name}`,
    ...(keywords?.[language] ?? []).map((token) => `ld:${token}`),
  ]
}

export const pages: readonly SitePage[] = languages.flatMap((language): SitePage[] => {
  const plain = (kind: SitePage['kind'], path: string): SitePage => ({
    path,
    language,
    kind,
    declared: [],
    interests: [],
  })
  const about = (kind: SitePage['kind'], path: string, topic: Topic): SitePage => ({
    ...plain(kind, path),
    declared: [`data:${topic}`],
    interests: ofTopic[topic],
  })
  return [
    plain('home', `/${language}`),
    ...topics.map((topic) => about('topic', `/${language}/topics/${topic}`, topic)),
    ...articles.map((article) => ({
      ...plain('article', articlePath(language, article)),
      declared: declaredBy(article, language),
      interests: ofArticle[article.slug] ?? ofTopic[article.topic],
    })),
    plain('shop', `/${language}/shop`),
    ...products.map((product) => ({
      ...plain('product', productPath(language, product)),
      declared: [`ld:${shelf(product)}`],
      product: { product: product.id, category: product.category, price: product.price },
    })),
    plain('search', `/${language}/search`),
    ...topics.map((topic) => ({ ...about('results', `/${language}/search?topic=${topic}`, topic), topic })),
    ...services.map((name) => plain('service', `/${language}/${name}`)),
  ]
})

/** A file to fetch, where the path rules see it. */
export const downloads = languages.map((language) => ({
  language,
  path: `/${language}/solar/balcony-checklist.pdf`,
  interests: ['energy.solar', 'energy.solar.balcony'],
}))
