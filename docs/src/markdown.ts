import type { MarkdownRenderer } from "vitepress";
import { type Code, codeOf } from "./code.ts";
import { parsePage } from "./page.ts";
import { carried, isElsewhere, isInRepository, repositoryUrl, targetOf } from "./repository.ts";
import { defaultSdk, followsSdk, sdks } from "./sdks.ts";

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

const escapeHtml = (text: string) =>
  text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`).replaceAll("{{", "&#123;&#123;");

/**
 * What the site does with pages that a forge does not: code is taken from the files, and is shown in tabs; commands
 * follow the chosen SDK; diagrams are drawn; links to files of the repository lead there.
 *
 * @param base where the site is, such as `/` or `/docs/`
 */
export function documentation(markdown: MarkdownRenderer, base: string): void {
  markdown.core.ruler.push("documentation", (state) => {
    const page: string = state.env.relativePath ?? "";
    const html = (content: string): Token => Object.assign(new state.Token("html_block", "", 0), { content });
    const fence = ({ language, text }: Code): Token =>
      Object.assign(new state.Token("fence", "code", 0), { info: language, content: `${text}\n`, markup: "```" });
    const { blocks } = parsePage(page, state.src);

    const embeds = blocks.filter((block) => block.kind === "code");
    const following = new Set(
      blocks.flatMap((block) => {
        if (block.kind === "commands") {
          const lines = followsSdk(block.script) ? [block.line] : [];
          return block.output && followsSdk(block.output.text) ? [...lines, block.output.line] : lines;
        }
        return block.kind === "wait" && block.output && followsSdk(block.output.text) ? [block.output.line] : [];
      }),
    );

    const tokens: Token[] = [];
    const shown = new Set<unknown>();
    for (const token of state.tokens) {
      const line = (token.map?.[0] ?? -1) + 1;
      const embed = embeds.find((one) => line >= one.line && line <= one.endLine);
      if (!embed) {
        if (token.type === "fence" && following.has(line)) token.meta = { ...token.meta, followsSdk: true };
        tokens.push(token);
      } else if (!shown.has(embed)) {
        shown.add(embed);
        const codes = codeOf(page, embed);
        const [first] = codes;
        if (first && !first.sdk)
          tokens.push(html(`<div class="code-file">${fileLink(first.path)}</div>\n`), fence(first));
        else tokens.push(...tabs(codes, shown.size, html, fence));
      }
    }
    state.tokens = tokens;
    for (const token of tokens) if (token.type === "inline") pointLinks(token, page, base, state.Token);
  });

  const { rules } = markdown.renderer;
  const usual = rules.fence;
  rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index] as Token;
    if (token.info.trim() === "mermaid") return diagram(token.content);
    const html = usual?.(tokens, index, options, env, self) ?? "";
    return token.meta?.followsSdk ? withSdkMarked(html) : html;
  };
  // A wide table scrolls in itself, also by keyboard.
  rules.table_open = () => `<div class="table" tabindex="0">\n<table tabindex="-1">\n`;
  rules.table_close = () => "</table>\n</div>\n";
}

function tabs(codes: Code[], number: number, html: (content: string) => Token, fence: (code: Code) => Token): Token[] {
  const id = (kind: string, code: Code) => `${kind}-${number}-${code.sdk?.name}`;
  const buttons = codes.map(
    (code, index) =>
      `<button type="button" role="tab" id="${id("tab", code)}" aria-controls="${id("code", code)}" ` +
      `aria-selected="${index === 0}" tabindex="${index === 0 ? 0 : -1}" data-sdk="${code.sdk?.name}">` +
      `${escapeHtml(code.sdk?.title ?? "")}</button>`,
  );
  return [
    html(`<div class="sdk-tabs">\n<div role="tablist" aria-label="SDK">${buttons.join("")}</div>\n`),
    ...codes.flatMap((code) => [
      html(
        `<div role="tabpanel" id="${id("code", code)}" aria-labelledby="${id("tab", code)}" data-sdk="${code.sdk?.name}">\n` +
          `<div class="code-file">${fileLink(code.path)}</div>\n`,
      ),
      fence(code),
      html("</div>\n"),
    ]),
    html("</div>\n"),
  ];
}

function fileLink(path: string): string {
  const url = repositoryUrl(path);
  const name = `<code>${escapeHtml(path)}</code>`;
  return url ? `<a href="${escapeHtml(url)}" target="_blank" rel="noreferrer">${name}</a>` : name;
}

/** The source stands in the page until it is drawn, and where nothing can be drawn. */
const diagram = (source: string) => `<div class="diagram"><pre v-pre>${escapeHtml(source)}</pre></div>\n`;

/** Marks what the chosen SDK replaces, in the text and not in tags. */
const withSdkMarked = (html: string) =>
  html.replace(/>[^<]+</g, (text) =>
    text
      .replace(
        new RegExp(`(?<![\\w-])${defaultSdk.name}(?![\\w-])`, "g"),
        `<span data-sdk-name>${defaultSdk.name}</span>`,
      )
      .replaceAll(defaultSdk.title, `<span data-sdk-title>${defaultSdk.title}</span>`),
  );

/** Links to files that are not on the site lead to the repository, if it is known where that is; else the path is shown. */
function pointLinks(inline: Token, page: string, base: string, TokenClass: new (...args: never[]) => Token): void {
  const make = TokenClass as unknown as new (type: string, tag: string, nesting: number) => Token;
  const children: Token[] = [];
  let unlinked: { path: string; text: string; start: number } | undefined;
  for (const child of inline.children ?? []) {
    const attribute = child.type === "link_open" ? "href" : child.type === "image" ? "src" : undefined;
    const target = attribute && String(child.attrGet(attribute) ?? "");
    if (attribute && target && !isElsewhere(target) && !target.startsWith("/")) {
      const { path, anchor } = targetOf(page, target);
      if (!isInRepository(path)) throw new Error(`${page}: ${target} is not in the repository`);
      const place = carried[path];
      if (path.startsWith("docs/public/")) child.attrSet(attribute, path.slice("docs/public".length));
      else if (attribute === "href" && place) {
        child.attrSet("href", `${base}${place}`);
        child.attrSet("target", "_self");
      } else if (attribute === "href" && !(path.startsWith("docs/") && path.endsWith(".md"))) {
        const url = repositoryUrl(path, anchor);
        if (url) child.attrSet("href", url);
        else {
          unlinked = { path, text: "", start: children.length };
          continue;
        }
      }
    }
    if (unlinked && child.type === "link_close") {
      const { path, text, start } = unlinked;
      unlinked = undefined;
      // A text that is the end of the path would say it twice.
      if (path.endsWith(text)) {
        const code = Object.assign(new make("code_inline", "code", 0), { content: path, markup: "`" });
        children.splice(start, children.length, code);
        continue;
      }
      children.push(
        Object.assign(new make("text", "", 0), { content: " (" }),
        Object.assign(new make("code_inline", "code", 0), { content: path, markup: "`" }),
        Object.assign(new make("text", "", 0), { content: ")" }),
      );
      continue;
    }
    if (unlinked) unlinked.text += child.content;
    children.push(child);
  }
  inline.children = children;
}

/** What the page needs before it is drawn, so that the choice of an SDK does not flicker. */
export const sdkHead: [string, Record<string, string>, string][] = [
  [
    "style",
    {},
    `.sdk-tabs>[role=tabpanel]{display:none}html:not([data-sdk]) .sdk-tabs>[data-sdk="${defaultSdk.name}"]{display:block}` +
      sdks.map(({ name }) => `html[data-sdk="${name}"] .sdk-tabs>[data-sdk="${name}"]{display:block}`).join(""),
  ],
  [
    "script",
    {},
    `(()=>{const names=${JSON.stringify(sdks.map(({ name }) => name))};let chosen=new URLSearchParams(location.search).get("sdk");` +
      `try{if(names.includes(chosen))localStorage.setItem("sdk",chosen);else chosen=localStorage.getItem("sdk")}catch{}` +
      `document.documentElement.dataset.sdk=names.includes(chosen)?chosen:names[0]})()`,
  ],
];
