import { cleanEnvironment, installPacked } from "@durable-agents/processes";
import { execa } from "execa";
import { expect, test } from "vitest";

/** What a user of the package may write first: an agent of two model calls, and how it is crashed. */
const program = `
import { Bench, crashDuring, type ScriptedAgent } from "@durable-agents/crash-harness";
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
  await using bench = await Bench.start({ folder: process.cwd(), model: { agents } });
  const request = { name: "cats", pattern: "story", call: "Story/write", body: { topic: "cats" }, modelCalls: 2 };
  const { reply, calls, journaled, repeatedCompleted, repeatedInFlight } = await crashDuring(bench, request, 1);
  const counts = [calls, journaled, repeatedCompleted, repeatedInFlight].map(({ length }) => length);
  console.log(JSON.stringify({ reply, counts }));
  process.exit(0);
}
`;

test("the crash harness, as it is published, crashes an agent in a project of its own", {
  timeout: 120_000,
}, async () => {
  const project = await installPacked({
    libraries: ["crash-harness"],
    besides: ["@restatedev/restate-sdk"],
    program,
  });
  const { stdout } = await execa("node", ["src/main.ts"], { cwd: project, env: cleanEnvironment(project) });
  expect(JSON.parse(stdout.split("\n").at(-1) ?? "")).toEqual({
    reply: { status: 200, body: "a draft, edited" },
    counts: [3, 1, 0, 1],
  });
});
