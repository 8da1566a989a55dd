/** What CRM systems call the columns we know, in German and English. Compared without case, spaces and punctuation. */

const contact = {
  source_id:
    'id, contact id, kontakt-id, kontaktnummer, kunden-id, crm-id, crm id, person id, personen-id, externe id, external id',
  email: 'email, e-mail, mail, e-mail-adresse, email address, mailadresse, emailadresse',
  locked: 'locked, gesperrt, mailsperre, sperre, werbesperre, versandsperre, mailing lock, do not mail',
  lists: 'lists, listen, verteiler, gruppen, groups, mailing lists',
  first_name: 'first name, vorname, given name, firstname',
  last_name: 'last name, nachname, name, familienname, surname, lastname',
  salutation: 'salutation, anrede, title, titel',
  language: 'language, sprache, lang, locale',
  country: 'country, land, länderkürzel, country code, laendercode',
  postcode: 'postcode, plz, postleitzahl, zip, zip code, postal code',
  city: 'city, ort, stadt, wohnort, town',
  birthday: 'birthday, geburtstag, geburtsdatum, date of birth, birth date',
  customer_number: 'customer number, kundennummer, kundennr, kunden-nr, customer no',
  phone: 'phone, telefon, telefonnummer, tel, mobil, handy, mobile, telephone',
}
const order = {
  order_id: 'order id, bestell-id, bestellnummer, auftragsnummer, order number, order no, belegnummer, bestellnr',
  source_id: `${contact.source_id}, customer id, customer, kunde, kundennummer, customer number`,
  day: 'day, date, datum, bestelldatum, auftragsdatum, order date, kaufdatum',
  amount: 'amount, betrag, summe, umsatz, total, bruttobetrag, order value, bestellwert, revenue',
  currency: 'currency, währung, waehrung',
  category: 'category, kategorie, warengruppe, produktgruppe, product category',
}
const consent = {
  source_id: contact.source_id,
  email: contact.email,
  purpose: 'purpose, zweck',
  kind: 'kind, status, art, einwilligung, state',
  at: 'at, zeitpunkt, zeit, consent time, time, erteilt am, date, datum',
  notice: 'notice, version, textversion, notice version, fassung, hinweis',
  language: contact.language,
  form_url: 'form url, formular, formular-url, url, herkunft',
  requested_at: 'requested at, angefragt am, anmeldung am, opt-in time',
  requested_ip: 'requested ip, anmelde-ip, opt-in ip',
  mailed_at: 'mailed at, mail am, mail gesendet am',
  message_id: 'message id, message-id, mail-id',
  confirmed_at: 'confirmed at, bestätigt am, bestaetigt am, doi time, double-opt-in am',
  confirmed_ip: 'confirmed ip, bestätigungs-ip, bestaetigungs-ip, doi ip',
}
export const dictionaries = { contacts: contact, orders: order, consents: consent } as const
export type ImportKind = keyof typeof dictionaries

export const requiredFields: Readonly<Record<ImportKind, readonly string[]>> = {
  contacts: ['source_id'],
  orders: ['order_id', 'source_id', 'day', 'amount'],
  consents: ['purpose', 'kind'],
}

/** `E-Mail Adresse` and `e_mail_adresse` are one name. */
export function plain(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}

/** Our field for a header, by its own name or an alias. */
export function fieldOf(kind: ImportKind, header: string): string | undefined {
  const wanted = plain(header)
  return Object.entries(dictionaries[kind]).find(
    ([field, aliases]) => plain(field) === wanted || aliases.split(',').some((alias) => plain(alias) === wanted),
  )?.[0]
}
