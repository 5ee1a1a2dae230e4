import { withBase } from "vitepress";

/** The library as it was published: bundling it anew would take most of the build's time. */
const program = "/mermaid/mermaid.esm.min.mjs";

let drawings = 0;

/** A window may become too narrow for a diagram later. */

/** Draws the page's diagrams, or draws them again in the other colours. */
export async function drawDiagrams(isDark: boolean): Promise<void> {
  const colours = isDark ? "dark" : "light";
  const diagrams = [...document.querySelectorAll<HTMLElement>(".diagram")].filter(
    ({ dataset }) => dataset.drawn !== colours,
  );
  if (diagrams.length === 0) return;
  const drawing = ++drawings;
  const { default: mermaid }: typeof import("mermaid") = await import(/* @vite-ignore */ withBase(program));
  mermaid.initialize({
    startOnLoad: false,
    look: "classic",
    theme: isDark ? "dark" : "neutral",
    fontFamily: getComputedStyle(document.body).fontFamily,
    // Labels of edges stand on the page: the library's own grey is too close to its letters.
    themeCSS: ".edgeLabel, .edgeLabel p, .labelBkg { background-color: var(--vp-c-bg) }",
    // Text keeps its size: a diagram that is too wide scrolls.
    themeVariables: { fontSize: "14px" },
    flowchart: { useMaxWidth: false, nodeSpacing: 30, rankSpacing: 36, padding: 10, wrappingWidth: 160 },
    sequence: {
      useMaxWidth: false,
      actorMargin: 24,
      width: 120,
      messageFontSize: 14,
      noteFontSize: 14,
      actorFontSize: 14,
    },
    state: { useMaxWidth: false },
    gantt: { useMaxWidth: false },
  });
  for (const [index, diagram] of diagrams.entries()) {
    const source = diagram.dataset.source ?? diagram.querySelector("pre")?.textContent ?? "";
    diagram.dataset.source = source;
    const { svg } = await mermaid.render(`diagram-${drawing}-${index}`, source, diagram);
    // The theme was changed again while this was being drawn, or the page was left.
    if (drawing !== drawings || !diagram.isConnected) return;
    diagram.innerHTML = svg;
    diagram.dataset.drawn = colours;
    describe(diagram);
  }
}

function describe(diagram: HTMLElement): void {
  const title = diagram.querySelector("svg > title")?.textContent?.trim();
  const description = diagram.querySelector("svg > desc")?.textContent?.trim();
  diagram.setAttribute("role", "img");
  diagram.setAttribute("aria-label", [title ?? "Diagram", description].filter(Boolean).join(". "));
  // The title would show as a tooltip over the whole diagram.
  diagram.querySelector("svg > title")?.remove();
  diagram.querySelector("svg")?.removeAttribute("aria-labelledby");
  // Where it is too wide it scrolls, and what scrolls has to be reached by keyboard.
  diagram.tabIndex = 0;
}
