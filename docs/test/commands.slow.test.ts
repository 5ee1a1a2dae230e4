import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, waitFor } from "@durable-agents/crash-harness";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Clone, makeClone } from "../src/commands/clone.ts";
import { runPage } from "../src/commands/run-page.ts";
import { pageLine, runPages } from "../src/commands/run-pages.ts";
import { parsePage } from "../src/page.ts";
import { defaultSdk, type Sdk, sdks } from "../src/sdks.ts";

/** Something to clone: a repository with files that are not committed, and one that git ignores. */
async function tinyRepository(): Promise<string> {
  const folder = temporaryFolder("tiny");
  await execa("git", ["init", "-q"], { cwd: folder });
  writeFileSync(join(folder, "package.json"), '{"name": "tiny", "scripts": {"greet": "echo Good morning"}}');
  writeFileSync(join(folder, ".gitignore"), "secret\n");
  writeFileSync(join(folder, "secret"), "");
  mkdirSync(join(folder, "nested"));
  writeFileSync(join(folder, "nested/file"), "inside\n");
  return folder;
}

afterEach(() => vi.unstubAllEnvs());

let clone: Clone;
beforeAll(async () => {
  clone = await makeClone(await tinyRepository());
});
afterAll(async () => {
  expect(await isNamedByProcess(clone.folder)).toBe(false);
  await clone[Symbol.asyncDispose]();
});

const page = (...lines: string[]) => parsePage("page.md", lines.join("\n"));
const sh = (...commands: string[]) => ["```sh", ...commands, "```", ""];
const text = (...output: string[]) => ["```text", ...output, "```", ""];
const run = (...lines: string[]) => runPage(page(...lines), { clone, sdk: defaultSdk });
/** The same where something does not come. */
const runInVain = (...lines: string[]) =>
  runPage(page(...lines), { clone, sdk: defaultSdk, limits: { command: 5_000, soon: 5_000 } }).then(
    ({ failure }) => failure,
  );
const inBackground = (...commands: string[]) => ['<!-- run: until "up" -->', ...sh(...commands)];

/** Whether a process runs whose number is in a file. */
function lives(file: string): boolean {
  try {
    return process.kill(Number(readFileSync(file, "utf8")), 0);
  } catch {
    return false;
  }
}

/** Whether a process was started with a folder in its arguments, as the shells of a page are. */
const isNamedByProcess = async (folder: string) =>
  (await execa("pgrep", ["-f", folder], { reject: false })).exitCode === 0;

/** Serves nothing, but says that it is up, stays, and ends on Ctrl-C. */
const service = (file = "/dev/null") =>
  `node -e 'require("fs").writeFileSync("${file}", String(process.pid)); console.log("is up"); setInterval(() => {}, 1000)'`;

describe("a page's commands", () => {
  test("run in order, in a clone of the working tree, with folder and variables kept", async () => {
    const result = await run(
      ...sh(
        "cat nested/file",
        "cd nested",
        "name='two words'",
        'export KEY="a\'b"',
        "git status --short",
        "ls ../secret || true",
      ),
      ...text("inside", "ls: …secret…"),
      ...sh('echo "$name in $(basename $PWD)"', "printenv KEY name || echo 'not exported: name'"),
      ...text("two words in nested", "a'b", "not exported: name"),
    );
    expect(result).toMatchObject({ file: "page.md", commands: 8, notRun: [] });
    expect(result.failure).toBeUndefined();
    const next = await run(...sh('printenv KEY || echo "none in $(basename "$PWD")"'), ...text("none in tiny"));
    expect(next.failure).toBeUndefined();
  });

  test("may go on after a backslash, and may be comments", async () => {
    const result = await run(...sh("echo one \\", "  two", "# three", "echo four"), ...text("one two", "four"));
    expect(result).toMatchObject({ commands: 2 });
    expect(result.failure).toBeUndefined();
  });

  test("find a clean environment", async () => {
    vi.stubEnv("OPENAI_API_KEY", "secret");
    const commands = sh("env | grep -E '^(OPENAI|NODE_ENV|VITEST)' || echo clean", "npm run greet");
    const result = await run(...commands, ...text("clean", "Good morning"));
    expect(result.failure).toBeUndefined();
  });

  test("get ports of their own, and print those of the page", async () => {
    const ports = "localhost:8080 $INGRESS_PORT 127.0.0.1:9070/x :9080, 4010, 9081 and 18080";
    const result = await run(
      ...sh(`echo ${ports} > ports`, "cat ports"),
      ...text(ports.replace("$INGRESS_PORT", "8080")),
    );
    expect(result.failure).toBeUndefined();
    expect(readFileSync(join(clone.root, "ports"), "utf8")).not.toMatch(/\b(8080|9070|9080|4010|9081)\b/);
    expect((await run(...sh("echo localhost:8080"), ...text("localhost:8082"))).failure).toMatch("page.md:5:");
  });

  test("can be those of another implementation", async () => {
    const other = sdks.find(({ name }) => name === "langgraph") as Sdk;
    const of = (...lines: string[]) => runPage(page(...lines), { clone, sdk: other });
    expect((await of(...sh(`echo ${defaultSdk.name}`), ...text(defaultSdk.name))).failure).toBeUndefined();
    expect((await of(...sh("echo langgraph vercel-ai"), ...text("langgraph vercel-ai"))).failure).toBeUndefined();
    const wrong = await of(...sh(`echo ${defaultSdk.name} | rev`), ...text(defaultSdk.name));
    expect(wrong.failure).toContain("+ hparggnal");
  });
});

describe("a page fails", () => {
  test("when another output comes, with page, line and difference", async () => {
    const { failure } = await run("# Title", "", ...sh("echo one", "echo two"), ...text("one", "three"));
    expect(failure).toMatch(/^page\.md:8: /);
    expect(failure).toContain("echo one\necho two\n    one\n  - three\n  + two\nIt printed:\n  one\n  two");
  });

  test("when a command exits with another code, at the command's line", async () => {
    const { failure, commands } = await run(...sh("echo before", "echo why; (exit 3)", "touch after"));
    expect(failure).toMatch(/^page\.md:3: exit code 3 instead of 0: echo why; \(exit 3\)\n[\s\S]*why/);
    expect(commands).toBe(0);
    expect(existsSync(join(clone.root, "after"))).toBe(false);
    expect((await run(...sh("exit 4"))).failure).toMatch(/^page\.md:2: exit code 4 instead of 0/);
    expect((await run("<!-- run: exits 3 -->", ...sh("true", "(exit 3)"))).failure).toBeUndefined();
    expect((await run("<!-- run: exits 3 -->", ...sh("true"))).failure).toMatch(/exit code 0 instead of 3/);
  });

  test("when a command hangs, and leaves nothing of it behind", async () => {
    const file = join(clone.folder, "hanging.pid");
    const failure = await runInVain(...sh(`echo waiting; (echo $BASHPID > ${file}; exec sleep 1000)`));
    expect(failure).toMatch(/^page\.md:2: it still runs after 5 s: echo waiting; .*\nIt printed:\n {2}waiting/s);
    expect(lives(file)).toBe(false);
  });

  test("and the others are run all the same, at the same time", async () => {
    const lines: string[] = [];
    const meets = (mine: string, other: string) =>
      page(...sh(`touch ${mine}`, `while [ ! -e ${other} ]; do sleep 0.05; done`));
    const [one, other] = [join(temporaryFolder("meet"), "one"), join(temporaryFolder("meet"), "other")];
    const runs = await runPages([page(...sh("false")), meets(one, other), meets(other, one)], {
      repository: await tinyRepository(),
      sdk: defaultSdk,
      atOnce: 2,
      keep: false,
      onPage: (result) => lines.push(pageLine(result)),
    });
    expect(runs.map(({ failure }) => failure === undefined)).toEqual([false, true, true]);
    expect(lines[0]).toMatch(/^FAILED {2}page\.md {2}0 commands, \d+\.\d s\n {2}page\.md:2: exit code 1/);
    expect(lines[1]).toMatch(/^ok {6}page\.md {2}2 commands, \d+\.\d s$/);
  });
});

describe("a comment before a block", () => {
  test("until: it keeps running, its output so far is compared, and Ctrl-C stops it", async () => {
    const file = join(clone.folder, "service.pid");
    const result = await run(
      ...inBackground(service(file)),
      ...text("is up"),
      ...sh(`kill -0 $(cat ${file}) && echo lives`),
      ...text("lives"),
      "<!-- stop -->",
      "",
      ...sh(`kill -0 $(cat ${file}) 2>/dev/null || echo gone`),
      ...text("gone"),
    );
    expect(result.failure).toBeUndefined();
  });

  test("until: it is ended with the page", async () => {
    const file = join(clone.folder, "left.pid");
    expect((await run(...inBackground(service(file)))).failure).toBeUndefined();
    expect(lives(file)).toBe(false);
    expect((await run(...inBackground(service(file)), ...sh("false"))).failure).toBeDefined();
    expect(lives(file)).toBe(false);
  });

  test("until: what it prints is not what the page shows", async () => {
    expect(await runInVain(...inBackground(service()), ...text("is down"))).toMatch(/^page\.md:6: .*- is down/s);
  });

  test("until: it ends before it is there, or never is", async () => {
    expect((await run(...inBackground("echo nothing; exit 7"))).failure).toMatch(
      /^page\.md:2: it ended \(exit code 7\), and did not print "up": .*nothing/s,
    );
    expect(await runInVain(...inBackground("echo soon; sleep 1000"))).toMatch(
      /^page\.md:2: it ran for long, and did not print "up": .*soon/s,
    );
  });

  test("until: it dies while the page goes on", async () => {
    const { failure } = await run(
      ...inBackground("echo $$ > pid; echo is up; while [ ! -e die ]; do sleep 0.05; done; echo Out of memory; exit 1"),
      ...sh("touch die", "while kill -0 $(cat pid) 2>/dev/null; do sleep 0.05; done"),
      ...sh("true"),
    );
    expect(failure).toMatch(/^page\.md:2: it should keep running, but has ended: .*Out of memory/s);
  });

  test("beside: it runs while the page goes on, with its folder and exports, and its output comes at its end", async () => {
    const beside = ["<!-- run: beside -->", ...sh("while [ ! -e go ]; do sleep 0.05; done; echo went $KEY")];
    const lines = [...sh("cd nested", "export KEY=far", "rm -f go"), ...beside, ...sh("touch go"), "<!-- wait -->", ""];
    expect((await run(...lines, ...text("went far"))).failure).toBeUndefined();
    expect((await run(...lines, ...text("came"))).failure).toMatch(/^page\.md:\d+: .*- came.*\+ went/s);
    const failing = ["<!-- run: beside -->", ...sh("exit 4"), "<!-- wait -->"];
    expect((await run(...failing)).failure).toMatch(/^page\.md:2: exit code 4 instead of 0/);
  });

  test("when: it is run once that was printed since the block before, not earlier", async () => {
    const serving = "echo step; echo is up; while [ ! -e again ]; do sleep 0.05; done; echo 'step  two'; sleep 1000";
    const when = (what: string) => [`<!-- run: when "${what}" -->`, ...sh("echo now")];
    const start = [...sh("rm -f again"), ...inBackground(serving), ...sh("true")];
    expect(await runInVain(...start, ...when("step"))).toMatch(
      /^page\.md:\d+: "step" was not printed since the block before/,
    );
    expect((await run(...start, ...sh("touch again"), ...when("step  two"))).failure).toBeUndefined();
  });

  test("needs: it is not run where something is missing, and that is said", async () => {
    const result = await run(
      "<!-- run: needs no-such-command -->",
      ...sh("no-such-command"),
      ...text("whatever"),
      '<!-- run: needs NO_SUCH_VARIABLE, until "up" -->',
      ...sh("false"),
      "<!-- stop -->",
      "",
      "<!-- run: needs bash -->",
      ...sh("true"),
    );
    expect(result.failure).toBeUndefined();
    expect(result.commands).toBe(1);
    expect(pageLine(result)).toMatch(/not run: line 2 needs no-such-command, line 11 needs NO_SUCH_VARIABLE$/);
  });

  test("needs: only that block gets a variable", async () => {
    vi.stubEnv("OPENAI_API_KEY", "12");
    const key = await run(
      "<!-- run: needs OPENAI_API_KEY -->",
      ...sh("echo $OPENAI_API_KEY", "echo $OPENAI_API_KEY"),
      ...text("12", "12"),
      ...sh("printenv OPENAI_API_KEY || echo none"),
      ...text("none"),
    );
    expect(key.failure).toBeUndefined();
  });
});

test("nothing is left when the run is killed", async () => {
  const folder = temporaryFolder("killed");
  const [file, cloned] = [join(folder, "service.pid"), join(folder, "cloned")];
  const lines = [...sh(`pwd > ${cloned}`), ...inBackground(service(file)), ...sh("sleep 1000")];
  writeFileSync(join(folder, "page.md"), lines.join("\n"));
  const cli = join(import.meta.dirname, "../src/commands/cli.ts");
  const running = spawn(process.execPath, [cli, join(folder, "page.md")], { stdio: "ignore" });
  await waitFor("the service runs", () => lives(file));
  const clonedTo = join(readFileSync(cloned, "utf8").trim(), "../..");
  running.kill("SIGKILL");
  await waitFor("the service is gone", () => !lives(file));
  await waitFor("the clone is gone", () => !existsSync(clonedTo));
  await waitFor("every shell is gone", async () => !(await isNamedByProcess(clonedTo)));
});
