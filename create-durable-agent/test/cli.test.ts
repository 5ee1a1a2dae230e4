import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@durable-agents/processes";
import { execa } from "execa";
import { describe, expect, test } from "vitest";

const program = join(import.meta.dirname, "../src/index.ts");

/** Runs it without a terminal, as in CI. */
const run = (cwd: string, args: string[], env: Record<string, string> = {}) =>
  execa(process.execPath, [program, ...args], {
    cwd,
    env: { npm_config_user_agent: "npm/11.0.0 node/v24", ...env },
    stdin: "ignore",
    reject: false,
    timeout: 20_000,
  });

const complete = ["--sdk", "openai-agents", "--pattern", "router"];

describe("without a terminal", () => {
  test("makes what it is told, and prints exactly the next commands", async () => {
    const cwd = temporaryFolder("cli");
    const { stdout, exitCode } = await run(cwd, ["my-agent", ...complete]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("my-agent: router with OpenAI Agents SDK.");
    expect(stdout).toContain("Next:\n\n  cd my-agent\n  npm install\n  npm start\n");
    expect(stdout).toContain("curl localhost:8080/restate/call/AgentRouter/answer --json");
    expect(readdirSync(cwd)).toEqual(["my-agent"]);
    const manifest = JSON.parse(readFileSync(join(cwd, "my-agent/package.json"), "utf8"));
    expect(manifest.name).toBe("my-agent");
    expect(existsSync(join(cwd, "my-agent/.gitignore"))).toBe(true);
  });

  test("says what is missing and what there is, instead of waiting", async () => {
    const cwd = temporaryFolder("cli");
    const { stderr, exitCode } = await run(cwd, []);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/<directory>/);
    expect(stderr).toMatch(/--sdk.*vercel-ai/);
    expect(stderr).toMatch(/--pattern.*orchestrator-worker.*all/);
    expect(readdirSync(cwd)).toEqual([]);

    const one = await run(cwd, ["my-agent", "--sdk", "vercel-ai"]);
    expect(one.stderr).toMatch(/--pattern/);
    expect(one.stderr).not.toMatch(/--sdk/);
  });

  test("takes defaults with --yes, and says so", async () => {
    const cwd = temporaryFolder("cli");
    const { stdout, exitCode } = await run(cwd, ["--yes"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Not said, so taken: my-agent --sdk vercel-ai --pattern router");
    expect(readdirSync(cwd)).toEqual(["my-agent"]);
  });

  test.each([
    [
      "an unknown SDK",
      ["my-agent", "--sdk", "crewai", "--pattern", "router"],
      /"crewai".*langgraph, openai-agents, vercel-ai, restate-only/,
    ],
    [
      "an unknown pattern",
      ["my-agent", "--sdk", "langgraph", "--pattern", "swarm"],
      /"swarm".*orchestrator-worker.*specialist-team, and all/,
    ],
    ["no pattern", ["my-agent", "--sdk", "langgraph", "--pattern", ""], /There is no pattern "".*router/],
    [
      "an unknown package manager",
      ["my-agent", ...complete, "--package-manager", "cargo"],
      /cargo.*npm, pnpm, yarn, bun/,
    ],
    ["an unknown option", ["my-agent", "--skd", "langgraph"], /--skd.*--sdk/s],
    ["two folders", ["one", "two", ...complete], /too many arguments/],
    ["a name with spaces and capitals", ["My Agent", ...complete], /"My Agent" can't be the name.*my-agent/],
    ["a name that Node has taken", ["node_modules", ...complete], /"node_modules" can't be/],
    ["an empty name", ["", ...complete], /has to have a name/],
  ])("refuses %s", async (_, args, message) => {
    const cwd = temporaryFolder("cli");
    const { stderr, exitCode } = await run(cwd, args);
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("never touches what is there", async () => {
    const cwd = temporaryFolder("cli");
    mkdirSync(join(cwd, "taken"));
    writeFileSync(join(cwd, "taken/.hidden"), "mine");
    writeFileSync(join(cwd, "file"), "mine");
    for (const [name, message] of [
      ["taken", /not empty/],
      ["file", /not a folder/],
    ] as const) {
      const { stderr, exitCode } = await run(cwd, [name, ...complete]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(message);
    }
    expect(readdirSync(join(cwd, "taken"))).toEqual([".hidden"]);
    expect(readFileSync(join(cwd, "file"), "utf8")).toBe("mine");
  });

  test("fills an empty folder, also the current one", async () => {
    const cwd = join(temporaryFolder("cli"), "here");
    mkdirSync(cwd);
    const { stdout, exitCode } = await run(cwd, [".", ...complete]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Next:\n\n  npm install\n");
    expect(JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")).name).toBe("here");
  });

  test.each([
    [
      ["--pattern", "router,claim-session"],
      ["claim-session", "router"],
    ],
    [
      ["--pattern", "router", "--pattern", "claim-session"],
      ["claim-session", "router"],
    ],
    [
      ["--pattern", "claim-session", "router"],
      ["claim-session", "router"],
    ],
    [
      ["--pattern", "multi-agent"],
      ["multi-agent", "parallel-claim-analysis"],
    ],
  ])("takes %s", async (flags, files) => {
    const cwd = temporaryFolder("cli");
    const { stdout, exitCode } = await run(cwd, ["my-agent", "--sdk", "restate-only", ...flags]);
    expect(exitCode).toBe(0);
    const sources = readdirSync(join(cwd, "my-agent/src"));
    expect(sources).toEqual(
      ["durable-model.ts", ...files.map((name) => `${name}.ts`), "serve.ts", "services.ts"].sort(),
    );
    expect(stdout.includes("parallel-claim-analysis came along: multi-agent calls its services.")).toBe(
      flags.includes("multi-agent"),
    );
  });

  test("takes a folder that follows the patterns", async () => {
    const cwd = temporaryFolder("cli");
    const { exitCode } = await run(cwd, [...complete, "my-agent"]);
    expect(exitCode).toBe(0);
    expect(readdirSync(cwd)).toEqual(["my-agent"]);
  });

  test.each([
    ["pnpm/12.21.0 npm/? node/v24", "  pnpm install\n  pnpm start\n", "pnpm-workspace.yaml"],
    ["yarn/4.18.1 npm/? node/v24", "  yarn install\n  yarn start\n", ".yarnrc.yml"],
    ["bun/1.4.5 npm/? node/v24", "  bun install\n  bun run start\n", "package.json"],
    ["deno/2.0.0", "  npm install\n  npm start\n", "package.json"],
  ])("knows the package manager that runs it: %s", async (agent, commands, file) => {
    const cwd = temporaryFolder("cli");
    const { stdout } = await run(cwd, ["my-agent", ...complete], { npm_config_user_agent: agent });
    expect(stdout).toContain(commands);
    expect(existsSync(join(cwd, "my-agent", file))).toBe(true);
  });

  test("leaves the project there when installing fails, and says so", async () => {
    const cwd = temporaryFolder("cli");
    const { stderr, exitCode } = await run(cwd, ["my-agent", ...complete, "--install"], { PATH: "/nowhere" });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/npm install failed.*The project is there/);
    expect(existsSync(join(cwd, "my-agent/package.json"))).toBe(true);
  });

  test("lists what there is in --help, and its version", async () => {
    const { stdout, exitCode } = await run(temporaryFolder("cli"), ["--help"]);
    expect(exitCode).toBe(0);
    for (const name of ["langgraph", "specialist-team", "--package-manager", "--no-install"])
      expect(stdout).toContain(name);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    expect((await run(temporaryFolder("cli"), ["--version"])).stdout).toBe("0.1.0");
  });
});
