import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cleanEnvironment, temporaryFolder, waitFor } from "@durable-agents/crash-harness";
import { repositoryRoot } from "@durable-agents/testkit";
import { execa, execaSync } from "execa";
import { unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { makeAssets } from "../build/assets.ts";
import { readAssets } from "../src/assets.ts";
import { type PackageManager, packageManagers } from "../src/package-files.ts";
import { makeProject, writeProject } from "../src/project.ts";

await makeAssets();

const program = join(import.meta.dirname, "../src/index.ts");
const asNpm = { npm_config_user_agent: "npm/11.0.0 node/v24" };

/** Runs it without a terminal, as in CI, in an empty folder unless another is given. */
async function run(args: string[], { cwd = temporaryFolder("cli"), env = {} as Record<string, string> } = {}) {
  const options = { cwd, env: { ...asNpm, ...env }, stdin: "ignore", reject: false } as const;
  const { stdout, stderr, exitCode } = await execa(process.execPath, [program, ...args], options);
  return { stdout, stderr, exitCode, made: readdirSync(cwd), project: join(cwd, "my-agent") };
}

const complete = ["my-agent", "--sdk", "openai-agents"];
const read = (project: string, file: string) => readFileSync(join(project, file), "utf8");

describe.concurrent("without a terminal", () => {
  test("makes what it is told, and prints exactly the next commands", async () => {
    const { stdout, exitCode, made, project } = await run(complete);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("my-agent: an agent with two tools, with OpenAI Agents SDK.");
    expect(stdout).toContain("Next:\n\n  cd my-agent\n  npm install\n  npm start\n");
    expect(stdout).toMatch(/\n {2}curl localhost:8080\/restate\/call\/Support\/answer --json '\{.*\}'\n/);
    expect(made).toEqual(["my-agent"]);
    expect(JSON.parse(read(project, "package.json")).name).toBe("my-agent");
    expect(read(project, "README.md")).toMatch(/^# my-agent\n/);
    expect(read(project, ".gitignore")).toContain("node_modules");
  });

  test("says what is missing and what there is, instead of waiting", async () => {
    const { stderr, exitCode, made } = await run([]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/<directory>.*--sdk.*vercel-ai/s);
    expect(made).toEqual([]);
    expect((await run(["--template", "vercel-ai"])).stderr).not.toMatch(/--sdk/);
  });

  test("takes defaults with --yes, and says so", async () => {
    const { stdout, made } = await run(["--yes"]);
    expect(stdout).toContain("Not said, so taken: my-agent --sdk vercel-ai");
    expect(made).toEqual(["my-agent"]);
  });

  test.each([
    ["an unknown SDK", ["my-agent", "--sdk", "crewai"], /"crewai".*langgraph, openai-agents, vercel-ai, restate-only/],
    ["an unknown pattern", [...complete, "--pattern", "swarm"], /"swarm".*specialist-team, all/],
    ["no pattern", [...complete, "--pattern", ""], /There is no pattern "".*router/],
    ["an unknown package manager", [...complete, "--package-manager", "cargo"], /npm, pnpm, yarn, bun/],
    ["an unknown option", ["my-agent", "--skd", "langgraph"], /--skd.*--sdk/s],
    ["two folders", [...complete, "two"], /too many arguments/],
    ["a name with spaces and capitals", ["My Agent", "--yes"], /"My Agent" can't be the name.*my-agent/],
    ["a name that Node has taken", ["node_modules", "--yes"], /"node_modules" can't be/],
    ["an empty name", ["", "--yes"], /has to have a name/],
  ])("refuses %s", async (_, args, message) => {
    const { stderr, exitCode, made } = await run(args);
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect(made).toEqual([]);
  });

  test("never touches what is there, and fills an empty folder", async () => {
    const cwd = join(temporaryFolder("cli"), "here");
    mkdirSync(cwd);
    expect((await run([".", "--yes"], { cwd })).stdout).toContain("Next:\n\n  npm install\n");
    expect(JSON.parse(read(cwd, "package.json")).name).toBe("here");
    writeFileSync(join(cwd, "package.json"), "mine");
    expect((await run([".", "--yes"], { cwd })).stderr).toMatch(/not empty/);
    expect((await run(["package.json", "--yes"], { cwd })).stderr).toMatch(/not a folder/);
    expect(read(cwd, "package.json")).toBe("mine");
  });

  test("takes several patterns, and those that they call", async () => {
    const flags = ["--pattern", "multi-agent,claim-session", "--pattern", "router"];
    const { stdout, project } = await run([...complete, ...flags]);
    const patterns = ["claim-session", "multi-agent", "parallel-claim-analysis", "router"];
    const files = [...patterns, "durable-model", "serve", "services"].sort().map((name) => `${name}.ts`);
    expect(readdirSync(join(project, "src"))).toEqual(files);
    for (const name of patterns) expect(stdout).toContain(name);
  });

  test.each([
    ["pnpm/12.21.0 npm/? node/v24", "pnpm install", "pnpm start", "pnpm-workspace.yaml"],
    ["yarn/4.18.1 npm/? node/v24", "yarn install", "yarn start", ".yarnrc.yml"],
    ["bun/1.4.5 npm/? node/v24", "bun install", "bun run start", "package.json"],
    ["deno/2.0.0", "npm install", "npm start", "package.json"],
  ])("knows the package manager that runs it: %s", async (agent, install, start, file) => {
    const { stdout, project } = await run(complete, { env: { npm_config_user_agent: agent } });
    expect(stdout).toContain(`  ${install}\n  ${start}\n`);
    expect(read(project, "README.md")).toContain(`\n${install}\n${start}\n`);
    expect(existsSync(join(project, file))).toBe(true);
  });

  test("leaves the project there when installing fails, and says so", async () => {
    const { stderr, exitCode, project } = await run([...complete, "--install"], { env: { PATH: "/nowhere" } });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/npm install failed.*The project is there/);
    expect(existsSync(join(project, "package.json"))).toBe(true);
  });

  test("lists what there is in --help, and its version", async () => {
    const { stdout } = await run(["--help"]);
    for (const name of ["langgraph", "specialist-team", "--package-manager", "--no-install"])
      expect(stdout).toContain(name);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    expect((await run(["--version"])).stdout).toBe("0.1.0");
  });
});

// util-linux's `script` gives a program a terminal; that of macOS takes other arguments.
const hasTerminal = execaSync("script", ["--version"], { reject: false }).stdout?.includes("util-linux") ?? false;

describe.skipIf(!hasTerminal)("in a terminal", () => {
  /** Runs it, and types: each answer when its question is there. */
  async function converse(args: string[], answers: [question: string, keys: string][]) {
    const cwd = temporaryFolder("prompts");
    const command = `stty cols 100 rows 40; ${[process.execPath, program, ...args].join(" ")}`;
    const env = { ...asNpm, TERM: "xterm", CI: "" };
    const child = execa("script", ["-qec", command, "/dev/null"], { cwd, env, reject: false, timeout: 120_000 });
    let printed = "";
    child.stdout.on("data", (data) => {
      printed += data;
    });
    for (const [question, keys] of answers) {
      await waitFor(`it asks ${question}`, () => printed.includes(question));
      child.stdin.write(keys);
    }
    const { exitCode } = await child;
    return { printed, exitCode, made: readdirSync(cwd) };
  }

  test("asks for what is not said", async () => {
    const { printed, made } = await converse(
      ["--no-install"],
      [
        ["Which folder?", "my-agent\r"],
        ["Which SDK?", "\u001b[B\r"], // the second one
      ],
    );
    expect(printed).toContain("with OpenAI Agents SDK.");
    expect(made).toEqual(["my-agent"]);
  });

  test("asks for nothing that is said", async () => {
    const { printed, made } = await converse([...complete, "--pattern", "router"], [["Install now, with npm?", "n"]]);
    expect(printed).not.toMatch(/Which/);
    expect(made).toEqual(["my-agent"]);
  });

  test("asks again for a folder that can't be used, and leaves nothing after Ctrl-C", async () => {
    const answers: [string, string][] = [
      ["Which folder?", "No Name\r"],
      ["can't be the name", "\u0003"],
    ];
    const { printed, exitCode, made } = await converse([], answers);
    expect(exitCode, printed).toBe(130);
    expect(made).toEqual([]);
  });
});

describe("a project", () => {
  const { sdks, patterns } = readAssets();
  const make = (sdk: string, chosen: string[], packageManager: PackageManager = "npm") =>
    makeProject(readAssets(), { directory: "my-agent", sdk, patterns: chosen, packageManager });

  /** Gives a project the packages of a folder of the repository, in place of installing them. */
  const linkPackages = (from: string, project: string) =>
    symlinkSync(join(repositoryRoot, from, "node_modules"), join(project, "node_modules"));

  test.each(packageManagers)("names exact versions and tarballs that are there, as %s reads them", (packageManager) => {
    for (const { name: sdk } of sdks) {
      const { overrides } = JSON.parse(read(join(import.meta.dirname, `../template-${sdk}`), "package.json"));
      for (const chosen of [[], ["all"]]) {
        const project = make(sdk, chosen, packageManager);
        const manifest = JSON.parse(String(project.get("package.json")));
        const all: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
        const told = `${project.get("pnpm-workspace.yaml")}${JSON.stringify([manifest.overrides, manifest.resolutions])}`;
        for (const name of Object.keys(overrides ?? {})) expect(told).toContain(`"${name}":`);
        for (const [name, version] of Object.entries(all)) {
          if (!version.startsWith("file:")) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
          else expect(project.has(version.replace("file:./", "")) && told.includes(name), name).toBe(true);
        }
        expect("node" in all).toBe(packageManager !== "yarn");
      }
    }
  });

  const choices = [...patterns.map(({ name }) => [name]), ["all"]];

  test("has the files that it imports, and serves what its requests call", () => {
    for (const { name: sdk } of sdks) {
      for (const chosen of [[], ...choices]) {
        const project = make(sdk, chosen);
        const sources = [...project].filter(([path]) => path.endsWith(".ts"));
        for (const [path, source] of sources) {
          for (const [, imported = ""] of String(source).matchAll(/ from "(\..+?)"/g))
            expect(project.has(join(dirname(path), imported)), `${sdk}: ${path} imports ${imported}`).toBe(true);
        }
        const code = sources.map(([, source]) => source).join("\n");
        for (const [, service] of String(project.get("local.ts")).matchAll(/call"?: ?"(\w+)\//g))
          expect(code).toMatch(new RegExp(`implement\\(${service},|name: "${service}"`));
      }
    }
  });

  // Sources are checked in their place; what is made for a choice of patterns differs by pattern, and not by SDK.
  test("fits its types", async () => {
    const root = temporaryFolder("projects");
    linkPackages("create-durable-agent/template-restate-only", root);
    for (const chosen of choices) {
      const folder = join(root, ...chosen);
      writeProject(folder, make("restate-only", chosen));
      linkPackages("packages/restate-only", folder);
    }
    const { compilerOptions } = JSON.parse(read(join(root, "all"), "tsconfig.json"));
    const include = ["src", "test", "local.ts"].map((path) => `*/${path}`);
    writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions, include }));
    await execa("tsc", { cwd: root, env: cleanEnvironment(repositoryRoot) });
  });

  test("passes its crash test", async () => {
    const { project: cwd } = await run(["my-agent", "--sdk", "restate-only"]);
    linkPackages("create-durable-agent/template-restate-only", cwd);
    // One target of one SDK; create:test has all, and takes a step out, so that it has to fail.
    const options = { cwd, env: cleanEnvironment(cwd), reject: false };
    const { stdout } = await execa("node", ["--test", "--test-name-pattern=service"], options);
    expect(stdout).toMatch(/pass 6\n.*fail 0\n/s);
  });

  test("that can't be written leaves nothing behind", () => {
    const parent = temporaryFolder("broken");
    const broken = new Map([
      ["a", "a file"],
      ["a/b", "a file in it"],
    ]);
    expect(() => writeProject(join(parent, "new/deep/my-agent"), broken)).toThrow();
    expect(() => writeProject(parent, broken)).toThrow();
    expect(readdirSync(parent)).toEqual([]);
  });
});

test("npm run export writes a zip for each SDK, with the same bytes wherever it is made", async () => {
  const zipsIn = async (TZ: string) => {
    const output = temporaryFolder("zips");
    const command = join(import.meta.dirname, "../commands/export.ts");
    await execa(process.execPath, [command, "--output", output], { env: { TZ } });
    return new Map(readdirSync(output).map((name) => [name, readFileSync(join(output, name))]));
  };
  const [zips, others] = await Promise.all([zipsIn("UTC"), zipsIn("Asia/Tokyo")]);
  const names = ["langgraph", "openai-agents", "restate-only", "vercel-ai"].map((sdk) => `${sdk}-durable-patterns`);
  expect([...zips.keys()]).toEqual(names.map((name) => `typescript-${name}.zip`));
  for (const name of names) {
    const zip = zips.get(`typescript-${name}.zip`) as Buffer;
    expect(others.get(`typescript-${name}.zip`)?.equals(zip), name).toBe(true);
    const files = unzipSync(zip);
    const manifest = JSON.parse(Buffer.from(files["package.json"] as Uint8Array).toString());
    expect(manifest.name).toBe(name);
    // The conformance suite can judge it.
    expect(manifest.implementation.title).toBeTruthy();
    for (const file of [".gitignore", "src/serve.ts", "src/specialist-team.ts"]) expect(files).toHaveProperty([file]);
  }
});
