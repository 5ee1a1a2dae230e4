import { newestQuestion, type ScriptedAgent } from "@durable-agents/crash-harness";
import { supportAgents, supportRouter } from "../agents/router.ts";
import { supportSpecialists } from "../contracts/router.ts";
import { chooseSpecialist } from "./choose-specialist.ts";

export const routerAgents: ScriptedAgent[] = [
  {
    ...supportRouter,
    answer: (request) => chooseSpecialist(request, supportSpecialists, supportTopic(newestQuestion(request))),
  },
  ...supportSpecialists.map(
    (topic): ScriptedAgent => ({
      ...supportAgents[topic],
      answer: (request) => ({ text: support(topic, newestQuestion(request)) }),
    }),
  ),
];

function supportTopic(message: string) {
  if (/charg|invoice|refund|bill|payment|subscription|price/i.test(message)) return "billing";
  if (/log ?in|sign ?in|password|account|profile|e-?mail address|two-factor|delete my/i.test(message)) return "account";
  if (/error|crash|bug|feature|export|import|how (do|can)|does not work|doesn't work/i.test(message)) return "product";
  return "none";
}

const support = (topic: string, message: string) =>
  `Thank you for writing. I have looked into this for you as the ${topic} specialist: "${message}"`;
