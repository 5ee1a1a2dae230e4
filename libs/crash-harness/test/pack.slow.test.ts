import { installPacked } from "@durable-agents/testkit";
import { expect, test } from "vitest";
import { cleanEnvironment, ManagedProcess } from "../src/index.ts";

/** What a user of the package may write first: an agent of two model calls, and how it is crashed. */
const program = `
import { crashEverywhere, problemsOf, type ScriptedAgent, TestEnvironment } from "@durable-agents/crash-harness";
import { type Context, serve, service } from "@restatedev/restate-sdk";

const agents: ScriptedAgent[] = [
  { name: "Writer", instructions: "You write.", answer: () => ({ text: "a draft" }) },
  { name: "Editor", instructions: "You edit.", answer: ({ messages }) => ({ text: \`\${messages.at(-1)?.text}, edited\` }) },
];

async function ask({ instructions }: ScriptedAgent, prompt: string): Promise<string> {
  const messages = [{ role: "system", content: instructions }, { role: "user", content: prompt }];
  const response = await fetch(\`\${process.env.OPENAI_BASE_URL}/chat/completions\`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: \`Bearer \${process.env.OPENAI_API_KEY}\` },
    body: JSON.stringify({ model: "mock", messages }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? "";
}

const [writer, editor] = agents as [ScriptedAgent, ScriptedAgent];
const story = service({
  name: "Story",
  handlers: {
    write: async (ctx: Context, { topic }: { topic: string }): Promise<string> => {
      const draft = await ctx.run("write", () => ask(writer, topic));
      return ctx.run("edit", () => ask(editor, draft));
    },
  },
});

if (process.env.PORT) {
  await serve({ services: [story], port: Number(process.env.PORT) });
} else {
  await using environment = await TestEnvironment.start({ folder: process.cwd(), model: { agents } });
  const results = await crashEverywhere(environment, [{ call: "Story/write", body: { topic: "cats" } }]);
  const inFlight = results.map(({ repeated }) => repeated.inFlight.length);
  console.log(JSON.stringify({ problems: results.flatMap(problemsOf), inFlight }));
  process.exit(0);
}
`;

test("the crash harness, as it is published, crashes an agent in a project of its own", async () => {
  const cwd = await installPacked({ library: "crash-harness", besides: ["@restatedev/restate-sdk"], program });
  const run = new ManagedProcess({
    name: "it",
    command: "node",
    args: ["src/main.ts"],
    cwd,
    env: cleanEnvironment(cwd),
  });
  expect(await run.exited).toEqual({ code: 0, signal: null });
  // Before the first call, between the two, and after the last one.
  expect(JSON.parse(run.output.trim().split("\n").at(-1) ?? "")).toEqual({ problems: [], inFlight: [1, 1, 0] });
});
