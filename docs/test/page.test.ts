import { expect, test } from "vitest";
import { parsePage } from "../src/page.ts";

const blocks = (source: string) => parsePage("a.md", source).blocks;
const sh = (script: string) => `\`\`\`sh\n${script}\n\`\`\`\n`;

test("commands have their notes and the output that is expected", () => {
  const source = `<!-- run: until "is up, and, more", needs docker -->\n${sh("npm start")}\n\`\`\`text\nfine\n\`\`\`\n`;
  expect(blocks(source)).toEqual([
    {
      kind: "commands",
      line: 2,
      notes: [
        { name: "until", argument: "is up, and, more" },
        { name: "needs", argument: "docker" },
      ],
      script: "npm start\n",
      output: { line: 6, text: "fine\n" },
    },
    { kind: "fence", line: 6, language: "text", text: "fine\n" },
  ]);
});

test("output belongs to the commands directly before it only", () => {
  expect(blocks(`${sh("a")}\nThen\n\n\`\`\`text\nfine\n\`\`\`\n`)[0]).toMatchObject({ output: undefined });
});

test("what runs beside has its output where it is waited for", () => {
  const source = `<!-- run: beside -->\n${sh("a")}\nMeanwhile:\n\n${sh("b")}\n<!-- wait -->\n\n\`\`\`text\nfine\n\`\`\`\n\n<!-- stop -->\n`;
  expect(blocks(source).map(({ kind }) => kind)).toEqual(["commands", "commands", "wait", "fence", "stop"]);
  expect(blocks(source)[2]).toMatchObject({ line: 12, output: { text: "fine\n" } });
});

test("commands in a list are found, too", () => {
  expect(blocks(`1. One\n\n   <!-- run: exits 1 -->\n   ${sh("false").replaceAll("\n", "\n   ")}`)).toMatchObject([
    { kind: "commands", notes: [{ name: "exits", argument: "1" }], script: "false\n" },
  ]);
});

test.each([
  ["<!-- run: beside -->\n\nText\n", "a.md:1: a run: comment has to stand directly before"],
  ["\n<!-- run: besides -->\n", "a.md:2: there is no run: besides; there is until, beside"],
  ["<!-- run: -->\n", "a.md:1: run: takes some of"],
  ["<!-- code: a.ts -->\n", "a.md:1: this code has no <!-- /code --> after it"],
  ["<!-- /code -->\n", "a.md:1: there is no <!-- code: … --> before"],
  ["<!-- code: a b -->\n", "a.md:1: code: takes a path"],
])("%j can't be read, and the error says where", (source, message) => {
  expect(() => blocks(source)).toThrow(message);
});

test("code from files, with its region and its end", () => {
  const source = "<!-- code: packages/*/src/router.ts#route -->\n\n```ts\nold\n```\n\n<!-- /code -->\n";
  expect(blocks(source)[0]).toEqual({
    kind: "code",
    line: 1,
    endLine: 7,
    path: "packages/*/src/router.ts",
    region: "route",
  });
});

test("links have the line that they stand on, headings the anchor that forges make", () => {
  const source = "# What is `at-least-once`?\n\nA [b\nc](d.md#e) and\n![f](g.png)\n\n## Twice\n\n## Twice\n";
  expect(blocks(source)).toEqual([
    { kind: "heading", line: 1, level: 1, text: "What is at-least-once?", anchor: "what-is-at-least-once" },
    { kind: "link", line: 3, target: "d.md#e", text: "bc", isImage: false },
    { kind: "link", line: 5, target: "g.png", text: "f", isImage: true },
    { kind: "heading", line: 7, level: 2, text: "Twice", anchor: "twice" },
    { kind: "heading", line: 9, level: 2, text: "Twice", anchor: "twice-1" },
  ]);
});
