/**
 * The newest turns of a conversation. A turn begins with what a user said, and stays whole: a tool's result without its call
 * would be refused by the model's server.
 *
 * @param items messages and calls, oldest first
 * @param maxItems how many to keep; the newest turn is kept even if it has more
 * @param isUsers whether an item is what a user said
 */
export function newestTurns<T>(items: T[], maxItems: number, isUsers: (item: T) => boolean): T[] {
  if (items.length <= maxItems) return items;
  const starts = items.flatMap((item, index) => (isUsers(item) ? [index] : []));
  return items.slice(starts.find((start) => start >= items.length - maxItems) ?? starts.at(-1) ?? 0);
}
