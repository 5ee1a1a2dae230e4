import { type BaseMessage, mapChatMessagesToStoredMessages, type StoredMessage } from "@langchain/core/messages";

/** A message as JSON. LangChain's own form leaves out the content of messages that were made of `contentBlocks`. */
export function storedMessage(message: BaseMessage): StoredMessage {
  const [stored] = mapChatMessagesToStoredMessages([message]) as [StoredMessage];
  return { ...stored, data: { ...stored.data, content: message.content as string } };
}
