import { join } from "node:path";
import { expect, test } from "vitest";
import { unexecuted } from "../src/commands/unexecuted.ts";
import { pageFiles } from "../src/contents.ts";
import { readPage } from "../src/page.ts";
import { docsRoot } from "../src/repository.ts";

test.each(pageFiles())("docs/%s has no command that would not be run", (page) => {
  expect(unexecuted(readPage(join(docsRoot, page)))).toEqual([]);
});
