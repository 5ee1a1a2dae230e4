import { findImplementations } from "@durable-agents/testkit";

/** An implementation that a page has a tab for. */
export interface Sdk {
  /** The folder's name, such as `vercel-ai`. */
  name: string;
  /** What it is called in text, such as `Vercel AI SDK`. */
  title: string;
}

/** Every implementation, in the order of the tabs: the reference last. */
export const sdks: Sdk[] = findImplementations()
  .map(({ name, manifest }) => ({ name, title: manifest.title }))
  .toReversed();

/** The one that pages write in their commands. */
export const defaultSdk = sdks[0] as Sdk;

/**
 * A command, or its output, that a page writes for {@link defaultSdk}, for another implementation. A text that speaks of
 * other implementations too is left as it is: it compares them.
 */
export function forSdk(text: string, { name, title }: Sdk): string {
  if (!followsSdk(text)) return text;
  return text
    .replace(wordOf(defaultSdk.name), name)
    .replaceAll(`the ${defaultSdk.title}`, title.endsWith(" SDK") ? `the ${title}` : title)
    .replaceAll(defaultSdk.title, title);
}

/** Whether a command or an output changes with the chosen SDK. */
export const followsSdk = (text: string): boolean =>
  (wordOf(defaultSdk.name).test(text) || text.includes(defaultSdk.title)) &&
  !sdks.some((sdk) => sdk !== defaultSdk && (wordOf(sdk.name).test(text) || text.includes(sdk.title)));

/** A name by itself, or at the beginning of a folder of `.restate/`, such as the data of an example. */
const wordOf = (name: string) => new RegExp(`(?<=\\.restate/)${name}|(?<![\\w-])${name}(?![\\w-])`, "g");
