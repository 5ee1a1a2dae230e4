import type { Results } from "../results.ts";
import { html } from "./browser/html.ts";
import { callKinds, drawSwimLanes, endOf } from "./browser/swim-lanes.ts";

/** The systems that the picture shows, the one that repeats first, and what happens to each, in a line. */
const shown: [system: string, heading: string][] = [
  ["vercel-ai-plain", "Vercel AI SDK alone: the client retries, and every model call is paid again"],
  ["vercel-ai", "Vercel AI SDK on Restate: it recovers by itself, and repeats what was in flight"],
];

const [width, headingHeight, gap] = [800, 24, 14];

const style = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 } .heading { font-weight: 600; font-size: 14px } .muted { fill: #59636e }
  .call { fill: #4f7cac } .abandoned { fill: none; stroke: #4f7cac; stroke-dasharray: 3 2 } .completed { fill: #c0392b } .in-flight { fill: #e0a030 }
  .grid { stroke: #8c959f; opacity: .3 } .event { stroke: #8c959f; stroke-dasharray: 2 3 } .client { stroke: #8c959f; stroke-width: 1.5 }
  .asks { fill: #fff; stroke: #8c959f; stroke-width: 1.5 } .answer { fill: #2e8b57 } .down { fill: #c0392b; opacity: .13 }
  .kill { stroke: #c0392b; stroke-width: 2 } .killed { fill: #c0392b; font-weight: 600 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .muted { fill: #9198a1 } .killed { fill: #ff8577 } .down { opacity: .3 } .asks { fill: #0d1117 } }
`;

/**
 * Draws one crash of two systems, as it happened, for the README: an SVG that needs nothing else.
 *
 * @param results of a full run
 * @throws Error if they have no timelines of these systems
 */
export function crashPicture({ timelines }: Results): string {
  const chosen = shown.map(([system, heading]) => {
    const timeline = timelines.find((it) => it.system === system);
    if (!timeline) throw new Error(`There is no timeline of ${system}. A full run draws them.`);
    return { heading, timeline };
  });
  const end = endOf(chosen.map(({ timeline }) => timeline));
  let y = 0;
  const panels = chosen.map(({ heading, timeline }) => {
    const { content, height } = drawSwimLanes(timeline, end, width);
    const panel = html`<text class="heading" y="${y + 16}">${heading}</text>
<g transform="translate(0 ${y + headingHeight})">${content}</g>\n`;
    y += headingHeight + height + gap;
    return panel;
  });
  const legend = callKinds.map(
    ([kind, title], index) =>
      html`<rect class="${kind}" x="${1 + index * 195}" y="${y}" width="20" height="12" rx="2"/><text class="muted" x="${28 + index * 195}" y="${y + 11}">${title}</text>\n`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 16}" role="img" aria-label="One crash of the Vercel AI SDK, alone and on Restate">
<style>${style}</style>
${panels.join("")}${legend.join("")}</svg>
`;
}
