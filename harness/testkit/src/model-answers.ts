import type { AgentProfile } from "@durable-agents/shared/agents/agent";
import { approvalTool, claimReviewer } from "@durable-agents/shared/agents/claim-review";
import {
  claimAgents,
  claimDecider,
  claimIntake,
  claimManager,
  eligibilityAgent,
  fraudCheckAgent,
  rateComparisonAgent,
} from "@durable-agents/shared/agents/claims";
import { reportWriter, researcher, researchPlanner } from "@durable-agents/shared/agents/orchestrator-worker";
import { supportAgents, supportRouter } from "@durable-agents/shared/agents/router";
import { teamPlanner, teamSynthesis, teamWorker } from "@durable-agents/shared/agents/specialist-team";
import type { Claim } from "@durable-agents/shared/contracts/claim";
import { claimSpecialists } from "@durable-agents/shared/contracts/claim-session";
import { APPROVAL_LIMIT, type Decision } from "@durable-agents/shared/contracts/examples/claim-review";
import { supportSpecialists } from "@durable-agents/shared/contracts/router";
import { type TeamName, teams, type WorkerName } from "@durable-agents/shared/contracts/specialist-team";
import scripted from "@durable-agents/shared/fixtures/model-answers.json" with { type: "json" };

/** What a model is asked, whichever protocol it came over. */
export interface ModelRequest {
  model: string;
  /** All system messages. */
  instructions: string;
  messages: { role: string; text: string; toolCalls: { name: string; input: string }[] }[];
  tools: { name: string; parameters: object }[];
  /** The JSON schema that the answer must fit. */
  schema?: object;
}

/**
 * What a model answers: prose, which may be cut off or be a refusal, a structured answer, or tool calls. A tool's input
 * that is a string is sent as it is, and so may be broken.
 */
export type ModelAnswer =
  | { text: string; finishReason?: "stop" | "length" | "content_filter" }
  | { object: unknown }
  | { toolCalls: { name: string; input: unknown }[] };

// The answers below are made from the question alone, so that equal questions get equal answers. They are as sensible as
// a demo needs: a $900,000 broken leg looks suspicious, a dented bumper goes to the car specialist.

type Answerer = (request: ModelRequest) => ModelAnswer;

const answerers: [AgentProfile, Answerer][] = [
  [researchPlanner, (request) => ({ object: { tasks: planResearch(lineOf(request, "Topic")) } })],
  [researcher, (request) => ({ text: research(question(request)) })],
  [reportWriter, (request) => ({ text: writeReport(question(request)) })],
  [eligibilityAgent, (request) => ({ text: assessEligibility(claimOf(request)) })],
  [rateComparisonAgent, (request) => ({ text: compareRates(claimOf(request)) })],
  [fraudCheckAgent, (request) => ({ text: checkFraud(claimOf(request)) })],
  [claimDecider, (request) => ({ text: decide(claimOf(request), question(request)) })],
  [claimManager, manageClaim],
  [claimReviewer, reviewClaim],
  [supportRouter, (request) => choose(request, supportSpecialists, supportTopic(question(request)))],
  [claimIntake, (request) => choose(request, claimSpecialists, claimKind(claimOf(request)))],
  ...supportSpecialists.map((topic): [AgentProfile, Answerer] => [
    supportAgents[topic],
    (request) => ({ text: support(topic, question(request)) }),
  ]),
  [claimAgents.medical, (request) => ({ text: settle(request, "medical", 50_000) })],
  [claimAgents.car, (request) => ({ text: settle(request, "car", 25_000) })],
  ...(Object.keys(teams) as TeamName[]).flatMap((team): [AgentProfile, Answerer][] => [
    [teamPlanner(team), (request) => ({ object: { assignments: planTeam(team, lineOf(request, "Goal")) } })],
    [teamSynthesis(team), (request) => ({ text: synthesize(team, question(request)) })],
    ...teams[team].map((worker): [AgentProfile, Answerer] => [
      teamWorker(team, worker),
      (request) => ({ text: workOn(worker, question(request)) }),
    ]),
  ]),
];

/** Which of the shared agents made a request: the one whose instructions it carries. */
export function agentOf({ instructions }: ModelRequest): AgentProfile | undefined {
  return answerers.find(([agent]) => instructions.includes(agent.instructions))?.[0];
}

/**
 * The answer to a request of one of the shared agents: the scripted one where there is one, else one made from the input.
 *
 * @returns undefined when no shared agent would ask this
 */
export function answerFor(request: ModelRequest): ModelAnswer | undefined {
  const agent = agentOf(request);
  const script = scripted.find((entry) => entry.agent === agent?.name && question(request).endsWith(entry.question));
  if (script) return script.answer as ModelAnswer;
  return answerers.find((entry) => entry[0] === agent)?.[1](request);
}

/** An answer to any request whatever: one that fits the schema, a call of each tool offered, or an echo. */
export function genericAnswer(request: ModelRequest): ModelAnswer {
  if (request.schema) return { object: sampleOf(request.schema) };
  if (request.tools.length > 0 && toolResults(request).length === 0) return callTools(request.tools);
  return { text: `This is what the mock model says to: ${question(request)}` };
}

// Research

function planResearch(topic: string) {
  return [
    { question: `What is meant by "${topic}", and which problem does it address?` },
    { question: `What is known about the effects of "${topic}", and how well is it supported?` },
    { question: `What speaks against "${topic}", and what does it cost?` },
  ];
}

const research = (asked: string) => `${asked} In short: the sources agree on the outline and differ in the details.`;

function writeReport(prompt: string) {
  const [topic, ...findings] = prompt.split("\n\n");
  const sections = findings.map((finding) => finding.replace(/^Finding \d+: (.*)\n/, "## $1\n"));
  return [`# ${topic?.replace("Topic: ", "")}`, ...sections].join("\n\n");
}

// Claims

/** What is usual for a claim, in US dollars, by a word in its category or reason. */
const usualAmounts: [RegExp, number][] = [
  [/surg|cardi|cancer|intensive/i, 80_000],
  [/fractur|broken|orthop/i, 20_000],
  [/dent|tooth|optic|glasses/i, 3_000],
  [/collision|engine|total loss/i, 15_000],
  [/\bcar\b|vehicle|bumper|windscreen|garage/i, 6_000],
];

const vehicle =
  /\b(car|auto|vehicle|truck|motorcycle|bumper|windscreen|windshield|collision|garage|engine|tyre|tire)\b/i;
const medical =
  /medic|hospital|clinic|surg|fractur|broken|orthop|dent|tooth|illness|injur|treat|physio|cardi|cancer|doctor/i;
const covered = (claim: Claim) => claimKind(claim) !== "none";
const describe = ({ category, reason }: Claim) => `${category} ${reason}`;

function claimKind(claim: Claim) {
  if (vehicle.test(describe(claim))) return "car";
  return medical.test(describe(claim)) ? "medical" : "none";
}

function usualAmount(claim: Claim) {
  return usualAmounts.find(([pattern]) => pattern.test(describe(claim)))?.[1] ?? 5_000;
}

function assessEligibility(claim: Claim) {
  return covered(claim)
    ? `Eligible: ${claim.reason} (${claim.category}) is covered. The incident of ${claim.date} falls into the insured period.`
    : `Not eligible: ${claim.reason} (${claim.category}) is not covered. Medical and vehicle claims are.`;
}

function compareRates(claim: Claim) {
  const [amount, usual] = [dollars(claim.amount), dollars(usualAmount(claim))];
  return claim.amount <= usualAmount(claim)
    ? `${amount} is within what is usual (up to ${usual}).`
    : `${amount} is far above what is usual (up to ${usual}).`;
}

function checkFraud(claim: Claim) {
  return claim.amount > 5 * usualAmount(claim)
    ? `Suspicious: ${dollars(claim.amount)} for ${claim.reason} is more than five times what is usual.`
    : `Low risk: amount, place and reason of the claim go together.`;
}

function decide(claim: Claim, assessments: string) {
  const problem = assessments.match(/Not eligible: [^\n]*|Suspicious: [^\n]*|[^\n]*far above what is usual[^\n]*/)?.[0];
  return problem ? `Rejected. ${problem}` : `Approved: ${dollars(claim.amount)} for ${claim.reason}.`;
}

function manageClaim(request: ModelRequest): ModelAnswer {
  const results = toolResults(request);
  return results.length === 0 ? callTools(request.tools) : { text: decide(claimOf(request), results.join("\n")) };
}

function reviewClaim(request: ModelRequest): ModelAnswer {
  const { amount, reason } = claimOf(request);
  const [said] = toolResults(request);
  if (amount <= APPROVAL_LIMIT) return { text: `Approved: ${dollars(amount)} for ${reason}.` };
  if (!said) {
    const question = `${dollars(amount)} for ${reason}: above ${dollars(APPROVAL_LIMIT)}. Shall it be paid?`;
    return { toolCalls: [{ name: approvalTool.name, input: { question } }] };
  }
  const decision = JSON.parse(said) as Decision;
  return {
    text: `${decision.approved ? "Approved" : "Rejected"}: ${dollars(amount)} for ${reason}. ${decision.reason}.`,
  };
}

function settle(request: ModelRequest, kind: string, limit: number) {
  const claims = request.messages.filter(({ role }) => role === "user").length;
  const { amount, reason } = claimOf(request);
  const settled = amount <= limit ? "Approved" : `Referred to a manager, being above ${dollars(limit)}`;
  return `${settled}: ${dollars(amount)} for ${reason}. This is ${kind} claim ${claims} of this session.`;
}

const dollars = (amount: number) => `$${amount.toLocaleString("en-US")}`;

// Router

function supportTopic(message: string) {
  if (/charg|invoice|refund|bill|payment|subscription|price/i.test(message)) return "billing";
  if (/log ?in|sign ?in|password|account|profile|e-?mail address|two-factor|delete my/i.test(message)) return "account";
  if (/error|crash|bug|feature|export|import|how (do|can)|does not work|doesn't work/i.test(message)) return "product";
  return "none";
}

const support = (topic: string, message: string) =>
  `Thank you for writing. I have looked into this for you as the ${topic} specialist: "${message}"`;

// Specialist teams

/** Words in a goal that call for a worker, and the workers whose output it builds on. */
const duties: Record<WorkerName, { wanted?: RegExp; needs: WorkerName[]; does: string }> = {
  researcher: { wanted: /compare|choose|unknown|research|best/i, needs: [], does: "Find out what there is" },
  coder: { needs: ["researcher"], does: "Write the code" },
  tester: { needs: ["coder"], does: "Write and run tests of the code" },
  doc_writer: { wanted: /public|api|user|document/i, needs: ["coder"], does: "Document it for its users" },
  reviewer: { wanted: /secur|payment|critical|public/i, needs: ["coder", "tester"], does: "Review the result" },
  statistician: { needs: [], does: "Describe the data and choose the method" },
  visualisation_planner: {
    wanted: /chart|plot|visual|dashboard|show/i,
    needs: ["statistician"],
    does: "Plan the charts",
  },
  hypothesis_tester: {
    wanted: /whether|effect|cause|why|test|differ/i,
    needs: ["statistician"],
    does: "Test the hypothesis",
  },
  storyteller: {
    needs: ["statistician", "visualisation_planner", "hypothesis_tester"],
    does: "Tell what the data says",
  },
  seo_specialist: {
    wanted: /blog|site|web|search|seo|page/i,
    needs: [],
    does: "Find the terms that people search for",
  },
  copywriter: { needs: ["seo_specialist"], does: "Write the text" },
  social_media: { wanted: /social|launch|campaign|announce/i, needs: ["copywriter"], does: "Write the posts" },
  editor: { needs: ["copywriter", "social_media"], does: "Edit everything" },
};

function planTeam(team: TeamName, goal: string) {
  const used = teams[team].filter((worker) => duties[worker].wanted?.test(goal) ?? true) as WorkerName[];
  return used.map((worker) => ({
    worker,
    subtask: `${duties[worker].does}: ${goal}`,
    needs: duties[worker].needs.filter((needed) => used.includes(needed)),
  }));
}

function workOn(worker: string, prompt: string) {
  const inputs = [...prompt.matchAll(/^Output of (\w+):/gm)].map(([, name]) => name);
  const basis = inputs.length > 0 ? ` It builds on what ${inputs.join(" and ")} delivered.` : "";
  return `${worker} delivers: ${prompt.split("\n")[0]?.replace("Subtask: ", "")}.${basis}`;
}

function synthesize(team: string, prompt: string) {
  const [goal, ...outputs] = prompt.split("\n\n");
  return [`# ${goal?.replace("Goal: ", "")}`, `By the ${team} team.`, ...outputs].join("\n\n");
}

// Reading requests

/** The newest thing that a user said. */
const question = (request: ModelRequest) => request.messages.findLast(({ role }) => role === "user")?.text ?? "";

const lineOf = (request: ModelRequest, label: string) =>
  question(request).match(new RegExp(`^${label}: (.*)`, "s"))?.[1] ?? question(request);

const toolResults = ({ messages }: ModelRequest) =>
  messages
    .slice(messages.findLastIndex(({ role }) => role === "user"))
    .filter(({ role }) => role === "tool")
    .map(({ text }) => text);

/** The newest claim in the conversation; prompts carry it as one line of JSON. */
function claimOf(request: ModelRequest): Claim {
  const json = question(request).match(/^Claim: (\{.*\})$/m)?.[1];
  if (!json) throw new Error(`The prompt carries no claim: ${question(request)}`);
  return JSON.parse(json);
}

// Making answers

/** Chooses a specialist in the way that the request offers: a structured answer, a handoff tool, or prose. */
function choose(request: ModelRequest, specialists: readonly string[], choice: string): ModelAnswer {
  const reply = choice === "none" ? `You do not need a specialist for this: "${question(request)}"` : "";
  if (request.schema) return { object: { specialist: choice, reply } };
  const handoff = request.tools.find(({ name }) => specialists.includes(choice) && name.toLowerCase().includes(choice));
  return handoff ? callTools([handoff]) : { text: reply };
}

const callTools = (tools: ModelRequest["tools"]): ModelAnswer => ({
  toolCalls: tools.map(({ name, parameters }) => ({ name, input: sampleOf(parameters) })),
});

interface JsonSchema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  minItems?: number;
  minimum?: number;
  format?: string;
}

/** The plainest value that fits a JSON schema, as far as schemas that models are asked to fill go. */
function sampleOf(schema: JsonSchema): unknown {
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf?.[0]) return sampleOf(schema.anyOf[0]);
  switch (schema.type) {
    case "object":
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, value]) => [key, sampleOf(value)]));
    case "array":
      return Array.from({ length: schema.minItems ?? 1 }, () => sampleOf(schema.items ?? {}));
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return schema.format === "date" ? "2024-10-01" : "text";
  }
}
