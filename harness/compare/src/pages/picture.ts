import type { Results, Timeline } from "../results.ts";
import { assignLanes, type Call } from "./browser/lanes.ts";

/** The systems that the picture shows, the one that repeats first, and what happens to each, in a line. */
const shown: [system: string, heading: string][] = [
  ["vercel-ai-plain", "Vercel AI SDK alone: the client retries, and every model call is paid again"],
  ["vercel-ai", "Vercel AI SDK on Restate: it recovers by itself, and repeats what was in flight"],
];

const [width, left, right, lane, head] = [800, 128, 16, 18, 54];

/** What a bar can be. */
const kinds: [kind: string, text: string][] = [
  ["call", "model call"],
  ["abandoned", "in flight at the kill"],
  ["flight", "repeated: it was in flight"],
  ["completed", "repeated: it was completed"],
  ["answer", "answer"],
];

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 } .heading { font-weight: 600; font-size: 14px } .small { font-size: 11px; fill: #59636e }
  .call { fill: #4f7cac } .abandoned { fill: none; stroke: #4f7cac; stroke-dasharray: 3 2 } .completed { fill: #c0392b } .flight { fill: #e0a030 }
  .down { fill: #c0392b; opacity: .13 } .kill { stroke: #c0392b; stroke-width: 1.5 } .answer { fill: #2e8b57 } .waits { stroke: #8c959f }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .small { fill: #9198a1 } .down { opacity: .3 } }`;

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
  const end = Math.max(...chosen.map(({ timeline }) => timeline.answered ?? timeline.back));
  const x = (time: number) => Math.round(left + (time / end) * (width - left - right - 60));
  let y = 0;
  const panels = chosen.map(({ heading, timeline }) => {
    const panel = drawPanel(heading, timeline, x, y);
    y += panel.height + 22;
    return panel.svg;
  });
  let at = 0;
  const legend = kinds.map(([kind, text]) => {
    const entry = `<rect class="${kind}" x="${at}" y="${y + 4}" width="12" height="10"/><text class="small" x="${at + 18}" y="${y + 13}">${text}</text>`;
    at += 46 + 5.6 * text.length;
    return entry;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 22}" role="img" aria-label="One crash of the Vercel AI SDK, alone and on Restate">`,
    `<style>${style}\n</style>`,
    ...panels,
    ...legend,
    "</svg>\n",
  ].join("\n");
}

function drawPanel(heading: string, timeline: Timeline, x: (time: number) => number, top: number) {
  const { killed, back, retried, answered, calls } = timeline;
  const lanes = assignLanes(calls);
  const height = head + lanes.length * lane;
  const rows = lanes.flatMap(({ agent, calls }, index) => {
    const y = top + head + index * lane;
    const name = lanes[index - 1]?.agent === agent ? "" : `<text class="small" x="0" y="${y + 12}">${agent}</text>`;
    return [name, ...calls.map((call) => bar(call, x, y))];
  });
  const line = top + 40;
  const client = [
    `<text class="small" x="0" y="${line + 4}">Client</text>`,
    `<line class="waits" x1="${x(0)}" x2="${x(retried === null ? (answered ?? back) : killed)}" y1="${line}" y2="${line}"/>`,
    ...(retried === null
      ? []
      : [
          `<line class="waits" x1="${x(retried)}" x2="${x(answered ?? back)}" y1="${line}" y2="${line}"/><text class="small" x="${x(retried)}" y="${line - 6}">retries</text>`,
        ]),
    ...(answered === null
      ? []
      : [
          `<circle class="answer" cx="${x(answered)}" cy="${line}" r="5"/><text class="small" x="${x(answered) + 9}" y="${line + 4}">${(answered / 1000).toFixed(1)} s</text>`,
        ]),
  ];
  const svg = [
    `<text class="heading" x="0" y="${top + 16}">${heading}</text>`,
    `<rect class="down" x="${x(killed)}" y="${top + 26}" width="${x(back) - x(killed)}" height="${height - 26}"/>`,
    `<line class="kill" x1="${x(killed)}" x2="${x(killed)}" y1="${top + 26}" y2="${top + height}"/>`,
    `<text class="small" x="${x(killed) - 44}" y="${top + 34}">kill -9</text>`,
    ...client,
    ...rows.filter(Boolean),
  ].join("\n");
  return { svg, height };
}

function bar({ started, ended, outcome, repeats }: Call, x: (time: number) => number, y: number): string {
  const kind = outcome === "abandoned" ? "abandoned" : repeats === "in flight" ? "flight" : (repeats ?? "call");
  return `<rect class="${kind}" x="${x(started)}" y="${y + 3}" width="${Math.max(2, x(ended) - x(started))}" height="${lane - 6}" rx="2"/>`;
}
