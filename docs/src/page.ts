import { readFileSync } from "node:fs";
import GithubSlugger from "github-slugger";
import MarkdownIt, { type Token } from "markdown-it";

/** A ```text block: what the commands before it print. */
export interface ExpectedOutput {
  line: number;
  text: string;
}

/** How commands are run, as a comment before their block says it: `<!-- run: until "is up", needs docker -->`. */
interface RunNotes {
  /** They keep running, in a terminal of their own; the page goes on when they have printed this. */
  until: string | undefined;
  /** They run in a terminal of their own while the page goes on, until `<!-- wait -->`. */
  beside: boolean;
  /** They are run as soon as what runs `until` has printed this. */
  when: string | undefined;
  /** Commands that have to exist and environment variables that have to be set, which the block gets; else it is not run. */
  needs: string[];
  /** The exit code of the last command. */
  exits: number;
}

/** A ```sh block. */
export interface Commands extends RunNotes {
  kind: "commands";
  /** Of the opening fence. */
  line: number;
  script: string;
  output: ExpectedOutput | undefined;
}

/** `<!-- stop -->`: Ctrl-C for what runs `until`. */
export interface Stop {
  kind: "stop";
  line: number;
}

/** `<!-- wait -->`: the end of what runs `beside`. */
export interface Wait {
  kind: "wait";
  line: number;
  output: ExpectedOutput | undefined;
}

/** What `npm run docs:update` makes: between `<!-- code: path#region -->` or `<!-- table: name -->` and `<!-- /code -->` or so. */
export interface Made {
  kind: "code" | "table";
  line: number;
  /** The line of the closing comment. */
  endLine: number;
  /** What stands after the colon. */
  source: string;
}

/** Any other block of code, expected outputs too; its language is `indented` or `html` if it has no fences. */
export interface Fence {
  kind: "fence";
  line: number;
  language: string;
  text: string;
}

export interface Heading {
  kind: "heading";
  line: number;
  text: string;
  /** As a forge and the site make it, without `#`. */
  anchor: string;
}

/** A link or the source of an image. */
export interface Link {
  kind: "link";
  line: number;
  target: string;
}

export type Block = Commands | Stop | Wait | Made | Fence | Heading | Link;

export interface Page {
  /** As it was given to {@link readPage}; errors name it. */
  file: string;
  source: string;
  /** In the order in which they stand; lines count from 1. */
  blocks: Block[];
}

/** The blocks of a page of one kind. */
export const blocksOf = <Kind extends Block["kind"]>({ blocks }: Page, kind: Kind) =>
  blocks.filter((block): block is Extract<Block, { kind: Kind }> => block.kind === kind);

const markdown = new MarkdownIt({ html: true, linkify: false });

/** Reads a page from a file. See {@link parsePage}. */
export const readPage = (file: string): Page => parsePage(file, readFileSync(file, "utf8"));

/**
 * Finds what the tools of the documentation work on.
 *
 * @throws Error with page and line, if a comment for these tools can't be read, or does not stand where it has to
 */
export function parsePage(file: string, source: string): Page {
  const tokens = markdown.parse(source, {});
  const slugger = new GithubSlugger();
  const blocks: Block[] = [];
  let notes: (RunNotes & { line: number }) | undefined;
  let made: Made | undefined;
  const fail = (line: number, why: string) => new Error(`${file}:${line}: ${why}`);
  const unused = (line: number) => fail(line, "a run: comment has to stand directly before a ```sh block");

  for (const [index, token] of tokens.entries()) {
    const line = lineOf(token);
    const text = token.content;
    const isCommands = token.type === "fence" && token.info.trim() === "sh" && !made;
    if (notes && !isCommands) throw unused(notes.line);
    if (isCommands) {
      const output = outputAfter(tokens, index);
      blocks.push({ ...(notes ?? readNotes("")), kind: "commands", line, script: text, output });
      notes = undefined;
    } else if (token.type === "fence" || token.type === "code_block") {
      blocks.push({ kind: "fence", line, language: token.type === "fence" ? token.info.trim() : "indented", text });
    } else if (token.type === "heading_open") {
      const title = (tokens[index + 1]?.children ?? []).map((it) => it.content).join("");
      blocks.push({ kind: "heading", line, text: title, anchor: slugger.slug(title) });
    } else if (token.type === "inline") blocks.push(...linksIn(token));
    else if (token.type === "html_block") {
      if (/<pre\b/i.test(text)) blocks.push({ kind: "fence", line, language: "html", text });
      for (const { index: from, 1: name, 2: argument } of text.matchAll(comments)) {
        const at = line + text.slice(0, from).split("\n").length - 1;
        if (notes) throw unused(notes.line);
        if (name === "run") notes = { line: at, ...readNotes(argument ?? "", (why) => fail(at, why)) };
        else if (name === "stop") blocks.push({ kind: "stop", line: at });
        else if (name === "wait") blocks.push({ kind: "wait", line: at, output: outputAfter(tokens, index) });
        else if (name === "code" || name === "table") {
          if (made) throw fail(made.line, `there is no <!-- /${made.kind} --> after it`);
          made = { kind: name, line: at, endLine: at, source: argument ?? "" };
          blocks.push(made);
        } else if (name === "/code" || name === "/table") {
          if (`/${made?.kind}` !== name) throw fail(at, `there is no <!-- ${name.slice(1)}: … --> before`);
          if (made) made.endLine = at;
          made = undefined;
        }
      }
    }
  }
  if (notes) throw unused(notes.line);
  if (made) throw fail(made.line, `there is no <!-- /${made.kind} --> after it`);
  checkOrder(blocks, fail);
  return { file, source, blocks };
}

/** `<!-- name -->` and `<!-- name: argument -->`. */
const comments = /<!--\s*(\/?[a-z]+)(?::\s*([\s\S]*?))?\s*-->/g;

const lineOf = ({ map }: Token) => (map?.[0] ?? 0) + 1;

function readNotes(text: string, fail: (why: string) => Error = Error): RunNotes {
  const notes: RunNotes = { until: undefined, beside: false, when: undefined, needs: [], exits: 0 };
  // A comma in quotes does not part two notes.
  for (const part of text.match(/(?:"[^"]*"|[^,"])+/g) ?? []) {
    const [, name = "", argument = ""] = part.trim().match(/^(\w+)\s*"?([^"]*)"?$/) ?? [];
    if (name === "beside" && !argument) notes.beside = true;
    else if ((name === "until" || name === "when") && argument) notes[name] = argument;
    else if (name === "needs" && argument) notes.needs.push(...argument.split(/\s+/));
    else if (name === "exits" && /^\d+$/.test(argument)) notes.exits = Number(argument);
    else throw fail(`there is no run: ${part.trim()}; there is until "…", when "…", beside, needs …, exits 1`);
  }
  if (notes.until && (notes.beside || notes.exits)) throw fail("until goes with neither beside nor exits");
  return notes;
}

/** Whether `when`, `stop` and `wait` have something that runs, and everything that runs beside is waited for. */
function checkOrder(blocks: Block[], fail: (line: number, why: string) => Error): void {
  let untils = 0;
  const besides: number[] = [];
  for (const block of blocks) {
    if (block.kind === "commands") {
      if (block.when && untils === 0) throw fail(block.line, "when: nothing runs until before it");
      if (block.beside && block.output) throw fail(block.line, "what runs beside has its output after <!-- wait -->");
      if (block.until) untils++;
      if (block.beside) besides.push(block.line);
    }
    if (block.kind === "stop" && untils-- === 0) throw fail(block.line, "stop: nothing runs until before it");
    if (block.kind === "wait" && !besides.shift()) throw fail(block.line, "wait: nothing runs beside before it");
  }
  if (besides[0]) throw fail(besides[0], "what runs beside has no <!-- wait --> after it");
}

function outputAfter(tokens: Token[], index: number): ExpectedOutput | undefined {
  const next = tokens[index + 1];
  return next?.type === "fence" && next.info.trim() === "text" ? { line: lineOf(next), text: next.content } : undefined;
}

function linksIn(inline: Token): Link[] {
  const links: Link[] = [];
  let line = lineOf(inline);
  for (const child of inline.children ?? []) {
    if (child.type === "softbreak" || child.type === "hardbreak") line++;
    const target = child.attrGet(child.type === "image" ? "src" : "href");
    if (target) links.push({ kind: "link", line, target: String(target) });
  }
  return links;
}
