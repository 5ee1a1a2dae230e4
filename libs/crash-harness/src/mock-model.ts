import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type ChatCompletionRequest, createServer, type FixtureResponse } from "@copilotkit/aimock";
import { z } from "zod";
import { countBytes, type Exchange, jsonOrText, recordBody, reply } from "./exchange.ts";
import { genericAnswer, type ModelAnswer, type ModelRequest, type ScriptedAgent } from "./model-answers.ts";
import { FaultFromOutside, type FaultRule, type ModelFault } from "./model-faults.ts";
import { keyOf, readRequest, sayWhyIncomplete, tokensIn, withUsage } from "./protocol.ts";
import { type Recorded, Recorder } from "./recorder.ts";

/** One request that reached the model; its key is a hash of what was asked, without ids that differ from run to run. */
export interface RecordedCall extends Recorded {
  /** Which of the scripted agents asked, or "unknown". */
  agent: string;
  /** The name of the model that was asked for. */
  model: string;
  /** What it was asked: the newest message. */
  prompt: string;
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
  /** Those whose client was gone before the answer, such as by a crash. */
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
  /** The agents that it knows, and what it answers each; none unless set. */
  agents?: readonly ScriptedAgent[];
  /** The file in which `agents` stands, to be named when an answer is missing. */
  agentsFile?: string;
  /** Whether a request of an unknown agent is an error, instead of getting an answer that fits its schema. */
  strict?: boolean;
  /** Is told of every call when it comes (it is pending then) and when it has ended: answered, failed or abandoned. */
  onCall?: (call: RecordedCall) => void;
}

/**
 * The model that tests and demos use: `@copilotkit/aimock` speaks the protocols (Responses, Chat Completions and more),
 * this class decides on the answers, counts, and fails when it is told to.
 */
export class MockModel extends Recorder<RecordedCall> {
  /** How long each answer takes, in milliseconds; a function is asked for each call. It may be changed at any time. */
  latency: number | ((call: RecordedCall) => number);
  readonly #options: MockModelOptions;
  #rules: (FaultRule & { seen: number })[] = [];
  protected server!: Server;

  protected constructor(options: MockModelOptions) {
    super(options.onCall);
    this.#options = options;
    this.latency = options.latency ?? 0;
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
    const { server } = await createServer(
      [{ match: { predicate: () => true }, response: respond }],
      { host: "127.0.0.1", port: options.port ?? 0, journalMaxEntries: 1 },
      [
        {
          path: "/calls",
          handler: { handleRequest: async (request, response) => mock.#showCounts(request, response) },
        },
        { path: "/faults", handler: { handleRequest: (request, response) => mock.#takeRule(request, response) } },
      ],
    );
    server.prependListener("request", (request, response) => {
      exchanges.enterWith({ response, body: recordBody(request), answered: countBytes(response) });
    });
    mock.server = server;
    return mock;
  }

  /** What OPENAI_BASE_URL should be. */
  get baseUrl(): string {
    return `${this.url}/v1`;
  }

  /** What a service needs in its environment to ask this model. */
  get env(): Record<string, string> {
    return { OPENAI_BASE_URL: this.baseUrl, OPENAI_API_KEY: "mock" };
  }

  /**
   * How many calls there were so far and what came of them; `GET /calls` answers the same. `repeatedAfterAnswer` counts
   * those whose equal had been answered before: work done, and paid, twice, unless a client sent an equal request again.
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

  /**
   * Makes calls fail. Rules are tried in the order in which they were added; {@link reset} forgets them. From outside,
   * `POST /faults` does the same: `{"kind":"status","status":429,"retryAfterSeconds":1,"times":1,"agent":"Researcher"}`.
   */
  addFault(rule: FaultRule): void {
    this.#rules.push({ ...rule, seen: 0 });
  }

  /** Forgets calls, faults and holds. */
  override reset(): void {
    super.reset();
    this.#rules = [];
  }

  /** `POST /faults` adds a rule, `DELETE /faults` forgets all of them. */
  async #takeRule(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (request.method === "DELETE") {
      this.#rules = [];
      return reply(response, 200, { rules: 0 });
    }
    if (request.method !== "POST") return false;
    const parsed = FaultFromOutside.safeParse(jsonOrText(await text(request)));
    if (!parsed.success) return reply(response, 400, { error: z.prettifyError(parsed.error) });
    const { agent, skip, times, ...fault } = parsed.data;
    this.addFault({
      fault: fault as ModelFault,
      match: (call) => agent === undefined || call.agent === agent,
      skip,
      times,
    });
    return reply(response, 200, { rules: this.#rules.filter(isDue).length });
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
    const fault = this.#faultFor(call);
    const latency = typeof this.latency === "function" ? this.latency(call) : this.latency;
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
    await this.untilReleased(call);

    switch (fault?.kind) {
      case "reset":
        response.socket?.destroy();
        break;
      case "stall":
        await new Promise((resolve) => response.once("close", resolve));
        break;
      case "status":
        return {
          status: fault.status,
          error: { message: fault.message ?? `The mock model was told to answer ${fault.status}` },
          ...(fault.retryAfterSeconds !== undefined && { retryAfter: fault.retryAfterSeconds }),
        };
    }
    const answer = fault?.kind === "answer" ? fault.answer : this.#answer(request);
    if (typeof answer === "string") {
      console.error(answer);
      return { status: 400, error: { message: answer } };
    }
    if ("text" in answer && answer.finishReason) sayWhyIncomplete(response, answer.finishReason);
    return withUsage(answer, call);
  }

  #agentOf(request: ModelRequest): ScriptedAgent | undefined {
    return this.#options.agents?.find(({ instructions }) => request.instructions.includes(instructions));
  }

  /** The answer, or why there is none: which agent asked, what it asked, and what to edit. */
  #answer(request: ModelRequest): ModelAnswer | string {
    const { strict, agentsFile = "the list of agents that it was started with" } = this.#options;
    const agent = this.#agentOf(request);
    try {
      const answer = agent ? agent.answer(request) : !strict && genericAnswer(request);
      if (answer) return answer;
    } catch (error) {
      return `The mock model's answer to the agent "${agent?.name}" failed: ${error}. It was asked: ${lastMessage(request)}. Mend its "answer" in ${agentsFile}.`;
    }
    if (agent) {
      return `The mock model has no answer for the agent "${agent.name}", which asks: ${lastMessage(request)}. Extend its "answer" in ${agentsFile}.`;
    }
    const instructions = JSON.stringify(request.instructions.slice(0, MAX_QUOTE));
    return `The mock model does not know the agent with the instructions ${instructions}, which asks: ${lastMessage(request)}. Add it to ${agentsFile}.`;
  }

  #record(request: ModelRequest, requestBytes: number, { response, answered }: Exchange): RecordedCall {
    const agent = this.#agentOf(request)?.name ?? "unknown";
    const call: RecordedCall = {
      id: this.calls.length + 1,
      key: keyOf(request),
      label: agent,
      agent,
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
    this.record(call, request.messages.map(({ text }) => text).join("\n"), response);
    return call;
  }

  #faultFor(call: RecordedCall): ModelFault | undefined {
    for (const rule of this.#rules) {
      if (rule.match && !rule.match(call)) continue;
      const applies = isDue(rule) && rule.seen >= (rule.skip ?? 0);
      rule.seen++;
      if (applies) return rule.fault;
    }
    return undefined;
  }
}

/** Whether a rule has not been applied as often as it should. */
const isDue = ({ seen, skip = 0, times = Number.POSITIVE_INFINITY }: FaultRule & { seen: number }) =>
  seen < skip + times;

/** How much of a prompt an error shows, in characters. */
const MAX_QUOTE = 300;

const lastMessage = ({ messages }: ModelRequest) => {
  const { role = "nothing", text = "" } = messages.at(-1) ?? {};
  return `${JSON.stringify(text.slice(0, MAX_QUOTE))} (${role})`;
};
