import type { Results } from "../results.ts";
import { formatList, formatNumber, isMissing } from "./statistics.ts";
import { addedPerCallOf, type CrashCounts, crashCountsOf, modelLatenciesOf, workersOf } from "./summary.ts";

// What the page and the report say in words. Numbers in it come from the results.

/** What was done, a paragraph for each measure. */
export function methodOf(results: Results): { title: string; text: string }[] {
  const latencies = modelLatenciesOf(results).map((latency) => `${latency} ms`);
  const rounds = new Set(results.latencies.map(({ round }) => round)).size;
  const workers = workersOf(results).map(String);
  return [
    {
      title: "Subjects",
      text:
        "Each serves the same requests with the same prompts, in a process of its own, and asks a mock model of its own " +
        "that counts every call. Controls do the same work without Restate, written as their own users would.",
    },
    {
      title: "Crashes",
      text:
        "SIGKILL, and a new start. At exact moments, answers are released one by one, each when the one before is stored, so " +
        "it is known what was stored and what was in flight. At random moments the kill comes at any time around that, " +
        "while answers arrive and are being stored. Where only the store is killed, the service lives on with what it has in " +
        "memory; if it ends all the same, it is started again. Whether anything goes on by itself is looked at first; only then the " +
        "caller asks again, with the same idempotency key.",
    },
    {
      title: "Kinds of calls",
      text:
        "Completed: its answer was there, and everything that could be stored was. Just arrived: nobody can say if it was " +
        "stored. In flight: it waited for its answer. Each is counted again when the same call is made a second time.",
    },
    {
      title: "Times to recover",
      text:
        "From the process being back, with a model that answers at once. Only requests that were killed alone are timed, and " +
        "only of subjects that go on by themselves: until somebody asks again can be forever. They count among the killed.",
    },
    {
      title: "Cost",
      text:
        `Undisturbed requests with a model that takes ${formatList(latencies)}, in ${formatNumber(rounds)} rounds, in each of ` +
        "which every subject has its turn. What is added to a call is the difference of the medians to the plain program " +
        "with the same SDK, divided by the calls of the critical path.",
    },
    {
      title: "Fan-out",
      text: `One research report with ${formatList(workers)} workers at the same time: its wall time divided by the three calls that follow each other.`,
    },
    {
      title: "Numbers",
      text: "Medians, with the quartiles in brackets. What was not measured says why; it is never a zero.",
    },
  ];
}

/** What a reader should not conclude. */
export const limitations = [
  "One machine. Service, store and mock model share its cores, and stores run as one process on a local disk: no network, no " +
    "replication. Requests a second compare the subjects here; they are nobody's capacity.",
  "The model is a mock. Its tokens are those of its scripted answers; whether a provider bills a call whose caller went away is " +
    "the provider's affair.",
  "The caller of a control keeps its idempotency key and asks again. Where nobody does, a request that waits for it is lost.",
  "The controls are libraries. Servers with a task queue that are sold beside them, such as LangGraph's, are not here.",
  "Machines that don't come back, disks that are lost and networks that part are not tried.",
];

/** What has to be said of repeats in flight before somebody reads an advantage into them; nothing if they differ here. */
export function aboutRepeats(results: Results): string[] {
  const counts = results.subjects
    .filter(({ engine }) => engine !== null)
    .map(({ name }) => crashCountsOf(results, name))
    .filter((found): found is CrashCounts => !isMissing(found));
  if (counts.length === 0 || counts.some(({ inFlight }) => inFlight.repeated !== inFlight.of)) return [];
  return [
    "Repeats of calls in flight are equal for every engine that checkpoints each step: nobody can know whether such a call " +
      "was answered. Engines differ in who resumes and how soon.",
  ];
}

/** What has to be said of latencies; nothing if somebody adds a twentieth of a second or more to a call. */
export function aboutLatency(results: Results): string[] {
  const added = results.subjects
    .map((info) => addedPerCallOf(results, info))
    .filter((found): found is number => !isMissing(found));
  if (added.length === 0 || Math.max(...added) >= 50) return [];
  return [
    "Beside a model call that takes a second, none of these milliseconds matters. They do where calls are short or many.",
  ];
}
