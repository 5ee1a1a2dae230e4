import { newestTurns } from "@durable-agents/model-calls";
import type { AgentInputItem, Session } from "@openai/agents";
import { type ObjectContext, TerminalError, type WorkflowContext } from "@restatedev/restate-sdk";

/**
 * A conversation that is kept in the state of a Virtual Object or a workflow.
 *
 * It is read once, and written once: when a run has ended well. A run that fails leaves no half of a conversation behind.
 */
export class RestateSession implements Session {
  readonly #ctx: ObjectContext | WorkflowContext;
  readonly #key: string;
  readonly #maxItems: number;
  #items: AgentInputItem[] | undefined;
  /** The items as of the last run that ended well. */
  #saved: AgentInputItem[] = [];

  /**
   * @param ctx the handler's context
   * @param options what is kept, and where
   * @param options.key under which key of the state the items are kept; "items" unless set
   * @param options.maxItems how many items are kept, newest last; all unless set, and then the state grows forever. Older
   *   items go in whole turns, each of which begins with what a user said; the newest turn stays even if it is longer
   * @throws TerminalError if maxItems is no whole number above 0
   */
  constructor(ctx: ObjectContext | WorkflowContext, { key = "items", maxItems = Number.POSITIVE_INFINITY } = {}) {
    if (!(maxItems >= 1 && (Number.isInteger(maxItems) || maxItems === Number.POSITIVE_INFINITY))) {
      throw new TerminalError(`RestateSession keeps a whole number of items above 0, not maxItems: ${maxItems}`);
    }
    this.#ctx = ctx;
    this.#key = key;
    this.#maxItems = maxItems;
  }

  /** @returns the key of the Virtual Object or workflow */
  async getSessionId(): Promise<string> {
    return this.#ctx.key;
  }

  /**
   * The conversation so far.
   *
   * @param limit how many of the newest items to return; all unless set
   * @returns copies, oldest first
   */
  async getItems(limit?: number): Promise<AgentInputItem[]> {
    const items = await this.#load();
    return structuredClone(limit === undefined ? items : limit > 0 ? items.slice(-limit) : []);
  }

  /** Goes on with the conversation. It is written when the run has ended well. */
  async addItems(items: AgentInputItem[]): Promise<void> {
    this.#items = [...(await this.#load()), ...structuredClone(items)];
  }

  /** Takes the newest item away. @returns it, or undefined if there was none */
  async popItem(): Promise<AgentInputItem | undefined> {
    return (await this.#load()).pop();
  }

  /** Forgets the conversation, once the run has ended well. */
  async clearSession(): Promise<void> {
    this.#items = [];
  }

  /** Writes the items into the state. durableRun calls it when a run has ended well. */
  save(): void {
    if (!this.#items) return;
    this.#items = newestTurns(this.#items, this.#maxItems, (item) => "role" in item && item.role === "user");
    this.#saved = structuredClone(this.#items);
    this.#ctx.set(this.#key, this.#items);
  }

  /** Forgets what was added since the last run that ended well. durableRun calls it when a run has failed. */
  discard(): void {
    if (this.#items) this.#items = structuredClone(this.#saved);
  }

  async #load(): Promise<AgentInputItem[]> {
    if (!this.#items) {
      this.#items = (await this.#ctx.get<AgentInputItem[]>(this.#key)) ?? [];
      this.#saved = structuredClone(this.#items);
    }
    return this.#items;
  }
}
