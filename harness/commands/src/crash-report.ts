import type { Pattern } from "@durable-agents/compare";
import type { CrashRun, Disaster, RecordedCall, Reply } from "@durable-agents/testkit";
import { killBoth, killServer, killSubject } from "@durable-agents/testkit";

/** What can be killed. */
export const strikes = {
  service: { disaster: killSubject, who: "the service is killed", kill: "SIGKILL, and a new start" },
  server: {
    disaster: killServer,
    who: "restate-server is killed",
    kill: "SIGKILL of restate-server, and a new start",
  },
  both: {
    disaster: killBoth,
    who: "the service and restate-server are killed",
    kill: "SIGKILL of both, and a new start",
  },
} as const satisfies Record<string, { disaster: Disaster; who: string; kill: string }>;
export type Strike = keyof typeof strikes;

/** What a request went through, in an order that chance does not change. */
export interface CrashReport {
  /** The implementation's title, such as `Vercel AI SDK`. */
  title: string;
  pattern: string;
  patternName: string;
  strike: Strike;
  modelCalls: number;
  /** How many model calls were answered, and in the journal, at the kill. */
  after: number;
  /** The agents whose calls those were; a number tells those of one name apart. */
  journaled: string[];
  inFlight: string[];
  /** Of `inFlight`. */
  askedAgain: string[];
  /** Calls after the crash although the answer was there: what must not happen. */
  askedAgainThoughJournaled: string[];
  /** Calls after the crash that had not been made before. */
  asked: string[];
  status: number;
  sameAnswer: boolean;
  /** Whether the request got the same answer, and nothing was made again whose answer was there. */
  asPromised: boolean;
  answer: unknown;
}

/** The same request without a crash: its answer, and its calls one after the other, always in the same order. */
export interface Undisturbed {
  reply: Reply;
  calls: RecordedCall[];
}

export interface CrashedRequest {
  title: string;
  pattern: Pattern;
  strike: Strike;
  undisturbed: Undisturbed;
  run: Pick<CrashRun, "reply" | "journaled" | "calls" | "inFlight" | "repeatedCompleted" | "repeatedInFlight">;
}

/** Sorts out what happened; the order is that of the calls without a crash. */
export function crashReport({ title, pattern, strike, undisturbed, run }: CrashedRequest): CrashReport {
  const { calls, journaled, inFlight, repeatedCompleted, repeatedInFlight, reply } = run;
  const known = new Set([...journaled, ...inFlight, ...repeatedCompleted, ...repeatedInFlight]);
  const names = labels(undisturbed.calls);
  const order = undisturbed.calls.map(({ key }) => key);
  // What is not among them comes last.
  const place = ({ key }: RecordedCall) => order.indexOf(key) >>> 0;
  const inOrder = (some: RecordedCall[]) =>
    some.toSorted((a, b) => place(a) - place(b)).map(({ key, agent }) => names.get(key) ?? agent);
  const sameAnswer =
    reply.status === 200 &&
    undisturbed.reply.status === 200 &&
    JSON.stringify(reply.body) === JSON.stringify(undisturbed.reply.body);
  return {
    title,
    pattern: pattern.id,
    patternName: pattern.name,
    strike,
    modelCalls: undisturbed.calls.length,
    after: journaled.length,
    journaled: inOrder(journaled),
    inFlight: inOrder(inFlight),
    askedAgain: inOrder(repeatedInFlight),
    askedAgainThoughJournaled: inOrder(repeatedCompleted),
    asked: inOrder(calls.filter((call) => !known.has(call))),
    status: reply.status,
    sameAnswer,
    asPromised: sameAnswer && repeatedCompleted.length === 0,
    answer: reply.body,
  };
}

/** The agent of each call by the call's key; where an agent is asked several times, with a number. */
function labels(calls: RecordedCall[]): Map<string, string> {
  const seen = new Map<string, number>();
  return new Map(
    calls.map(({ key, agent }) => {
      const number = (seen.get(agent) ?? 0) + 1;
      seen.set(agent, number);
      const isOne = calls.filter((other) => other.agent === agent).length === 1;
      return [key, isOne ? agent : `${agent} ${number}`];
    }),
  );
}

/** The columns of a terminal that everybody has. */
const WIDTH = 80;

/** What happened to one request, line by line. */
export function timeline(report: CrashReport): string {
  const { patternName, title, modelCalls, strike, after } = report;
  const lines: [agent: string, what: string][] = [
    ...report.journaled.map((agent): [string, string] => [agent, "answered, in the journal"]),
    ...report.inFlight.map((agent): [string, string] => [agent, "in flight"]),
    [strikes[strike].kill, ""],
    ...report.askedAgainThoughJournaled.map((agent): [string, string] => [
      agent,
      "asked again, though its answer was in the journal",
    ]),
    ...report.askedAgain.map((agent): [string, string] => [agent, "asked again"]),
    ...report.asked.map((agent): [string, string] => [agent, "asked"]),
  ];
  const column = Math.max(...lines.map(([agent, what]) => (what ? agent.length : 0))) + 2;
  return [
    wrapped(
      `${capitalised(patternName)} on ${withArticle(title)}, ${calls(modelCalls)}; ${strikes[strike].who} after ${after}.`,
    ),
    "",
    ...lines.map(([agent, what]) => (what ? agent.padEnd(column) + what : agent)),
    wrapped(answerLine(report)),
    "",
    `Completed model calls: ${report.journaled.length}, made again: ${report.askedAgainThoughJournaled.length}`,
    `In flight at the kill: ${report.inFlight.length}, made again: ${report.askedAgain.length}`,
  ].join("\n");
}

/** One line a pattern. */
export function overview(reports: CrashReport[]): string {
  const [{ title, strike }] = reports as [CrashReport];
  const row = (cells: string[]) =>
    cells.map((cell, index) => (index === 0 || index === 4 ? cell.padEnd(25) : cell.padStart(12))).join("  ");
  return [
    wrapped(`Every pattern on ${withArticle(title)}; ${strikes[strike].who}.`),
    "",
    row(["", "killed", "completed", "in flight", ""]),
    row(["", "after", "made again", "made again", "answer"]),
    ...reports.map((report) =>
      row([
        report.pattern,
        `${report.after} of ${report.modelCalls}`,
        `${report.askedAgainThoughJournaled.length} of ${report.journaled.length}`,
        `${report.askedAgain.length} of ${report.inFlight.length}`,
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
    : `Answered ${status} instead of 200: ${text}`;
}

const calls = (count: number) => `${count} model ${count === 1 ? "call" : "calls"}`;
const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** "the Vercel AI SDK", but "LangGraph". */
export const withArticle = (title: string) => (title.endsWith(" SDK") ? `the ${title}` : title);

/** Breaks a sentence into lines that fit a terminal. */
const wrapped = (text: string) =>
  text.replace(new RegExp(`(?![^\\n]{1,${WIDTH}}$)([^\\n]{1,${WIDTH}})\\s`, "g"), "$1\n");
