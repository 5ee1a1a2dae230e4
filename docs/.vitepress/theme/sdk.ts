import type { Sdk } from "../../src/sdks.ts";

declare const __SDKS__: Sdk[];

/** Where the choice is kept, and the part of the address that makes it. */
const key = "sdk";

const chosen = (): Sdk =>
  __SDKS__.find(({ name }) => name === document.documentElement.dataset.sdk) ?? (__SDKS__[0] as Sdk);

/** Makes the page's tabs, commands and outputs those of the chosen SDK. */
export function showChosenSdk(): void {
  const { name, title } = chosen();
  for (const tab of document.querySelectorAll<HTMLElement>('.sdk-tabs [role="tab"]')) {
    const isChosen = tab.dataset.sdk === name;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
  }
  for (const word of document.querySelectorAll("[data-sdk-name]")) word.textContent = name;
  for (const word of document.querySelectorAll("[data-sdk-title]")) word.textContent = title;
}

function choose(name: string): void {
  document.documentElement.dataset.sdk = name;
  const url = new URL(location.href);
  // The address would win over the choice at the next load.
  if (url.searchParams.has(key)) {
    url.searchParams.set(key, name);
    history.replaceState(history.state, "", url);
  }
  try {
    localStorage.setItem(key, name);
  } catch {
    // Without storage, the choice holds until the page is left.
  }
  showChosenSdk();
}

const tabOf = (event: Event) => (event.target as HTMLElement).closest<HTMLElement>('.sdk-tabs [role="tab"]');

/** Listens for choices, once for all pages. */
export function listenForChoice(): void {
  document.addEventListener("click", (event) => {
    const tab = tabOf(event);
    if (tab?.dataset.sdk) keepInPlace(tab, tab.dataset.sdk);
  });
  document.addEventListener("keydown", (event) => {
    const tab = tabOf(event);
    const tabs = [...(tab?.parentElement?.querySelectorAll<HTMLElement>('[role="tab"]') ?? [])];
    if (!tab || tabs.length === 0) return;
    const at = tabs.indexOf(tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length);
    if (!next?.dataset.sdk) return;
    keepInPlace(next, next.dataset.sdk);
    next.focus();
  });
  // The choice was made in another window.
  addEventListener("storage", ({ key: changed, newValue }) => {
    if (changed !== key || !__SDKS__.some(({ name }) => name === newValue)) return;
    document.documentElement.dataset.sdk = newValue ?? "";
    showChosenSdk();
  });
}

/** Tabs further up change their height too; what the reader looks at stays where it is. */
function keepInPlace(tab: HTMLElement, name: string): void {
  const before = tab.getBoundingClientRect().top;
  choose(name);
  scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
}
