import type { CrashResult, CrashTarget, Recorded } from "@durable-agents/crash-harness";
import type { Pattern } from "@durable-agents/testkit";

/** How a kill is told. */
const kills: Record<CrashTarget, { who: string; kill: string }> = {
  service: { who: "the service is killed", kill: "SIGKILL, and a new start" },
  server: { who: "restate-server is killed", kill: "SIGKILL of restate-server, and a new start" },
  both: { who: "the service and restate-server are killed", kill: "SIGKILL of both, and a new start" },
};

/** What a request went through, in an order that chance does not change. */
export interface CrashReport {
  /** The implementation's title, such as `Vercel AI SDK`. */
  title: string;
  pattern: string;
  killed: CrashTarget;
  modelCalls: number;
  /** How many model calls were answered, and in the journal, at the kill. */
  after: number;
  /** The agents whose calls those were; a number tells those of one name apart. */
  journaled: string[];
  inFlight: string[];
  /** Of `inFlight`: those that were repeated. */
  repeated: string[];
  /** Calls that were repeated although the answer was in the journal: what must not happen. */
  repeatedThoughJournaled: string[];
  /** Calls after the crash that had not been made before. */
  asked: string[];
  status: number;
  sameAnswer: boolean;
  /** Whether the request got the same answer, and nothing was repeated whose answer was there. */
  asPromised: boolean;
  answer: unknown;
}

/**
 * Sorts out what happened.
 *
 * @param order the calls without a crash, answered one by one
 */
export function crashReport(
  title: string,
  pattern: Pattern,
  killed: CrashTarget,
  order: Recorded[],
  result: CrashResult,
): CrashReport {
  const { completed, inFlight, repeated, calls, reply, sameAnswer } = result;
  const names = labels(order);
  const place = ({ key }: Recorded) => order.findIndex((call) => call.key === key) >>> 0;
  const told = (some: Recorded[]) =>
    some.toSorted((a, b) => place(a) - place(b)).map(({ key, label }) => names.get(key) ?? label);
  const known = new Set([...completed, ...inFlight, ...repeated.completed, ...repeated.inFlight]);
  return {
    title,
    pattern: pattern.name,
    killed,
    modelCalls: order.length,
    after: completed.length,
    journaled: told(completed),
    inFlight: told(inFlight),
    repeated: told(repeated.inFlight),
    repeatedThoughJournaled: told(repeated.completed),
    asked: told(calls.filter((call) => !known.has(call))),
    status: reply.status,
    sameAnswer,
    asPromised: sameAnswer && repeated.completed.length === 0,
    answer: reply.body,
  };
}

/** The agent of each call by the call's key; where an agent is asked several times, with a number. */
function labels(calls: Recorded[]): Map<string, string> {
  const seen = new Map<string, number>();
  return new Map(
    calls.map(({ key, label }) => {
      const number = (seen.get(label) ?? 0) + 1;
      seen.set(label, number);
      const isOne = calls.filter((other) => other.label === label).length === 1;
      return [key, isOne ? label : `${label} ${number}`];
    }),
  );
}

/** The columns of a terminal that everyone has. */
const WIDTH = 80;

/** What happened to one request, line by line. */
export function timeline(report: CrashReport): string {
  const { pattern, title, modelCalls, killed, after } = report;
  const each = (agents: string[], what: string) => agents.map((agent): [string, string] => [agent, what]);
  const lines: [agent: string, what: string][] = [
    ...each(report.journaled, "answered, in the journal"),
    ...each(report.inFlight, "in flight"),
    [kills[killed].kill, ""],
    ...each(report.repeatedThoughJournaled, "repeated, though its answer was in the journal"),
    ...each(report.repeated, "repeated"),
    ...each(report.asked, "asked"),
  ];
  const column = Math.max(...lines.map(([agent, what]) => (what ? agent.length : 0))) + 2;
  return [
    wrapped(`${pattern} on ${withArticle(title)}, ${calls(modelCalls)}; ${kills[killed].who} after ${after}.`),
    "",
    ...lines.map(([agent, what]) => (what ? agent.padEnd(column) + what : agent)),
    wrapped(answerLine(report)),
    "",
    `Completed model calls: ${report.journaled.length}, repeated: ${report.repeatedThoughJournaled.length}`,
    `In flight at the kill: ${report.inFlight.length}, repeated: ${report.repeated.length}`,
  ].join("\n");
}

/** One line a pattern. */
export function overview(reports: CrashReport[]): string {
  const [{ title, killed }] = reports as [CrashReport];
  const row = (cells: string[]) =>
    cells.map((cell, index) => (index === 0 || index === 4 ? cell.padEnd(25) : cell.padStart(12))).join("  ");
  return [
    wrapped(`Every pattern on ${withArticle(title)}; ${kills[killed].who}.`),
    "",
    row(["", "killed", "completed", "in flight", ""]),
    row(["", "after", "repeated", "repeated", "answer"]),
    ...reports.map((report) =>
      row([
        report.pattern,
        `${report.after} of ${report.modelCalls}`,
        `${report.repeatedThoughJournaled.length} of ${report.journaled.length}`,
        `${report.repeated.length} of ${report.inFlight.length}`,
        report.sameAnswer ? "the same" : `not the same (${report.status})`,
      ]),
    ),
  ]
    .map((line) => line.trimEnd())
    .join("\n");
}

function answerLine({ status, sameAnswer, answer }: CrashReport): string {
  if (sameAnswer) return `Answered ${status}, the same answer as without a crash.`;
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  return status === 200
    ? `Answered ${status}, but not as without a crash: ${text}`
    : `Answered ${status || "nothing"} instead of 200: ${text}`;
}

const calls = (count: number) => `${count} model ${count === 1 ? "call" : "calls"}`;

/** "the Vercel AI SDK", but "LangGraph". */
const withArticle = (title: string) => (title.endsWith(" SDK") ? `the ${title}` : title);

/** Breaks a sentence into lines that fit a terminal. */
const wrapped = (text: string) =>
  text.replace(new RegExp(`(?![^\\n]{1,${WIDTH}}$)([^\\n]{1,${WIDTH}})\\s`, "g"), "$1\n");
