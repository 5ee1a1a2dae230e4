import { parseResults } from "@durable-agents/compare/results";
import samples from "../../../results/comparison.json?url";

/** Draws the results where the page has a place for them, from the raw samples and in a tree of its own, with its own styles. */
export async function showResults(): Promise<void> {
  const place = document.querySelector<HTMLElement>("#measured");
  if (!place || place.shadowRoot) return;
  const [{ drawResults }, { default: style }, text] = await Promise.all([
    import("@durable-agents/compare/page"),
    import("@durable-agents/compare/page.css?inline"),
    fetch(samples).then((response) => response.text()),
  ]);
  // The page was left in the meantime, or this ran twice.
  if (!place.isConnected || place.shadowRoot) return;
  place.attachShadow({ mode: "open" }).innerHTML = `<style>${style}</style>${drawResults(parseResults(text))}`;
}
