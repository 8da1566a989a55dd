/** A PDF of one page with a title and points to tick. Helvetica needs no font inside the file. */

export function checklistPdf(title: string, points: readonly string[]): Uint8Array<ArrayBuffer> {
  const text = (x: number, y: number, size: number, said: string) =>
    `BT /F1 ${size} Tf ${x} ${y} Td (${escaped(said)}) Tj ET`
  const drawing = [
    '0.92 0.65 0.15 rg 60 776 475 4 re f 0 g',
    text(60, 740, 22, title),
    ...points.flatMap((point, index) => {
      const y = 690 - index * 34
      return [`60 ${y - 3} 13 13 re S`, text(86, y, 12, point)]
    }),
    text(60, 60, 9, 'S\u00fcdseite'),
  ].join('\n')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ]
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`
  return latin1(`${file}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}${trailer}`)
}

/** WinAnsi agrees with Latin-1 in all letters used here, and a character is a byte. */
function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function escaped(text: string): string {
  return text.replace(/[\\()]/g, (character) => `\\${character}`)
}
