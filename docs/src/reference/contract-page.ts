import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contracts } from "@durable-agents/shared/contracts/index";
import { teams } from "@durable-agents/shared/contracts/specialist-team";
import { type ExampleRequest, exampleRequests } from "@durable-agents/testkit";
import { repositoryRoot } from "../repository.ts";
import { sdks } from "../sdks.ts";
import { shownAnswer } from "./answers.ts";
import { code, fenced, generatedFrom, paragraphs, sentence, table } from "./markdown.ts";
import { brokenExample, fieldTable, type JsonSchema, typeOf } from "./schema-table.ts";

/** A handler, as its contract describes it. */
interface Handler {
  /** As in SPEC.md, such as `MultiAgentClaimSession/{sessionId}/run`. */
  call: string;
  description: string;
  input: JsonSchema;
  output: JsonSchema;
  /** The 400 that Restate answers to an input that does not fit. */
  refuses: (input: unknown) => string;
}

interface Serde {
  jsonSchema?: object;
  deserialize(data: Uint8Array): unknown;
}

const handlers: Handler[] = contracts.flatMap(({ name, _kind, _description = "", _handlers }) =>
  Object.entries(_handlers as Record<string, { _inputSerde: Serde; _outputSerde: Serde }>).map(
    ([handler, { _inputSerde, _outputSerde }]) => ({
      call: `${name}/${_kind === "object" ? "{sessionId}/" : ""}${handler}`,
      description: _description,
      input: schemaOf(_inputSerde),
      output: schemaOf(_outputSerde),
      refuses: (input) => refusal(_inputSerde, input),
    }),
  ),
);

function schemaOf({ jsonSchema }: Serde): JsonSchema {
  if (!jsonSchema) throw new Error("A contract's input and output have a JSON schema each");
  return jsonSchema;
}

function refusal(serde: Serde, input: unknown): string {
  try {
    serde.deserialize(new TextEncoder().encode(JSON.stringify(input)));
  } catch (error) {
    const message = `Failed to deserialize input: ${(error as Error).message}`;
    return JSON.stringify({ code: 400, message, source: "invocation" });
  }
  throw new Error(`The contract takes ${JSON.stringify(input)}`);
}

/** What SPEC.md says of a call. */
interface SpecRow {
  pattern: string;
  modelCalls: string;
}

/** The table of services in SPEC.md, by call. A row without a pattern belongs to the one above. */
function readSpec(): Map<string, SpecRow> {
  const rows = new Map<string, SpecRow>();
  let pattern = "";
  for (const line of readFileSync(join(repositoryRoot, "SPEC.md"), "utf8").split("\n")) {
    const [, first = "", calls = "", , , modelCalls = ""] = line.split("|").map((cell) => cell.trim());
    const names = [...calls.matchAll(/`(\w+\/[\w{}/]+)`/g)].map(([, name]) => name as string);
    if (names.length === 0) continue;
    pattern = first || pattern;
    for (const name of names) rows.set(name, { pattern, modelCalls });
  }
  return rows;
}

const claim = handlers.find(({ call }) => call.startsWith("ParallelAgentClaimApproval/"))?.input as JsonSchema;
const isClaim = (schema: JsonSchema) => JSON.stringify(schema) === JSON.stringify(claim);

/** `reference/contracts.md`: what every implementation serves, with a curl for each example request. */
export function contractPage(): string {
  const spec = readSpec();
  const rowOf = ({ call }: Handler) => {
    const row = spec.get(call);
    if (!row) throw new Error(`SPEC.md's table of services has no ${call}`);
    return row;
  };
  const patterns = Map.groupBy(handlers, (handler) => rowOf(handler).pattern);
  const approval = handlers.find(({ input }) => isClaim(input)) as Handler;
  return `${paragraphs(
    generatedFrom("packages/shared and SPEC.md"),
    "# Contracts",
    "What every implementation serves, whichever SDK it is built with: the names, what goes in, what comes out, and how many model calls it takes. Discovery publishes the same schemas, so the playground of Restate's UI knows them too. The contracts are [Zod schemas in TypeScript](../../packages/shared/src/contracts); what else holds is in [SPEC.md](../../SPEC.md).",
    `On this page: ${[...patterns.keys(), "a claim", "workers"].map((name) => `[${name}](#${slug(name)})`).join(", ")}.`,
    "## Calling a handler",
    "Start an implementation in a terminal of its own. It asks the mock model, so the answers below are the ones that you get.",
    `<!-- run: until "is up" -->\n${fenced("sh", "npm run dev -- vercel-ai --fresh --latency 0")}`,
    "Each handler has two URLs that do the same. The short one is the service and the handler:",
    curl("AgentRouter/answer", exampleOf("router-billing").body),
    expected(shownAnswer("router-billing")),
    "The long one says that you wait for the answer:",
    curl("restate/call/AgentRouter/answer", exampleOf("router-billing").body),
    expected(shownAnswer("router-billing")),
    "With `send` in the place of `call` you do not wait. An idempotency key makes it safe to send the same request again: it is executed once.",
    curl("restate/send/AgentRouter/answer", exampleOf("router-billing").body, "idempotency-key: ticket-1"),
    expected('{"invocationId":"inv_…","status":"Accepted"}'),
    "The same key gets the answer, now or within a day:",
    curl("restate/call/AgentRouter/answer", exampleOf("router-billing").body, "idempotency-key: ticket-1"),
    expected(shownAnswer("router-billing")),
    "## Errors",
    "Input that does not fit is answered with 400 and a message that names each field. No model call is made, and nothing is retried. The sections below show one such answer for each input.",
    curl("AgentRouter/answer", {}),
    expected((handlers.find(({ call }) => call === "AgentRouter/answer") as Handler).refuses({})),
    "A service or a handler that does not exist is a 404:",
    curl("AgentRouter/nothing", {}),
    expected(
      `{"code":404,"message":"the service 'AgentRouter' exists, but the handler 'nothing' was not found, check that the handler exists in the latest registered service version.","source":"ingress"}`,
    ),
    "What the model does wrong reaches you as a 4xx or 5xx only when retries could not help: clauses F1 to F5 of [SPEC.md](../../SPEC.md#clauses) say when.",
    "## A claim",
    "The input of all claim patterns.",
    fieldTable(claim),
    "With everything wrong at once:",
    curl(pathOf(approval.call), brokenExample(claim)),
    expected(approval.refuses(brokenExample(claim))),
    "## Workers",
    "The specialists of a team, from which the planner picks those that the goal needs.",
    table(
      ["team", "workers"],
      Object.entries(teams).map(([team, workers]) => [code(team), workers.map(code).join(", ")]),
    ),
    ...[...patterns].flatMap(([pattern, all]) => [
      `## ${pattern.charAt(0).toUpperCase()}${pattern.slice(1)}`,
      sources(all),
      ...all.flatMap((handler) => handlerParts(handler, rowOf(handler))),
    ]),
    "<!-- stop -->",
  )}\n`;
}

const exampleOf = (name: string) => exampleRequests.find((request) => request.name === name) as ExampleRequest;
const slug = (heading: string) => heading.replaceAll(" ", "-");

/** Where the contract and the code of a pattern stand: all of its files have the same name. */
function sources(all: Handler[]): string {
  const { pattern } = exampleRequests.find(({ call }) =>
    all.some((handler) => handler.call === call),
  ) as ExampleRequest;
  const implementations = sdks.map(({ name, title }) => `[${title}](../../packages/${name}/src/${pattern}.ts)`);
  return `The contract: [contracts/${pattern}.ts](../../packages/shared/src/contracts/${pattern}.ts). The code: ${implementations.join(", ")}.`;
}

function handlerParts(handler: Handler, { modelCalls }: SpecRow): (string | undefined)[] {
  const { call, description, input, output } = handler;
  const examples = exampleRequests.filter((request) => request.call === call).sort(likeThe(input));
  return [
    `### ${call}`,
    sentence(description),
    `- URL: ${code(`/restate/call/${call}`)} or ${code(`/${call}`)}\n- Model calls: ${modelCalls}`,
    "**Input**",
    isClaim(input) ? "[A claim](#a-claim)." : fieldTable(input, named),
    "**Output**",
    output.properties ? fieldTable(output, named) : `A JSON ${typeOf(output)}. ${sentence(output.description ?? "")}`,
    ...examples.flatMap((request, index) => [
      `**Example${examples.length > 1 ? ` ${index + 1}` : ""}**, ${count(request.modelCalls)}:`,
      curl(pathOf(call, index), request.body),
      expected(shownAnswer(request.name)),
    ]),
    ...(isClaim(input)
      ? []
      : ["**Bad input**:", curl(pathOf(call), brokenExample(input)), expected(handler.refuses(brokenExample(input)))]),
  ];
}

/** The example that the contract itself has comes first: the playground shows it too. */
const likeThe = (input: JsonSchema) => {
  const isOwn = ({ body }: ExampleRequest) => JSON.stringify(body) === JSON.stringify(input.examples?.[0]);
  return (a: ExampleRequest, b: ExampleRequest) => Number(isOwn(b)) - Number(isOwn(a));
};

/** Lists of names that have a section of their own. */
const allWorkers = String(Object.values(teams).flat());
const named = (values: string[]) => (String(values) === allWorkers ? "one of the [workers](#workers)" : undefined);

const count = (calls: number) => (calls === 1 ? "1 model call" : `${calls} model calls`);

/** Each example gets a session of its own: in one, the second claim would go to the specialist of the first. */
const pathOf = (call: string, index = 0) => call.replace("{sessionId}", `session${123 + index}`);

const curl = (path: string, body: unknown, header?: string): string => {
  const options = [header && `-H '${header}'`, `--json '${JSON.stringify(body).replaceAll("'", "'\\''")}'`];
  return fenced("sh", `curl localhost:8080/${path} ${options.filter(Boolean).join(" ")}`);
};

const expected = (output: string) => fenced("text", output);
