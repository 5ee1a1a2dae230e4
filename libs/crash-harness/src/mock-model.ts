import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ChatCompletionRequest, createServer, type FixtureResponse } from "@copilotkit/aimock";
import { z } from "zod";
import { countBytes, type Exchange, jsonOf, recordBody, reply } from "./exchange.ts";
import { type MisbehaviourRule, type ModelMisbehaviour, RuleFromOutside } from "./misbehaviour.ts";
import { agentOf, genericAnswer, type ModelAnswer, type ModelRequest, type ScriptedAgent } from "./model-answers.ts";
import { keyOf, readRequest, sayWhyIncomplete, tokensIn, unscripted, withUsage } from "./protocol.ts";

/** One request that reached the model. Times are milliseconds since 1970. */
export interface RecordedCall {
  /** 1, 2, 3 and so on, since the start or the last reset. */
  id: number;
  /** Equal for equal logical calls: a hash of what was asked, without the ids and names that differ from run to run. */
  key: string;
  /** Which of the scripted agents asked, or "unknown". */
  agent: string;
  /** The name of the model that was asked for. */
  model: string;
  /** What it was asked: the newest message. */
  prompt: string;
  /** When the request was there. */
  startedAt: number;
  /** When it was answered or given up. */
  endedAt?: number;
  /** `abandoned`: whoever asked was gone before the answer. */
  outcome: "pending" | "answered" | "failed" | "abandoned";
  /** The HTTP status, once there is one. */
  status?: number;
  /** Tokens of the prompt: a token is four characters. */
  inputTokens: number;
  /** Tokens of the answer. */
  outputTokens: number;
  /** Bytes of the body of the request. */
  requestBytes: number;
  /** Bytes of the body of the answer, as far as it was given. */
  responseBytes: number;
}

/** How many calls there were, by what came of them. */
export interface ModelCallCounts {
  /** All of them. */
  made: number;
  /** Those whose answer was handed over whole. */
  answered: number;
  /** Those that got an error. */
  failed: number;
  /** Those whose caller was gone before the answer, such as by a crash. */
  abandoned: number;
  /** Those that ask what had been asked and answered before. */
  repeatedAfterAnswer: number;
}

/** How a {@link MockModel} is started. */
export interface MockModelOptions {
  /** The port; a free one unless set. */
  port?: number;
  /** How long each answer takes, in milliseconds; a function is asked for each call. 0 unless set. */
  latency?: number | ((call: RecordedCall) => number);
  /** The agents that it knows, and what it answers each; nobody unless set. */
  agents?: readonly ScriptedAgent[];
  /** Whether a request of somebody else is an error, instead of getting an answer that fits its schema. */
  strict?: boolean;
  /** Is told of every call when it comes (it is pending then) and when it has ended: answered, failed or abandoned. */
  onCall?: (call: RecordedCall) => void;
}

/**
 * The model that tests and demos use: `@copilotkit/aimock` speaks the protocols (Responses, Chat Completions and more),
 * this class decides on the answers, counts, and misbehaves when it is told to.
 */
export class MockModel implements AsyncDisposable {
  /** Every request so far, oldest first. */
  readonly calls: RecordedCall[] = [];
  /** How long each answer takes, in milliseconds; a function is asked for each call. It may be changed at any time. */
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
        { path: "/misbehave", handler: { handleRequest: (request, response) => mock.#takeRule(request, response) } },
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

  /**
   * Makes calls misbehave. Rules are tried in the order in which they were added; {@link reset} forgets them. From outside,
   * `POST /misbehave` does the same: `{"kind":"status","status":429,"retryAfterSeconds":1,"times":1,"agent":"Researcher"}`.
   */
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

  /** `POST /misbehave` adds a rule, `DELETE /misbehave` forgets all of them. */
  async #takeRule(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (request.method === "DELETE") {
      this.#rules = [];
      return reply(response, 200, { rules: 0 });
    }
    if (request.method !== "POST") return false;
    const parsed = RuleFromOutside.safeParse(await jsonOf(request));
    if (!parsed.success) return reply(response, 400, { error: z.prettifyError(parsed.error) });
    const { agent, skip, times, ...misbehaviour } = parsed.data;
    this.misbehave({
      misbehaviour: misbehaviour as ModelMisbehaviour,
      match: (call) => agent === undefined || call.agent === agent,
      ...(skip !== undefined && { skip }),
      ...(times !== undefined && { times }),
    });
    return reply(response, 200, { rules: this.#rules.filter(canStrike).length });
  }

  /** `GET /calls` shows the counts, `DELETE /calls` forgets them. */
  #showCounts({ method }: IncomingMessage, response: ServerResponse): boolean {
    if (method === "DELETE") this.calls.length = 0;
    else if (method !== "GET") return false;
    return reply(response, 200, this.counts);
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
    this.#onCall?.(call);
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
      const strikes = canStrike(rule) && rule.seen >= (rule.skip ?? 0);
      rule.seen++;
      if (strikes) return rule.misbehaviour;
    }
    return undefined;
  }
}

/** Whether a rule has not struck as often as it should. */
const canStrike = ({ seen, skip = 0, times = Number.POSITIVE_INFINITY }: MisbehaviourRule & { seen: number }) =>
  seen < skip + times;
