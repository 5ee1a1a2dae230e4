import type { Timeline } from "../../results.ts";

export type Call = Timeline["calls"][number];

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
