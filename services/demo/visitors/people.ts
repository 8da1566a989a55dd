/** A thousand customers of the magazine's shop, and the files in which the CRM hands them over every night. */

import type { Chance } from './chance.ts'

export interface Person {
  readonly number: string
  readonly first: string
  readonly last: string
  readonly email: string
  readonly language: 'de' | 'en'
  readonly country: string
  readonly postcode: string
  readonly city: string
  readonly birthday: string
  readonly locked: boolean
  readonly orders: readonly Order[]
}

interface Order {
  readonly number: string
  readonly day: string
  readonly amount: string
  readonly category: string
}

const firsts =
  'Ada,Anton,Birte,Carlo,Daria,Emil,Fatima,Georg,Hanna,Ivo,Jana,Kemal,Lena,Mats,Nora,Oskar,Paula,Quirin,Rosa,Selim,Tilda,Uwe,Vera,Wim,Yara,Zoe'.split(
    ',',
  )
const lasts =
  'Albrecht,Bauer,Cordes,Drexler,Ebner,Falk,Gruber,Hinz,Imhof,Jansen,Kluge,Lorenz,Meinert,Nagel,Ostrowski,Pohl,Quandt,Reuter,Sommer,Thoma,Ullrich,Voigt,Wagner,Yilmaz,Zander'.split(
    ',',
  )
const places = [
  ['DE', '50667', 'Köln'],
  ['DE', '20095', 'Hamburg'],
  ['DE', '80331', 'München'],
  ['DE', '04109', 'Leipzig'],
  ['AT', '1010', 'Wien'],
  ['AT', '8010', 'Graz'],
  ['CH', '8001', 'Zürich'],
  ['GB', 'EC1A 1BB', 'London'],
] as const
const categories = ['solar', 'storage', 'garden', 'kitchen', 'smart-home', 'heat-pumps'] as const

const pad = (n: number, width = 2) => String(n).padStart(width, '0')
const germanDay = (time: number) => {
  const [year, month, day] = new Date(time).toISOString().slice(0, 10).split('-')
  return `${day}.${month}.${year}`
}

export function inventPeople(chance: Chance, count: number, now: number): Person[] {
  return Array.from({ length: count }, (_, n) => {
    const [country, postcode, city] = chance.zipf(places)
    const [first, last] = [chance.pick(firsts), chance.pick(lasts)]
    return {
      number: `K${pad(n + 1, 6)}`,
      first,
      last,
      email: `${first}.${last}.${n + 1}@example.org`.toLowerCase(),
      language: country === 'GB' ? 'en' : 'de',
      country,
      postcode,
      city,
      birthday: germanDay(Date.UTC(chance.whole(1945, 2004), chance.whole(0, 11), chance.whole(1, 28))),
      locked: chance.happens(0.02),
      orders: Array.from({ length: chance.happens(0.7) ? chance.whole(1, 4) : 0 }, (_, m) => ({
        number: `B${pad(n + 1, 6)}-${m + 1}`,
        day: germanDay(now - chance.whole(1, 700) * 86_400_000),
        amount: `${chance.happens(0.1) ? '1.' : ''}${pad(chance.whole(10, 399), 3)},${pad(chance.whole(0, 99))}`,
        category: chance.zipf(categories),
      })),
    }
  })
}

/** As a German ERP writes it: semicolons, a byte order mark, German headers and dates. */
export function contactsFile(people: readonly Person[]): string {
  const header = 'Kunden-ID;Vorname;Nachname;E-Mail;Sprache;Land;PLZ;Ort;Geburtsdatum;Gesperrt'
  const rows = people.map(({ number, first, last, email, language, country, postcode, city, birthday, locked }) =>
    [number, first, last, email, language, country, postcode, city, birthday, locked ? 'ja' : 'nein'].join(';'),
  )
  return `\uFEFF${[header, ...rows].join('\r\n')}\r\n`
}

export function ordersFile(people: readonly Person[]): string {
  const header = 'Bestellnummer;Kunden-ID;Datum;Betrag;Währung;Warengruppe'
  const rows = people.flatMap(({ number: customer, orders }) =>
    orders.map(({ number, day, amount, category }) => [number, customer, day, amount, 'EUR', category].join(';')),
  )
  return `\uFEFF${[header, ...rows].join('\r\n')}\r\n`
}
