import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { reply } from "./exchange.ts";
import { type Recorded, Recorder } from "./recorder.ts";
import { keyOfText, untagged } from "./tags.ts";

/** A request of a tool, as {@link EffectsOptions.answer} gets it. */
export interface EffectRequest {
  /** Such as `POST`. */
  method: string;
  /** Path and query, such as `/orders/4711?details=yes`. */
  path: string;
  /** The body; empty if there is none. */
  body: string;
}

/** One request that reached the effects server. */
export type RecordedEffect = Recorded & EffectRequest;

/** The environment variable in which a service finds the server's address unless another one is set. */
export const EFFECTS_VARIABLE = "EFFECTS_BASE_URL";

/** How an {@link EffectsServer} is started. */
export interface EffectsOptions {
  /** The port; a free one unless set. */
  port?: number;
  /** The environment variable in which the service finds its address; `EFFECTS_BASE_URL` unless set. */
  variable?: string;
  /** What it answers: a value, which is sent as JSON, for each request; `{}` unless set. */
  answer?: (request: EffectRequest) => unknown;
  /** Is told of every request when it comes (it is pending then) and when it has ended. */
  onCall?: (call: RecordedEffect) => void;
}

/**
 * Stands in for the systems that tools call over HTTP, and counts: an effect that was completed and journaled must not
 * happen again after a crash. A tool is pointed to it by its base URL, as to any server.
 */
export class EffectsServer extends Recorder<RecordedEffect> {
  readonly #options: EffectsOptions;
  protected readonly server: Server;

  private constructor(options: EffectsOptions) {
    super(options.onCall);
    this.#options = options;
    this.server = createServer((request, response) => this.#respond(request, response));
  }

  /**
   * Starts one on 127.0.0.1.
   *
   * @throws Error if the port is busy
   */
  static async start(options: EffectsOptions = {}): Promise<EffectsServer> {
    const effects = new EffectsServer(options);
    await new Promise<void>((resolve, reject) => {
      effects.server.once("error", reject);
      effects.server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    return effects;
  }

  /** Where it is, such as `http://127.0.0.1:4020`. */
  get baseUrl(): string {
    return this.url;
  }

  /** What a service needs in its environment to find it. */
  get env(): Record<string, string> {
    return { [this.#options.variable ?? EFFECTS_VARIABLE]: this.baseUrl };
  }

  async #respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = incoming;
    const body = await text(incoming);
    const [pathname = path] = path.split("?");
    const call: RecordedEffect = {
      id: this.calls.length + 1,
      key: keyOfText(JSON.stringify([method, path, body])),
      label: `${method} ${untagged(pathname)}`,
      method,
      path,
      body,
      startedAt: Date.now(),
      outcome: "pending",
    };
    this.record(call, `${path}\n${body}`, response);
    await this.untilReleased(call);
    try {
      reply(response, 200, this.#options.answer?.({ method, path, body }) ?? {});
    } catch (error) {
      reply(response, 500, { error: String(error) });
    }
  }
}
