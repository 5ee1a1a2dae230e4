/** Text that is HTML already. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type Content = Html | string | number | undefined | Content[];

/** A template whose values are escaped, unless they are {@link Html} themselves. */
export const html = (parts: TemplateStringsArray, ...values: Content[]): Html =>
  new Html(String.raw({ raw: parts }, ...values.map(render)));

function render(value: Content): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map(render).join("");
  if (value instanceof Html) return value.toString();
  return String(value).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
