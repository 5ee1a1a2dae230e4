import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  callPath,
  cleanEnvironment,
  Ingress,
  isListening,
  JournalQueries,
  ManagedProcess,
  RestateServer,
  ServiceProcess,
  temporaryFolder,
} from "@durable-agents/crash-harness";
import {
  exampleRequest,
  findImplementation,
  findImplementations,
  startEnvironment,
  startMockModel,
} from "@durable-agents/testkit";
import { serve } from "@hono/node-server";
import getPort from "get-port";
import { Deployment, StatefulSet } from "kubernetes-models/apps/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { Service } from "kubernetes-models/v1";
import { afterEach, expect, test, vi } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { redact } from "../guides/files/keep-secrets-out/redact.ts";

// What the guides show as files is run here: against a real restate-server, with every await a replay where that matters.

const files = join(import.meta.dirname, "../guides/files");
const router = exampleRequest("router-billing");

// The SDK reads it when it is imported.
vi.hoisted(() => {
  process.env.RESTATE_LOGGING = "ERROR";
});

afterEach(() => vi.unstubAllEnvs());

/** Something that serves on a port. */
type Serving = AsyncDisposable & { port: number };

/** Runs a file of a guide in a process of its own, until it listens. @param variable in which it finds its port */
async function run(file: string, environment: Record<string, string>, variable = "PORT"): Promise<Serving> {
  const port = await getPort();
  const running = new ManagedProcess({
    name: file,
    command: process.execPath,
    args: [join(files, file)],
    env: cleanEnvironment(import.meta.dirname, { RESTATE_LOGGING: "WARN", ...environment, [variable]: String(port) }),
  });
  await running.ready(() => isListening(port));
  return Object.assign(running, { port });
}

/** Serves in HTTP/1.1, as platforms do that know only a request and its response. */
async function platform(answer: (request: Request) => Response | Promise<Response>): Promise<Serving> {
  const server = serve({ fetch: answer, port: 0, hostname: "127.0.0.1" });
  await new Promise((listening) => server.once("listening", listening));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}

/** What the journals and the state of virtual objects hold, readable where it is. */
async function stored(server: RestateServer): Promise<string> {
  const rows = await server.query<{ bytes: string }>(
    "SELECT raw AS bytes FROM sys_journal UNION ALL SELECT value AS bytes FROM state",
  );
  return rows.map(({ bytes }) => Buffer.from(bytes, "hex").toString("latin1")).join("\n");
}

test("keep-secrets-out: no prompt and no answer is readable in a sealed journal, and the patterns still answer", async () => {
  const JOURNAL_KEY = "0123456789abcdef".repeat(4);
  await using started = new AsyncDisposableStack();
  const open = started.use(await startEnvironment({ folder: findImplementation("vercel-ai").folder }));
  const { model } = open;
  const server = started.use(await RestateServer.start({ inactivityTimeoutSeconds: 0 }));
  const { port } = started.use(await run("keep-secrets-out/serve-sealed.ts", { ...model.env, JOURNAL_KEY }));
  await server.register(`http://127.0.0.1:${port}`);
  const doorEnvironment = { INGRESS_URL: server.ingressUrl, JOURNAL_KEY };
  const { port: doorPort } = started.use(await run("keep-secrets-out/door.ts", doorEnvironment, "DOOR_PORT"));
  const door = new Ingress(`http://127.0.0.1:${doorPort}`);
  for (const name of ["research-durable-execution", "multi-agent", "session-medical", "router-billing"]) {
    const request = exampleRequest(name);
    const path = callPath(request, "one");
    const answer = await open.ingress.call(path, request.body);
    expect(answer.status).toBe(200);
    expect(await door.call(path, request.body), name).toEqual(answer);
  }
  const secrets = ["charged twice", "Benefits of durable execution", "broken leg"];
  // The same requests without the codec: what we look for is what there would be.
  for (const secret of secrets) expect(await stored(open.server)).toContain(secret);
  for (const secret of secrets) expect(await stored(server)).not.toContain(secret);
  expect(await new JournalQueries(server).transientErrors()).toEqual([]);

  // Sent twice with one key, and fetched later: the same through the door.
  for (const status of ["Accepted", "PreviouslyAccepted"]) {
    const accepted = await door.call(`restate/send/${router.call}`, router.body, { idempotencyKey: "one" });
    expect(accepted.body).toMatchObject({ status });
  }
  expect(await door.attach(await door.send(router.call, router.body, { idempotencyKey: "one" }))).toEqual(
    await open.ingress.call(router.call, router.body),
  );

  // Past the door, nothing gets in.
  expect(await new Ingress(server.ingressUrl).call(router.call, router.body)).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining("send it through the door") },
  });
  await door.call(router.call, { message: "My card 4111 1111 1111 1111 was charged twice" });
  expect(model.calls.at(-1)?.prompt).toBe("My card [card number] was charged twice");
});

test("keep-secrets-out: redaction replaces card numbers, addresses and keys, and leaves dates and amounts alone", () => {
  expect(redact("4111-1111-1111-1111, ada@example.com, sk-abcdef123456")).toBe(
    "[card number], [email address], [API key]",
  );
  const claim = '{"date":"2024-10-01","amount":3000,"reason":"call 555 0199"}';
  expect(redact(claim)).toBe(claim);
});

test("real-or-local-model: each implementation asks over the protocol that the guide names", async () => {
  const page = readFileSync(join(files, "../real-or-local-model.md"), "utf8");
  const named = new Map(
    [...page.matchAll(/^\| ([^|]+) \| `\/v1\/([\w/]+)` \|/gm)].flatMap(([, titles = "", protocol = ""]) =>
      titles.split(", ").map((title) => [title, `/v1/${protocol}`] as const),
    ),
  );
  await using model = await startMockModel({ strict: true });
  const asked: string[] = [];
  await using listener = await platform(async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const { method, headers } = request;
    return fetch(new URL(pathname, model.baseUrl), { method, headers, body: await request.text() });
  });
  await using server = await RestateServer.start();
  const implementations = findImplementations();
  expect([...named.keys()].sort()).toEqual(implementations.map(({ manifest }) => manifest.title).sort());
  for (const { folder, manifest } of implementations) {
    asked.length = 0;
    const env = { ...model.env, OPENAI_BASE_URL: `http://127.0.0.1:${listener.port}/v1` };
    await using system = await ServiceProcess.start({ folder, env });
    await server.register(system.url);
    expect(await new Ingress(server.ingressUrl).call(router.call, router.body)).toMatchObject({ status: 200 });
    expect(asked, manifest.title).toEqual(Array(router.modelCalls).fill(named.get(manifest.title)));
  }
});

interface LambdaResult {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** A restate-server, as far as it is asked here. */
type Restate = Pick<RestateServer, "adminUrl" | "ingressUrl">;

const register = ({ adminUrl }: Restate, port: number, options = {}) =>
  fetch(`${adminUrl}/deployments`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ uri: `http://127.0.0.1:${port}`, ...options }),
  });

/** Discovery and a whole request have to be answered. */
async function expectServed(restate: Restate, port: number, options = {}): Promise<void> {
  const registered = await register(restate, port, options);
  expect(registered.status, await registered.text()).toBe(201);
  expect(await new Ingress(restate.ingressUrl).call(router.call, router.body)).toMatchObject({ status: 200 });
}

/** A Restate that has not the private key must not be served. */
async function expectRefused(port: number, options = {}): Promise<void> {
  await using stranger = await RestateServer.start();
  const refused = await register(stranger, port, options);
  expect(refused.ok).toBe(false);
  expect(await refused.text()).toContain("401");
}

test("deploy: the Lambda handler answers discovery and a whole request, as Lambda would call it", async () => {
  await using model = await startMockModel({ strict: true });
  for (const [name, value] of Object.entries(model.env)) vi.stubEnv(name, value);
  const { handler } = (await import("../guides/files/deploy/lambda.ts")) as {
    handler: (event: object, context: object) => Promise<LambdaResult>;
  };
  await using lambda = await platform(async (request) => {
    const event = {
      path: new URL(request.url).pathname,
      httpMethod: request.method,
      headers: Object.fromEntries(request.headers),
      body: Buffer.from(await request.arrayBuffer()).toString("base64"),
      isBase64Encoded: true,
    };
    const { statusCode, headers, body } = await handler(event, {});
    return new Response(Buffer.from(body, "base64"), { status: statusCode, headers });
  });
  await using server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
  await expectServed(server, lambda.port, { use_http_11: true });
  expect(await new JournalQueries(server).transientErrors()).toEqual([]);
  expect(model.calls).toHaveLength(router.modelCalls);
});

test("deploy: the fetch handler answers discovery and a whole request of its own Restate", async () => {
  await using model = await startMockModel({ strict: true });
  await using owner = await restateThatSigns();
  const environment = { ...model.env, REQUEST_IDENTITY_PUBLIC_KEY: owner.key };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const { default: worker } = await import("../guides/files/deploy/fetch.ts");
  await using served = await platform(worker.fetch);
  await expectServed(owner, served.port, { use_http_11: true });
  expect(model.calls).toHaveLength(router.modelCalls);
  await expectRefused(served.port, { use_http_11: true });
});

test("deploy: with an identity key, only the Restate that has the private key can use the service", async () => {
  await using owner = await restateThatSigns();
  await using model = await startMockModel({ strict: true });
  await using service = await run("deploy/verified.ts", { ...model.env, REQUEST_IDENTITY_PUBLIC_KEY: owner.key });
  await expectServed(owner, service.port);
  await expectRefused(service.port);
});

/** A restate-server that signs its requests, with the public key that it prints. */
async function restateThatSigns(): Promise<Restate & AsyncDisposable & { key: string }> {
  const folder = temporaryFolder("identity");
  const pem = join(folder, "identity.pem");
  writeFileSync(pem, generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }));
  const [ingressPort, adminPort] = [await getPort(), await getPort()];
  const server = new ManagedProcess({
    name: "restate-server",
    command: "restate-server",
    args: ["--no-logo"],
    env: cleanEnvironment(join(import.meta.dirname, ".."), {
      RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: pem,
      RESTATE_BASE_DIR: join(folder, "data"),
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingressPort}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${adminPort}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${await getPort()}`,
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LOG_DISABLE_ANSI_CODES: "true",
    }),
  });
  let key = "";
  await server.ready(async () => {
    key ||= server.output.match(/publickeyv1_\w+/)?.[0] ?? "";
    return key !== "" && (await isListening(ingressPort)) && (await isListening(adminPort));
  });
  const [adminUrl, ingressUrl] = [`http://127.0.0.1:${adminPort}`, `http://127.0.0.1:${ingressPort}`];
  return Object.assign(server, { key, adminUrl, ingressUrl });
}

const read = (file: string) => readFileSync(join(files, "deploy", file), "utf8");

test("deploy: the Kubernetes manifests fit the schemas of their kinds", () => {
  const kinds = { Deployment, StatefulSet, Service, NetworkPolicy };
  const objects = parseAllDocuments(read("kubernetes.yaml")).map((document) => document.toJS({ maxAliasCount: 0 }));
  expect(objects.map(({ kind }) => kind)).toEqual(["Service", "StatefulSet", "Deployment", "Service", "NetworkPolicy"]);
  for (const object of objects) {
    new kinds[object.kind as keyof typeof kinds](object).validate();
    // Nothing is open to the outside by itself.
    expect(object.spec.type ?? "ClusterIP").toBe("ClusterIP");
  }
});

test("deploy: the Compose file names what it uses, and opens no port to other machines", () => {
  const compose = parse(read("compose.yaml"));
  const { restate, "agent-v1": agent } = compose.services;
  for (const mount of restate.volumes) expect(compose.volumes).toHaveProperty(mount.split(":")[0]);
  for (const secret of restate.secrets) expect(compose.secrets).toHaveProperty(secret);
  expect(restate.ports.every((port: string) => port.startsWith("127.0.0.1:"))).toBe(true);
  expect(agent.ports).toBeUndefined();
});

test("deploy: the images are those of the restate-server that everything here is tested with", () => {
  const workspace = parse(readFileSync(join(import.meta.dirname, "../../pnpm-workspace.yaml"), "utf8"));
  const image = `docker.restate.dev/restatedev/restate:${workspace.catalog["@restatedev/restate-server"]}`;
  expect(read("compose.yaml")).toContain(image);
  expect(read("kubernetes.yaml")).toContain(image);
});

test("deploy: systemd takes the units", (context) => {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) context.skip("there is no systemd-analyze here");
  const folder = temporaryFolder("units");
  for (const unit of ["restate.service", "agent@.service"])
    copyFileSync(join(files, "deploy", unit), join(folder, unit));
  const { stderr } = spawnSync("systemd-analyze", ["verify", "restate.service", "agent@.service"], {
    cwd: folder,
    encoding: "utf8",
  });
  // The machine of the test need not have what they start.
  const complaints = stderr.split("\n").filter((line) => line && !/is not executable|man page/.test(line));
  expect(complaints).toEqual([]);
});
