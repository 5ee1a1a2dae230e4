import program from "@mermaid-js/tiny/dist/mermaid.tiny.js?url";

/** What is used of Mermaid, https://mermaid.js.org/config/usage.html#api-usage. */
interface Mermaid {
  initialize(options: object): void;
  render(id: string, source: string, container: Element): Promise<{ svg: string }>;
}

declare const mermaid: Mermaid;

let loading: Promise<void> | undefined;
let drawings = 0;

/** Mermaid comes as a script that makes a global variable. */
const load = () =>
  new Promise<void>((resolve, reject) => {
    document.head.append(
      Object.assign(document.createElement("script"), { src: program, onload: () => resolve(), onerror: reject }),
    );
  });

/** Draws the page's diagrams, or draws them again in the other colours. */
export async function drawDiagrams(isDark: boolean): Promise<void> {
  const colours = isDark ? "dark" : "light";
  const diagrams = [...document.querySelectorAll<HTMLElement>(".diagram")].filter(
    ({ dataset }) => dataset.drawn !== colours,
  );
  if (diagrams.length === 0) return;
  const drawing = ++drawings;
  loading ??= load();
  await loading;
  mermaid.initialize({
    startOnLoad: false,
    theme: isDark ? "dark" : "neutral",
    fontFamily: getComputedStyle(document.body).fontFamily,
    // Labels of edges stand on the page: the library's own grey is too close to its letters.
    themeCSS: ".edgeLabel, .edgeLabel p, .labelBkg { background-color: var(--vp-c-bg) }",
    // Text keeps its size: a diagram that is too wide scrolls.
    themeVariables: { fontSize: "14px" },
    flowchart: { useMaxWidth: false, nodeSpacing: 30, rankSpacing: 36, padding: 10, wrappingWidth: 160 },
    sequence: {
      ...{ useMaxWidth: false, actorMargin: 24, width: 120 },
      ...{ messageFontSize: 14, noteFontSize: 14, actorFontSize: 14 },
    },
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
  const title = diagram.querySelector("svg > title");
  const description = diagram.querySelector("svg > desc")?.textContent?.trim();
  diagram.setAttribute("role", "img");
  diagram.setAttribute("aria-label", [title?.textContent?.trim() ?? "Diagram", description].filter(Boolean).join(". "));
  // The title would show as a tooltip over the whole diagram.
  title?.remove();
  diagram.querySelector("svg")?.removeAttribute("aria-labelledby");
  // Where it is too wide it scrolls, and what scrolls has to be reached by keyboard.
  diagram.tabIndex = 0;
}
