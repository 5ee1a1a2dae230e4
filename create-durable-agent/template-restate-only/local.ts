import { newestQuestion, type ScriptedAgent, startProject, toolResults } from "@durable-agents/crash-harness";

// What stands in for the world outside when you run or test this project on your machine.

/** What the mock model answers to whom. An agent is recognized by what stands in its instructions. */
export const agents: ScriptedAgent[] = [
  {
    name: "Support",
    instructions: "You are the support agent of a shop.",
    answer: (request) => {
      const orderId = newestQuestion(request).match(/order (\w+)/)?.[1];
      if (!orderId) return undefined; // An error, which says what was asked.
      const results = toolResults(request).map((result) => JSON.parse(result));
      const { status, refunded } = Object.assign({}, ...results);
      if (status) return { text: `Order ${orderId} is ${status}. We have refunded ${refunded} for shipping.` };
      const input = { orderId };
      return {
        toolCalls: [
          { name: "look_up_order", input },
          { name: "refund_shipping", input },
        ],
      };
    },
  },
];

/** The shop: where a tool finds its address, and what it answers. */
export const effects = {
  variable: "SHOP_URL",
  answer: ({ method }: { method: string }) =>
    method === "POST" ? { refunded: "$5" } : { status: "with the courier, and arrives tomorrow" },
};

/** What `npm start` prints and the crash test sends, with another number for {tag} each time; and the steps that it takes. */
export const requests = [
  { call: "Support/answer", body: { message: "Where is my order {tag}? It is late." }, steps: 4 },
];

// `npm start` runs this file.
if (import.meta.main) {
  await startProject({ folder: import.meta.dirname, agents, agentsFile: "local.ts", effects, requests });
}
