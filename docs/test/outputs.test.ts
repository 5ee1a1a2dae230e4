import { expect, test } from "vitest";
import { contains, difference } from "../src/commands/compare.ts";

test.each([
  ["ids", "inv_1kGmEpUyabc123 on dp_14LsPzGz9HBxXIe", "inv_1… on dp_10aaaa"],
  ["hashes", "commit 4f89df1, 0123456789abcdef", "commit 3f19bef, fedcba9876543210"],
  ["ports", "http://127.0.0.1:41234/x", "http://127.0.0.1:5000/x"],
  ["process ids", "pid: 77, process 4321", "pid: 1234, process 99"],
  ["durations", "12 ms, 1.5 s, 900ms", "7 ms, 900 ms, 1.2s"],
  ["columns", "name   1.2 s  end", "name  10.2 s     end"],
  ["colours", "\u001b[32mgreen\u001b[39m", "green"],
  ["blank lines around", "\n\na\n", "a"],
  ["what npm adds", "Good morning", "\n> greet\n> echo Good morning\n\nGood morning\nnpm notice New version\n"],
  ["an installation", "up", "Installing, once: 500 packages …\nLockfile is fine\nInstalled in 3 s; no network.\n\nup"],
  ["an installation that goes on", "", "Installing, once: 500 packages …\nLockfile is up to date\n"],
  ["any lines for …", "a\n…\nd", "a\nb\nc\nd"],
  ["no lines for …", "a\n…\nd", "a\nd"],
  ["any text for … in a line", "one … four", "one two three four"],
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
  ["a date", "from 2026-11-21", "from 2026-11-22"],
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
  ["what stands around …", "one … (four)", "one two three four"],
])("%s matters", (_, expected, actual) => {
  expect(difference(expected, actual)).toBeDefined();
});

test("a difference shows what stands in the page and what was printed", () => {
  expect(difference("a\n…\nd\nf", "a\nb\nd\ne\nf")).toBe("  a\n  …\n  d\n+ e\n  f");
  expect(difference("a\n…\nz", "a\nb\nc")).toContain("- z");
});

test("a text to wait for may have … and columns of any width", () => {
  expect(contains("one\nmodel    12  Researcher  asked", "model  …Researcher  asked")).toBe(true);
  expect(contains("model  Researcher\nasked", "Researcher…asked")).toBe(false);
  expect(contains("is up (a+b)", "(a+b)")).toBe(true);
  expect(contains("is up", "is  up")).toBe(false);
});
