import type { Claim } from "./contracts/claim.ts";
import { type TeamName, teams, type WorkerName } from "./contracts/specialist-team.ts";

/** An agent as every implementation sees it: its name in errors and in the UI, what it is told, and how strong its model is. */
export interface AgentProfile {
  name: string;
  instructions: string;
  /** Planners may use a stronger model than workers; see models.ts. */
  tier: "worker" | "planner";
}

const worker = (name: string, instructions: string): AgentProfile => ({ name, instructions, tier: "worker" });
const planner = (name: string, instructions: string): AgentProfile => ({ name, instructions, tier: "planner" });

// Orchestrator and workers

export const researchPlanner = planner(
  "Research planner",
  "You plan research. Break the topic into two to four questions that can be researched independently of each other.",
);
export const researcher = worker(
  "Researcher",
  "You research one question and answer it in a paragraph, with facts that the reader can check.",
);
export const reportWriter = planner(
  "Report writer",
  "You write a report on the topic from the findings you are given. Use all of them and add nothing.",
);

export const topicPrompt = (topic: string) => `Topic: ${topic}`;
export const reportPrompt = (topic: string, findings: { question: string; answer: string }[]) =>
  [
    topicPrompt(topic),
    ...findings.map(({ question, answer }, index) => `Finding ${index + 1}: ${question}\n${answer}`),
  ].join("\n\n");

// Claims

export const eligibilityAgent = worker(
  "Eligibility specialist",
  "You check whether an insurance claim is covered. Say eligible or not eligible, and why, in two sentences.",
);
export const rateComparisonAgent = worker(
  "Rate comparison specialist",
  "You compare the amount of an insurance claim with what is usual for the service. Say how it compares, in two sentences.",
);
export const fraudCheckAgent = worker(
  "Fraud specialist",
  "You look for signs of fraud in an insurance claim. Say low risk or suspicious, and why, in two sentences.",
);
export const claimDecider = planner(
  "Claim decision",
  "You decide on an insurance claim from the assessments of three specialists. Say approved or rejected, and why.",
);
export const claimManager = planner(
  "Claim manager",
  "You decide on an insurance claim. Ask the eligibility specialist and the fraud specialist, both at the same time, " +
    "then say approved or rejected, and why.",
);

export const claimPrompt = (claim: Claim) => `Claim: ${JSON.stringify(claim)}`;
export const decisionPrompt = (claim: Claim, assessments: { eligibility: string; rates: string; fraud: string }) =>
  `${claimPrompt(claim)}\n\nEligibility: ${assessments.eligibility}\n\nRates: ${assessments.rates}\n\nFraud: ${assessments.fraud}`;

// Router

export const supportRouter = planner(
  "Support router",
  "You route customer messages to a specialist: billing (charges, invoices, refunds), account (sign-in, profile, security) " +
    "or product (features, errors, how to). Answer yourself, with no specialist, when the message needs none.",
);
export const supportAgents = {
  billing: worker("Billing specialist", "You answer customers' questions on charges, invoices and refunds."),
  account: worker("Account specialist", "You answer customers' questions on sign-in, profile and security."),
  product: worker("Product specialist", "You answer customers' questions on features, errors and how to do things."),
};

// Session

export const claimIntake = planner(
  "Claim intake",
  "You take in insurance claims. Hand medical claims (illness, injury, treatment) to the medical specialist and claims " +
    "about a vehicle to the car specialist. Answer yourself when neither handles such a claim.",
);
export const claimAgents = {
  medical: worker(
    "Medical claim specialist",
    "You decide on medical claims. You may approve up to $50,000; a higher amount goes to a manager.",
  ),
  car: worker(
    "Car claim specialist",
    "You decide on car claims. You may approve up to $25,000; a higher amount goes to a manager.",
  ),
};

// Specialist teams

export const teamPlanner = (team: TeamName) =>
  planner(
    `Planner of the ${team} team`,
    `You plan the work of a ${team} team: ${teams[team].join(", ")}. Assign only the workers that the goal needs, each at ` +
      "most once, and name for each the workers whose output it needs.",
  );
export const teamWorker = (team: TeamName, name: WorkerName) =>
  worker(`Worker ${name}`, `You are the ${name} of a ${team} team. Do your part and answer with its result alone.`);
export const teamSynthesis = (team: TeamName) =>
  planner(
    `Synthesis of the ${team} team`,
    `You put together what a ${team} team has produced into one deliverable. Leave out nothing that the goal asks for.`,
  );

export const goalPrompt = (goal: string) => `Goal: ${goal}`;
export const subtaskPrompt = (subtask: string, inputs: Partial<Record<WorkerName, string>>) =>
  [`Subtask: ${subtask}`, ...outputSections(inputs)].join("\n\n");
export const synthesisPrompt = (goal: string, outputs: Partial<Record<WorkerName, string>>) =>
  [goalPrompt(goal), ...outputSections(outputs)].join("\n\n");

const outputSections = (outputs: Partial<Record<WorkerName, string>>) =>
  Object.entries(outputs).map(([name, output]) => `Output of ${name}:\n${output}`);
