import * as Plot from "@observablehq/plot";
import type { Timeline } from "../../results.ts";
import { formatNumber, formatSeconds } from "../statistics.ts";
import { drawFigure, shorten } from "./chart.ts";
import { type Html, html } from "./html.ts";
import { assignLanes, type Call } from "./lanes.ts";

/** What a bar can be, with its fill and its outline; the page's legend shows the same. */
export const callKinds = {
  answered: { title: "model call", fill: "var(--call)", stroke: "var(--call)", dashed: false },
  abandoned: { title: "in flight when killed", fill: "none", stroke: "var(--call)", dashed: true },
  "in flight": {
    title: "repeated: it was in flight",
    fill: "url(#in-flight)",
    stroke: "var(--in-flight)",
    dashed: false,
  },
  completed: {
    title: "repeated: it was completed",
    fill: "url(#completed)",
    stroke: "var(--completed)",
    dashed: false,
  },
} as const;

export type CallKind = keyof typeof callKinds;

const kindOf = ({ outcome, repeats }: Call): CallKind => (outcome === "abandoned" ? "abandoned" : (repeats ?? outcome));

const [left, clientHeight, laneHeight, barInset, nameLength] = [118, 38, 20, 3, 16];

/**
 * Draws how one killed request went: a lane a model call, above them the client, from the request to the answer.
 *
 * @param end where the axis ends, in milliseconds; the same for all charts that are compared
 */
export function drawSwimLanes(name: string, timeline: Timeline, end: number): Html {
  const { killed, back, retried, answered } = timeline;
  const outcome = describeTimeline(timeline);
  const lanes = assignLanes(timeline.calls);
  const height = clientHeight + lanes.length * laneHeight;
  const top = (lane: number) => clientHeight + lane * laneHeight;
  const line = 27;
  const bars = lanes.flatMap(({ calls }, lane) =>
    calls.map((call) => ({
      kind: kindOf(call),
      ...{ x1: call.started, x2: call.ended, y1: top(lane) + barInset, y2: top(lane) + laneHeight - barInset },
    })),
  );
  const names = [
    { name: "Client", y: line },
    ...lanes.flatMap(({ agent }, lane) =>
      lanes[lane - 1]?.agent === agent ? [] : [{ name: shorten(agent, nameLength), y: top(lane) + laneHeight / 2 }],
    ),
  ];
  // A client that waits at the engine waits on; one that waited at the service has lost the connection.
  const waits =
    retried === null
      ? [{ x1: 0, x2: answered ?? end }]
      : [
          { x1: 0, x2: killed },
          { x1: retried, x2: answered ?? end },
        ];
  const label = `${name}, ${timeline.pattern}, killed after ${formatSeconds(killed)}: ${outcome}.`;
  return drawFigure(html`<strong>${name}</strong> ${outcome}`, label, {
    height: height + 44,
    marginTop: 18,
    marginBottom: 26,
    marginLeft: left,
    marginRight: 10,
    x: { domain: [0, end], axis: null },
    y: { domain: [0, height], range: [18, height + 18], axis: null },
    marks: [
      Plot.gridX({ ticks: 5, stroke: "var(--grid)", strokeOpacity: 1 }),
      Plot.axisX({
        ...{ ticks: 5, tickSize: 0, label: null, color: "var(--muted)" },
        tickFormat: (value: number) => `${formatNumber(value / 1000, value % 1000 === 0 ? 0 : 1)} s`,
      }),
      Plot.rect([{ x1: killed, x2: back, y1: 0, y2: height }], { ...coordinates, fill: "var(--down)" }),
      Plot.ruleX([back], { stroke: "var(--muted)", strokeDasharray: "2 3" }),
      Plot.ruleX([killed], { stroke: "var(--kill)", strokeWidth: 2 }),
      Plot.text([{ x: killed, text: "✕ killed" }], {
        ...event,
        textAnchor: "end",
        fill: "var(--kill)",
        fontWeight: 600,
      }),
      Plot.text([{ x: back, text: "back" }], { ...event, textAnchor: "start", fill: "var(--muted)" }),
      Plot.text(names, { x: () => 0, y: "y", text: "name", dx: -left, textAnchor: "start", fill: "currentColor" }),
      Plot.ruleY(waits, { x1: "x1", x2: "x2", y: line, stroke: "currentColor", strokeWidth: 1.5 }),
      Plot.dot(retried === null ? [0] : [0, retried], {
        ...{ x: (time: number) => time, y: line, r: 4, stroke: "currentColor", strokeWidth: 1.5, fill: "var(--paper)" },
      }),
      ...(retried === null
        ? []
        : [
            Plot.ruleX([retried], { stroke: "var(--muted)", strokeDasharray: "2 3" }),
            Plot.text([{ x: retried, text: "retries" }], {
              ...{ x: "x", y: 12, text: "text", textAnchor: "end", dx: -4, fill: "currentColor" },
              ...{ stroke: "var(--paper)", strokeWidth: 4 },
            }),
          ]),
      ...(answered === null
        ? []
        : [Plot.dot([answered], { x: (time: number) => time, y: line, r: 4.5, fill: "currentColor" })]),
      ...(Object.keys(callKinds) as CallKind[]).map((kind) => {
        const { fill, stroke, dashed } = callKinds[kind];
        const members = bars.filter((bar) => bar.kind === kind);
        return Plot.rect(members, {
          ...coordinates,
          fill,
          stroke,
          rx: 2,
          ...(dashed ? { strokeDasharray: "3 2" } : {}),
        });
      }),
    ],
  });
}

/** What a timeline shows, in words. */
function describeTimeline({ answered, retried, calls }: Timeline): string {
  const repeated = (kind: "completed" | "in flight") => calls.filter(({ repeats }) => repeats === kind).length;
  const end = answered === null ? "no answer" : `answered after ${formatSeconds(answered)}`;
  const how = retried === null ? "" : ", after the client retried";
  return `${end}${how}; repeated: ${repeated("completed")} completed, ${repeated("in flight")} in flight`;
}

const coordinates = { x1: "x1", x2: "x2", y1: "y1", y2: "y2" };
const event = { x: "x", text: "text", frameAnchor: "top", dy: -16, lineAnchor: "top" } as const;
