export {
  type Attempt,
  attempt,
  callModel,
  callModels,
  defaultRetryPolicy,
  type ModelCall,
  type RetryPolicy,
  retryDelay,
} from "./calls.ts";
export { checkText, checkToolCalls, jsonSchema, MAX_ANSWER_LENGTH, parseAnswer } from "./checks.ts";
export { newestTurns } from "./conversations.ts";
export {
  type Hints,
  hints,
  InvalidResponseError,
  MissingKeyError,
  type ModelFault,
  modelFault,
} from "./faults.ts";
