import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contracts } from "@durable-agents/shared/contracts/index";
import { exampleRequests, repositoryRoot, temporaryFolder } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";
import { sourceOf } from "../src/contents.ts";
import { type Commands, parsePage } from "../src/page.ts";
import { shownAnswer } from "../src/reference/answers.ts";
import { commandScripts } from "../src/reference/command-page.ts";
import { type Declaration, declarationsOf, undocumented } from "../src/reference/declarations.ts";
import { environmentVariables } from "../src/reference/environment.ts";
import { exportsOf, findLibraries } from "../src/reference/library-pages.ts";
import { sentence, table } from "../src/reference/markdown.ts";
import { brokenExample, fieldTable } from "../src/reference/schema-table.ts";
import { docsRoot } from "../src/repository.ts";

// That the pages are what the code makes of them, is tested with all others in site.test.ts.
describe("the pages", () => {
  const libraries = findLibraries();
  const paths = ["index", "contracts", "cli", ...libraries.map(({ folder }) => `api/${folder}`)];
  const pages = new Map(paths.map((name) => [`reference/${name}.md`, sourceOf(`reference/${name}.md`)]));
  const page = (path: string) => pages.get(path) ?? "";
  const commandsOf = (path: string) =>
    parsePage(path, page(path)).blocks.filter((block): block is Commands => block.kind === "commands");

  test("of libraries are those of the libraries that there are", () => {
    const files = readdirSync(join(docsRoot, "reference/api")).sort();
    expect(files).toEqual(libraries.map(({ folder }) => `${folder}.md`));
  });

  test("say who made them, and nothing of this machine", () => {
    for (const [path, text] of pages) {
      expect(text, path).toMatch(/^<!-- made by npm run docs:update from /);
      expect(text, path).not.toContain(repositoryRoot);
      expect(text, path).not.toContain(process.version);
    }
  });

  test("have a section and a curl for every handler and example request", () => {
    const text = page("reference/contracts.md");
    const scripts = commandsOf("reference/contracts.md").map(({ script }) => script);
    for (const { name, _handlers } of contracts) {
      for (const handler of Object.keys(_handlers))
        expect(text).toMatch(new RegExp(`^### ${name}(/.*)?/${handler}$`, "m"));
    }
    for (const { call, body } of exampleRequests) {
      const path = call.replace("{sessionId}", "session");
      const [start = ""] = path.split("session");
      expect(scripts.filter((it) => it.includes(start) && it.includes(`'${JSON.stringify(body)}'`))).not.toEqual([]);
    }
  });

  test("print what is expected of every command but the one that goes on", () => {
    for (const path of ["reference/contracts.md", "reference/cli.md"]) {
      const silent = commandsOf(path).filter(
        ({ output, notes }) => !output && !notes.some(({ name }) => name === "until"),
      );
      expect(silent.map(({ script }) => script)).toEqual([]);
    }
  });

  test("show the help of every command, at most 80 columns wide", () => {
    const blocks = commandsOf("reference/cli.md");
    const withHelp = commandScripts().filter(({ file }) => file);
    expect(blocks.map(({ script }) => script.trim())).toEqual(withHelp.map(({ command }) => `${command} -- --help`));
    for (const { script, output } of blocks) {
      const wide = output?.text.split("\n").filter((line) => line.length > 80);
      expect(wide, script).toEqual([]);
    }
  });

  test("tell apart in anchors what differs in upper and lower case only", () => {
    expect(page("reference/api/model-calls.md")).toContain("[`attempt`](#attempt) | function");
    expect(page("reference/api/model-calls.md")).toContain("[`Attempt`](#attempt-1) | type");
    expect(page("reference/api/durable-langchain.md")).toContain("[`Remedies`](model-calls.md#remedies-1)");
  });
});

test("every export of every library has TSDoc, with its parameters and members", { timeout: 60_000 }, () => {
  const missing = findLibraries().flatMap((library) =>
    exportsOf(library)
      .flatMap(undocumented)
      .map((what) => `${library.folder}: ${what}`),
  );
  expect(missing).toEqual([]);
});

test("every environment variable that the code reads is described", () => {
  const sources = globSync("{packages,libs,harness,controls}/*/src/**/*.ts", { cwd: repositoryRoot });
  const read = [...sources, ...globSync("docs/{src,.vitepress}/**/*.ts", { cwd: repositoryRoot })].flatMap((file) => {
    const source = readFileSync(join(repositoryRoot, file), "utf8");
    const names = [...source.matchAll(/process\.env\.([A-Z][A-Z_]+)/g)].map(([, name]) => name as string);
    const taken = [...source.matchAll(/const \{([^}]*)\} = process\.env/g)].flatMap(
      ([, all = ""]) => all.match(/[A-Z][A-Z_]+/g) ?? [],
    );
    return [...names, ...taken];
  });
  const known = [...environmentVariables.map(({ name }) => name), "PATH"];
  expect(read.length).toBeGreaterThan(5);
  expect([...new Set(read)].filter((name) => !known.includes(name))).toEqual([]);
});

describe("declarations", () => {
  const read = (files: Record<string, string>): Declaration[] => {
    const folder = temporaryFolder("declarations");
    for (const [name, source] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), source);
    }
    return declarationsOf(join(folder, "index.ts"));
  };

  test("of functions: signature, parameters that are taken apart, what comes back and errors", () => {
    const [declaration] = read({
      "index.ts": `/**
 * Opens a door.
 *
 * @param room which one
 * @param options.wide how far,
 *   in degrees
 * @returns whether it is open
 * @throws Error if it is locked
 */
export function open(room: string, { wide = 90 }: { wide?: number | undefined } = {}): boolean {
  return room.length < wide;
}`,
    });
    expect(declaration).toMatchObject({
      name: "open",
      kind: "function",
      signature: "open(room: string, options?: { wide?: number }): boolean",
      comment: {
        text: "Opens a door.",
        params: [
          { name: "room", text: "which one" },
          { name: "options.wide", text: "how far, in degrees" },
        ],
        returns: "whether it is open",
        throws: ["Error if it is locked"],
      },
    });
    expect(undocumented(declaration as Declaration)).toEqual([]);
  });

  test("of classes: public members only, and those of other files under their own names", () => {
    const [door, , key] = read({
      "index.ts": `export { Door, type Part } from "./door.ts";
/** A key. */
export const key = (room: string): number => room.length;`,
      "door.ts": `/** A door. */
export class Door {
  /** How wide. */
  readonly wide: number = 1;
  #secret = 2;
  private hidden = 3;
  /** @returns the number */
  get number(): number { return this.#secret + this.hidden; }
  close(): void {}
}
/** A part of it. */
export type Part = { kind: "this is a long name of a part" } | { kind: "this is a long name of another part"; size: 1 };`,
    });
    expect(door?.members.map(({ name, type }) => [name, type])).toEqual([
      ["wide", "number"],
      ["number", "number"],
      ["close", undefined],
    ]);
    expect(undocumented(door as Declaration)).toEqual(["Door.close"]);
    expect(key?.kind).toBe("function");
    expect(undocumented(key as Declaration)).toEqual(["the parameter room of key"]);
  });

  test("of unions: one line for each part when they are long", () => {
    const [type] = read({
      "index.ts": `export type Part = { kind: "this is a long name of a part" } | { kind: "this is a long name of another part" };`,
    });
    expect(type?.signature).toBe(
      'type Part =\n  | { kind: "this is a long name of a part" }\n  | { kind: "this is a long name of another part" }',
    );
    expect(undocumented(type as Declaration)).toEqual(["Part"]);
  });
});

describe("tables", () => {
  test("escape bars and leave out columns that nobody fills", () => {
    expect(table(["a", "b", "c"], [["x | y", "", "two\n  lines"]])).toBe(
      "| a | c |\n| --- | --- |\n| x \\| y | two lines |",
    );
    expect(table(["a"], [])).toBeUndefined();
  });

  test("show fields of fields, limits, and which may be missing", () => {
    const schema = {
      required: ["list"],
      properties: {
        list: { type: "array", items: { properties: { name: { type: "string", minLength: 1, maxLength: 4_000 } } } },
        size: { type: "integer", minimum: -9007199254740991, maximum: 10, description: "How big" },
      },
    };
    expect(fieldTable(schema)).toBe(
      [
        "| field | type | limits | what it is |",
        "| --- | --- | --- | --- |",
        "| `list` | array of any |  |  |",
        "| `list[].name?` | string | not empty; at most 4,000 characters |  |",
        "| `size?` | integer | at most 10 | How big |",
      ].join("\n"),
    );
    expect(brokenExample({ properties: { day: { type: "string", format: "date" }, kind: { enum: ["a"] } } })).toEqual({
      day: "2024-02-30",
      kind: "nobody",
    });
  });

  test("end sentences, but do not change names", () => {
    expect(sentence("how far")).toBe("How far.");
    expect(sentence("durableRun calls it")).toBe("durableRun calls it.");
    expect(sentence("Done!")).toBe("Done!");
    expect(sentence("see `lane`")).toBe("See `lane`.");
  });
});

test("a long answer is cut, and an unknown one is an error that says how to get it", () => {
  expect(shownAnswer("research-durable-execution")).toMatch(/…","taskCount":3}$/);
  expect(() => shownAnswer("nobody")).toThrow(/no answer to nobody.*record-answers/);
});
