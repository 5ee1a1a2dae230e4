import { createHash, randomInt } from "node:crypto";

// A tag stands in the text of a request and in that of every step that it leads to, so that many requests can be under way
// at the same time, and the steps of each are known.

const TAG = /\bt\d{10}\b/g;

/** A tag that no other request has. Tags are equally long, so that answers and tokens differ in nothing else. */
export const freshTag = () => `t${randomInt(1_000_000_000, 10_000_000_000)}`;

/** The tags that stand in a text. */
export const tagsIn = (text: string): string[] => text.match(TAG) ?? [];

/** A text without the tags of requests. */
export const untagged = (text: string) => text.replaceAll(TAG, "{tag}");

/** Equal for texts that differ in nothing but the tag. */
export const keyOfText = (text: string) => createHash("sha256").update(untagged(text)).digest("hex").slice(0, 16);

/**
 * A request with a tag: in place of `{tag}` wherever that stands in its body, else at the end of the longest text.
 *
 * @param request what is sent
 * @param tag such as {@link freshTag} makes
 * @returns a copy; the request itself if there is no text in its body
 */
export function tagged<Request extends { call: string; body: unknown }>(request: Request, tag: string): Request {
  if (typeof request.body !== "object" || request.body === null) return request;
  const json = JSON.stringify(request.body);
  if (json.includes("{tag}")) return { ...request, body: JSON.parse(json.replaceAll("{tag}", tag)) };
  const texts = textsIn(request.body).toSorted((a, b) => b.length - a.length);
  const [longest] = texts;
  if (longest === undefined) return request;
  return { ...request, body: replaceText(request.body, longest, `${longest} (no. ${tag})`) };
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function replaceText(value: unknown, text: string, by: string): unknown {
  if (value === text) return by;
  if (Array.isArray(value)) return value.map((it) => replaceText(it, text, by));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, replaceText(it, text, by)]));
}
