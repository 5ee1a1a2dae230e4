import { newestTurns } from "@durable-agents/model-calls";
import { type BaseMessage, mapStoredMessagesToChatMessages, type StoredMessage } from "@langchain/core/messages";
import { type ObjectContext, TerminalError, type WorkflowContext } from "@restatedev/restate-sdk";
import { storedMessage } from "./stored-messages.ts";

/** The messages of a conversation, kept in the state of a Virtual Object or a workflow. */
export class RestateMessages {
  readonly #ctx: ObjectContext | WorkflowContext;
  readonly #key: string;
  readonly #maxMessages: number;

  /**
   * @param ctx the handler's context
   * @param options what is kept, and where
   * @param options.key under which key of the state the messages are kept; "messages" unless set
   * @param options.maxMessages how many are kept, newest last; all unless set, and then the state grows forever. Older ones go
   *   in whole turns, each of which begins with what a user said; the newest turn stays even if it is longer
   * @throws TerminalError if maxMessages is no whole number above 0
   */
  constructor(
    ctx: ObjectContext | WorkflowContext,
    { key = "messages", maxMessages = Number.POSITIVE_INFINITY }: { key?: string; maxMessages?: number } = {},
  ) {
    if (!(maxMessages >= 1 && (Number.isInteger(maxMessages) || maxMessages === Number.POSITIVE_INFINITY))) {
      throw new TerminalError(
        `RestateMessages keeps a whole number of messages above 0, not maxMessages: ${maxMessages}`,
      );
    }
    this.#ctx = ctx;
    this.#key = key;
    this.#maxMessages = maxMessages;
  }

  /** @returns the messages so far, oldest first */
  async load(): Promise<BaseMessage[]> {
    return mapStoredMessagesToChatMessages((await this.#ctx.get<StoredMessage[]>(this.#key)) ?? []);
  }

  /** Replaces the messages: call it when a run has ended well, so that one that fails leaves no half of a conversation behind. */
  save(messages: BaseMessage[]): void {
    const newest = newestTurns(messages, this.#maxMessages, (message) => message.getType() === "human");
    this.#ctx.set(
      this.#key,
      newest.map((message) => withoutRandomId(storedMessage(message))),
    );
  }
}

/** The ids that LangGraph makes up for messages that have none, others at each replay; those of answers are in the journal. */
const RANDOM_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function withoutRandomId(message: StoredMessage): StoredMessage {
  const { id, ...data } = message.data;
  return message.type === "ai" && id !== undefined && !RANDOM_ID.test(id) ? message : { ...message, data };
}
