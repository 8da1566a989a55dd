import { expect, test } from 'vitest'
import { Mapping, mapColumns } from './mapping.ts'

const fieldsOf = (kind: 'contacts' | 'orders' | 'consents', header: string[], mapping: object = {}) =>
  mapColumns(kind, header, Mapping.parse(mapping)).map((column) => column?.field)

test('German and English headers are known without a mapping', () => {
  expect(
    fieldsOf('contacts', ['Kontakt-ID', 'E-Mail-Adresse', 'VORNAME', 'PLZ', 'Geburtsdatum', 'Mailsperre']),
  ).toEqual(['source_id', 'email', 'first_name', 'postcode', 'birthday', 'locked'])
  expect(fieldsOf('orders', ['Order No', 'customer', 'order_date', 'Total'])).toEqual([
    'order_id',
    'source_id',
    'day',
    'amount',
  ])
})

test('a customer number is who somebody is, unless the file has another number for that', () => {
  expect(fieldsOf('contacts', ['Kundennummer', 'Vorname'])).toEqual(['source_id', 'first_name'])
  expect(fieldsOf('contacts', ['Kundennummer', 'ID'])).toEqual(['customer_number', 'source_id'])
})

test('the mapping wins over the dictionary, leaves columns out, and adds attributes of the house', () => {
  const columns = { Kundennummer: 'source_id', Notiz: null, Typ: { attribute: 'customer_type' }, Telefon: null }
  expect(fieldsOf('contacts', ['Kundennummer', 'Notiz', 'Typ', 'Telefon'], { columns })).toEqual([
    'source_id',
    undefined,
    'customer_type',
    undefined,
  ])
  expect(fieldsOf('contacts', ['id', 'whatever'], { others: 'ignore' })).toEqual(['source_id', undefined])
})

test('wrong, doubled and missing columns are named together, with what was found and what is allowed', () => {
  expect(() => fieldsOf('contacts', ['Vornmae', 'E-Mail', 'Mail'])).toThrowError(
    expect.objectContaining({ code: 'invalid', message: expect.any(String) }),
  )
  const message = (header: string[], mapping: object = {}) => {
    try {
      return fieldsOf('contacts', header, mapping)
    } catch (error) {
      return (error as Error).message
    }
  }
  const all = message(['Vornmae', 'E-Mail', 'Mail'])
  expect(all).toContain('column 1 "Vornmae" is not known')
  expect(all).toContain('several columns are "email": "E-Mail", "Mail"')
  expect(all).toContain('no column is "source_id"')
  expect(all).toContain('found: "Vornmae", "E-Mail", "Mail"')
  expect(all).toContain('allowed: source_id, email, locked')
  expect(message(['id'], { columns: { id: 'sauce_id' } })).toContain('mapped to "sauce_id", which is no field')
})

test('a file without headers does not have its first person quoted', () => {
  expect(() => fieldsOf('contacts', ['4711', 'ada@example.org', '10115'])).toThrowError(
    expect.objectContaining({ message: expect.not.stringMatching(/ada@|10115/) }),
  )
})

test('a file of consents may name people by address', () => {
  expect(fieldsOf('consents', ['Mail', 'Zweck', 'Status'])).toEqual(['email', 'purpose', 'kind'])
  expect(() => fieldsOf('consents', ['Zweck', 'Status'])).toThrowError(/source_id or email/)
})
