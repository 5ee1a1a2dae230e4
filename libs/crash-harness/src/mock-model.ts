import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ChatCompletionRequest, createServer, type FixtureResponse, getTextContent } from "@copilotkit/aimock";
import { agentOf, genericAnswer, type ModelAnswer, type ModelRequest, type ScriptedAgent } from "./model-answers.ts";

/** One request that reached the model. Times are milliseconds since 1970. */
export interface RecordedCall {
  id: number;
  /** Equal for equal logical calls: a hash of what was asked, without the ids and names that differ from run to run. */
  key: string;
  /** Which of the scripted agents asked, or "unknown". */
  agent: string;
  model: string;
  /** What it was asked: the newest message. */
  prompt: string;
  startedAt: number;
  endedAt?: number;
  /** `abandoned`: whoever asked was gone before the answer. */
  outcome: "pending" | "answered" | "failed" | "abandoned";
  /** The HTTP status, once there is one. */
  status?: number;
  inputTokens: number;
  outputTokens: number;
  /** Bytes of the body of the request, and of the answer as far as it was given. */
  requestBytes: number;
  responseBytes: number;
}

/** How many calls there were, by what came of them. */
export interface ModelCallCounts {
  made: number;
  answered: number;
  failed: number;
  abandoned: number;
  repeatedAfterAnswer: number;
}

/** What can be wrong with an answer. `answer` replaces it, `stall` never gives it, `reset` breaks the connection. */
export type ModelMisbehaviour =
  | { kind: "status"; status: number; retryAfterSeconds?: number; message?: string }
  | { kind: "reset" }
  | { kind: "stall" }
  | { kind: "answer"; answer: ModelAnswer };

/** Which calls misbehave: those that `match` accepts, after the first `skip` of them, `times` times. */
export interface MisbehaviourRule {
  misbehaviour: ModelMisbehaviour;
  match?: (call: RecordedCall) => boolean;
  /** How many matching calls to leave alone first; 0 unless set. */
  skip?: number;
  /** How many calls misbehave; all unless set. */
  times?: number;
}

export interface MockModelOptions {
  /** The port; a free one unless set. */
  port?: number;
  /** How long each answer takes, in milliseconds; a function is asked for each call. 0 unless set. */
  latency?: number | ((call: RecordedCall) => number);
  /** The agents that it knows, and what it answers each; nobody unless set. */
  agents?: readonly ScriptedAgent[];
  /** Whether a request of somebody else is an error, instead of getting an answer that fits its schema. */
  strict?: boolean;
  /** Is told of every call that has ended: answered, failed or abandoned. */
  onCall?: (call: RecordedCall) => void;
}

/**
 * The model that tests and demos use: `@copilotkit/aimock` speaks the protocols (Responses, Chat Completions and more),
 * this class decides on the answers, counts, and misbehaves when it is told to.
 */
export class MockModel implements AsyncDisposable {
  /** Every request so far, oldest first. */
  readonly calls: RecordedCall[] = [];
  latency: number | ((call: RecordedCall) => number);
  readonly #agents: readonly ScriptedAgent[];
  readonly #strict: boolean;
  readonly #onCall: MockModelOptions["onCall"];
  /** All that was said in the conversation of a call. */
  readonly #conversations = new WeakMap<RecordedCall, string>();
  #rules: (MisbehaviourRule & { seen: number })[] = [];
  #holds?: Map<RecordedCall, () => void>;
  #instance?: Awaited<ReturnType<typeof createServer>>;

  protected constructor({ latency = 0, agents = [], strict = false, onCall }: MockModelOptions) {
    this.latency = latency;
    this.#agents = agents;
    this.#strict = strict;
    this.#onCall = onCall;
  }

  /**
   * Starts a mock model on 127.0.0.1.
   *
   * @throws Error if the port is busy
   */
  static async start(options: MockModelOptions = {}): Promise<MockModel> {
    const mock = new MockModel(options);
    // aimock's response functions see a normal form of the request. Two things are missing from it: the connection, to
    // see who hung up, and the schema of a structured answer when it is asked for over the Responses API.
    const exchanges = new AsyncLocalStorage<Exchange>();
    const respond = (body: ChatCompletionRequest) => mock.#respond(body, exchanges.getStore() as Exchange);
    mock.#instance = await createServer(
      [{ match: { predicate: () => true }, response: respond }],
      { host: "127.0.0.1", port: options.port ?? 0, journalMaxEntries: 1 },
      [
        {
          path: "/calls",
          handler: { handleRequest: async (request, response) => mock.#showCounts(request, response) },
        },
      ],
    );
    mock.#instance.server.prependListener("request", (request, response) => {
      exchanges.enterWith({ response, body: recordBody(request), answered: countBytes(response) });
    });
    return mock;
  }

  /** What OPENAI_BASE_URL should be. */
  get baseUrl(): string {
    return `${this.#instance?.url}/v1`;
  }

  /** What a subject needs in its environment to ask this model. */
  get environment(): Record<string, string> {
    return { OPENAI_BASE_URL: this.baseUrl, OPENAI_API_KEY: "mock" };
  }

  /**
   * How many calls there were so far and what came of them; `GET /calls` answers the same. `repeatedAfterAnswer` counts
   * those whose equal had been answered before: work done, and paid, twice, unless somebody sent an equal request again.
   */
  get counts(): ModelCallCounts {
    const count = (outcome: RecordedCall["outcome"]) => this.calls.filter((call) => call.outcome === outcome).length;
    const answeredBefore = ({ id, key, startedAt }: RecordedCall) =>
      this.calls.some(
        (earlier) =>
          earlier.id < id &&
          earlier.key === key &&
          earlier.outcome === "answered" &&
          Number(earlier.endedAt) <= startedAt,
      );
    return {
      made: this.calls.length,
      answered: count("answered"),
      failed: count("failed"),
      abandoned: count("abandoned"),
      repeatedAfterAnswer: this.calls.filter(answeredBefore).length,
    };
  }

  /** Whether a text occurs in the conversation of a call: a mark tells the calls of one request from those of others. */
  mentions(call: RecordedCall, text: string): boolean {
    return this.#conversations.get(call)?.includes(text) ?? false;
  }

  /** Makes calls misbehave. Rules are tried in the order in which they were added; {@link reset} forgets them. */
  misbehave(rule: MisbehaviourRule): void {
    this.#rules.push({ ...rule, seen: 0 });
  }

  /** From now on, no call is answered until {@link release} or {@link stopHolding} says so. */
  hold(): void {
    this.#holds ??= new Map();
  }

  /** The calls that wait for an answer now, oldest first; those whose caller is gone do not count. */
  get held(): RecordedCall[] {
    return [...(this.#holds?.keys() ?? [])].filter((call) => call.outcome === "pending");
  }

  /** Answers one held call. */
  release(call: RecordedCall): void {
    this.#holds?.get(call)?.();
    this.#holds?.delete(call);
  }

  /** Answers all held calls, and later ones at once. */
  stopHolding(): void {
    const holds = this.#holds;
    this.#holds = undefined;
    for (const release of holds?.values() ?? []) release();
  }

  /** Forgets calls, rules and holds. */
  reset(): void {
    this.stopHolding();
    this.#rules = [];
    this.calls.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopHolding();
    const server = this.#instance?.server;
    await new Promise<void>((resolve) => {
      server?.close(() => resolve());
      server?.closeAllConnections();
    });
  }

  /** `GET /calls` shows the counts, `DELETE /calls` forgets them. */
  #showCounts({ method }: IncomingMessage, response: ServerResponse): boolean {
    if (method === "DELETE") this.calls.length = 0;
    else if (method !== "GET") return false;
    response.setHeader("content-type", "application/json").end(`${JSON.stringify(this.counts)}\n`);
    return true;
  }

  async #respond(normalForm: ChatCompletionRequest, exchange: Exchange): Promise<FixtureResponse> {
    const { response } = exchange;
    const body = exchange.body();
    const request = readRequest(normalForm, body.toString());
    const call = this.#record(request, body.length, exchange);
    const misbehaviour = this.#misbehaviourFor(call);
    const latency = typeof this.latency === "function" ? this.latency(call) : this.latency;
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
    const holds = this.#holds;
    if (holds) await new Promise<void>((release) => holds.set(call, release));

    switch (misbehaviour?.kind) {
      case "reset":
        response.socket?.destroy();
        break;
      case "stall":
        await new Promise((resolve) => response.once("close", resolve));
        break;
      case "status":
        return {
          status: misbehaviour.status,
          error: { message: misbehaviour.message ?? `The mock model was told to answer ${misbehaviour.status}` },
          ...(misbehaviour.retryAfterSeconds !== undefined && { retryAfter: misbehaviour.retryAfterSeconds }),
        };
    }
    const answer = misbehaviour?.kind === "answer" ? misbehaviour.answer : this.#answer(request);
    if (!answer) return unscripted(request);
    if ("text" in answer && answer.finishReason) sayWhyIncomplete(response, answer.finishReason);
    return withUsage(answer, call);
  }

  #answer(request: ModelRequest): ModelAnswer | undefined {
    const agent = agentOf(this.#agents, request);
    return agent?.answer(request) ?? (this.#strict ? undefined : genericAnswer(request));
  }

  #record(request: ModelRequest, requestBytes: number, { response, answered }: Exchange): RecordedCall {
    const call: RecordedCall = {
      id: this.calls.length + 1,
      key: keyOf(request),
      agent: agentOf(this.#agents, request)?.name ?? "unknown",
      model: request.model,
      prompt: request.messages.at(-1)?.text ?? "",
      startedAt: Date.now(),
      outcome: "pending",
      inputTokens: tokensIn(JSON.stringify(request.messages)),
      outputTokens: 0,
      requestBytes,
      get responseBytes() {
        return answered();
      },
    };
    this.calls.push(call);
    this.#conversations.set(call, request.messages.map(({ text }) => text).join("\n"));
    // "finish": the whole answer was handed to the network; "close" without it: whoever asked has hung up.
    response.once("finish", () => {
      call.outcome = response.statusCode < 400 ? "answered" : "failed";
      call.status = response.statusCode;
      call.endedAt = Date.now();
      this.#onCall?.(call);
    });
    response.once("close", () => {
      if (call.outcome !== "pending") return;
      call.outcome = "abandoned";
      call.endedAt = Date.now();
      this.#holds?.delete(call);
      this.#onCall?.(call);
    });
    return call;
  }

  #misbehaviourFor(call: RecordedCall): ModelMisbehaviour | undefined {
    for (const rule of this.#rules) {
      if (rule.match && !rule.match(call)) continue;
      const position = rule.seen++ - (rule.skip ?? 0);
      if (position >= 0 && position < (rule.times ?? Number.POSITIVE_INFINITY)) return rule.misbehaviour;
    }
    return undefined;
  }
}

/** One HTTP request to the mock model. */
interface Exchange {
  response: ServerResponse;
  /** The request's body, once it is complete. */
  body: () => Buffer;
  /** How many bytes of the answer's body have been written. */
  answered: () => number;
}

/** Copies what a request's reader reads; a second reader would change when the first one gets it. */
function recordBody(request: IncomingMessage): () => Buffer {
  const chunks: Buffer[] = [];
  const emit = request.emit.bind(request);
  request.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event === "data") chunks.push(values[0] as Buffer);
    return emit(event, ...values);
  };
  return () => Buffer.concat(chunks);
}

/** Counts what is written to a response, which does not tell the size of its body without that of the headers. */
function countBytes(response: ServerResponse): () => number {
  let bytes = 0;
  for (const method of ["write", "end"] as const) {
    const original = response[method].bind(response) as (...values: unknown[]) => unknown;
    response[method] = ((...values: unknown[]) => {
      const [chunk] = values;
      if (typeof chunk === "string" || chunk instanceof Uint8Array) bytes += Buffer.byteLength(chunk);
      return original(...values);
    }) as typeof response.write & typeof response.end;
  }
  return () => bytes;
}

/** Where the schema of a structured answer stands: `text.format` in Responses, `response_format` in Chat Completions. */
type SchemaFields = {
  text?: { format?: { schema?: object } };
  response_format?: { json_schema?: { schema?: object } };
};

/** Reads aimock's normal form, which is the same for Responses and Chat Completions, and the schema from the body. */
function readRequest(normalForm: ChatCompletionRequest, body: string): ModelRequest {
  const messages = normalForm.messages.map((message) => ({
    role: message.role,
    text: getTextContent(message.content) ?? "",
    toolCalls: message.tool_calls?.map(({ function: { name, arguments: input } }) => ({ name, input })) ?? [],
  }));
  const { text, response_format } = JSON.parse(body) as SchemaFields;
  const schema = text?.format?.schema ?? response_format?.json_schema?.schema;
  const instructions = messages
    .filter(({ role }) => role === "system")
    .map(({ text }) => text)
    .join("\n");
  return {
    model: normalForm.model,
    instructions,
    messages,
    tools:
      normalForm.tools?.map(({ function: { name, parameters } }) => ({ name, parameters: parameters ?? {} })) ?? [],
    ...(schema && { schema }),
  };
}

function keyOf({ model, messages }: ModelRequest): string {
  return createHash("sha256").update(JSON.stringify({ model, messages })).digest("hex").slice(0, 16);
}

/** About four characters make a token: https://platform.openai.com/tokenizer. */
const tokensIn = (text: string) => Math.ceil(text.length / 4);

function withUsage(answer: ModelAnswer, call: RecordedCall): FixtureResponse {
  const content = "object" in answer ? JSON.stringify(answer.object) : "text" in answer ? answer.text : "";
  const toolCalls =
    "toolCalls" in answer ? answer.toolCalls.map(({ name, input }) => ({ name, arguments: argumentsOf(input) })) : [];
  call.outputTokens = tokensIn(content + JSON.stringify(toolCalls));
  const usage = {
    // Chat Completions and Responses name them differently.
    prompt_tokens: call.inputTokens,
    completion_tokens: call.outputTokens,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
  };
  const finishReason = "text" in answer ? answer.finishReason : undefined;
  return toolCalls.length > 0 ? { toolCalls, usage } : { content, usage, ...(finishReason && { finishReason }) };
}

/** Over the Responses API, a cut-off answer says why in a field that aimock leaves out. */
function sayWhyIncomplete(response: ServerResponse, finishReason: string): void {
  const reason = finishReason === "length" ? "max_output_tokens" : finishReason;
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body: string) => {
    const answer = JSON.parse(body) as { object?: string };
    const incomplete = { status: "incomplete", incomplete_details: { reason } };
    return end(JSON.stringify(answer.object === "response" ? { ...answer, ...incomplete } : answer));
  }) as typeof response.end;
}

const argumentsOf = (input: unknown) => (typeof input === "string" ? input : JSON.stringify(input));

function unscripted({ messages }: ModelRequest): FixtureResponse {
  const prompt = messages.map(({ role, text }) => `${role}: ${text}`).join("\n");
  const message = `The mock model has no answer for this prompt (strict mode):\n${prompt}`;
  console.error(message);
  return { status: 400, error: { message } };
}
