import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { readPackage, repositoryRoot } from "@durable-agents/testkit";

/** The folder of the pages. */
export const docsRoot = join(repositoryRoot, "docs");

/** Whether a link leads out of the repository, or to a place on the same page. */
export const isElsewhere = (target: string): boolean => /^([a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target);

/**
 * What a link in a page points to.
 *
 * @param page path of the page in `docs/`, such as `tutorial/index.md`
 * @returns the path in the repository, with `/`, and the anchor without `#`
 */
export function targetOf(page: string, target: string): { path: string; anchor: string | undefined } {
  const [file = "", anchor] = target.split("#");
  const absolute = file === "" ? join(docsRoot, page) : resolve(docsRoot, dirname(page), decodeURI(file));
  return { path: relative(repositoryRoot, absolute).split(sep).join("/"), anchor };
}

/** Whether there is such a file or folder in the repository. */
export const isInRepository = (path: string): boolean => existsSync(join(repositoryRoot, path));

/** Where a file or folder of the repository can be read, or undefined if REPOSITORY_URL is not set. */
export function repositoryUrl(path: string, anchor?: string): string | undefined {
  const { REPOSITORY_URL } = process.env;
  if (!REPOSITORY_URL) return undefined;
  const kind = statSync(join(repositoryRoot, path)).isDirectory() ? "tree" : "blob";
  return `${REPOSITORY_URL.replace(/\/+$/, "")}/${kind}/HEAD/${path}${anchor ? `#${anchor}` : ""}`;
}

/** The page that the site has instead of the source of a library's exports, such as `reference/api/lanes`. */
export function apiPage(path: string): string | undefined {
  const [, folder] = path.match(/^(libs\/[\w-]+)\/src\/index\.ts$/) ?? [];
  return (
    folder &&
    `reference/api/${String(readPackage(join(repositoryRoot, folder)).name)
      .split("/")
      .at(-1)}`
  );
}
