import { readFileSync } from "node:fs";
import GithubSlugger from "github-slugger";
import MarkdownIt, { type Token } from "markdown-it";

/** What a comment before a block of commands says about how they are run, such as `until` with `is up`. */
export interface RunNote {
  name: RunNoteName;
  /** What stands after the name, without quotes. */
  argument: string;
}

const runNotes = ["until", "beside", "when", "needs", "exits", "with", "within"] as const;
export type RunNoteName = (typeof runNotes)[number];

/** A ```text block: what the commands before it print. */
export interface ExpectedOutput {
  line: number;
  text: string;
}

/** The part of a page between `<!-- code: … -->` and `<!-- /code -->`, made by `npm run docs:update`. */
export interface CodeEmbed {
  kind: "code";
  line: number;
  /** The line of the closing comment. */
  endLine: number;
  /** Path in the repository; one part of it may be `*`. */
  path: string;
  region: string | undefined;
}

/** A ```sh block. */
export interface Commands {
  kind: "commands";
  /** Of the opening fence. */
  line: number;
  notes: RunNote[];
  /** What stands in the block, to be run line by line. */
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

/** Any other fenced block, expected outputs too, with all that stands after the fence as its language. */
export interface Fence {
  kind: "fence";
  line: number;
  language: string;
  text: string;
}

export interface Heading {
  kind: "heading";
  line: number;
  level: number;
  text: string;
  /** As a forge and the site make it, without `#`. */
  anchor: string;
}

/** A link or the source of an image. */
export interface Link {
  kind: "link";
  line: number;
  target: string;
  text: string;
  isImage: boolean;
}

export type Block = CodeEmbed | Commands | Stop | Wait | Fence | Heading | Link;

export interface Page {
  /** As it was given to {@link readPage}; errors name it. */
  file: string;
  source: string;
  /** In the order in which they stand; lines count from 1. */
  blocks: Block[];
}

const markdown = new MarkdownIt({ html: true, linkify: false });

/** Reads a page from a file. See {@link parsePage}. */
export const readPage = (file: string): Page => parsePage(file, readFileSync(file, "utf8"));

/**
 * Finds what the tools of the documentation work on.
 *
 * @throws Error with page and line, if a comment for these tools can't be read
 */
export function parsePage(file: string, source: string): Page {
  const tokens = markdown.parse(source, {});
  const slugger = new GithubSlugger();
  const blocks: Block[] = [];
  const fail = (line: number, why: string) => new Error(`${file}:${line}: ${why}`);

  let notes: { line: number; all: RunNote[] } | undefined;
  let embed: CodeEmbed | undefined;
  tokens.forEach((token, index) => {
    const line = (token.map?.[0] ?? 0) + 1;
    if (token.type === "html_block") {
      for (const comment of commentsIn(token, line)) {
        if (notes) throw fail(notes.line, "a run: comment has to stand directly before a ```sh block");
        const [, name, , argument = ""] = comment.text.match(/^(\/?[a-z]+)(:\s*([\s\S]*))?$/) ?? [];
        if (name === "run") notes = { line: comment.line, all: readNotes(argument, (why) => fail(comment.line, why)) };
        else if (name === "stop" && !argument) blocks.push({ kind: "stop", line: comment.line });
        else if (name === "wait" && !argument)
          blocks.push({ kind: "wait", line: comment.line, output: outputAfter(tokens, index) });
        else if (name === "code") {
          if (embed) throw fail(embed.line, "this code has no <!-- /code --> after it");
          const [, path, region] = argument.match(/^([^\s#]+)(?:#([\w-]+))?$/) ?? [];
          if (!path) throw fail(comment.line, `code: takes a path in the repository, and #region. It is: ${argument}`);
          embed = { kind: "code", line: comment.line, endLine: comment.line, path, region };
          blocks.push(embed);
        } else if (name === "/code") {
          if (!embed) throw fail(comment.line, "there is no <!-- code: … --> before");
          embed.endLine = comment.line;
          embed = undefined;
        }
      }
      return;
    }
    if (token.type === "fence") {
      const language = token.info.trim();
      if (language === "sh" && !embed) {
        const { all = [] } = notes ?? {};
        notes = undefined;
        blocks.push({ kind: "commands", line, notes: all, script: token.content, output: outputAfter(tokens, index) });
        return;
      }
      blocks.push({ kind: "fence", line, language, text: token.content });
    }
    if (notes) throw fail(notes.line, "a run: comment has to stand directly before a ```sh block");
    if (token.type === "heading_open") {
      const text = plainText(tokens[index + 1]);
      const level = Number(token.tag.slice(1));
      blocks.push({ kind: "heading", line, level, text, anchor: slugger.slug(text) });
    }
    if (token.type === "inline") blocks.push(...linksIn(token, line));
  });
  if (notes) throw fail(notes.line, "a run: comment has to stand directly before a ```sh block");
  if (embed) throw fail(embed.line, "this code has no <!-- /code --> after it");
  return { file, source, blocks };
}

function commentsIn({ content }: Token, firstLine: number): { line: number; text: string }[] {
  return [...content.matchAll(/<!--([\s\S]*?)-->/g)].map(({ index, 1: text = "" }) => ({
    line: firstLine + content.slice(0, index).split("\n").length - 1,
    text: text.trim(),
  }));
}

function readNotes(text: string, fail: (why: string) => Error): RunNote[] {
  const notes: RunNote[] = [];
  // A comma in quotes does not part two notes.
  for (const part of text.match(/(?:"[^"]*"|[^,"])+/g) ?? []) {
    const [, name = "", argument = ""] = part.trim().match(/^(\S+)\s*([\s\S]*)$/) ?? [];
    const known = runNotes.find((note) => note === name);
    if (!known) throw fail(`there is no run: ${name}; there is ${runNotes.join(", ")}`);
    notes.push({ name: known, argument: argument.replace(/^"([\s\S]*)"$/, "$1") });
  }
  if (notes.length === 0) throw fail(`run: takes some of ${runNotes.join(", ")}`);
  return notes;
}

function outputAfter(tokens: Token[], index: number): ExpectedOutput | undefined {
  const next = tokens[index + 1];
  if (next?.type !== "fence" || next.info.trim() !== "text") return undefined;
  return { line: (next.map?.[0] ?? 0) + 1, text: next.content };
}

const attribute = (token: Token, name: string) => String(token.attrGet(name) ?? "");

const plainText = (inline: Token | undefined): string =>
  (inline?.children ?? []).map(({ type, content }) => (type === "softbreak" ? " " : content)).join("");

function linksIn({ children }: Token, firstLine: number): Link[] {
  const links: Link[] = [];
  let line = firstLine;
  const open: Link[] = [];
  for (const child of children ?? []) {
    if (child.type === "softbreak" || child.type === "hardbreak") line++;
    if (child.type === "image")
      links.push({ kind: "link", line, target: attribute(child, "src"), text: child.content, isImage: true });
    if (child.type === "link_open") {
      const link: Link = { kind: "link", line, target: attribute(child, "href"), text: "", isImage: false };
      open.push(link);
      links.push(link);
    }
    if (child.type === "link_close") open.pop();
    for (const link of open) link.text += child.content;
  }
  return links;
}
