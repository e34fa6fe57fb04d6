/** What every made page has in common. */

const madeBy = '<!-- Made by `npm run docs`; a test compares. Do not edit by hand. -->';

export function page(title: string, lines: readonly string[]): string {
  return `${[madeBy, '', `# ${title}`, '', ...lines].join('\n')}\n`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}
