import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type MeasuredOn, temporaryFolder, waitFor } from "@durable-agents/testkit";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Clone } from "../src/commands/clone.ts";
import { contains, difference } from "../src/commands/compare.ts";
import { minutesTable } from "../src/commands/minutes.ts";
import { runPage } from "../src/commands/run-page.ts";
import { pageLine, runPages } from "../src/commands/run-pages.ts";
import { commandsOf, stepsOf } from "../src/commands/steps.ts";
import { unexecuted } from "../src/commands/unexecuted.ts";
import { parsePage } from "../src/page.ts";
import { defaultSdk, sdks } from "../src/sdks.ts";

vi.setConfig({ testTimeout: 30_000 });

/** Something to clone: a repository with a file that is not committed, and one that git ignores. */
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

let clone: Clone;
beforeAll(async () => {
  clone = await Clone.make(await tinyRepository());
});
afterAll(async () => {
  expect(await isNamedByProcess(clone.folder)).toBe(false);
  await clone[Symbol.asyncDispose]();
});

const page = (...lines: string[]) => parsePage("page.md", lines.join("\n"));
const sh = (...commands: string[]) => ["```sh", ...commands, "```", ""];
const text = (...output: string[]) => ["```text", ...output, "```", ""];
const run = (...lines: string[]) => runPage(page(...lines), clone, defaultSdk);
const inBackground = (...commands: string[]) => ['<!-- run: until "up" -->', ...sh(...commands)];

/** Whether a process runs whose number is in a file. */
function lives(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return true;
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
  test("run in order, in a clone of the working tree, with folder and variables handed on", async () => {
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
    expect(result.failure).toBeUndefined();
    expect(result).toMatchObject({ file: "page.md", commands: 8, notRun: [] });
    const next = await run(...sh('printenv name || echo "none in $(basename "$PWD")"'), ...text("none in tiny"));
    expect(next.failure).toBeUndefined();
  });

  test("may be several lines", async () => {
    const result = await run(
      ...sh("echo one \\", "  two", "cat <<END", "three", "END", "for i in 4 5; do", "  echo $i", "done", "# six"),
      ...text("one two", "three", "4", "5"),
    );
    expect(result.failure).toBeUndefined();
    expect(result.commands).toBe(3);
  });

  test("print what npm adds, and what a reader does not see", async () => {
    const result = await run(...sh("npm run greet"), ...text("Good morning"));
    expect(result.failure).toBeUndefined();
  });

  test("find a clean environment", async () => {
    process.env.OPENAI_API_KEY = "secret";
    process.env.RESTATE_WHATEVER = "1";
    const result = await run(
      ...sh("env | grep -E '^(OPENAI|RESTATE|NODE_ENV|VITEST)' || echo clean"),
      ...text("clean"),
    );
    delete process.env.OPENAI_API_KEY;
    delete process.env.RESTATE_WHATEVER;
    expect(result.failure).toBeUndefined();
  });

  test("get ports of their own, and print those of the page", async () => {
    const result = await run(
      ...sh("echo localhost:8080 $INGRESS_PORT 127.0.0.1:9070/x :9080, 4010 and 18080 > ports", "cat ports"),
      ...text("localhost:8080 8080 127.0.0.1:9070/x :9080, 4010 and 18080"),
    );
    expect(result.failure).toBeUndefined();
    expect(readFileSync(join(clone.root, "ports"), "utf8")).not.toMatch(/\b(8080|9070|9080|4010)\b/);
    expect((await run(...sh("echo localhost:8080"), ...text("localhost:8081"))).failure).toMatch("page.md:5:");
  });

  test("can be those of another implementation", async () => {
    const other = sdks.find(({ name }) => name === "langgraph") as (typeof sdks)[number];
    const lines = [...sh(`echo langgraph LangGraph | tee name`), ...text("langgraph LangGraph")];
    expect((await run(...lines)).failure).toBeUndefined();
    const translated = page(...sh(`echo ${defaultSdk.name}`), ...text(defaultSdk.name));
    await runPage(translated, clone, other).then(({ failure }) => expect(failure).toBeUndefined());
    const wrong = page(...sh(`echo ${defaultSdk.name} | rev`), ...text(defaultSdk.name));
    expect((await runPage(wrong, clone, other)).failure).toContain("+ hparggnal");
  });
});

describe("a page fails", () => {
  test("when another output comes, with page, line and difference", async () => {
    const { failure } = await run("# Title", "", ...sh("echo one", "echo two"), ...text("one", "three"));
    expect(failure).toMatch(/^page\.md:8: /);
    expect(failure).toContain("echo one\necho two");
    expect(failure).toContain("    one\n  - three\n  + two");
    expect(failure).toContain("It printed:\n  one\n  two");
  });

  test("when a command exits with another code, at the command's line", async () => {
    const { failure, commands } = await run(
      ...sh("echo before", "echo why; exit 3", "touch after"),
      ...sh("touch after"),
    );
    expect(failure).toMatch(/^page\.md:3: exit code 3 instead of 0: echo why; exit 3\n[\s\S]*why/);
    expect(commands).toBe(0);
    expect(existsSync(join(clone.root, "after"))).toBe(false);
  });

  test("unless it says so", async () => {
    expect((await run("<!-- run: exits 3 -->", ...sh("echo before", "(exit 3)"))).failure).toBeUndefined();
    expect((await run("<!-- run: exits 3 -->", ...sh("true"))).failure).toMatch(/exit code 0 instead of 3/);
  });

  test("when a command hangs, and leaves nothing of it behind", async () => {
    const file = join(clone.folder, "hanging.pid");
    const { failure } = await run(
      "<!-- run: within 1 s -->",
      ...sh(`echo waiting; (echo $BASHPID > ${file}; exec sleep 1000)`),
    );
    expect(failure).toMatch(/^page\.md:3: it still runs after 1 s: echo waiting; .*\nIt printed:\n {2}waiting/s);
    expect(lives(file)).toBe(false);
  });

  test("and the next one is run all the same", async () => {
    const lines: string[] = [];
    const { runs } = await runPages([page(...sh("false")), page(...sh("true"))], {
      repository: await tinyRepository(),
      sdk: defaultSdk,
      onPage: (result) => lines.push(pageLine(result)),
    });
    expect(runs.map(({ failure }) => failure === undefined)).toEqual([false, true]);
    expect(lines[0]).toMatch(/^FAILED {2}page\.md {2}0 commands, \d+\.\d s\n {2}page\.md:2: exit code 1/);
    expect(lines[1]).toMatch(/^ok {6}page\.md {2}1 command, \d+\.\d s$/);
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
    const lines = ['<!-- run: until "up", within 1 s -->', ...sh(service()), ...text("is down")];
    expect((await run(...lines)).failure).toMatch(/^page\.md:6: .*- is down/s);
  });

  test("until: it ends before it is there, or never is", async () => {
    expect((await run(...inBackground("echo nothing; exit 7"))).failure).toMatch(
      /^page\.md:2: it ended \(exit code 7\) before print "up": .*nothing/s,
    );
    const never = await run('<!-- run: until "up", within 1 s -->', ...sh("echo soon; sleep 1000"));
    expect(never.failure).toMatch(/^page\.md:2: it ran for 1 s and did not print "up": .*soon/s);
  });

  test("until: it dies while the page goes on", async () => {
    const { failure } = await run(
      ...inBackground("echo $$ > pid; echo is up; while [ ! -e die ]; do sleep 0.05; done; echo Out of memory; exit 1"),
      ...sh("touch die", "while kill -0 $(cat pid) 2>/dev/null; do sleep 0.05; done"),
      ...sh("true"),
    );
    expect(failure).toMatch(/^page\.md:2: it should keep running, but has ended: .*Out of memory/s);
  });

  test("beside: it waits while the page goes on, and its output comes at its end", async () => {
    const beside = ["<!-- run: beside -->", ...sh("while [ ! -e go ]; do sleep 0.05; done; echo went")];
    const lines = [...sh("rm -f go"), ...beside, ...sh("touch go"), "<!-- wait -->", ""];
    expect((await run(...lines, ...text("went"))).failure).toBeUndefined();
    expect((await run(...lines, ...text("came"))).failure).toMatch(/^page\.md:\d+: .*- came.*\+ went/s);
    const failing = ["<!-- run: beside -->", ...sh("exit 4"), "<!-- wait -->"];
    expect((await run(...failing)).failure).toMatch(/^page\.md:2: exit code 4 instead of 0/);
  });

  test("when: it is run once that was printed since the block before, not earlier", async () => {
    const serving = "echo step; echo is up; while [ ! -e again ]; do sleep 0.05; done; echo 'step  two'; sleep 1000";
    const when = (what: string, within = 60) => [`<!-- run: when "${what}", within ${within} s -->`, ...sh("echo now")];
    const start = [...sh("rm -f again"), ...inBackground(serving), ...sh("true")];
    const early = await run(...start, ...when("step", 1));
    expect(early.failure).toMatch(/^page\.md:\d+: nobody printed "step" in 1 s, since the block before/);
    const late = await run(...start, ...sh("touch again"), ...when("step  two"));
    expect(late.failure).toBeUndefined();
  });

  test("needs, with: it is not run where something is missing, and that is said", async () => {
    const result = await run(
      "<!-- run: needs no-such-command -->",
      ...sh("no-such-command"),
      ...text("whatever"),
      '<!-- run: with NO_SUCH_VARIABLE, until "up" -->',
      ...sh("false"),
      "<!-- stop -->",
      "",
      "<!-- run: needs bash -->",
      ...sh("true"),
    );
    expect(result.failure).toBeUndefined();
    expect(result.commands).toBe(1);
    expect(result.notRun).toEqual([
      { line: 2, why: "needs no-such-command" },
      { line: 11, why: "needs NO_SUCH_VARIABLE" },
    ]);
    expect(pageLine(result)).toMatch(/not run: line 2 needs no-such-command, line 11 needs NO_SUCH_VARIABLE$/);
  });

  test("with: only that block gets it", async () => {
    process.env.OPENAI_API_KEY = "12";
    const key = await run(
      "<!-- run: with OPENAI_API_KEY -->",
      ...sh("echo $OPENAI_API_KEY", "echo $OPENAI_API_KEY"),
      ...text("12", "12"),
      ...sh("printenv OPENAI_API_KEY || echo none"),
      ...text("none"),
    );
    delete process.env.OPENAI_API_KEY;
    expect(key.failure).toBeUndefined();
  });

  test.each([
    ["when without until", ['<!-- run: when "x" -->', ...sh("true")], /page\.md:2: when: nothing runs/],
    ["stop without until", ["<!-- stop -->"], /page\.md:1: stop: nothing runs/],
    ["wait without beside", ["<!-- wait -->"], /page\.md:1: wait: nothing runs/],
    ["beside without wait", ["<!-- run: beside -->", ...sh("true")], /page\.md:2: .*no <!-- wait -->/],
    ["until without text", ["<!-- run: until -->", ...sh("true")], /page\.md:2: until takes something/],
    [
      "another unit of time",
      ["<!-- run: within 5 min -->", ...sh("true")],
      /page\.md:2: within takes 600 s, not 5 min/,
    ],
  ])("that makes no sense is refused: %s", (_, lines, message) => {
    expect(() => stepsOf(page(...lines))).toThrow(message);
  });
});

test("nothing is left when the run is killed", async () => {
  const folder = temporaryFolder("killed");
  const file = join(folder, "service.pid");
  writeFileSync(join(folder, "page.md"), [...inBackground(service(file)), ...sh("sleep 1000")].join("\n"));
  const cli = spawn(process.execPath, [join(import.meta.dirname, "killed-run.ts"), join(folder, "page.md"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let clonedTo = "";
  cli.stdout.on("data", (data) => {
    clonedTo += data;
  });
  await waitFor("the service runs", () => existsSync(file) && lives(file), { timeout: 20_000 });
  await waitFor("the clone is known", () => clonedTo.includes("\n"));
  expect(existsSync(clonedTo.trim())).toBe(true);
  cli.kill("SIGKILL");
  await waitFor("the service is gone", () => !lives(file));
  await waitFor("the clone is gone", () => !existsSync(clonedTo.trim()));
  await waitFor("every shell is gone", async () => !(await isNamedByProcess(clonedTo.trim())));
});

test("the tutorial's table says how many minutes each page with commands took", () => {
  const measuredOn = { date: "2026-11-21T12:00:00Z", cores: 2, memoryGiB: 8, system: "Linux 6.1" } as MeasuredOn;
  const pages = [
    { page: "tutorial/index.md", commands: 0, notRun: 0, seconds: 0 },
    { page: "tutorial/01-first-agent.md", commands: 3, notRun: 0, seconds: 90 },
    { page: "tutorial/02-kill-it.md", commands: 2, notRun: 1, seconds: 30 },
  ];
  const lines = minutesTable({ measuredOn, pages }).split("\n");
  expect(lines[2]).toMatch(/^\| \[.+\]\(01-first-agent\.md\) \| 3 \| 1\.5 \|$/);
  expect(lines[3]).toMatch(/^\| \[.+\]\(02-kill-it\.md\) \| 2 \| 0\.5 \|$/);
  expect(lines[4]).toBe("| All | 5 | 2.0 |");
  expect(lines.at(-1)).toMatch(/Measured on 2026-11-21 with 2 cores and 8 GiB, Linux 6\.1\.$/);
});

describe("outputs", () => {
  test.each([
    ["ids", "inv_1kGmEpUyabc123 on dp_14LsPzGz9HBxXIe", "inv_1…  on dp_10aaaa".replace("  ", " ")],
    ["a uuid", "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "00000000-0000-4000-8000-000000000000"],
    ["hashes", "commit 4f89df1, 0123456789abcdef", "commit 3f19bef, fedcba9876543210"],
    ["ports", "http://127.0.0.1:41234/x", "http://127.0.0.1:5000/x"],
    ["process ids", "kill -9 1234, pid: 77, process 4321", "kill -9 98765, pid: 1234, process 99"],
    ["times", "2026-11-21T10:00:00.123Z 10:00:01 1763720000000", "2025-01-01T00:00:00Z 23:59:59 1700000000000"],
    ["dates", "on 2026-11-21, 21 Nov 2026", "on 2024-01-01, 1 January 2024"],
    ["durations", "12 ms, 1.5 s, 2 min 3 s, 900ms", "7 ms, 900 ms, 4 s, 1.2s"],
    ["columns", "name   1.2 s  end", "name  10.2 s     end"],
    ["colours", "\u001b[32mgreen\u001b[39m", "green"],
    ["blank lines around", "\n\na\n", "a"],
  ])("%s do not matter", (_, expected, actual) => {
    expect(difference(expected, actual)).toBeUndefined();
  });

  test.each([
    ["a word", "Restate repeated none", "Restate repeated all"],
    ["a count", "6 model calls", "7 model calls"],
    ["a large count", "1234567 tokens", "1234568 tokens"],
    ["a long word of hexadecimal letters", "defaced", "effaced"],
    ["a default port", "localhost:8080", "localhost:9070"],
    ["a version", "restate-server 1.7.12", "restate-server 1.7.13"],
    ["an amount", "$50,000", "$25,000"],
    ["a share", "0/183", "1/183"],
    ["the kind of an id", "inv_1abc", "dp_1abc"],
    ["a word like an id", "sub_task", "sub_tasks"],
    ["the word beside a duration", "12 ms more", "12 ms less"],
    ["the indentation", "  a", "a"],
    ["a missing line", "a\nb", "a"],
    ["a line too many", "a", "a\nb"],
    ["no output", "a", ""],
    ["an output that should not be", "", "a"],
  ])("%s matters", (_, expected, actual) => {
    expect(difference(expected, actual)).toBeDefined();
  });

  test("… stands for any lines, and for any text in a line", () => {
    expect(difference("a\n…\nd", "a\nb\nc\nd")).toBeUndefined();
    expect(difference("a\n…\nd", "a\nd")).toBeUndefined();
    expect(difference("…", "")).toBeUndefined();
    expect(difference("one … four", "one two three four")).toBeUndefined();
    expect(difference("one … (four)", "one two three four")).toBeDefined();
    expect(difference("a\n…\nd\nf", "a\nb\nd\ne\nf")).toBe("  a\n  …\n  d\n+ e\n  f");
    expect(difference("a\n…\nz", "a\nb\nc")).toContain("- z");
  });

  test("a text to wait for may have … and columns of any width", () => {
    expect(contains("one\nmodel    12  Researcher  asked", "model  …Researcher  asked")).toBe(true);
    expect(contains("model  Researcher\nasked", "Researcher…asked")).toBe(false);
    expect(contains("is up (a+b)", "(a+b)")).toBe(true);
    expect(contains("is up", "is  up")).toBe(false);
  });

  test("what still prints may print more at its end, not in between", () => {
    expect(difference("a", "a\nb", { isStillPrinting: true })).toBeUndefined();
    expect(difference("a\nc", "a\nb\nc", { isStillPrinting: true })).toBeDefined();
  });
});

describe("commands that nobody would run", () => {
  test.each([
    ["bash", ["```bash", "true", "```"], /page\.md:1: a block of bash is not run/],
    ["console", ["a", "", "```console", "$ true", "```"], /page\.md:3: a block of console/],
    ["powershell", ["~~~powershell", "true", "~~~"], /page\.md:1: a block of powershell/],
    ["sh with attributes", ["```sh {1}", "true", "```"], /page\.md:1: a block of sh \{1\}/],
    ["no language", ["```", "npm start", "```"], /page\.md:1: a block without a language/],
    ["indentation", ["a", "", "    npm start"], /page\.md:3: a block that is only indented/],
    ["HTML", ["<pre>npm start</pre>"], /page\.md:1: a block of <pre>/],
    ["a prompt", sh("$ npm start"), /page\.md:2: leave out the prompt/],
    ["nothing", sh("# nothing"), /page\.md:1: this sh block has no command/],
    ["what bash does not understand", sh("true", "echo 'a"), /page\.md:3: bash does not understand it/],
  ])("are found: %s", (_, lines, message) => {
    expect(unexecuted(page(...lines))).toEqual([expect.stringMatching(message)]);
  });

  test("are not other blocks", () => {
    const lines = ["```ts", "npm()", "```", "```text", "npm start", "```", "```", "a table", "```", ...sh("true")];
    expect(unexecuted(page(...lines))).toEqual([]);
  });

  test("lines are counted in the page", () => {
    expect(commandsOf("a\n\n# b\nc \\\n  d\n", 10, "page.md")).toEqual([
      { line: 10, text: "a" },
      { line: 13, text: "c \\\n  d" },
    ]);
  });
});
