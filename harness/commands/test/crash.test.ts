import { join } from "node:path";
import type { CrashResult, CrashTarget, Recorded } from "@durable-agents/crash-harness";
import { findImplementation, findPattern, mutatedCopy } from "@durable-agents/testkit";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { crashReport, overview, timeline } from "../src/crash-report.ts";

const command = join(import.meta.dirname, "../src/crash.ts");
const crash = (...args: string[]) => execa(process.execPath, [command, ...args], { reject: false });

describe.concurrent("npm run crash", () => {
  test("tells what was journaled, in flight and repeated", async () => {
    const { stdout, exitCode } = await crash("restate-only", "--pattern", "router", "--after", "1");
    expect(stdout).toBe(
      [
        "router on Restate alone, 2 model calls; the service is killed after 1.",
        "",
        "Support router      answered, in the journal",
        "Billing specialist  in flight",
        "SIGKILL, and a new start",
        "Billing specialist  repeated",
        "Answered 200, the same answer as without a crash.",
        "",
        "Completed model calls: 1, repeated: 0",
        "In flight at the kill: 1, repeated: 1",
      ].join("\n"),
    );
    expect(exitCode).toBe(0);
  });

  test("kills both, after half of the calls, and prints JSON", async () => {
    const args = ["restate-only", "--pattern", "parallel-claim-analysis", "--kill", "both", "--json"];
    const { stdout, exitCode } = await crash(...args);
    expect(JSON.parse(stdout)).toMatchObject({
      pattern: "parallel-claim-analysis",
      killed: "both",
      modelCalls: 4,
      after: 2,
      journaled: ["Eligibility specialist", "Fraud specialist"],
      inFlight: ["Rate comparison specialist"],
      repeated: ["Rate comparison specialist"],
      repeatedThoughJournaled: [],
      asked: ["Claim decision"],
      status: 200,
      asPromised: true,
    });
    expect(exitCode).toBe(0);
  });

  test("fails when the answer is another one after the crash", async () => {
    const folder = mutatedCopy(findImplementation("restate-only").folder, {
      file: "router.ts",
      code: "      return text;",
      becomes: '      return text + " (process " + process.pid + ")";',
    });
    const { stdout, exitCode } = await crash(folder, "--pattern", "router");
    expect(stdout).toMatch(/Answered 200, but not as without a crash: .*process \d+/s);
    expect(exitCode).toBe(1);
  });

  test.each([
    ["an unknown implementation", ["vercel"], /"vercel".*restate-only.*vercel-ai/],
    ["an unknown pattern", ["restate-only", "--pattern", "rooter"], /"rooter".*router.*remote-agent.*all/],
    [
      "more calls than one of all patterns makes",
      ["restate-only", "--pattern", "all", "--after", "4"],
      /--after 4.*router makes 2.*0 to 2/,
    ],
    ["no number", ["restate-only", "--after", "-1"], /0 or more/],
    ["an unknown target", ["restate-only", "--kill", "network"], /service, server, both/],
  ])("refuses %s", async (_, args, message) => {
    const { stderr, exitCode } = await crash(...args);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(1);
  });
});

describe("what it prints", () => {
  const call = (label: string, key = label) => ({ label, key }) as Recorded;
  const order = [call("Manager", "first"), call("Expert"), call("Manager", "last")];
  const nothing = { completed: [], notYetPersisted: [], inFlight: [] };
  const answered = { reply: { status: 200, body: "Approved" }, sameAnswer: true, calls: [], repeated: nothing };
  const report = (result: Partial<CrashResult>, killed: CrashTarget = "service") =>
    crashReport("OpenAI Agents SDK", findPattern("multi-agent"), killed, order, {
      ...answered,
      ...nothing,
      ...result,
    } as CrashResult);

  test("calls are told apart, and stand in the order that they have without a crash", () => {
    const completed = [call("Manager", "first")];
    const inFlight = [call("Manager", "last"), call("Expert")];
    const again = [call("Manager", "last"), call("Expert")];
    const calls = [...completed, ...inFlight, ...again, call("Stranger")];
    const repeated = { ...nothing, inFlight: again };
    expect(timeline(report({ calls, completed, inFlight, repeated }, "server"))).toContain(
      [
        "Manager 1  answered, in the journal",
        "Expert     in flight",
        "Manager 2  in flight",
        "SIGKILL of restate-server, and a new start",
        "Expert     repeated",
        "Manager 2  repeated",
        "Stranger   asked",
        "Answered 200, the same answer as without a crash.",
      ].join("\n"),
    );
  });

  test("what must not happen is said, and is not as promised", () => {
    const twice = report({ completed: [call("Expert")], repeated: { ...nothing, completed: [call("Expert")] } });
    expect(twice.asPromised).toBe(false);
    expect(timeline(twice)).toContain("Expert  repeated, though its answer was in the journal");
    expect(timeline(twice)).toContain("Completed model calls: 1, repeated: 1");
    expect(overview([twice])).toMatch(/multi-agent +1 of 3 +1 of 1 +0 of 0 {2}the same/);

    const failed = report({ reply: { status: 500, body: { message: "Out of tokens" } }, sameAnswer: false });
    expect(failed.asPromised).toBe(false);
    expect(timeline(failed)).toContain('Answered 500 instead of 200: {"message":"Out of tokens"}');
    expect(overview([failed])).toContain("not the same (500)");
  });

  test("it fits a terminal", () => {
    const text = timeline(report({ completed: [call("Expert")] }, "both"));
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^multi-agent on the OpenAI Agents SDK, 3 model calls; the service and\n/);
  });
});
