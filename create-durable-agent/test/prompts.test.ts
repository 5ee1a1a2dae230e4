import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, waitFor } from "@durable-agents/processes";
import { execa, execaSync } from "execa";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "../src/index.ts");

// util-linux's `script` gives a program a terminal; that of macOS takes other arguments.
const hasTerminal = execaSync("script", ["--version"], { reject: false }).stdout?.includes("util-linux") ?? false;

/** Runs it in a terminal, and types: each answer when its question is there. */
async function converse(cwd: string, args: string[], answers: [question: string, keys: string][]) {
  const child = execa(
    "script",
    ["-qec", `stty cols 100 rows 40; ${[process.execPath, program, ...args].join(" ")}`, "/dev/null"],
    {
      cwd,
      env: { npm_config_user_agent: "npm/11.0.0 node/v24", TERM: "xterm", CI: "" },
      reject: false,
      timeout: 60_000,
      forceKillAfterDelay: 500,
    },
  );
  let printed = "";
  child.stdout.on("data", (data) => {
    printed += data;
  });
  for (const [question, keys] of answers) {
    await waitFor(`it asks ${question}`, () => printed.includes(question), { timeout: 30_000 });
    child.stdin.write(keys);
  }
  const { exitCode } = await child;
  return { printed, exitCode };
}

test.skipIf(!hasTerminal)("asks for what is not said, in a terminal", async () => {
  const cwd = temporaryFolder("prompts");
  const { printed, exitCode } = await converse(
    cwd,
    ["--no-install"],
    [
      ["Which folder?", "my-agent\r"],
      ["Which SDK?", "\u001b[B\r"], // the second one
      ["Which patterns?", "\u001b[A \r"], // besides router, the one above
    ],
  );
  expect(exitCode, printed).toBe(0);
  expect(printed).toContain("with OpenAI Agents SDK.");
  expect(readdirSync(cwd)).toEqual(["my-agent"]);
  expect(existsSync(join(cwd, "my-agent/src/router.ts"))).toBe(true);
});

test.skipIf(!hasTerminal)("asks for nothing that is said", async () => {
  const cwd = temporaryFolder("prompts");
  const said = ["my-agent", "--sdk", "langgraph", "--pattern", "claim-session"];
  const { printed, exitCode } = await converse(cwd, said, [["Install now, with npm?", "n"]]);
  expect(exitCode, printed).toBe(0);
  expect(printed).not.toMatch(/Which/);
  expect(existsSync(join(cwd, "my-agent/src/claim-session.ts"))).toBe(true);
});

test.skipIf(!hasTerminal)("asks again for a folder that can't be used, and leaves nothing after Ctrl-C", async () => {
  const cwd = temporaryFolder("prompts");
  const { printed, exitCode } = await converse(
    cwd,
    [],
    [
      ["Which folder?", "No Name\r"],
      ["can't be the name", "\u0003"],
    ],
  );
  expect(exitCode, printed).toBe(130);
  expect(readdirSync(cwd)).toEqual([]);
});
