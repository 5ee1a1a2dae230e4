import { expect, test } from "vitest";
import { recoveryOutcome } from "../src/present.ts";
import { exampleResults } from "./example-results.ts";

const { crashes } = exampleResults();

test("what is said of how soon a subject goes on is what was seen", () => {
  expect(recoveryOutcome({ crashes }, "vercel-ai")).toMatch(/^answered after \d+ ms$/);
  expect(recoveryOutcome({ crashes }, "langgraph-async")).toBe("only when somebody asks again");
  expect(recoveryOutcome({ crashes: crashes.filter(({ alone }) => !alone) }, "vercel-ai")).toBe("not timed");
  expect(recoveryOutcome({ crashes: [] }, "vercel-ai")).toBe("not timed, since it was not killed");
});
