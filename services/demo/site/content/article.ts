/** What an article of the magazine is made of. Its text stands in the files beside this one, apart from how it looks. */

export const languages = ['de', 'en'] as const
export type Language = (typeof languages)[number]

export const topics = [
  'solar',
  'heating',
  'insulation',
  'storage',
  'mobility',
  'garden',
  'kitchen',
  'smart-home',
  'wellbeing',
] as const
export type Topic = (typeof topics)[number]

export interface ArticleText {
  readonly title: string
  readonly lead: string
  /** Paragraphs parted by empty lines; `## ` begins a heading, `> ` a quotation, `- ` the points of a list. */
  readonly body: string
}

export interface Article {
  readonly topic: Topic
  readonly slug: string
  readonly author: string
  /** The ways in which a page can say what it is about; what the path says needs no word. */
  readonly declares: {
    readonly data?: readonly string[]
    readonly meta?: readonly string[]
    readonly keywords?: Readonly<Record<Language, readonly string[]>>
  }
  readonly text: Readonly<Record<Language, ArticleText>>
  readonly download?: { readonly file: string; readonly label: Readonly<Record<Language, string>> }
  readonly outbound?: { readonly url: string; readonly label: Readonly<Record<Language, string>> }
  /** A product of the shop that goes with it. */
  readonly product?: string
}
