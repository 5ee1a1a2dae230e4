/** What must not go on, and what stands in its place. */
const patterns: [RegExp, string][] = [
  [/\b\d(?:[ -]?\d){12,18}\b/g, "[card number]"],
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g, "[email address]"],
  [/\bsk-[\w-]{8,}/g, "[API key]"],
];

/** Replaces what looks like a card number, an email address or an API key in a text. */
export const redact = (text: string): string =>
  patterns.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
