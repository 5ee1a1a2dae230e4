import { expect, test } from "vitest";
import { unexecuted } from "../src/commands/unexecuted.ts";
import { codeIn } from "../src/embeds.ts";
import { parsePage } from "../src/page.ts";
import { followsSdk, forSdk, sdks } from "../src/sdks.ts";

const parse = (...lines: string[]) => parsePage("page.md", lines.join("\n"));
const sh = (...commands: string[]) => ["```sh", ...commands, "```", ""];
const text = (...output: string[]) => ["```text", ...output, "```", ""];
const commands = { kind: "commands", until: undefined, when: undefined, beside: false, needs: [], exits: 0 };

test("commands have their notes, and the output directly after them", () => {
  const { blocks } = parse(
    '<!-- run: until "is up, and, more", needs docker -->',
    ...sh("npm start"),
    ...text("fine"),
    ...sh("a"),
    "Then",
    "",
    ...text("that"),
  );
  expect(blocks).toEqual([
    {
      ...commands,
      line: 2,
      until: "is up, and, more",
      needs: ["docker"],
      script: "npm start\n",
      output: { line: 6, text: "fine\n" },
    },
    { kind: "fence", line: 6, language: "text", text: "fine\n" },
    { ...commands, line: 10, script: "a\n", output: undefined },
    { kind: "fence", line: 16, language: "text", text: "that\n" },
  ]);
});

test("what runs beside has its output where it is waited for", () => {
  const { blocks } = parse("<!-- run: beside -->", ...sh("a"), ...sh("b"), "<!-- wait -->", "", ...text("fine"));
  expect(blocks.map(({ kind }) => kind)).toEqual(["commands", "commands", "wait", "fence"]);
  expect(blocks[2]).toMatchObject({ line: 10, output: { text: "fine\n" } });
});

test("what is made has its source and its end; links and headings have their lines", () => {
  const { blocks } = parse(
    "# What is `at-least-once`?",
    "",
    "<!-- code: packages/*/src/router.ts#route -->",
    ...sh("old"),
    "<!-- /code -->",
    "",
    "A [b",
    "c](d.md#e) and",
    "![f](g.png)",
    "",
    "## Twice",
    "## Twice",
  );
  expect(blocks).toEqual([
    { kind: "heading", line: 1, text: "What is at-least-once?", anchor: "what-is-at-least-once" },
    { kind: "code", line: 3, endLine: 8, source: "packages/*/src/router.ts#route" },
    { kind: "fence", line: 4, language: "sh", text: "old\n" },
    { kind: "link", line: 10, target: "d.md#e" },
    { kind: "link", line: 12, target: "g.png" },
    { kind: "heading", line: 14, text: "Twice", anchor: "twice" },
    { kind: "heading", line: 15, text: "Twice", anchor: "twice-1" },
  ]);
});

test.each([
  [["<!-- run: beside -->", "", "Text"], "page.md:1: a run: comment has to stand directly before"],
  [["", "<!-- run: besides -->", ...sh("true")], "page.md:2: there is no run: besides; there is until"],
  [["<!-- run: until -->", ...sh("true")], "page.md:1: there is no run: until;"],
  [['<!-- run: until "x", exits 1 -->', ...sh("true")], "page.md:1: until goes with neither beside nor exits"],
  [["<!-- code: a.ts -->"], "page.md:1: there is no <!-- /code --> after it"],
  [["<!-- /code -->"], "page.md:1: there is no <!-- code: … --> before"],
  [['<!-- run: when "x" -->', ...sh("true")], "page.md:2: when: nothing runs until before it"],
  [["<!-- stop -->"], "page.md:1: stop: nothing runs until before it"],
  [["<!-- wait -->"], "page.md:1: wait: nothing runs beside before it"],
  [["<!-- run: beside -->", ...sh("true")], "page.md:2: what runs beside has no <!-- wait --> after it"],
])("%j can't be read, and the error says where", (lines, message) => {
  expect(() => parse(...lines)).toThrow(message);
});

test.each([
  ["bash", ["```bash", "true", "```"]],
  ["console", ["a", "", "```console", "$ true", "```"]],
  ["powershell", ["~~~powershell", "true", "~~~"]],
  ["sh with attributes", ["```sh {1}", "true", "```"]],
  ["no language", ["```", "npm start", "```"]],
  ["indentation", ["a", "", "    npm start"]],
  ["HTML", ["<pre>npm start</pre>"]],
  ["a prompt", sh("$ npm start")],
  ["only a comment", sh("# nothing")],
])("commands are found that would not be run: %s", (_, lines) => {
  expect(unexecuted(parse(...lines))).toEqual([expect.stringMatching(/^page\.md:\d+: /)]);
});

test.each([
  ["a command", sh("true")],
  ["an output", text("$ 5 npm")],
  ["another language", ["```ts", "curl();", "```"]],
  ["code of a file", ["<!-- code: a.sh -->", "", "```bash", "true", "```", "", "<!-- /code -->"]],
])("what is no command is left alone: %s", (_, lines) => {
  expect(unexecuted(parse(...lines))).toEqual([]);
});

test("a region is shown without its indentation, and a file without the lines of regions", () => {
  const source = "a\n  // #region one\n  b\n\n    c\n  // #endregion one\nd\n";
  expect(codeIn(source, "one")).toBe("b\n\n  c");
  expect(codeIn(source)).toBe("a\n  b\n\n    c\nd");
});

test("markers of other regions do not show", () => {
  const source = "// #region one\na\n// #region two\nb\n// #endregion two\n// #endregion one\n";
  expect(codeIn(source, "one")).toBe("a\nb");
});

const [start, end] = ["// #region two\n", "// #endregion two\n"];

test.each(["a\n", `${start}a\n`, `${start}${end}`, `${start}a\n${end}`.repeat(2)])(
  "%j has no such region",
  (source) => {
    expect(() => codeIn(source, "two")).toThrow("there has to be one region two, with its end and something in it");
  },
);

const langgraph = sdks.find(({ name }) => name === "langgraph") ?? { name: "", title: "" };

test.each([
  ["npm run dev -- vercel-ai --latency 2000", "npm run dev -- langgraph --latency 2000"],
  ["cat .restate/vercel-ai/service.pid", "cat .restate/langgraph/service.pid"],
  ["Vercel AI SDK is up.", "LangGraph is up."],
  ["router on the Vercel AI SDK, 2 model calls", "router on LangGraph, 2 model calls"],
  ["npm install @restatedev/vercel-ai-middleware", undefined],
  ["diff packages/vercel-ai packages/openai-agents", undefined],
])("%j for another SDK", (page, other) => {
  expect(followsSdk(page)).toBe(other !== undefined);
  expect(forSdk(page, langgraph)).toBe(other ?? page);
});
