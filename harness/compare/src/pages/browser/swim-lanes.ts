import type { Timeline } from "../../results.ts";
import { type Html, html } from "./html.ts";

export type Call = Timeline["calls"][number];

/** What a bar can be: its class, which the style sheet colours, and what the legend says. */
export const callKinds: [kind: string, title: string][] = [
  ["call", "model call"],
  ["abandoned", "in flight when killed"],
  ["in-flight", "repeated: it was in flight"],
  ["completed", "repeated: it was completed"],
];

const kindOf = ({ outcome, repeats }: Call) =>
  outcome === "abandoned" ? "abandoned" : (repeats?.replace(" ", "-") ?? "call");

/** Where things are: the margins at the sides, the top of what has an axis, the client's line and the first lane. */
const [left, right, top, client, head] = [118, 16, 18, 41, 56];
const [laneHeight, axisHeight, tick] = [20, 24, 2000];

/** Where the axis of these timelines ends, in milliseconds. */
export const endOf = (timelines: Timeline[]) =>
  1.02 *
  Math.max(
    ...timelines.flatMap(({ back, answered, calls }) => [back, answered ?? 0, ...calls.map(({ ended }) => ended)]),
  );

/**
 * Draws how one killed request went: a lane a model call, above them the client, from the request to the answer.
 *
 * @param end where the axis ends, in milliseconds; the same for all drawings that are compared
 * @returns what belongs into an SVG of this width, and the height that it takes
 */
export function drawSwimLanes({ killed, back, retried, answered, calls }: Timeline, end: number, width: number) {
  const lanes = assignLanes(calls);
  const bottom = head + lanes.length * laneHeight;
  const x = (time: number) => Math.round(left + (time / end) * (width - left - right));
  const upright = (kind: string, time: number) =>
    html`<line class="${kind}" x1="${x(time)}" x2="${x(time)}" y1="${top}" y2="${bottom}"/>`;
  const text = (kind: string, at: number, y: number, content: string, anchor = "start") =>
    html`<text class="${kind}" x="${at}" y="${y}" text-anchor="${anchor}">${content}</text>`;
  const waits = (from: number, to: number) =>
    html`<line class="client" x1="${x(from)}" x2="${x(to)}" y1="${client}" y2="${client}"/><circle class="asks" cx="${x(from)}" cy="${client}" r="4"/>`;

  const ticks = Array.from({ length: Math.ceil(end / tick) }, (_, index) => index * tick);
  const over = answered ?? end;
  const parts: Html[] = [
    ...ticks.map(
      (time) => html`${upright("grid", time)}${text("muted", x(time), bottom + 16, `${time / 1000} s`, "middle")}`,
    ),
    html`<rect class="down" x="${x(killed)}" y="${top}" width="${x(back) - x(killed)}" height="${bottom - top}"/>`,
    html`${upright("event", back)}${text("muted", x(back), 11, "back")}`,
    html`${upright("kill", killed)}${text("killed", x(killed), 11, "✕ killed", "end")}`,
    text("name", 0, client + 4, "Client"),
    // A client that waits at the engine waits on; one that waited at the service has lost the connection.
    waits(0, retried === null ? over : killed),
    ...(retried === null
      ? []
      : [upright("event", retried), text("name", x(retried) - 4, 30, "retries", "end"), waits(retried, over)]),
    ...(answered === null
      ? []
      : [
          html`<circle class="answer" cx="${x(answered)}" cy="${client}" r="4.5"/>`,
          text("name", x(answered) + 4, 30, `${(answered / 1000).toFixed(1)} s`, "end"),
        ]),
    ...lanes.flatMap(({ agent, calls }, index) => {
      const y = head + index * laneHeight;
      const isFirst = lanes[index - 1]?.agent !== agent;
      return [
        ...(isFirst ? [text("name", 0, y + 14, shorten(agent))] : []),
        ...calls.map((call) => drawBar(call, x, y + 3)),
      ];
    }),
  ];
  return { content: html`${parts}`, height: bottom + axisHeight };
}

function drawBar(call: Call, x: (time: number) => number, y: number): Html {
  const [from, to] = [x(call.started), x(call.ended)];
  return html`<rect class="${kindOf(call)}" x="${from}" y="${y}" width="${Math.max(2, to - from)}" height="14" rx="2"/>`;
}

/** A name as far as there is room for it beside the lanes. */
const shorten = (name: string) => (name.length > 16 ? `${name.slice(0, 15).trimEnd()}…` : name);

/** Lanes in the order in which agents appear; calls of one agent share a lane unless they overlap in time. */
export function assignLanes(calls: Call[]): { agent: string; calls: Call[] }[] {
  const lanes: { agent: string; calls: Call[] }[] = [];
  const sorted = calls.toSorted((a, b) => a.started - b.started);
  for (const agent of new Set(sorted.map((call) => call.agent))) {
    const own: Call[][] = [];
    for (const call of sorted.filter((candidate) => candidate.agent === agent)) {
      const free = own
        .filter((lane) => lane.every(({ ended }) => ended <= call.started))
        .toSorted((a, b) => Number(isRepeatedBy(call, b)) - Number(isRepeatedBy(call, a)))[0];
      if (free) free.push(call);
      else own.push([call]);
    }
    lanes.push(...own.map((members) => ({ agent, calls: members })));
  }
  return lanes;
}

/** Whether a call may repeat the last one of a lane; then it is seen best in that lane. */
const isRepeatedBy = ({ repeats }: Call, lane: Call[]) =>
  repeats === (lane.at(-1)?.outcome === "abandoned" ? "in flight" : "completed");
