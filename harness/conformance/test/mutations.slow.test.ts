import { join } from "node:path";
import { type Mutation, mutatedCopy, repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";
import { runConformance } from "../src/index.ts";

/** A mistake that can be made in an implementation, and the check that has to catch it. */
interface Mistake extends Mutation {
  mistake: string;
  caughtBy: string;
}

const implementation = (name: string) => join(repositoryRoot, "packages", name);

const sequentialWorkers = {
  mistake: "workers one after the other",
  file: "orchestrator-worker.ts",
  code: `const findings = await RestatePromise.all(
        plan.tasks.map(({ question }) => ctx.client(ResearchWorker).research({ question })),
      );`,
  becomes: `const findings: { question: string; answer: string }[] = [];
      for (const { question } of plan.tasks) findings.push(await ctx.client(ResearchWorker).research({ question }));
      void RestatePromise;`,
  caughtBy: "P1-workers",
};

const forgetfulSession = (code: string): Mistake => ({
  mistake: "a session that forgets its specialist",
  file: "claim-session.ts",
  code,
  becomes: "",
  caughtBy: "P2-memory",
});

/** A tool that has an effect: through the journal, as it should be, or outside of it. */
const effectOf = (name: string) =>
  `const ${name} = async () => void (await fetch(\`\${process.env.EFFECTS_BASE_URL}/notes\`, { method: "POST", body: claim.reason }));`;

/** Puts an effect before the call of the fraud specialist in `RemoteAgentClaimApproval`. */
const toolWithEffect = (effect: string): Record<string, Mutation> => ({
  "restate-only": {
    file: "multi-agent.ts",
    code: "      return decide(ctx, claim, (toolNames) =>\n        RestatePromise.all(toolNames.map((name) => ctx.client(services[name]).run(claim))),\n      );",
    becomes: `      ${effectOf("note")}
      return decide(ctx, claim, async (toolNames) => {
        ${effect};
        return RestatePromise.all(toolNames.map((name) => ctx.client(services[name]).run(claim)));
      });`,
  },
  "vercel-ai": {
    file: "multi-agent.ts",
    code: "        check_fraud: () => ctx.client(FraudCheckAgent).run(claim),",
    becomes: `        check_fraud: async () => {
          ${effectOf("note")}
          ${effect};
          return ctx.client(FraudCheckAgent).run(claim);
        },`,
  },
  "openai-agents": {
    file: "multi-agent.ts",
    code: "          execute: () => ctx.client(FraudCheckAgent).run(claim),",
    becomes: `          execute: async () => {
            ${effectOf("note")}
            ${effect};
            return ctx.client(FraudCheckAgent).run(claim);
          },`,
  },
  langgraph: {
    file: "multi-agent.ts",
    code: "        check_fraud: async () => ctx.client(FraudCheckAgent).run(claim),",
    becomes: `        check_fraud: async () => {
          ${effectOf("note")}
          ${effect};
          return ctx.client(FraudCheckAgent).run(claim);
        },`,
  },
});

const journaled = toolWithEffect('await ctx.run("note", note)');
const unJournaled = toolWithEffect("await note()");

const inEachImplementation: Mistake[] = [
  {
    mistake: "a wrong service name",
    file: "router.ts",
    code: "implement(AgentRouter,",
    becomes: 'implement({ ...AgentRouter, name: "Router" } as unknown as typeof AgentRouter,',
    caughtBy: "C1-services",
  },
  {
    mistake: "no validation of the input",
    file: "router.ts",
    code: "implement(AgentRouter,",
    becomes: "implement({ ...AgentRouter, _handlers: { answer: {} } } as unknown as typeof AgentRouter,",
    caughtBy: "C3-fields",
  },
];

const mutations: Record<string, Mistake[]> = {
  "restate-only": [
    {
      mistake: "a model call outside the journal",
      file: "durable-model.ts",
      code: "  });\n  return callModel(ctx, call, retryPolicy);\n}\n// #endregion attach",
      becomes: "  });\n  return call.ask(ctx.request().attemptCompletedSignal);\n}",
      caughtBy: "D1-router",
    },
    {
      mistake: "the SDK's own retries left on",
      file: "durable-model.ts",
      code: "maxRetries: 0,",
      becomes: "maxRetries: 1,",
      caughtBy: "F1-limit",
    },
    {
      mistake: "tools one after the other",
      file: "multi-agent.ts",
      code: "const assessments = await askAll(",
      becomes:
        "const assessments = [];\n for (const name of toolNames) assessments.push(...(await askAll(ctx, [{ agent: agents[name], question }])));\n" +
        "if (assessments.length === 0) await askAll(",
      caughtBy: "P1-tools-multi-agent",
    },
    forgetfulSession('ctx.set("specialist", specialist);'),
    sequentialWorkers,
    ...inEachImplementation,
  ],
  "vercel-ai": [
    {
      mistake: "a model call outside the journal",
      file: "durable-model.ts",
      code: "durableCalls(ctx)]",
      becomes: "...[durableCalls(ctx)].slice(1)]",
      caughtBy: "D1-router",
    },
    {
      mistake: "a second round of retries",
      file: "durable-model.ts",
      code: "await model.doGenerate({ ...params, providerOptions, abortSignal });",
      becomes:
        "await model.doGenerate({ ...params, providerOptions, abortSignal })" +
        ".catch(() => model.doGenerate({ ...params, providerOptions, abortSignal }));",
      caughtBy: "F1-limit",
    },
    {
      mistake: "a tool's terminal error shown to the model",
      file: "multi-agent.ts",
      code: "isStepCount(MAX_TURNS), hasTerminalToolError],",
      becomes: "isStepCount(MAX_TURNS)], ...(hasTerminalToolError && {}),",
      caughtBy: "F5-multi-agent",
    },
    {
      mistake: "tools one after the other",
      file: "multi-agent.ts",
      code: "withLanes(ctx);",
      becomes: "withLanes(ctx, { sequential: true });",
      caughtBy: "P1-tools-multi-agent",
    },
    {
      mistake: "a tool's step without a lane",
      file: "multi-agent.ts",
      code: "execute: () => lane(ctx, async () => ask()),",
      becomes: `execute: async () => {
        for (const name of ["prepare", "look up", "note"]) {
          await new Promise((done) => setTimeout(done, Math.random() * 10));
          await ctx.run(\`\${description}: \${name}\`, () => name);
        }
        return ask();
      },
      ...(lane && {}),`,
      caughtBy: "D3-remote-agent",
    },
    {
      mistake: "structured answers taken unseen",
      file: "durable-model.ts",
      code: "if (answer) parseAnswer(answer, text);",
      becomes: "void answer; void parseAnswer;",
      caughtBy: "F3-empty-plan",
    },
    forgetfulSession('ctx.set("specialist", specialist);'),
    sequentialWorkers,
    ...inEachImplementation,
  ],
  "openai-agents": [
    {
      mistake: "a model call outside the journal",
      file: "durable-model.ts",
      code: "const { finalOutput, lastAgent, state } = await durableRun(ctx, agent, input, {",
      becomes: `const { Runner } = await import("@openai/agents");
  const runner = new Runner({ tracingDisabled: true });
  if (agent.name === "Billing specialist" || agent.handoffs.length > 0) {
    const { finalOutput, lastAgent, state } = await runner.run(agent, input);
    return { finalOutput: finalOutput as NonNullable<typeof finalOutput>, lastAgent, usage: state.usage };
  }
  const { finalOutput, lastAgent, state } = await durableRun(ctx, agent, input, {`,
      caughtBy: "D1-router",
    },
    {
      mistake: "the client's own retries left on",
      file: "durable-model.ts",
      code: "    checkAnswer,\n",
      becomes: `    checkAnswer,
    modelProvider: new (await import("@openai/agents")).OpenAIProvider({ apiKey: process.env.OPENAI_API_KEY, baseURL: process.env.OPENAI_BASE_URL }),
`,
      caughtBy: "F1-limit",
    },
    {
      mistake: "a tool that swallows a TerminalError",
      file: "multi-agent.ts",
      code: "execute: () => ctx.client(EligibilityAgent).run(claim),",
      becomes:
        'execute: async () => ctx.client(EligibilityAgent).run(claim).map((answer) => answer ?? "It did not work"),',
      caughtBy: "F5-remote-agent",
    },
    {
      mistake: "one tool outside of lanes, where tools wait for something un-journaled",
      file: "multi-agent.ts",
      code: `          execute: () => ctx.client(EligibilityAgent).run(claim),
        }),
        durableTool({
          name: "check_fraud",
          description: fraudCheckAgent.instructions,
          parameters,
          execute: () => ctx.client(FraudCheckAgent).run(claim),
        }),`,
      becomes: `          execute: () => stepByStep(() => ctx.client(EligibilityAgent).run(claim)),
        }),
        Object.assign(
          (await import("@openai/agents")).tool({
            name: "check_fraud",
            description: fraudCheckAgent.instructions,
            parameters,
            execute: () => stepByStep(() => ctx.client(FraudCheckAgent).run(claim)),
          }),
          { [Symbol.for("@durable-agents/openai-agents/durability")]: {} },
        ),`,
      adds: `
async function stepByStep(ask: () => PromiseLike<string>) {
  const { restateContext } = await import("@durable-agents/openai-agents");
  for (const name of ["prepare", "look up", "note"]) {
    await new Promise((done) => setTimeout(done, Math.random() * 10));
    await restateContext().run(name, () => name);
  }
  return ask();
}`,
      caughtBy: "D3-remote-agent",
    },
    {
      mistake: "tools one after the other",
      file: "multi-agent.ts",
      code: "{ maxTurns: MAX_TURNS }",
      becomes: "{ maxTurns: MAX_TURNS, toolExecution: { maxFunctionToolConcurrency: 1 } }",
      caughtBy: "P1-tools-multi-agent",
    },
    {
      mistake: "a decision in prose taken for an answer",
      file: "durable-model.ts",
      code: 'if (agent.handoffs.length > 0 && text.trimStart().startsWith("{")) {',
      becomes: "if (agent.name === text) {",
      caughtBy: "F3-route",
    },
    forgetfulSession('if (lastAgent && lastAgent !== intake) ctx.set("specialist", lastAgent.name);'),
    sequentialWorkers,
    ...inEachImplementation,
  ],
  langgraph: [
    {
      mistake: "a model call outside the journal",
      file: "durable-model.ts",
      code: "durableInvoke(ctx, graph, input, {",
      becomes: "graph.invoke(input) ?? durableInvoke(ctx, graph, input, {",
      caughtBy: "D1-router",
    },
    {
      mistake: "the model's own retries left on",
      file: "durable-model.ts",
      code: "maxRetries: 0,",
      becomes: "maxRetries: 1,",
      caughtBy: "F1-limit",
    },
    {
      mistake: "a tool that swallows a TerminalError",
      file: "multi-agent.ts",
      code: "check_eligibility: async () => ctx.client(EligibilityAgent).run(claim),",
      becomes:
        'check_eligibility: async () => ctx.client(EligibilityAgent).run(claim).map((answer) => answer ?? "It did not work"),',
      caughtBy: "F5-remote-agent",
    },
    {
      mistake: "chains in a tool outside of lanes, which wait for something un-journaled",
      file: "multi-agent.ts",
      code: "check_fraud: async () => ctx.client(FraudCheckAgent).run(claim),",
      becomes: `check_fraud: async () => {
          await Promise.all([stepByStep(ctx, "one"), stepByStep(ctx, "two")]);
          return ctx.client(FraudCheckAgent).run(claim);
        },`,
      adds: `
async function stepByStep(ctx: Context, chain: string) {
  for (const name of ["prepare", "look up", "note"]) {
    await new Promise((done) => setTimeout(done, Math.random() * 10));
    await ctx.run(\`\${chain}: \${name}\`, () => name);
  }
}`,
      caughtBy: "D3-remote-agent",
    },
    {
      mistake: "workers one after the other",
      file: "orchestrator-worker.ts",
      code: `async ({ question }: { question: string }) => ({
    findings: [await restateContext().client(ResearchWorker).research({ question })],
  }))`,
      becomes: `async (tasks: { question: string }[]) => {
    const findings: Finding[] = [];
    for (const task of tasks) findings.push(await restateContext().client(ResearchWorker).research(task));
    return { findings };
  })`,
      also: { code: 'tasks.map((task) => new Send("research", task))', becomes: '[new Send("research", tasks)]' },
      caughtBy: "P1-workers",
    },
    forgetfulSession('if (specialist) ctx.set("specialist", specialist);'),
    ...inEachImplementation,
  ],
};

const judge = async (name: string, mutation: Mutation, checkId: string) =>
  runConformance({
    system: { folder: mutatedCopy(implementation(name), mutation) },
    rounds: 10,
    filter: ({ id }) => id === checkId,
  });

describe.concurrent.each(Object.entries(mutations))("%s", (name, ofImplementation) => {
  const effect: Mistake = {
    mistake: "a tool's effect outside the journal",
    ...(unJournaled[name] as Mutation),
    caughtBy: "D1-remote-agent",
  };
  test.each([...ofImplementation, effect])("$mistake is caught by $caughtBy", async (mutation) => {
    const results = await judge(name, mutation, mutation.caughtBy);
    expect(results).toMatchObject([{ id: mutation.caughtBy, outcome: "failed" }]);
    // The mutated program runs: what failed is the check, not the start.
    expect(results[0]?.message).not.toMatch(
      /ended before it was ready|can't register|is not a function|is not defined/,
    );
  });

  test("a tool's effect through the journal is right", async () => {
    expect(await judge(name, journaled[name] as Mutation, "D1-remote-agent")).toMatchObject([{ outcome: "passed" }]);
  });
});
