import { expect, test } from "vitest";
import { followsSdk, forSdk, sdks } from "../src/sdks.ts";

const langgraph = sdks.find(({ name }) => name === "langgraph") ?? { name: "", title: "" };

test("tabs stand in one order", () => {
  expect(sdks.map(({ name }) => name).slice(0, 4)).toEqual(["vercel-ai", "openai-agents", "langgraph", "restate-only"]);
});

test.each([
  ["npm run dev -- vercel-ai --latency 2000", "npm run dev -- langgraph --latency 2000"],
  ["cat .restate/vercel-ai/service.pid", "cat .restate/langgraph/service.pid"],
  ["cat .restate/vercel-ai-approval/service.pid", "cat .restate/langgraph-approval/service.pid"],
  ["Vercel AI SDK is up.", "LangGraph is up."],
  ["Router on the Vercel AI SDK, 2 model calls", "Router on LangGraph, 2 model calls"],
])("%j follows the chosen SDK", (text, becomes) => {
  expect(forSdk(text, langgraph)).toBe(becomes);
});

test.each(["npm install @restatedev/vercel-ai-middleware", "diff packages/vercel-ai packages/openai-agents"])(
  "%j does not",
  (text) => {
    expect(followsSdk(text)).toBe(false);
    expect(forSdk(text, langgraph)).toBe(text);
  },
);
